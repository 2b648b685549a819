#include "bench/load/processes.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

namespace ankkor::load {

namespace {

std::string read_file(const std::filesystem::path& path) {
  auto file = std::ifstream{path};
  auto text = std::ostringstream{};
  text << file.rdbuf();
  return std::move(text).str();
}

struct process {
  std::string name;
  int session = 0;
  double seconds = 0;          // of its own, in the system's ticks
  double seconds_of_ended = 0; // of children that it waited for
};

// /proc/PID/stat: the name is in parentheses and may hold any; the fields are counted behind it.
std::optional<process> read_process(const std::filesystem::path& place) {
  constexpr std::size_t session_at = 3;
  constexpr std::size_t user_at = 11;
  const auto text = read_file(place / "stat");
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos)
    return std::nullopt;
  auto rest = std::istringstream{text.substr(close + 1)};
  auto fields = std::vector<std::string>{std::istream_iterator<std::string>{rest}, {}};
  if (fields.size() < user_at + 4)
    return std::nullopt;
  const auto tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto seconds = [&](std::size_t at) { return std::stod(fields[at]) * tick; };
  return process{text.substr(open + 1, close - open - 1), std::stoi(fields[session_at]),
                 seconds(user_at) + seconds(user_at + 1),
                 seconds(user_at + 2) + seconds(user_at + 3)};
}

// To the nanosecond, of the threads that run.
double seconds_of_threads(const std::filesystem::path& place) {
  auto failure = std::error_code{};
  double sum = 0;
  for (const auto& each : std::filesystem::directory_iterator{place / "task", failure})
    sum += std::strtod(read_file(each.path() / "schedstat").c_str(), nullptr) / 1e9;
  return sum;
}

} // namespace

cpu_times cpu_of_session(int session) {
  auto times = cpu_times{};
  auto failure = std::error_code{};
  for (const auto& each : std::filesystem::directory_iterator{"/proc", failure}) {
    const auto name = each.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const auto found = read_process(each.path());
    if (!found || found->session != session)
      continue;
    // The ticks include threads that have ended; the threads are more precise while none has.
    const auto precise = seconds_of_threads(each.path());
    const bool whole = found->seconds - precise < 0.02;
    times[found->name] += (whole ? precise : found->seconds) + found->seconds_of_ended;
  }
  return times;
}

std::uint64_t resident_bytes(int process) {
  const auto text = read_file(fmt::format("/proc/{}/statm", process));
  auto fields = std::istringstream{text};
  std::uint64_t whole = 0;
  std::uint64_t resident = 0;
  if (!(fields >> whole >> resident))
    return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double own_cpu_seconds() {
  auto used = rusage{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

cpu_times used_between(const cpu_times& before, const cpu_times& after) {
  auto used = cpu_times{};
  for (const auto& [name, seconds] : after) {
    const auto earlier = before.find(name);
    used[name] = seconds - (earlier == before.end() ? 0 : earlier->second);
  }
  return used;
}

} // namespace ankkor::load
