#include "store/checkpointer.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace ankkor::store {

namespace {

// What may be left for the short part, in frames: about a millisecond's work.
constexpr int short_part = 256;
// How often the long part is repeated for a writer that is faster than it.
constexpr int long_parts_max = 4;

} // namespace

result<std::unique_ptr<checkpointer>> checkpointer::start(const data_files& files,
                                                          std::mutex& writer, marker& notes,
                                                          std::function<void()> distrust) {
  auto opened = sqlite::connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!opened)
    return opened.failure();
  opened->execute("PRAGMA synchronous = FULL");
  return std::unique_ptr<checkpointer>{
    new checkpointer(files, writer, notes, std::move(distrust), std::move(*opened))};
}

checkpointer::checkpointer(const data_files& files, std::mutex& writer, marker& notes,
                           std::function<void()> distrust, sqlite::connection database)
  : wal_(files.wal), writer_(writer), notes_(notes), distrust_(std::move(distrust)),
    database_(std::move(database)) {
  thread_ = std::thread([this] { run(); });
}

checkpointer::~checkpointer() {
  stop();
}

void checkpointer::stop() {
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
  if (wal_frames < wal_frames_soft && !cramped)
    return;
  // Where a reader is in the way, trying at each commit would only slow down the commits.
  const int pause = cramped ? wal_frames_cramped : wal_frames_soft;
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
  const std::lock_guard use{connection_guard_};
  return settle_log();
}

bool checkpointer::empty_log() {
  const std::lock_guard use{connection_guard_};
  if (!settle_log() || !checkpoint(SQLITE_CHECKPOINT_TRUNCATE).ok)
    return false;
  frames_.store(0, std::memory_order_relaxed);
  return true;
}

bool checkpointer::settle_log() {
  const auto committed = notes_.note().committed;
  if (!note_start())
    return false;
  const auto made = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
  return made.ok && made.settled >= made.frames && note_end(committed);
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
    {
      const std::lock_guard no_commit{writer_};
      // A commit that was under way when this was asked for may have begun the log anew.
      if (frames_.load(std::memory_order_relaxed) < wal_frames_soft || !note_start())
        return;
    }
    const std::lock_guard use{connection_guard_};
    const auto made = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    if (!made.ok)
      return;
    if (frames_.load(std::memory_order_relaxed) - made.settled < short_part)
      break;
  }
  const std::lock_guard no_commit{writer_};
  if (settle())
    frames_.store(0, std::memory_order_relaxed);
}

// On the disk before the first page of ankkor.db is overwritten. A note that was written but not
// synced is written again: a second sync alone would say nothing of it.
bool checkpointer::note_start() {
  auto note = notes_.note();
  const auto run = wal_run(wal_);
  if (run == 0 || run_noted_ == run)
    return true;
  note.unsettled_run = run;
  if (!notes_.write(note) || !notes_.sync())
    return false;
  run_noted_ = run;
  return true;
}

// Should this fail, the note before says that the log is needed; so it must stay.
bool checkpointer::note_end(std::uint64_t committed) {
  auto note = notes_.note();
  note.settled = committed;
  note.unsettled_run = 0;
  run_noted_ = 0;
  return notes_.write(note) && notes_.sync();
}

checkpointer::outcome checkpointer::checkpoint(int mode) {
  outcome made;
  if (distrusts_disk())
    return made;
  const int code =
    sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, mode, &made.frames, &made.settled);
  if (code == SQLITE_IOERR_FSYNC) {
    distrusts_disk_.store(true, std::memory_order_release);
    distrust_();
  }
  made.ok = code == SQLITE_OK;
  return made;
}

} // namespace ankkor::store
