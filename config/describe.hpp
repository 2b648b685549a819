// The configuration in words: flags, `config show`, `config check`, the example file, the docs.
#pragma once

#include "config/load.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ankkor::config {

enum class output : std::uint8_t { text, json };

// What `config show` prints: every setting as it is in effect and where it came from, secrets
// masked.
[[nodiscard]] std::string show(const load_result& loaded, output how);

// What `config check` prints: every fault with its mend, and the warnings.
[[nodiscard]] std::string report(const load_result& loaded, output how);

// A command-line flag that the table offers; all take a value. --config is the command line's own.
struct flag {
  std::string name;  // as a key of sources::flags: "listen"
  std::string form;  // "ADDRESS:PORT"
  std::string help;  // one line, with the default and the environment variable
  std::string group; // the title that it stands under in --help
};

// There is none for a secret itself, since process lists show command lines: only --NAME-file.
[[nodiscard]] std::vector<flag> flags();

// docs/ankkor.example.toml and docs/configuration.md.
[[nodiscard]] std::string example_toml();
[[nodiscard]] std::string docs_markdown();

} // namespace ankkor::config
