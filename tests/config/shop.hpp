// A sound configuration to start from, and helpers that look into what loading it gave.
#pragma once

#include "config/load.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace shop {

using namespace ankkor;

// The secrets below; no message may hold any of them.
inline constexpr std::string_view canary = "canary";

using variables = std::map<std::string, std::string>;

inline variables required() {
  return {{"WOOCOMMERCE_STORE_URL", "https://shop.example"},
          {"WOOCOMMERCE_CONSUMER_KEY", "ck_canary1"},
          {"WOOCOMMERCE_CONSUMER_SECRET", "cs_canary2"},
          {"WOOCOMMERCE_WEBHOOK_SECRET", "canary3"}};
}

// Sources whose files are those in `files`.
struct given : config::sources {
  std::map<std::string, std::string> files;

  explicit given(variables from = required()) {
    environment = std::move(from);
    read_file = [this](const std::string& path) -> result<std::string> {
      const auto found = files.find(path);
      if (found == files.end())
        return error{errc::unavailable, "can't be read: No such file or directory", ""};
      return found->second;
    };
  }

  given(const given&) = delete;
  given& operator=(const given&) = delete;

  // The configuration file, as if named by --config.
  given& toml(std::string text) {
    config_file = "ankkor.toml";
    files["ankkor.toml"] = std::move(text);
    return *this;
  }

  given& set(const std::string& name, std::string value) {
    environment[name] = std::move(value);
    return *this;
  }

  [[nodiscard]] config::load_result load() const { return config::load(*this); }
};

inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// True if there is a fault whose text holds `what`, from a place whose name holds `where`.
inline bool has_fault(const config::load_result& loaded, std::string_view what,
                      std::string_view where = "") {
  return std::any_of(loaded.faults.begin(), loaded.faults.end(), [&](const config::fault& each) {
    return holds(each.what, what) && holds(each.where, where) && !each.mend.empty();
  });
}

inline bool has_warning(const config::load_result& loaded, std::string_view text) {
  return std::any_of(loaded.warnings.begin(), loaded.warnings.end(),
                     [&](const std::string& each) { return holds(each, text); });
}

inline const config::shown_value& shown(const config::load_result& loaded, std::string_view name) {
  static const config::shown_value none;
  const auto found =
    std::find_if(loaded.shown.begin(), loaded.shown.end(),
                 [&](const config::shown_value& each) { return each.name == name; });
  return found == loaded.shown.end() ? none : *found;
}

} // namespace shop
