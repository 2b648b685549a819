// Waiting for a condition with a deadline: tests never sleep for a guessed time.
#pragma once

#include <poll.h>

#include <chrono>

namespace ankkor::testing {

// How long a test waits for what must happen. Long, since it costs only a failing test that time.
inline constexpr auto patience = std::chrono::seconds{60};

// Asks until it holds or the time is over; answers whether it held.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds at_most = patience) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    constexpr int pause_ms = 3; // between two questions, so that the asked one gets the processor
    ::poll(nullptr, 0, pause_ms);
  }
  return true;
}

} // namespace ankkor::testing
