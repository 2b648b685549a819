// The data directory of the embedded store: its files, the lock that keeps a second daemon out, and
// the look at the files before anything is opened for writing.
//
//   ankkor.db       the database
//   ankkor.db-wal   SQLite's log: the newest commits, until they are carried over into ankkor.db
//   ankkor.db-shm   SQLite's index of that log; of no worth once ankkor has stopped
//   ankkor.seq      how much was committed (marker.hpp): tells if the others were cut or deleted
//   ankkor.lock     held by the running daemon
#pragma once

#include "base/error.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/marker.hpp"

#include <string>

namespace ankkor::store {

struct data_files {
  explicit data_files(std::string dir);

  std::string directory;
  std::string database;
  std::string wal;
  std::string journal;
  std::string marker;
  std::string lock;
};

// An open file, closed at the end.
class file_handle {
public:
  explicit file_handle(int descriptor = -1) noexcept : descriptor_(descriptor) {}

  file_handle(file_handle&& other) noexcept : descriptor_(other.release()) {}

  file_handle& operator=(file_handle&& other) noexcept;
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle();

  // -1 if it could not be opened; errno says why.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  [[nodiscard]] bool ok() const noexcept { return descriptor_ >= 0; }

private:
  int release() noexcept;

  int descriptor_;
};

// Creates the directory (0700) if it isn't there.
[[nodiscard]] status make_directory(const data_files& files);

// Holds the directory for this process as long as the answer lives. errc::conflict if another does.
[[nodiscard]] result<file_handle> lock_directory(const data_files& files);

// Creates an empty database with the present schema. It appears whole or not at all.
[[nodiscard]] status create_database(const data_files& files);

// Carries what was written of a directory's entries to the disk.
[[nodiscard]] status sync_directory(const data_files& files);

// What the files were found to hold.
struct findings {
  bool fresh = false;          // there is no database, and nothing that says that there was one
  std::uint64_t committed = 0; // by the database's own account
};

// Looks whether the files are whole, ours, and as new as the marker says, without changing any:
// errc::corrupt or errc::foreign if not. `noted`: what the marker says, if there is one.
[[nodiscard]] result<findings> inspect(const data_files& files,
                                       const std::optional<progress>& noted);

// Writes the log's bytes once more where they are, and syncs them. A sync that failed leaves pages
// which the system shows but has stopped carrying to the disk: the next process would take what is
// in them for committed, and build on it.
[[nodiscard]] status rewrite_log(const data_files& files);

// Makes the log's file long enough for so many frames, with zeros, which are no frames; nobody may
// write to it meanwhile. Not where the disk has little room; the log then grows when it has to.
void reserve_log(const data_files& files, int frames);

// What identifies the log's present run, from its header: SQLite gives each a new one. 0 if there
// is no log or its header is damaged.
[[nodiscard]] std::uint64_t wal_run(const std::string& wal);

} // namespace ankkor::store
