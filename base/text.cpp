// Escaping and UTF-8, see text.hpp.
#include "base/text.hpp"

#include "base/eight_bytes.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>

namespace ankkor {

namespace {

// What could break a line, move a terminal's cursor or turn the reading direction around.
bool is_unprintable(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_code_point_escape(std::string& out, char32_t c) {
  switch (c) {
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c));
  }
}

// Printable ASCII that is never escaped: nearly all that is ever written.
constexpr auto plain = [] {
  auto table = std::array<bool, 256>{};
  for (std::size_t c = 0x20; c < 0x7F; ++c)
    table[c] = c != '"' && c != '\\';
  return table;
}();

bool is_plain(char c) noexcept {
  return plain[static_cast<unsigned char>(c)];
}

// From `at` on, how far all is plain.
std::size_t end_of_plain(std::string_view text, std::size_t at) noexcept {
  while (text.size() - at >= sizeof(eight_bytes)) {
    const auto next = eight_bytes{text.data() + at};
    if (next.any_below(0x20) || next.any_is(0x7F) || next.any_is('"') || next.any_is('\\') ||
        next.any_beyond_ascii())
      break;
    at += sizeof next;
  }
  while (at < text.size() && is_plain(text[at]))
    ++at;
  return at;
}

void append_escaped(std::string& out, std::string_view text, std::string_view byte_prefix) {
  for (std::size_t at = 0; at < text.size();) {
    const auto begun = at;
    at = end_of_plain(text, begun);
    out.append(text, begun, at - begun);
    if (at == text.size())
      return;
    const decoded next = decode_utf8(text, at);
    if (next.length == 0) {
      out += byte_prefix;
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
      continue;
    }
    if (next.code_point == '"' || next.code_point == '\\') {
      out += '\\';
      out += text[at];
    } else if (is_unprintable(next.code_point)) {
      append_code_point_escape(out, next.code_point);
    } else {
      out.append(text, at, next.length);
    }
    at += next.length;
  }
}

} // namespace

decoded decode_utf8(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80)
    return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length)
    return {};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U)
      return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return {};
  return {value, length};
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max)
    return text;
  // Back over continuation bytes to where a character begins; no character has more than three.
  std::size_t end = bytes_max;
  for (int step = 0;
       step < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U; ++step)
    --end;
  return text.substr(0, end);
}

void append_json_escaped(std::string& out, std::string_view text) {
  append_escaped(out, text, "\\\\x");
}

void append_text_escaped(std::string& out, std::string_view text) {
  append_escaped(out, text, "\\x");
}

void append_time(std::string& out, std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  const auto two = [&out](auto number, char behind) {
    const auto value = static_cast<unsigned>(number);
    const std::array<char, 3> text{static_cast<char>('0' + value / 10 % 10),
                                   static_cast<char>('0' + value % 10), behind};
    out.append(text.data(), text.size());
  };
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) {
    fmt::format_to(std::back_inserter(out), "{:04}-", year);
  } else {
    out += static_cast<char>('0' + year / 1000);
    out += static_cast<char>('0' + year / 100 % 10);
    two(year % 100, '-');
  }
  two(static_cast<unsigned>(date.month()), '-');
  two(static_cast<unsigned>(date.day()), 'T');
  two(clock.hours().count(), ':');
  two(clock.minutes().count(), ':');
  two(clock.seconds().count(), 'Z');
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out += '"';
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_text_escaped(out, text);
  return out += '"';
}

} // namespace ankkor
