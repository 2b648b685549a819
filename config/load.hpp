// Puts the configuration together: flag before environment before file before default. Everything
// that is wrong is found in one run; no message ever holds a secret.
#pragma once

#include "base/error.hpp"
#include "config/settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::config {

// Something that stops the start.
struct fault {
  std::string where; // "environment", "command line", "ankkor.toml, line 12" or "configuration"
  std::string what;  // one line
  std::string mend;  // one line
};

// One setting as it is in effect, fit to be shown.
struct shown_value {
  std::string name;   // ANKKOR_LISTEN, or revalidate.NAME.KEY for a target of the file
  std::string value;  // a secret: "***"; a URL's query: "?***"; empty: not set
  std::string origin; // "default", or a fault's `where`, with the secret's file before it
  bool secret = false;
};

struct load_result {
  settings values; // only to be used if ok()
  std::vector<shown_value> shown;
  std::vector<fault> faults;
  std::vector<std::string> warnings; // one line each; for the log and `config check`

  [[nodiscard]] bool ok() const noexcept { return faults.empty(); }
};

// Where values may come from. Everything is handed in, so that nothing here depends on the process.
struct sources {
  std::map<std::string, std::string>
    flags; // by name without dashes: config/describe.hpp lists them
  std::map<std::string, std::string> environment;
  std::optional<std::string> config_file; // the path of the TOML file
  // Answers a file's content; an error's message goes on after its path ("can't be read: …").
  std::function<result<std::string>(const std::string& path)> read_file;
  // Whether every user of the machine may read that file; none: nobody looks.
  std::function<bool(const std::string& path)> is_open_to_all;
};

[[nodiscard]] load_result load(const sources& from);

// The same from this process's environment and disk.
[[nodiscard]] load_result load_process(std::map<std::string, std::string> flags,
                                       std::optional<std::string> config_file);

// Whether the file's rights, and those of the folders that lead to it, let everybody read it. What
// a container's runtime mounts below /run/secrets counts as closed: there are no others in there.
[[nodiscard]] bool is_open_to_all(const std::string& path);

// The first 1 MiB is read; a longer file is an error.
[[nodiscard]] result<std::string> read_text_file(const std::string& path);

} // namespace ankkor::config
