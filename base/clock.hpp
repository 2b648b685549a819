// This machine's clock, for those at the edge who may take the time; everybody else is given it
// (invariant I7).
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace ankkor {

// UTC that never goes back while the process lives: what was read, asked and scheduled is ordered
// by it. Where this machine's clock is set back it goes on from where it was; set forward it
// follows.
class forward_clock {
public:
  using microseconds = std::chrono::microseconds;
  using utc = std::chrono::sys_time<microseconds>;
  using steady = std::chrono::time_point<std::chrono::steady_clock, microseconds>;

  // Both clocks at one moment; the steady one read after the other, so that a thread that waits in
  // between takes nothing for a clock that was set forward. From any thread.
  [[nodiscard]] utc read(utc wall, steady since_start) noexcept {
    const auto ahead = (wall.time_since_epoch() - since_start.time_since_epoch()).count();
    auto most = most_ahead_.load(std::memory_order_relaxed);
    while (ahead > most &&
           !most_ahead_.compare_exchange_weak(most, ahead, std::memory_order_relaxed)) {
    }
    return utc{since_start.time_since_epoch() + microseconds{std::max(ahead, most)}};
  }

private:
  // The wall clock's lead over the steady one.
  std::atomic<std::int64_t> most_ahead_{std::numeric_limits<std::int64_t>::min()};
};

// UTC, never going back. The microseconds are what the store keeps.
[[nodiscard]] inline forward_clock::utc wall_clock() {
  static forward_clock clock;
  const auto wall = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  return clock.read(
    wall, std::chrono::floor<std::chrono::microseconds>(std::chrono::steady_clock::now()));
}

} // namespace ankkor
