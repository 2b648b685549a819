#include "store/redis/holder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <vector>

namespace ankkor::store::on_redis {

namespace {

struct living {
  std::mutex guard;
  std::set<std::string, std::less<>> names;
};

// The holders of this process.
living& here() {
  static living all;
  return all;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// What process numbers are numbers of: one start of one kernel, and there one PID namespace, so
// that two containers aren't taken for one machine. Empty if it can't be told.
std::string numbering() {
  std::string boot;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> boot;
  std::array<char, 64> space{};
  const auto size = ::readlink("/proc/self/ns/pid", space.data(), space.size());
  if (boot.empty() || size <= 0)
    return {};
  return boot + "/" + std::string(space.data(), static_cast<std::size_t>(size));
}

std::string make_name() {
  std::random_device random;
  return fmt::format("{}|{}|{}|{:08x}{:08x}", host_name(), ::getpid(), numbering(), random(),
                     random());
}

// Host, process number, numbering, and what makes it unique.
std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= name.size();) {
    const auto end = std::min(name.find('|', at), name.size());
    parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

} // namespace

holder::holder() : name_(make_name()) {
  const std::lock_guard hold{here().guard};
  here().names.insert(name_);
}

holder::~holder() {
  const std::lock_guard hold{here().guard};
  here().names.erase(name_);
}

bool is_gone(std::string_view name) {
  const auto parts = parts_of(name);
  if (parts.size() != 4 || parts[2].empty() || parts[2] != numbering())
    return false;
  pid_t process = 0;
  const auto* const end = parts[1].data() + parts[1].size();
  if (std::from_chars(parts[1].data(), end, process).ptr != end || process <= 0)
    return false;
  if (process == ::getpid()) {
    const std::lock_guard hold{here().guard};
    return !here().names.contains(name);
  }
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

std::string describe(std::string_view name) {
  const auto parts = parts_of(name);
  return parts.size() == 4 ? fmt::format("process {} on {}", parts[1], parts[0])
                           : std::string{"somebody unknown"};
}

} // namespace ankkor::store::on_redis
