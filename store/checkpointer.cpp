#include "store/checkpointer.hpp"

#include <utility>

namespace ankkor::store {

namespace {

// What may be left for the short part, in frames: about a millisecond's work.
constexpr int short_part = 256;
// How often the long part is repeated for a writer that is faster than it.
constexpr int long_parts_max = 4;

} // namespace

result<std::unique_ptr<checkpointer>> checkpointer::start(const data_files& files,
                                                          std::mutex& writer, marker& notes) {
  auto opened = sqlite::connection::open(files.database, SQLITE_OPEN_READWRITE);
  if (!opened)
    return opened.failure();
  opened->execute("PRAGMA synchronous = FULL");
  return std::unique_ptr<checkpointer>{
    new checkpointer(files, writer, notes, std::move(*opened))};
}

checkpointer::checkpointer(const data_files& files, std::mutex& writer, marker& notes,
                           sqlite::connection database) :
  wal_(files.wal), writer_(writer), notes_(notes), database_(std::move(database)) {
  thread_ = std::thread([this] { run(); });
}

checkpointer::~checkpointer() { stop(); }

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
  if (wal_frames < wal_frames_soft)
    return;
  // Where a reader is in the way, trying at each commit would only slow down the commits.
  if (wal_frames >= wal_frames_hard && wal_frames >= frames_tried_ + wal_frames_soft) {
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

bool checkpointer::settle() {
  const std::lock_guard use{connection_guard_};
  const auto committed = notes_.note().committed;
  if (!note_start())
    return false;
  const auto made = checkpoint();
  if (!made.ok || made.settled < made.frames)
    return false;
  note_end(committed);
  return true;
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
    const auto made = checkpoint();
    if (!made.ok)
      return;
    if (frames_.load(std::memory_order_relaxed) - made.settled < short_part)
      break;
  }
  const std::lock_guard no_commit{writer_};
  if (settle())
    frames_.store(0, std::memory_order_relaxed);
}

// On the disk before the first page of ankkor.db is overwritten.
bool checkpointer::note_start() {
  auto note = notes_.note();
  const auto run = wal_run(wal_);
  if (run == 0 || note.unsettled_run == run)
    return true;
  note.unsettled_run = run;
  return notes_.write(note) && notes_.sync();
}

void checkpointer::note_end(std::uint64_t committed) {
  auto note = notes_.note();
  note.settled = committed;
  note.unsettled_run = 0;
  // Should this fail, the note before says that the log is needed; it is there still.
  if (notes_.write(note))
    notes_.sync();
}

checkpointer::outcome checkpointer::checkpoint() {
  outcome made;
  const int code = sqlite3_wal_checkpoint_v2(database_.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &made.frames, &made.settled);
  made.ok = code == SQLITE_OK;
  return made;
}

} // namespace ankkor::store
