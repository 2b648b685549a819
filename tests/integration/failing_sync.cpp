// Loaded into the daemon by a test (LD_PRELOAD): a disk whose syncs fail. The file that
// ANKKOR_TEST_SYNCS_FAIL names says which: "once ankkor.db" or "always ankkor.db-wal". While it is
// not there, all syncs are made. After "once" they are again, as Linux does it: it tells of an
// error once, and calls the next sync a success though the pages never got to the disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view once = "once ";
constexpr std::string_view always = "always ";

std::string order(const char* path) {
  const int descriptor = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return {};
  std::array<char, 100> text{};
  const auto size = ::read(descriptor, text.data(), text.size());
  ::close(descriptor);
  return {text.data(), size < 0 ? 0U : static_cast<std::size_t>(size)};
}

std::string path_of(int descriptor) {
  const auto link = "/proc/self/fd/" + std::to_string(descriptor);
  std::array<char, 4096> path{};
  const auto size = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), size < 0 ? 0U : static_cast<std::size_t>(size)};
}

bool fails(int descriptor) {
  const char* const place = std::getenv("ANKKOR_TEST_SYNCS_FAIL");
  const auto given = order(place);
  const bool is_once = given.starts_with(once);
  if (!is_once && !given.starts_with(always))
    return false;
  const auto file = given.substr(is_once ? once.size() : always.size());
  if (!path_of(descriptor).ends_with("/" + file))
    return false;
  return !is_once || ::unlink(place) == 0; // of several threads one
}

int sync(const char* which, int descriptor) {
  if (fails(descriptor)) {
    errno = EIO;
    return -1;
  }
  const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, which));
  return real(descriptor);
}

} // namespace

extern "C" int fsync(int descriptor) {
  return sync("fsync", descriptor);
}

extern "C" int fdatasync(int descriptor) {
  return sync("fdatasync", descriptor);
}
