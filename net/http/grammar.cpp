#include "net/http/grammar.hpp"

#include "base/eight_bytes.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace ankkor::net::grammar {

namespace {

// Every character is of the class, or a percent sign with its two digits.
bool all_of_class(std::string_view text, const detail::table& allowed, bool question_mark) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (allowed[static_cast<unsigned char>(c)] || (question_mark && c == '?'))
      continue;
    if (c != '%' || text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
      return false;
    i += 2;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return text.size() < INET6_ADDRSTRLEN &&
         inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

} // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

// Eight bytes at once: heads are nearly all text.
std::size_t text_run(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at >= sizeof(eight_bytes)) {
      const auto next = eight_bytes{bytes.data() + at};
      if (!next.any_below(0x20) && !next.any_is(0x7f)) {
        at += sizeof next;
        continue;
      }
    }
    for (const auto end = std::min(at + sizeof(eight_bytes), bytes.size()); at < end; ++at) {
      if (!is_text(bytes[at]))
        return at;
    }
  }
  return at;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_origin_form(std::string_view target) {
  return !target.empty() && target.front() == '/' && all_of_class(target, detail::path_table, true);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<authority> parse_authority(std::string_view text) {
  authority result;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    result.host = text.substr(1, end - 1);
    result.ipv6 = true;
    rest = text.substr(end + 1);
    if (!is_ipv6(result.host))
      return std::nullopt;
  } else {
    result.host = text.substr(0, text.find(':'));
    rest = text.substr(result.host.size());
    if (result.host.empty() || !all_of_class(result.host, detail::host_table, false))
      return std::nullopt;
  }
  if (rest.empty() || rest == ":") // port = *DIGIT
    return result;
  const auto port = rest.size() <= 6 ? parse_decimal(rest.substr(1)) : std::nullopt;
  if (rest.front() != ':' || !port || *port > 65535)
    return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

} // namespace ankkor::net::grammar
