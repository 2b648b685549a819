// What a setting's text may look like. Each reader answers the value, or an error whose message
// goes on after the setting's name ("has no unit") and whose mend says what to write; neither
// repeats the text, since it may be a secret. Each to_text is a reader's inverse.
#pragma once

#include "base/error.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::config {

// Digits only: no sign, no blank.
[[nodiscard]] result<std::uint64_t> read_number(std::string_view text);

// "100ms", "60s", "5m", "24h", "7d"; "0" needs no unit.
[[nodiscard]] result<std::chrono::milliseconds> read_duration(std::string_view text);
[[nodiscard]] std::string to_text(std::chrono::milliseconds duration);

// "1000" or "1000B" (bytes), "512KiB", "4MiB", "1GiB".
[[nodiscard]] result<std::uint64_t> read_size(std::string_view text);
[[nodiscard]] std::string size_to_text(std::uint64_t bytes);

// "2/s", "120/min", "1000/h".
[[nodiscard]] result<rate> read_rate(std::string_view text);
[[nodiscard]] std::string to_text(const rate& value);

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (which is 127.0.0.1).
[[nodiscard]] result<endpoint> read_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const endpoint& value);

// True if only this machine can connect there: 127.0.0.0/8 or ::1.
[[nodiscard]] bool is_loopback(const endpoint& value);
// True if both can't be listened on at once.
[[nodiscard]] bool overlap(const endpoint& a, const endpoint& b);

// A URL to send requests to: https, or http to a loopback host ("localhost", 127.0.0.0/8, ::1); no
// user info, no fragment. Answered with scheme and host in lower case.
[[nodiscard]] result<std::string> read_url(std::string_view text);
// The same without a query and without trailing slashes: something that a path is appended to.
[[nodiscard]] result<std::string> read_base_url(std::string_view text);
// The URL as it may be shown: a query may hold a secret and becomes "***".
[[nodiscard]] std::string url_to_show(std::string_view url);

// host[:port] of a URL of whatever scheme.
struct host_and_port {
  std::string host;                  // lower case; IPv6 without brackets
  std::optional<std::uint16_t> port; // never 0
};

[[nodiscard]] result<host_and_port> read_host(std::string_view text);
// True of "localhost", 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback_host(const std::string& host);

// An origin as browsers write it ("https://shop.example", default ports left out), or "*".
[[nodiscard]] result<std::string> read_origin(std::string_view text);

// A path on the storefront with {slug} and {id} to be filled in.
[[nodiscard]] result<std::string> read_path_template(std::string_view text);

// A name for logs and metrics: 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] result<std::string> read_name(std::string_view text);

// "true" or "false".
[[nodiscard]] result<bool> read_flag(std::string_view text);

// One of target_format's names.
[[nodiscard]] result<target_format> read_format(std::string_view text);

// True if it is a secret as Standard Webhooks 1.0 writes them: whsec_ and 24 to 64 bytes in base64.
[[nodiscard]] bool is_signing_secret(std::string_view text);

// Any text of one line.
[[nodiscard]] result<std::string> read_line(std::string_view text);
// Text that can stand in an HTTP header field: visible ASCII and inner blanks (RFC 9110
// section 5.5).
[[nodiscard]] result<std::string> read_token(std::string_view text);

} // namespace ankkor::config
