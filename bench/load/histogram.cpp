#include "bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ankkor::load {

namespace {

constexpr unsigned bits = histogram::precision_bits;

// Up to 2 * 128 each value has a bucket; from there on, each doubling has 128 of them.
unsigned shift_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > bits + 1 ? width - bits - 1 : 0;
}

std::size_t bucket_of(std::uint64_t value) {
  const auto shift = shift_of(value);
  return (std::size_t{shift} << bits) + static_cast<std::size_t>(value >> shift);
}

// The greatest value of a bucket.
std::uint64_t upper_end(std::size_t bucket) {
  const auto shift = bucket < (std::size_t{2} << bits) ? 0 : (bucket >> bits) - 1;
  const auto within = bucket - (shift << bits);
  return ((std::uint64_t{within} + 1) << shift) - 1;
}

} // namespace

void histogram::add(std::chrono::nanoseconds value) {
  value = std::max(value, std::chrono::nanoseconds{0});
  ++counts_[bucket_of(static_cast<std::uint64_t>(value.count()))];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value.count());
}

void histogram::merge(const histogram& other) {
  for (std::size_t at = 0; at < buckets; ++at)
    counts_[at] += other.counts_[at];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::chrono::nanoseconds histogram::mean() const noexcept {
  return std::chrono::nanoseconds{
    count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / static_cast<double>(count_))};
}

std::chrono::nanoseconds histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < buckets && count_ > 0; ++at) {
    seen += counts_[at];
    if (seen >= std::max<std::uint64_t>(wanted, 1))
      return std::min(std::chrono::nanoseconds{static_cast<std::int64_t>(upper_end(at))}, max_);
  }
  return max_;
}

} // namespace ankkor::load
