#include "store/sqlite/checkpointer.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace ankkor::store {

namespace {

// What may be left for the short part, in frames: what one or two commits of a busy daemon write.
constexpr int short_part = 64;
// How often the long part is repeated for a writer that is faster than it.
constexpr int long_parts_max = 4;

} // namespace

result<std::unique_ptr<checkpointer>> checkpointer::start(const data_files& files,
                                                          std::mutex& writer, marker& notes,
                                                          std::function<void()> distrust,
                                                          checkpoint_plan plan) {
  auto opened = sqlite::connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!opened)
    return opened.failure();
  opened->execute("PRAGMA synchronous = FULL");
  auto made = std::unique_ptr<checkpointer>{
    new checkpointer(files, writer, notes, std::move(distrust), plan)};
  made->database_ = std::move(*opened);
  if (auto attached = made->files_.attach(made->database_); !attached)
    return attached.failure();
  made->thread_ = std::thread([&self = *made] { self.run(); });
  return made;
}

checkpointer::checkpointer(const data_files& files, std::mutex& writer, marker& notes,
                           std::function<void()> distrust, checkpoint_plan plan)
  : wal_(files.wal), writer_(writer), notes_(notes), distrust_(std::move(distrust)), plan_(plan),
    files_(plan.pause) {}

checkpointer::~checkpointer() {
  stop();
}

void checkpointer::stop() {
  const checkpoint_files::hurry now{files_};
  {
    const std::lock_guard hold{wake_guard_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void checkpointer::committed(int wal_frames) {
  frames_.store(wal_frames, std::memory_order_relaxed);
  if (wal_frames < frames_tried_)
    frames_tried_ = 0; // the log has begun anew
  const bool cramped = outgrows_disk(wal_frames);
  if (wal_frames < plan_.frames && !cramped)
    return;
  // Where a reader is in the way, trying at each commit would only slow down the commits.
  const int pause = cramped ? wal_frames_cramped : plan_.frames;
  if ((cramped || wal_frames >= wal_frames_hard) && wal_frames >= frames_tried_ + pause) {
    frames_tried_ = wal_frames;
    if (settle())
      frames_tried_ = 0;
    return;
  }
  {
    const std::lock_guard hold{wake_guard_};
    wanted_ = true;
  }
  wake_.notify_one();
}

bool checkpointer::outgrows_disk(int wal_frames) const {
  constexpr std::uintmax_t frame_size = 4096 + 24;
  if (wal_frames < wal_frames_cramped)
    return false;
  std::error_code failure;
  const auto room = std::filesystem::space(wal_, failure).available;
  return !failure && room < static_cast<std::uintmax_t>(wal_frames) * frame_size;
}

bool checkpointer::settle() {
  const checkpoint_files::hurry now{files_};
  const std::lock_guard use{connection_guard_};
  return settle_log();
}

bool checkpointer::empty_log() {
  const checkpoint_files::hurry now{files_};
  const std::lock_guard use{connection_guard_};
  if (!settle_log() || !checkpoint(SQLITE_CHECKPOINT_TRUNCATE).ok)
    return false;
  frames_.store(0, std::memory_order_relaxed);
  return true;
}

bool checkpointer::settle_log() {
  const auto committed = notes_.note().committed;
  return carry_all() && write_end(committed) && notes_.sync();
}

bool checkpointer::carry_all() {
  if (!write_start() || !sync_start())
    return false;
  const auto made = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  return made.ok && made.settled >= made.frames;
}

void checkpointer::run() {
  std::unique_lock hold{wake_guard_};
  while (true) {
    wake_.wait(hold, [this] { return wanted_ || stopping_; });
    if (stopping_)
      return;
    wanted_ = false;
    hold.unlock();
    work();
    hold.lock();
  }
}

void checkpointer::work() {
  for (int part = 0; part < long_parts_max; ++part) {
    const auto settled = carry_beside_commits();
    if (!settled)
      return;
    if (frames_.load(std::memory_order_relaxed) - *settled < short_part)
      break;
  }
  const std::lock_guard no_commit{writer_};
  if (settle_rest())
    frames_.store(0, std::memory_order_relaxed);
}

// What the long part left, the writer being held: as few syncs as can be.
//
// The end's note isn't synced. Should the power go, an older one may say that this run of the log
// is needed still. It is there, or a later run is, and that says that ankkor.db has all of this one
// (check_progress): SQLite syncs the header of a new run before it writes over the frames of the
// last.
bool checkpointer::settle_rest() {
  const std::lock_guard use{connection_guard_};
  const checkpoint_files::with_synced_log each_commit_did{files_};
  const auto committed = notes_.note().committed;
  return carry_all() && write_end(committed);
}

// Answers how much of the log is in ankkor.db then, and on the disk; nothing if that's no use.
std::optional<int> checkpointer::carry_beside_commits() {
  std::unique_lock use{connection_guard_, std::defer_lock};
  {
    const std::lock_guard no_commit{writer_};
    // A commit that was under way when this was asked for may have begun the log anew.
    if (frames_.load(std::memory_order_relaxed) < plan_.frames)
      return std::nullopt;
    // Taken here, so that nobody else can settle the log, and no other run of it begin, before the
    // note of this one is on the disk.
    use.lock();
    if (!write_start())
      return std::nullopt;
  }
  if (!sync_start())
    return std::nullopt;
  const checkpoint_files::slowly beside_commits{files_};
  const auto made = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  // Where commits were faster SQLite leaves that to the short part, and they would wait for it.
  if (!made.ok || !is_kept(files_.sync_database()))
    return std::nullopt;
  return made.settled;
}

// On the disk before the first page of ankkor.db is overwritten. A note that was written but not
// synced is written again: a second sync alone would say nothing of it. Needs the writer held.
bool checkpointer::write_start() {
  run_written_ = wal_run(wal_);
  if (run_written_ == 0 || run_noted_ == run_written_)
    return true;
  auto note = notes_.note();
  note.unsettled_run = run_written_;
  return notes_.write(note);
}

bool checkpointer::sync_start() {
  if (run_written_ == 0 || run_noted_ == run_written_)
    return true;
  if (!notes_.sync())
    return false;
  run_noted_ = run_written_;
  return true;
}

// Should this fail, the note before says that the log is needed; so it must stay.
bool checkpointer::write_end(std::uint64_t committed) {
  auto note = notes_.note();
  note.settled = committed;
  note.unsettled_run = 0;
  run_noted_ = 0;
  return notes_.write(note);
}

checkpointer::outcome checkpointer::checkpoint(int mode) {
  outcome made;
  if (distrusts_disk())
    return made;
  const int code =
    sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, mode, &made.frames, &made.settled);
  made.ok = is_kept(code);
  return made;
}

bool checkpointer::is_kept(int code) {
  if (code == SQLITE_IOERR_FSYNC) {
    distrusts_disk_.store(true, std::memory_order_release);
    distrust_();
  }
  return code == SQLITE_OK;
}

} // namespace ankkor::store
