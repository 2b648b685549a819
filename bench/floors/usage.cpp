#include "bench/floors/usage.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>

namespace ankkor::floors {

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

void say_listening(std::uint16_t port) {
  fmt::print("listening {}\n", port);
  static_cast<void>(std::fflush(stdout));
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void say_used(std::uint64_t count) {
  fmt::print("{{\"count\":{},\"cpu_seconds\":{:.6f}}}\n", count, cpu_seconds());
}

} // namespace ankkor::floors
