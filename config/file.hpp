// The TOML file taken apart, without knowing which settings there are. Inside config/ only.
#pragma once

#include "config/load.hpp"
#include "config/table.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::config {

struct file_value {
  texts values; // of a string, a whole number or a list of strings
  bool is_list = false;
  std::string problem; // in place of values: goes on after the key ("must be …")
  unsigned line = 0;
};

// One [[revalidate]] table.
struct file_target {
  std::map<std::string, file_value> values; // by key
  unsigned line = 0;
};

struct file_content {
  std::map<std::string, file_value> values; // by dotted path: "woocommerce.store_url"
  std::vector<file_target> targets;
  std::vector<fault> faults; // not TOML at all, or not in a shape that it may have
};

// `path` is for the messages.
[[nodiscard]] file_content read_toml(const std::string& path, std::string_view text);

[[nodiscard]] std::string line_of(const std::string& path, unsigned line);

} // namespace ankkor::config
