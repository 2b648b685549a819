#include "stock/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>

namespace ankkor::stock {

namespace {

constexpr int fraction_digits = 6;     // of a quantity
constexpr int significant_digits = 15; // what a double, and so SQLite and JavaScript, hold exactly
constexpr int whole_digits_max = 13;   // of quantity::whole_max

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits of a number without the zeros before them. Those beyond what is ever looked at are
// left out.
struct decimal {
  std::array<char, significant_digits + 1> digits{};
  int count = 0;
  int point = 0; // the value is 0.d1d2d3… times 10 to this

  [[nodiscard]] std::uint64_t digit(int at) const {
    return at >= 0 && at < count
             ? static_cast<std::uint64_t>(digits.at(static_cast<std::size_t>(at)) - '0')
             : 0;
  }
};

// Takes digits off the front of `text`.
bool take_digits(std::string_view& text, decimal& into, bool is_fraction) {
  constexpr int point_max = 1'000; // far beyond any limit
  bool any = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    any = true;
    const bool leads = into.count == 0 && text.front() == '0';
    if (leads) {
      into.point -= is_fraction && into.point > -point_max ? 1 : 0;
      continue;
    }
    into.point += !is_fraction && into.point < point_max ? 1 : 0;
    if (static_cast<std::size_t>(into.count) < into.digits.size())
      into.digits.at(static_cast<std::size_t>(into.count++)) = text.front();
  }
  return any;
}

// "e-7"; nothing if it is none. An absurd one is as good as the largest.
std::optional<int> take_exponent(std::string_view text) {
  constexpr int exponent_max = 10'000;
  if (text.empty())
    return 0;
  if (text.front() != 'e' && text.front() != 'E')
    return std::nullopt;
  text.remove_prefix(1);
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (is_negative || text.front() == '+'))
    text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  int exponent = 0;
  for (const char c : text)
    exponent = std::min(exponent * 10 + (c - '0'), exponent_max);
  return is_negative ? -exponent : exponent;
}

std::int64_t rounded_parts(const decimal& number) {
  constexpr auto limit = quantity::whole_max * quantity::scale;
  if (number.count == 0)
    return 0;
  if (number.point > whole_digits_max)
    return limit;
  const int wanted = std::min(number.point + fraction_digits, significant_digits);
  if (wanted < 0)
    return 0;
  std::uint64_t value = 0;
  for (int at = 0; at < wanted; ++at)
    value = value * 10 + number.digit(at);
  if (number.digit(wanted) >= 5)
    ++value;
  for (int left = number.point + fraction_digits - wanted; left > 0; --left)
    value *= 10; // 13 digits before the point and 6 behind it fit into 64 bits
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, limit));
}

} // namespace

void append_json(std::string& out, quantity value) {
  std::array<char, 24> digits{}; // ample for any 64 bits
  const auto put = [&](std::uint64_t number) {
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append(digits.data(), end);
  };
  const auto parts = value.parts();
  const auto size = static_cast<std::uint64_t>(parts < 0 ? -parts : parts);
  if (parts < 0)
    out += '-';
  put(size / quantity::scale);
  auto fraction = size % quantity::scale;
  if (fraction == 0)
    return;
  out += '.';
  for (auto place = static_cast<std::uint64_t>(quantity::scale) / 10; fraction != 0; place /= 10) {
    out += static_cast<char>('0' + fraction / place);
    fraction %= place;
  }
}

std::string to_string(quantity value) {
  auto text = std::string{};
  append_json(text, value);
  return text;
}

std::optional<quantity> parse_quantity(std::string_view text) noexcept {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (is_negative || text.front() == '+'))
    text.remove_prefix(1);
  auto number = decimal{};
  bool any = take_digits(text, number, false);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    any = take_digits(text, number, true) || any;
  }
  const auto exponent = take_exponent(text);
  if (!any || !exponent)
    return std::nullopt;
  number.point += *exponent;
  const auto parts = rounded_parts(number);
  return quantity::of_parts(is_negative ? -parts : parts);
}

std::ostream& operator<<(std::ostream& out, quantity value) {
  return out << to_string(value);
}

} // namespace ankkor::stock
