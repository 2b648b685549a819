// The character classes and small productions of RFC 9110 (HTTP semantics), RFC 9112 (HTTP/1.1) and
// RFC 3986 (URI) that the server and the client check by the letter.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ankkor::net::grammar {

namespace detail {

using table = std::array<bool, 256>;

constexpr table make_table(std::string_view others) {
  table result{};
  for (unsigned c = 0; c < 256; ++c)
    result[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  for (const char c : others)
    result[static_cast<unsigned char>(c)] = true;
  return result;
}

constexpr table make_text_table() {
  table result{};
  for (unsigned c = 0x20; c < 256; ++c)
    result[c] = c != 0x7f;
  result['\t'] = true;
  return result;
}

inline constexpr table token_table = make_table("!#$%&'*+-.^_`|~");
inline constexpr table path_table = make_table("-._~!$&'()*+,;=:@/");
inline constexpr table host_table = make_table("-._~!$&'()*+,;=");
inline constexpr table text_table = make_text_table();

} // namespace detail

// tchar, RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) {
  return detail::token_table[static_cast<unsigned char>(c)];
}

// What may stand inside a field line: HTAB, SP, VCHAR and obs-text, RFC 9110 section 5.5.
constexpr bool is_text(char c) {
  return detail::text_table[static_cast<unsigned char>(c)];
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t';
}

// The value of a hexadecimal digit; -1 for anything else.
constexpr int hex_value(char c) {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] bool is_token(std::string_view text);

// Compares ASCII letters without case, as names of fields, hosts and codings are.
[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t at = 0; at < a.size(); ++at) {
    if (lower(a[at]) != lower(b[at]))
      return false;
  }
  return true;
}

// How many bytes from the front may stand inside a field line (is_text).
[[nodiscard]] std::size_t text_run(std::string_view bytes);

// Without leading and trailing OWS.
[[nodiscard]] std::string_view trim(std::string_view text);

// absolute-path [ "?" query ] of RFC 3986 with every "%" followed by two hexadecimal digits.
[[nodiscard]] bool is_origin_form(std::string_view target);

// 1*DIGIT that fits; nothing for anything else (signs, spaces, lists, overflow, empty).
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

struct authority {
  std::string_view host; // as written; IPv6 without its brackets
  std::optional<std::uint16_t> port;
  bool ipv6 = false;
};

// uri-host [ ":" port ] with a host that isn't empty, and without user info. IPvFuture is nobody's
// address and refused.
[[nodiscard]] std::optional<authority> parse_authority(std::string_view text);

} // namespace ankkor::net::grammar
