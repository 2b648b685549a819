// What the routes of both listeners share: answers, query parameters, conditional requests.
#pragma once

#include "base/error.hpp"
#include "net/http/server.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::api {

// An answer with a JSON body. Not to be cached unless the caller says so.
[[nodiscard]] net::response json_response(unsigned status, std::string body);

// {"error":{"code":…,"message":…}}
[[nodiscard]] net::response error_response(unsigned status, std::string_view code,
                                           std::string_view message);

// 405 with the methods that are allowed, e.g. "GET, HEAD".
[[nodiscard]] net::response method_not_allowed(std::string_view allowed);

[[nodiscard]] net::response not_found(std::string_view message);

// 503 with Retry-After in seconds.
[[nodiscard]] net::response unavailable(std::string_view message, unsigned retry_after);

[[nodiscard]] bool is_read(const net::request& request) noexcept; // GET or HEAD

// The decoded value of the first parameter of that name; nothing if there is none or it can't be
// decoded.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);

// "%2C" becomes ","; nothing if a "%" isn't followed by two hexadecimal digits. A "+" stays one.
[[nodiscard]] std::optional<std::string> decode_path(std::string_view segment);

// A whole number in plain digits, 1 to 2^63 - 1: how IDs are written.
[[nodiscard]] std::optional<std::uint64_t> parse_id(std::string_view text) noexcept;

// Whether `If-None-Match` holds this entity tag (RFC 9110, 13.1.2: weak comparison, a list, or *).
[[nodiscard]] bool none_match_holds(std::string_view field, std::string_view etag) noexcept;

// Whether the request asks for the content only if it isn't this one: 304.
[[nodiscard]] bool matches(const net::request& request, std::string_view etag);

// Compares without telling by the time taken how much agrees.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace ankkor::api
