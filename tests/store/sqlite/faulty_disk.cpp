#include "faulty_disk.hpp"

#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>

namespace ankkor::store::testing {

namespace {

std::atomic<fault> present{fault::none};
std::atomic<int> left{0};
std::atomic<bool> failed{false};
std::atomic<disk_watcher*> watching{nullptr};
std::string watched_directory; // with its slash; changed while no file is open
// Within the usual VFS, whose system calls are SQLite's and have been seen already.
thread_local int within_vfs = 0;

struct vfs_call {
  vfs_call() { ++within_vfs; }

  ~vfs_call() { --within_vfs; }

  vfs_call(const vfs_call&) = delete;
  vfs_call& operator=(const vfs_call&) = delete;
};

std::string_view name_of(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1); // all of it if there is none
}

// Who watches the file of that path, or nobody.
disk_watcher* watcher_of(std::string_view path) {
  auto* const watcher = watching.load();
  return watcher != nullptr && path.starts_with(watched_directory) ? watcher : nullptr;
}

bool fails(fault kind) {
  if (present != kind || --left > 0)
    return false;
  failed = true;
  return true;
}

// Our part of an open file; the usual VFS's part lies behind it.
struct file {
  sqlite3_file base;
  sqlite3_file* real;
  const char* path; // lives as long as the file, by SQLite's contract; null: a temporary one
};

constexpr std::size_t header_size = (sizeof(file) + alignof(std::max_align_t) - 1) /
                                    alignof(std::max_align_t) * alignof(std::max_align_t);

sqlite3_file* real(sqlite3_file* of) {
  return reinterpret_cast<file*>(of)->real;
}

std::string_view path_of(sqlite3_file* f) {
  const auto* const path = reinterpret_cast<file*>(f)->path;
  return path == nullptr ? "" : path;
}

int close(sqlite3_file* f) {
  const vfs_call inside;
  return real(f)->pMethods->xClose(real(f));
}

int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  if (fails(fault::broken_read))
    return SQLITE_IOERR_READ;
  return real(f)->pMethods->xRead(real(f), to, size, at);
}

int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (fails(fault::full))
    return SQLITE_FULL;
  if (fails(fault::broken_write))
    return SQLITE_IOERR_WRITE;
  const bool is_cut = fails(fault::short_write);
  size = is_cut ? size / 2 : size;
  auto* const watcher = watcher_of(path_of(f));
  if (watcher != nullptr &&
      !watcher->write(name_of(path_of(f)),
                      {static_cast<const char*>(from), static_cast<std::size_t>(size)},
                      static_cast<std::uint64_t>(at)))
    return SQLITE_FULL;
  const vfs_call inside;
  const int code = real(f)->pMethods->xWrite(real(f), from, size, at);
  return is_cut ? SQLITE_IOERR_WRITE : code;
}

int sync(sqlite3_file* f, int flags) {
  if (fails(fault::broken_sync))
    return SQLITE_IOERR_FSYNC;
  if (auto* const watcher = watcher_of(path_of(f)); watcher != nullptr)
    return watcher->sync(name_of(path_of(f))) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  const vfs_call inside;
  return real(f)->pMethods->xSync(real(f), flags);
}

int truncate(sqlite3_file* f, sqlite3_int64 size) {
  if (auto* const watcher = watcher_of(path_of(f)); watcher != nullptr)
    watcher->truncate(name_of(path_of(f)), static_cast<std::uint64_t>(size));
  const vfs_call inside;
  return real(f)->pMethods->xTruncate(real(f), size);
}

int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return real(f)->pMethods->xFileSize(real(f), size);
}

int lock(sqlite3_file* f, int level) {
  return real(f)->pMethods->xLock(real(f), level);
}

int unlock(sqlite3_file* f, int level) {
  return real(f)->pMethods->xUnlock(real(f), level);
}

int check_lock(sqlite3_file* f, int* held) {
  return real(f)->pMethods->xCheckReservedLock(real(f), held);
}

int control(sqlite3_file* f, int what, void* argument) {
  return real(f)->pMethods->xFileControl(real(f), what, argument);
}

int sector_size(sqlite3_file* f) {
  return real(f)->pMethods->xSectorSize(real(f));
}

int characteristics(sqlite3_file* f) {
  return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
  return real(f)->pMethods->xShmMap(real(f), page, size, extend, to);
}

int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}

void shm_barrier(sqlite3_file* f) {
  real(f)->pMethods->xShmBarrier(real(f));
}

int shm_unmap(sqlite3_file* f, int remove) {
  return real(f)->pMethods->xShmUnmap(real(f), remove);
}

constexpr sqlite3_io_methods methods{
  2,         close,      read,    write,       truncate,        sync,    file_size, lock,
  unlock,    check_lock, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
  shm_unmap, nullptr,    nullptr};

sqlite3_vfs* usual() {
  static sqlite3_vfs* const found = sqlite3_vfs_find("unix");
  return found;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
  auto* ours = reinterpret_cast<file*>(f);
  ours->path = name;
  ours->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(f) + header_size);
  const int code = usual()->xOpen(usual(), name, ours->real, flags, out);
  ours->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

int remove(sqlite3_vfs*, const char* name, int sync_directory) {
  if (auto* const watcher = watcher_of(name); watcher != nullptr)
    watcher->remove(name_of(std::string_view{name}));
  const vfs_call inside;
  return usual()->xDelete(usual(), name, sync_directory);
}

sqlite3_vfs& shim() {
  static sqlite3_vfs made = [] {
    sqlite3_vfs vfs = *usual();
    vfs.zName = "faulty";
    vfs.pNext = nullptr;
    vfs.szOsFile = usual()->szOsFile + static_cast<int>(header_size);
    vfs.xOpen = open;
    vfs.xDelete = remove;
    return vfs;
  }();
  return made;
}

// An open file of the store's that isn't SQLite's business at this moment.
struct beside_sqlite {
  explicit beside_sqlite(int descriptor) {
    if (within_vfs > 0 || (watching.load() == nullptr && present == fault::none))
      return;
    std::array<char, 32> link{};
    static_cast<void>(std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor));
    std::array<char, 512> path{};
    const auto length = ::readlink(link.data(), path.data(), path.size());
    if (length <= 0)
      return;
    const std::string_view found{path.data(), static_cast<std::size_t>(length)};
    name = name_of(found);
    watcher = watcher_of(found);
  }

  [[nodiscard]] bool is_note() const { return name == "ankkor.seq"; }

  std::string name;
  disk_watcher* watcher = nullptr;
};

int sync_descriptor(int descriptor, long call) {
  const beside_sqlite file{descriptor};
  if ((file.is_note() && fails(fault::broken_note_sync)) ||
      (file.watcher != nullptr && !file.watcher->sync(file.name))) {
    errno = EIO;
    return -1;
  }
  return file.watcher != nullptr ? 0 : static_cast<int>(::syscall(call, descriptor));
}

} // namespace

faulty_disk::faulty_disk(disk_watcher& watcher, const std::string& directory) : faulty_disk() {
  watched_directory = directory + "/";
  watching = &watcher;
}

faulty_disk::faulty_disk() {
  mend();
  sqlite3_vfs_register(&shim(), 1);
}

faulty_disk::~faulty_disk() {
  mend();
  watching = nullptr;
  sqlite3_vfs_unregister(&shim());
  sqlite3_vfs_register(usual(), 1);
}

void faulty_disk::fail(fault kind, int nth) {
  failed = false;
  left = nth;
  present = kind;
}

void faulty_disk::mend() {
  present = fault::none;
}

bool faulty_disk::has_failed() const {
  return failed;
}

} // namespace ankkor::store::testing

// In place of the C library's, for this program.
extern "C" {

ssize_t pwrite(int descriptor, const void* from, std::size_t size, off_t at) {
  using namespace ankkor::store::testing;
  const beside_sqlite file{descriptor};
  if (file.is_note() && fails(fault::broken_note_write)) {
    errno = EIO;
    return -1;
  }
  if (file.is_note() && fails(fault::short_note_write))
    size /= 2;
  if (file.watcher != nullptr)
    file.watcher->write(file.name, {static_cast<const char*>(from), size},
                        static_cast<std::uint64_t>(at));
  return ::syscall(SYS_pwrite64, descriptor, from, size, at);
}

int fsync(int descriptor) {
  return ankkor::store::testing::sync_descriptor(descriptor, SYS_fsync);
}

int fdatasync(int descriptor) {
  return ankkor::store::testing::sync_descriptor(descriptor, SYS_fdatasync);
}
}
