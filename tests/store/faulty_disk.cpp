#include "faulty_disk.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>

namespace ankkor::store::testing {

namespace {

std::atomic<fault> present{fault::none};
std::atomic<int> left{0};
std::atomic<bool> failed{false};

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
};

constexpr std::size_t header_size = (sizeof(file) + alignof(std::max_align_t) - 1) /
                                    alignof(std::max_align_t) * alignof(std::max_align_t);

sqlite3_file* real(sqlite3_file* of) {
  return reinterpret_cast<file*>(of)->real;
}

int close(sqlite3_file* f) {
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
  return real(f)->pMethods->xWrite(real(f), from, size, at);
}

int sync(sqlite3_file* f, int flags) {
  if (fails(fault::broken_sync))
    return SQLITE_IOERR_FSYNC;
  return real(f)->pMethods->xSync(real(f), flags);
}

int truncate(sqlite3_file* f, sqlite3_int64 size) {
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
  ours->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(f) + header_size);
  const int code = usual()->xOpen(usual(), name, ours->real, flags, out);
  ours->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

sqlite3_vfs& shim() {
  static sqlite3_vfs made = [] {
    sqlite3_vfs vfs = *usual();
    vfs.zName = "faulty";
    vfs.pNext = nullptr;
    vfs.szOsFile = usual()->szOsFile + static_cast<int>(header_size);
    vfs.xOpen = open;
    return vfs;
  }();
  return made;
}

} // namespace

faulty_disk::faulty_disk() {
  mend();
  sqlite3_vfs_register(&shim(), 1);
}

faulty_disk::~faulty_disk() {
  mend();
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
