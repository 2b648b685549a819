// Carries commits over from SQLite's log into ankkor.db, beside the writer's way instead of in it.
//
// The long part of a checkpoint runs while commits go on. What was committed meanwhile is carried
// over with the writer held, which is short, so that the log begins anew: it stays bounded under a
// load that never pauses. Only somebody who reads for long (a sqlite3 shell within a transaction)
// can keep the log growing, since SQLite must keep what that reader sees.
#pragma once

#include "store/sqlite/checkpoint_files.hpp"
#include "store/sqlite/checkpoint_plan.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/marker.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace ankkor::store {

// Frames of the log (a page of 4 KiB each) from which on the writer carries them over itself before
// it goes on: 64 MiB.
inline constexpr int wal_frames_hard = 16384;
// From which on it does so where the disk has less room left than the log takes: what is in the log
// may need as much again in ankkor.db, and with no room for that the log could not be emptied.
inline constexpr int wal_frames_cramped = 64;

// Thread affinity: the writer's thread, but for its own.
class checkpointer {
public:
  // `writer` is held by the writer in every transaction; it guards `notes` too. `distrust` is
  // called once, by any thread, when distrusts_disk() has become true.
  [[nodiscard]] static result<std::unique_ptr<checkpointer>>
  start(const data_files& files, std::mutex& writer, marker& notes, std::function<void()> distrust,
        checkpoint_plan plan);

  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;
  ~checkpointer();

  // After each commit, `writer` being held: the log's length now.
  void committed(int wal_frames);

  // Carries over everything, `writer` being held. False if something is in the way; nothing is
  // lost.
  bool settle();

  // The same, and gives the log's room back to the disk.
  bool empty_log();

  // Whether a sync has failed. The system then forgets that it still had to write those pages of
  // ankkor.db, and would call the next sync a success; SQLite believes that, and would overwrite
  // the log in which they are. So nothing is carried over any more: the next process begins with
  // all of the log.
  [[nodiscard]] bool distrusts_disk() const noexcept {
    return distrusts_disk_.load(std::memory_order_acquire);
  }

  // Ends the thread; settle() still works.
  void stop();

private:
  checkpointer(const data_files& files, std::mutex& writer, marker& notes,
               std::function<void()> distrust, checkpoint_plan plan);

  struct outcome {
    bool ok = false;
    int frames = 0;  // in the log
    int settled = 0; // of them, in ankkor.db
  };

  void run();
  void work();
  [[nodiscard]] bool outgrows_disk(int wal_frames) const;
  [[nodiscard]] std::optional<int> carry_beside_commits();
  bool write_start();
  bool sync_start();
  bool write_end(std::uint64_t committed);
  bool carry_all();
  bool settle_log();
  bool settle_rest();
  outcome checkpoint(int mode);
  bool is_kept(int code);

  std::string wal_;
  std::mutex& writer_;
  marker& notes_;
  std::function<void()> distrust_;
  checkpoint_plan plan_;
  checkpoint_files files_;
  std::mutex connection_guard_; // taken after writer_, if both
  sqlite::connection database_;
  std::atomic<int> frames_{0};
  std::atomic<bool> distrusts_disk_{false};
  std::uint64_t run_written_ = 0; // the run that the file of notes calls unsettled; 0: none
  std::uint64_t run_noted_ = 0;   // and that a note on the disk does
  int frames_tried_ = 0;          // how long the log was when settle() last did not help
  std::mutex wake_guard_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace ankkor::store
