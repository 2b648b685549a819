// The one table of settings: parsing, `config show`, flags, the example file and
// docs/configuration.md all come from it. Inside config/ only; others use config/load.hpp and
// config/describe.hpp.
#pragma once

#include "base/error.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::config {

// What is being put together while the sources are read.
struct draft {
  settings values;
  // ANKKOR_REVALIDATE_*: becomes one of values.targets if it has a URL.
  revalidate_target target{"next", "", "", target_format::next, {"/product/{slug}"}, false};
};

// How several values stand in one text.
enum class several : std::uint8_t {
  no,
  commas, // separated by commas or line breaks, blanks around them ignored
  lines,  // separated by line breaks; for what may hold commas
};

using texts = std::vector<std::string>;

struct setting {
  std::string_view name;       // of the environment variable
  std::string_view section{};  // of the file; empty: its top level
  std::string_view key{};      // in that section; empty: not in the file
  std::string_view form{};     // what to write for its value in --help: "HOST:PORT"
  std::string_view range{};    // what values are allowed, as a phrase; empty where the form says it
  std::string_view fallback{}; // the default, as it would be written; empty: none
  std::string_view fallback_note{}; // in place of a default that is not a plain value
  std::string_view sample{};        // for the example file, where there is no default
  std::string_view meaning{};       // one or two sentences
  bool secret = false;              // NAME_FILE too, no flag, never shown
  bool required = false;
  bool shy = false; // a malformed one isn't repeated in a fault: it may hold a password by mistake
  several list = several::no;
  // Puts the value in. Never called with no texts or an empty one; with several only if it is a
  // list.
  status (*read)(const texts& given, draft& into) = nullptr;
  // The values as they would be written; none: not set. A secret's are never shown.
  texts (*write)(const draft& from) = nullptr;

  [[nodiscard]] std::string toml_path() const; // "woocommerce.store_url"
  [[nodiscard]] std::string flag() const;      // "woocommerce-store-url", "admin-token-file"
};

// A part of the table, as the docs and the example file show it.
struct chapter {
  std::string_view title;
  std::string_view section; // of the file
  std::span<const setting> settings;
};

[[nodiscard]] std::span<const chapter> table();

// A key of a [[revalidate]] table in the file.
struct target_key {
  std::string_view key;
  std::string_view fallback{};
  std::string_view meaning{};
  bool secret = false;
  bool required = false;
  bool shy = false;
  several list = several::no;
  status (*read)(const texts& given, revalidate_target& into) = nullptr;
};

[[nodiscard]] std::span<const target_key> target_table();

// ANKKOR_* variables of the contract that this version does not have yet.
[[nodiscard]] bool comes_later(std::string_view environment_name);

} // namespace ankkor::config
