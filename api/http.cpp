#include "api/http.hpp"

#include "base/json.hpp"
#include "net/http/grammar.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ankkor::api {

namespace {

std::optional<unsigned> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f')
    return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F')
    return static_cast<unsigned>(digit - 'A') + 10;
  return std::nullopt;
}

enum class plus : std::uint8_t { stays, is_space };

std::optional<std::string> decode(std::string_view text, plus meaning) {
  auto decoded = std::string{};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && meaning == plus::is_space) {
      decoded.push_back(' ');
    } else if (text[at] == '%') {
      const auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
      const auto low = high ? hex_digit(text[at + 2]) : std::nullopt;
      if (!low)
        return std::nullopt;
      decoded.push_back(static_cast<char>(*high * 16 + *low));
      at += 2;
    } else {
      decoded.push_back(text[at]);
    }
  }
  return decoded;
}

std::string_view without_weakness(std::string_view etag) {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

} // namespace

net::response json_response(unsigned status, std::string body) {
  auto answer = net::response{};
  answer.status = status;
  answer.head = "Content-Type: application/json\r\nCache-Control: no-store\r\n";
  answer.body = std::move(body);
  return answer;
}

net::response error_response(unsigned status, std::string_view code, std::string_view message) {
  auto body = std::string{};
  json::writer{body}
    .begin_object()
    .key("error")
    .begin_object()
    .field("code", code)
    .field("message", message)
    .end_object()
    .end_object();
  return json_response(status, std::move(body));
}

net::response method_not_allowed(std::string_view allowed) {
  auto answer = error_response(405, "method_not_allowed",
                               "This address takes " + std::string{allowed} + " only.");
  answer.fields.emplace_back("Allow", allowed);
  return answer;
}

net::response not_found(std::string_view message) {
  return error_response(404, "not_found", message);
}

net::response unavailable(std::string_view message, unsigned retry_after) {
  auto answer = error_response(503, "unavailable", message);
  answer.fields.emplace_back("Retry-After", std::to_string(retry_after));
  return answer;
}

bool is_read(const net::request& request) noexcept {
  return request.method == "GET" || request.method == "HEAD";
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    if (decode(pair.substr(0, equals), plus::is_space) == name)
      return decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1),
                    plus::is_space);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return std::nullopt;
}

std::optional<std::string> decode_path(std::string_view segment) {
  return decode(segment, plus::stays);
}

std::optional<std::uint64_t> parse_id(std::string_view text) noexcept {
  std::int64_t id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || id <= 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(id);
}

bool none_match_holds(std::string_view field, std::string_view etag) noexcept {
  if (field == "*")
    return true;
  const auto wanted = without_weakness(etag);
  while (!field.empty()) {
    const auto start = field.find_first_not_of(" \t,");
    if (start == std::string_view::npos)
      return false;
    field.remove_prefix(start);
    const auto quote = field.find('"');
    if (quote == std::string_view::npos)
      return false;
    const auto end = field.find('"', quote + 1);
    if (end == std::string_view::npos)
      return false;
    if (without_weakness(field.substr(0, end + 1)) == wanted)
      return true;
    field.remove_prefix(end + 1);
  }
  return false;
}

bool matches(const net::request& request, std::string_view etag) {
  // Several fields of one name are one list (RFC 9110 section 5.3).
  return std::any_of(request.fields.begin(), request.fields.end(), [etag](const auto& each) {
    return net::grammar::iequals(each.first, "if-none-match") &&
           none_match_holds(each.second, etag);
  });
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  // Hashed first, so that not even the lengths are told.
  std::array<unsigned char, SHA256_DIGEST_LENGTH> left{};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> right{};
  SHA256(reinterpret_cast<const unsigned char*>(a.data()), a.size(), left.data());
  SHA256(reinterpret_cast<const unsigned char*>(b.data()), b.size(), right.data());
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace ankkor::api
