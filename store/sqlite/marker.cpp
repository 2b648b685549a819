#include "store/sqlite/marker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace ankkor::store {

namespace {

// As it lies in the file, in this machine's byte order: a data directory doesn't move between kinds
// of machines (one that did is refused as damaged).
struct slot {
  std::array<char, 8> magic{'a', 'n', 'k', 'k', 'o', 'r', 's', '1'};
  std::uint64_t generation = 0; // the higher one is the newer note
  std::uint64_t committed = 0;
  std::uint64_t settled = 0;
  std::uint64_t unsettled_run = 0;
  std::uint64_t checksum = 0;
};

static_assert(sizeof(slot) == 48);

// Each note in a sector of its own, which a disk writes whole or not at all.
constexpr off_t sector = 512;
constexpr int slots = 2;

// FNV-1a: against accidents, not against people.
std::uint64_t checksum(const slot& of) noexcept {
  std::array<unsigned char, offsetof(slot, checksum)> bytes{};
  std::memcpy(bytes.data(), &of, bytes.size());
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const auto byte : bytes)
    sum = (sum ^ byte) * 0x100000001b3U;
  return sum;
}

off_t place(std::uint64_t generation) noexcept {
  return static_cast<off_t>(generation % slots) * sector;
}

bool write_slot(int descriptor, std::uint64_t generation, const progress& note) noexcept {
  slot next;
  next.generation = generation;
  next.committed = note.committed;
  next.settled = note.settled;
  next.unsettled_run = note.unsettled_run;
  next.checksum = checksum(next);
  return ::pwrite(descriptor, &next, sizeof next, place(generation)) == sizeof next;
}

// The newer of the notes that are whole.
std::optional<slot> read_newest(int descriptor) noexcept {
  std::optional<slot> newest;
  for (std::uint64_t which = 0; which < slots; ++which) {
    slot found;
    if (::pread(descriptor, &found, sizeof found, place(which)) != sizeof found ||
        found.magic != slot{}.magic || found.checksum != checksum(found))
      continue;
    if (!newest || found.generation > newest->generation)
      newest = found;
  }
  return newest;
}

progress to_progress(const slot& of) noexcept {
  return {of.committed, of.settled, of.unsettled_run};
}

error system_failure(int number, const std::string& path) {
  return {errc::unavailable,
          fmt::format("{} can't be opened: {}", path, std::generic_category().message(number)),
          "let the user that ankkor runs as read and write the data directory, and see that its "
          "disk has room"};
}

error damaged(const std::string& path) {
  return {
    errc::corrupt, fmt::format("{}, the note of how much was committed, is damaged", path),
    "check the disk; if you trust ankkor.db, delete ankkor.seq: ankkor then takes the database "
    "as it is"};
}

status create(const std::string& path, const progress& note) {
  const auto temporary = path + ".new";
  const int descriptor =
    ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0)
    return system_failure(errno, path);
  const bool written = write_slot(descriptor, 0, note) && write_slot(descriptor, 1, note) &&
                       ::ftruncate(descriptor, slots * sector) == 0 && ::fsync(descriptor) == 0;
  const int number = errno;
  ::close(descriptor);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0)
    return system_failure(written ? errno : number, path);
  return done{};
}

} // namespace

result<std::optional<progress>> marker::read(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT)
    return std::optional<progress>{};
  if (descriptor < 0)
    return system_failure(errno, path);
  const auto newest = read_newest(descriptor);
  ::close(descriptor);
  if (!newest)
    return damaged(path);
  return std::optional{to_progress(*newest)};
}

result<std::unique_ptr<marker>> marker::open(const std::string& path, const progress& note) {
  if (::access(path.c_str(), F_OK) != 0) {
    if (auto created = create(path, note); !created)
      return created.failure();
  }
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0)
    return system_failure(errno, path);
  const auto newest = read_newest(descriptor);
  if (!newest) {
    ::close(descriptor);
    return damaged(path);
  }
  return std::unique_ptr<marker>{new marker(descriptor, newest->generation, to_progress(*newest))};
}

marker::marker(int descriptor, std::uint64_t generation, const progress& note) noexcept
  : descriptor_(descriptor), generation_(generation), note_(note) {}

marker::~marker() {
  ::close(descriptor_);
}

bool marker::write(const progress& note) noexcept {
  if (!write_slot(descriptor_, generation_ + 1, note))
    return false;
  ++generation_;
  note_ = note;
  return true;
}

bool marker::sync() noexcept {
  return ::fdatasync(descriptor_) == 0;
}

} // namespace ankkor::store
