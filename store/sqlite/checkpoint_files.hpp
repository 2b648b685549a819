// The files of the connection that carries the log over, below SQLite. Copying can be made to pause
// now and then, so that commits get the processor and the disk in between; and a sync of the log
// can be left out where there is nothing to sync.
#pragma once

#include "store/sqlite/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace ankkor::store {

// Thread affinity: that of the connection, but for `hurry`.
class checkpoint_files {
public:
  explicit checkpoint_files(std::chrono::microseconds pause) : pause_(pause) {}

  checkpoint_files(const checkpoint_files&) = delete;
  checkpoint_files& operator=(const checkpoint_files&) = delete;
  ~checkpoint_files() = default;

  // Gets between SQLite and the files of the connection, which must not outlive this.
  status attach(sqlite::connection& database);

  // While it lives, each few pages that are written to the database are followed by a pause.
  class slowly {
  public:
    explicit slowly(checkpoint_files& files) : files_(files) { files_.is_slow_ = true; }

    slowly(const slowly&) = delete;
    slowly& operator=(const slowly&) = delete;

    ~slowly() { files_.is_slow_ = false; }

  private:
    checkpoint_files& files_;
  };

  // While it lives there are no pauses, and one under way ends. For any thread.
  class hurry {
  public:
    explicit hurry(checkpoint_files& files) : files_(files) { files_.change_hurries(1); }

    hurry(const hurry&) = delete;
    hurry& operator=(const hurry&) = delete;

    ~hurry() { files_.change_hurries(-1); }

  private:
    checkpoint_files& files_;
  };

  // While it lives the log isn't synced: each commit did that.
  class with_synced_log {
  public:
    explicit with_synced_log(checkpoint_files& files) : files_(files) {
      files_.log_is_synced_ = true;
    }

    with_synced_log(const with_synced_log&) = delete;
    with_synced_log& operator=(const with_synced_log&) = delete;

    ~with_synced_log() { files_.log_is_synced_ = false; }

  private:
    checkpoint_files& files_;
  };

  // Carries to the disk what was written to the database since its last sync. SQLite's code.
  int sync_database();

private:
  // What SQLite calls in place of a file's own methods.
  struct methods {
    sqlite3_io_methods table{}; // first: SQLite has its address, which is that of all of it
    const sqlite3_io_methods* real = nullptr;
    checkpoint_files* owner = nullptr;
  };

  static const methods& methods_of(sqlite3_file* file) noexcept;
  static int write_database(sqlite3_file* file, const void* from, int size, sqlite3_int64 at);
  static int sync_database_file(sqlite3_file* file, int flags);
  static int sync_log_file(sqlite3_file* file, int flags);

  sqlite3_file* attach(sqlite::connection& database, int which, methods& to);
  void change_hurries(int by);
  void pause();

  std::chrono::microseconds pause_;
  methods database_;
  methods log_;
  sqlite3_file* database_file_ = nullptr;
  bool is_slow_ = false;
  bool log_is_synced_ = false;
  bool database_is_synced_ = true;
  int pages_ = 0; // since the last pause
  std::mutex guard_;
  std::condition_variable hurried_;
  int hurries_ = 0; // guarded by guard_
};

} // namespace ankkor::store
