#include "net/http/date.hpp"

#include "net/http/grammar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ankkor::net {

namespace {

using namespace std::chrono;

constexpr std::array<const char*, 7> day_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_day_names = {
  "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<const char*, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a date apart from the left; the first thing that doesn't fit makes it bad for good.
class reader {
public:
  explicit reader(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_)
      rest_.remove_prefix(expected.size());
  }

  unsigned number(std::size_t digits) {
    unsigned value = 0;
    good_ = good_ && rest_.size() >= digits;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = grammar::is_digit(rest_[i]);
      value = value * 10 + static_cast<unsigned>(rest_[i] - '0');
    }
    if (good_)
      rest_.remove_prefix(digits);
    return value;
  }

  template <class Names>
  unsigned name(const Names& names) {
    for (unsigned i = 0; good_ && i < names.size(); ++i)
      if (rest_.starts_with(names[i])) {
        rest_.remove_prefix(std::string_view(names[i]).size());
        return i;
      }
    good_ = false;
    return 0;
  }

  [[nodiscard]] bool next_is(char c) const { return good_ && !rest_.empty() && rest_.front() == c; }

  [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

private:
  std::string_view rest_;
  bool good_ = true;
};

struct parts {
  int year = 0;
  unsigned month = 0; // from 0
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

void read_time(reader& in, parts& out) {
  out.hour = in.number(2);
  in.literal(":");
  out.minute = in.number(2);
  in.literal(":");
  out.second = in.number(2);
}

std::optional<sys_seconds> to_time(const parts& p) {
  const year_month_day date{year{p.year}, month{p.month + 1}, day{p.day}};
  if (!date.ok() || p.hour > 23 || p.minute > 59 || p.second > 60) // 60: a leap second
    return std::nullopt;
  return sys_days{date} + hours{p.hour} + minutes{p.minute} + seconds{p.second};
}

std::optional<sys_seconds> parse_imf_fixdate(std::string_view text) {
  reader in(text);
  parts p;
  in.name(day_names);
  in.literal(", ");
  p.day = in.number(2);
  in.literal(" ");
  p.month = in.name(month_names);
  in.literal(" ");
  p.year = static_cast<int>(in.number(4));
  in.literal(" ");
  read_time(in, p);
  in.literal(" GMT");
  return in.complete() ? to_time(p) : std::nullopt;
}

std::optional<sys_seconds> parse_rfc850(std::string_view text, sys_seconds now) {
  reader in(text);
  parts p;
  in.name(long_day_names);
  in.literal(", ");
  p.day = in.number(2);
  in.literal("-");
  p.month = in.name(month_names);
  in.literal("-");
  p.year = static_cast<int>(in.number(2));
  in.literal(" ");
  read_time(in, p);
  in.literal(" GMT");
  if (!in.complete())
    return std::nullopt;
  // A date that seems more than 50 years ahead is the last past year with those digits.
  const int present = static_cast<int>(year_month_day{floor<days>(now)}.year());
  p.year += present / 100 * 100;
  if (p.year > present + 50)
    p.year -= 100;
  return to_time(p);
}

std::optional<sys_seconds> parse_asctime(std::string_view text) {
  reader in(text);
  parts p;
  in.name(day_names);
  in.literal(" ");
  p.month = in.name(month_names);
  in.literal(" ");
  if (in.next_is(' ')) {
    in.literal(" ");
    p.day = in.number(1);
  } else {
    p.day = in.number(2);
  }
  in.literal(" ");
  read_time(in, p);
  in.literal(" ");
  p.year = static_cast<int>(in.number(4));
  return in.complete() ? to_time(p) : std::nullopt;
}

} // namespace

std::string format_http_date(sys_seconds when) {
  const auto midnight = floor<days>(when);
  const year_month_day date{midnight};
  const hh_mm_ss time{when - midnight};
  std::array<char, 64> text{};
  const int size = std::snprintf(
    text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
    day_names[weekday{midnight}.c_encoding()], static_cast<unsigned>(date.day()),
    month_names[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
  if (const auto when = parse_imf_fixdate(text))
    return when;
  if (const auto when = parse_rfc850(text, now))
    return when;
  return parse_asctime(text);
}

} // namespace ankkor::net
