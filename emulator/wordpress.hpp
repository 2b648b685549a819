// WordPress's small conventions, needed everywhere in the emulated shop: its times, slugs, escapes,
// hashes and encodings.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::emulator {

using moment = std::chrono::sys_time<std::chrono::microseconds>; // the clock of this machine, UTC
using second = std::chrono::sys_seconds;                         // WordPress's resolution, UTC

[[nodiscard]] inline second to_second(moment at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

// "2026-11-22T16:36:11"
[[nodiscard]] std::string date_text(second at);
// The same in the shop's time zone; with `suffix` followed by it ("+01:00").
[[nodiscard]] std::string local_date_text(second at, std::chrono::minutes zone,
                                          bool suffix = false);

// Reads "2026-11-22T16:36:11", with or without a "Z" or "+01:00" at the end, or a date alone.
struct read_date {
  second at;
  bool zoned = false; // it said which zone: `at` is UTC
};

[[nodiscard]] std::optional<read_date> parse_date(std::string_view text);

// "Käse & Wein" -> "kase-wein"; what has no Latin letter becomes percent-encoded in lower case.
[[nodiscard]] std::string slug_of(std::string_view name);
// For sorting by name as MariaDB's utf8mb4_unicode_520_ci nearly does: without case and Latin
// accents.
[[nodiscard]] std::string sorting_key(std::string_view name);

[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_space);
[[nodiscard]] std::string percent_encode(std::string_view text, bool lower_case);
// &amp; &lt; &gt; &quot; for the five characters, as esc_html does.
[[nodiscard]] std::string html_escape(std::string_view text);
// The inverse for & < > " ', applied by WooCommerce to a webhook's secret.
[[nodiscard]] std::string html_unescape(std::string_view text);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::string hmac_sha256_base64(std::string_view key, std::string_view message);
[[nodiscard]] std::string hmac_md5_hex(std::string_view key, std::string_view message);

// A price in cents; nothing if the text is no number.
[[nodiscard]] std::optional<std::int64_t> cents(std::string_view price);
// "1,234.50"
[[nodiscard]] std::string money(std::int64_t cents_of_it, bool thousands);

} // namespace ankkor::emulator
