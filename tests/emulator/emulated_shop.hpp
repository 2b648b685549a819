// What the tests of the emulated shop share: recordings, and a shop at a moment of its own.
#pragma once

#include "emulator/json.hpp"
#include "emulator/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::emulator::test {

// 2026-11-22T16:30:00Z, shortly before the recordings begin.
[[nodiscard]] moment begin();
[[nodiscard]] moment after(std::chrono::microseconds more);
// "2026-11-22T16:36:11" as UTC
[[nodiscard]] second at(std::string_view text);

[[nodiscard]] std::string read_file(const std::string& below_recordings);
[[nodiscard]] json_value read_json(const std::string& below_recordings);

// A recorded delivery by its number ("008").
struct recorded {
  json_value all;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

[[nodiscard]] recorded recording(std::string_view number);

// The text without what stands between `"related_ids":[` and the next "]": it is drawn anew each
// time.
[[nodiscard]] std::string without_related(std::string text);

// The members' names of an object, in order.
[[nodiscard]] std::vector<std::string> keys(const json_value& of);

[[nodiscard]] store_settings lab_settings(); // the site and keys of the recordings

[[nodiscard]] std::string basic(std::string_view name, std::string_view password);

inline constexpr std::string_view lab_secret = "woo-lab-secret-0123456789";
inline constexpr std::string_view lab_key = "ck_0123456789abcdef0123456789abcdef01234567";
inline constexpr std::string_view lab_key_secret = "cs_fedcba9876543210fedcba9876543210fedcba98";

} // namespace ankkor::emulator::test
