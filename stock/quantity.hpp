// How much there is of something: a decimal number with a fixed point, since shops that sell by
// weight or length count in fractions (facts, section 8). No double is ever made of one.
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ankkor::stock {

// Millionths, from -9,000,000,000,000 to 9,000,000,000,000 units. What is beyond becomes the
// nearest of these two: a shop that writes such a number means "no end of it".
class quantity {
public:
  static constexpr std::int64_t scale = 1'000'000; // of the parts in one
  static constexpr std::int64_t whole_max = 9'000'000'000'000;

  constexpr quantity() noexcept = default;

  // Whole numbers are quantities, so that code that knows no fractions reads as it is meant.
  template <std::integral Integer>
  constexpr quantity(Integer whole) noexcept // NOLINT(google-explicit-constructor): see above
    : parts_(std::cmp_greater(whole, whole_max) ? whole_max * scale
             : std::cmp_less(whole, -whole_max) ? -whole_max * scale
                                                : static_cast<std::int64_t>(whole) * scale) {}

  // Beyond the limits: the limit.
  [[nodiscard]] static constexpr quantity of_parts(std::int64_t millionths) noexcept {
    auto made = quantity{};
    const auto limit = whole_max * scale;
    made.parts_ = millionths > limit ? limit : millionths < -limit ? -limit : millionths;
    return made;
  }

  [[nodiscard]] constexpr std::int64_t parts() const noexcept { return parts_; }

  [[nodiscard]] constexpr bool is_whole() const noexcept { return parts_ % scale == 0; }

  // Without the fraction.
  [[nodiscard]] constexpr std::int64_t whole() const noexcept { return parts_ / scale; }

  // Clang-tidy 14 takes what the compiler makes of it for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr): there is no pointer here
  constexpr auto operator<=>(const quantity&) const noexcept = default;

  // At a limit the sum stays there.
  friend constexpr quantity operator+(quantity a, quantity b) noexcept {
    // Two limits are 1.8 × 10^19, which 64 bits don't hold: half of each is added first.
    const auto half = a.parts_ / 2 + b.parts_ / 2;
    const auto limit = whole_max * scale;
    if (half > limit / 2 || half < -limit / 2)
      return of_parts(half > 0 ? limit : -limit);
    return of_parts(a.parts_ + b.parts_);
  }

  friend constexpr quantity operator-(quantity a, quantity b) noexcept {
    return a + of_parts(-b.parts_);
  }

  quantity& operator+=(quantity other) noexcept { return *this = *this + other; }

private:
  std::int64_t parts_ = 0;
};

// "7", "-0.5", "2.125": as JSON writes numbers, without zeros at the end of a fraction.
[[nodiscard]] std::string to_string(quantity value);
void append_json(std::string& out, quantity value);

// A number as JSON or PHP write it, with an exponent or without: "5", "2.50", "-3", ".5", "1.0e-1".
// It is rounded to millionths, and where it has a fraction to 15 significant digits, halves away
// from zero: PHP computes with doubles, and writes 0.30000000000000004 for what is three tenths.
// Nothing if the text is no number.
[[nodiscard]] std::optional<quantity> parse_quantity(std::string_view text) noexcept;

// For tests and diagnostics.
std::ostream& operator<<(std::ostream& out, quantity value);

} // namespace ankkor::stock
