// Reads Linux's /proc, see proc(5).
#include "base/process.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace ankkor {

namespace {

std::string read_all(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// /proc/self/stat from its third field on: the second is the program's name, which may hold
// anything, blanks and parentheses included.
struct stat_fields {
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0; // since boot
};

stat_fields read_stat() {
  const std::string text = read_all("/proc/self/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos)
    return {};
  std::istringstream rest(text.substr(name_end + 1));
  std::string field;
  stat_fields out;
  for (int number = 3; number <= 22 && rest >> field; ++number) {
    if (number == 20)
      out.threads = std::stoull(field);
    else if (number == 22)
      out.start_ticks = std::stoull(field);
  }
  return out;
}

double read_boot_time() {
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line))
    if (line.rfind("btime ", 0) == 0)
      return static_cast<double>(std::stoull(line.substr(6)));
  return 0;
}

std::uint64_t count_open_fds() {
  std::error_code ignored;
  const std::filesystem::directory_iterator all("/proc/self/fd", ignored);
  // One of them is the directory's own.
  const auto count = std::distance(begin(all), end(all));
  return count > 0 ? static_cast<std::uint64_t>(count - 1) : 0;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

process_figures read_process_figures() {
  process_figures out;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    out.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
    out.fds_max = files.rlim_cur;
  try {
    std::istringstream statm(read_all("/proc/self/statm"));
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    if (statm >> total_pages >> resident_pages)
      out.resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    out.open_fds = count_open_fds();
    const stat_fields stat = read_stat();
    out.threads = stat.threads;
    const double boot_time = read_boot_time();
    if (boot_time > 0)
      out.start_time_seconds = boot_time + static_cast<double>(stat.start_ticks) /
                                             static_cast<double>(::sysconf(_SC_CLK_TCK));
  } catch (const std::exception&) {
    // No /proc, or no descriptor left to read it with: what is missing stays 0.
    return out;
  }
  return out;
}

void raise_file_limit() noexcept {
  auto files = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

bool take_turns_behind_others() noexcept {
  const sched_param none{};
  return ::sched_getscheduler(0) == SCHED_OTHER && ::sched_setscheduler(0, SCHED_BATCH, &none) == 0;
}

starting_behind_others::~starting_behind_others() {
  const sched_param none{};
  if (changed_)
    ::sched_setscheduler(0, SCHED_OTHER, &none);
}

} // namespace ankkor
