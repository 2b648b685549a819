// HTTP dates, RFC 9110 section 5.6.7. Whole seconds, UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::net {

// "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::string format_http_date(std::chrono::sys_seconds when);

// Reads that form and the two obsolete ones that a recipient must read too. `now` settles the
// century of a two-digit year.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text,
                                                                      std::chrono::sys_seconds now);

} // namespace ankkor::net
