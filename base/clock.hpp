// This machine's clock, for those at the edge who may take the time; everybody else is given it
// (invariant I7).
#pragma once

#include <chrono>

namespace ankkor {

// UTC. The microseconds are what the store keeps.
[[nodiscard]] inline std::chrono::sys_time<std::chrono::microseconds> wall_clock() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

} // namespace ankkor
