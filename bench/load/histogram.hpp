// A histogram of times with a known precision and a fixed size, as HdrHistogram keeps them: buckets
// grow with the value, so that microseconds and minutes are told equally well. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ankkor::load {

class histogram {
public:
  // A value is told from one that differs by a 128th of it (0.8 %).
  static constexpr unsigned precision_bits = 7;

  // What is negative counts as 0.
  void add(std::chrono::nanoseconds value);
  // As if all that the other one was given had been given to this one.
  void merge(const histogram& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  [[nodiscard]] std::chrono::nanoseconds max() const noexcept { return max_; }

  [[nodiscard]] std::chrono::nanoseconds mean() const noexcept;

  // The least time that `share` (0 to 1) of the values don't exceed, rounded up by at most a 128th;
  // 0 if there are none.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const;

private:
  static constexpr std::size_t half = std::size_t{1} << precision_bits;
  static constexpr std::size_t buckets = (64 - precision_bits) * half + half;

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(buckets);
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{0};
  double sum_ = 0;
};

// What a report shows of a histogram.
inline constexpr std::array shown_quantiles{0.5,   0.75,  0.9,    0.95,   0.99,
                                            0.995, 0.999, 0.9995, 0.9999, 1.0};

} // namespace ankkor::load
