// Questions about eight bytes at once, for who looks through text that is nearly all plain.
#pragma once

#include <cstdint>
#include <cstring>

namespace ankkor {

class eight_bytes {
public:
  // Reads eight bytes from there.
  explicit eight_bytes(const char* from) noexcept { std::memcpy(&word_, from, sizeof word_); }

  // Whether any is below `limit`. Precondition: limit <= 128.
  [[nodiscard]] bool any_below(unsigned char limit) const noexcept {
    return ((word_ - ones * limit) & ~word_ & highs) != 0;
  }

  [[nodiscard]] bool any_is(char wanted) const noexcept {
    const auto zero_where_equal = word_ ^ (ones * static_cast<unsigned char>(wanted));
    return ((zero_where_equal - ones) & ~zero_where_equal & highs) != 0;
  }

  [[nodiscard]] bool any_beyond_ascii() const noexcept { return (word_ & highs) != 0; }

private:
  static constexpr std::uint64_t ones = 0x0101010101010101U;
  static constexpr std::uint64_t highs = 0x8080808080808080U;

  std::uint64_t word_ = 0;
};

} // namespace ankkor
