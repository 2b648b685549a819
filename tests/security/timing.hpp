// Whether the time of a function tells something about its argument: Welch's t-test on interleaved
// measurements of two arguments (Reparaz, Balasch, Verbauwhede: Dude, is my code constant time?).
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

namespace ankkor::testing {

struct moments {
  double count = 0;
  double mean = 0;
  double sum_of_squares = 0; // of the differences from the mean

  void add(double value) {
    ++count;
    const double before = value - mean;
    mean += before / count;
    sum_of_squares += before * (value - mean);
  }

  [[nodiscard]] double variance() const { return sum_of_squares / (count - 1); }
};

// How many standard errors lie between the two means.
inline double welch_t(const moments& a, const moments& b) {
  return (a.mean - b.mean) / std::sqrt(a.variance() / a.count + b.variance() / b.count);
}

// Of one round of measurements; `call` is given false or true. What other programs do to the
// processor makes single measurements long: the longer half of all is left out, of both alike.
template <class Call>
double timing_difference(Call call, std::mt19937_64& random) {
  constexpr std::size_t samples = 20'000;
  constexpr int calls_a_sample = 8;
  std::vector<std::pair<double, bool>> taken;
  taken.reserve(samples);
  for (std::size_t at = 0; at < samples; ++at) {
    const bool second = (random() & 1) != 0;
    const auto begun = std::chrono::steady_clock::now();
    for (int count = 0; count < calls_a_sample; ++count)
      call(second);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
    taken.emplace_back(took.count(), second);
  }
  auto middle = taken.begin() + samples / 2;
  std::nth_element(taken.begin(), middle, taken.end());
  const double longest = middle->first;
  moments of[2];
  for (const auto& [took, second] : taken)
    if (took <= longest)
      of[second ? 1 : 0].add(took);
  return std::abs(welch_t(of[0], of[1]));
}

// Chance reaches this in one round of a million; what differs reaches it in almost every one, and
// what else the machine does can hide it in a few. So most of the rounds decide.
inline constexpr double telling_difference = 5;

template <class Call>
bool is_told_by_time(Call call) {
  constexpr int rounds = 7;
  std::mt19937_64 random{20'261'122};
  int telling = 0;
  for (int round = 0; round < rounds; ++round)
    telling += timing_difference(call, random) >= telling_difference ? 1 : 0;
  return telling > rounds / 2;
}

} // namespace ankkor::testing
