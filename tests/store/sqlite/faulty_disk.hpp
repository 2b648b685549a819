// A disk that fails on command, below SQLite and below what the store writes beside it: a VFS that
// passes everything on to the usual one, and the system calls for the other files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ankkor::store::testing {

enum class fault {
  none,
  full,
  broken_sync,
  broken_write,
  short_write, // half of the bytes are written, then it fails
  broken_read,
  // Of ankkor.seq, which isn't SQLite's.
  broken_note_sync,
  broken_note_write,
  short_note_write,
};

// Sees every change of a file before it is made, and decides on syncs. Called by any thread.
class disk_watcher {
public:
  disk_watcher() = default;
  disk_watcher(const disk_watcher&) = delete;
  disk_watcher& operator=(const disk_watcher&) = delete;
  virtual ~disk_watcher() = default;

  // `file` is the name without its directory. False: there is no room for it.
  virtual bool write(std::string_view file, std::string_view bytes, std::uint64_t at) = 0;
  virtual void truncate(std::string_view file, std::uint64_t size) = 0;
  virtual void remove(std::string_view file) = 0;
  // False: it fails. Nothing is really synced while somebody watches.
  virtual bool sync(std::string_view file) = 0;
};

// While it lives, every file that SQLite opens in this process lies on the faulty disk.
class faulty_disk {
public:
  faulty_disk();
  // The watcher sees the files of that directory. One such disk at a time.
  faulty_disk(disk_watcher& watcher, const std::string& directory);
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;
  ~faulty_disk();

  // From the n-th operation of that kind on (1: the next one), until mend().
  void fail(fault kind, int nth);
  void mend();

  // Whether an operation has failed since fail().
  [[nodiscard]] bool has_failed() const;
};

} // namespace ankkor::store::testing
