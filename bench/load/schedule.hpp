// When the requests of an open loop are to go out: at a fixed rate, whatever became of those
// before. A latency is counted from the intended time, so that a server that stalls is charged for
// all that would have come meanwhile (no coordinated omission). Pure: time is given.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace ankkor::load {

class schedule {
public:
  using time = std::chrono::steady_clock::time_point;

  // Precondition: per_second > 0. The first is due at `begin`, none at or after `end`.
  schedule(time begin, time end, double per_second)
    : begin_(begin), end_(end), per_second_(per_second) {}

  // The intended time of the next request that was not taken yet; nothing once all were.
  [[nodiscard]] std::optional<time> next() const {
    // From the beginning each time: steps that are added up would drift by their rounding.
    const auto at = begin_ + std::chrono::nanoseconds{static_cast<std::int64_t>(
                               static_cast<double>(taken_) * 1e9 / per_second_)};
    return at < end_ ? std::optional{at} : std::nullopt;
  }

  // Takes the next one if it is due, and answers its intended time.
  [[nodiscard]] std::optional<time> take(time now) {
    const auto due = next();
    if (!due || *due > now)
      return std::nullopt;
    ++taken_;
    return due;
  }

  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

private:
  time begin_;
  time end_;
  double per_second_;
  std::uint64_t taken_ = 0;
};

} // namespace ankkor::load
