// Text from anywhere, made fit to be shown: UTF-8 checked, what could break a line escaped.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace ankkor {

struct decoded {
  char32_t code_point = 0;
  std::size_t length = 0; // bytes; 0: what is here is not UTF-8
};

// The code point that begins at `text[at]`, as RFC 3629 section 4 allows it: no overlong forms, no
// surrogates. Precondition: at < text.size().
[[nodiscard]] decoded decode_utf8(std::string_view text, std::size_t at) noexcept;

// `text` up to `bytes_max`, not ending within a character.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

// Appends `text` so that it can stand between double quotes on one line, in JSON (RFC 8259) or in
// plain text. Control characters, line separators and marks that turn the reading direction become
// \n, \r, \t or \uNNNN; a byte that isn't UTF-8 becomes \xNN, in JSON with its backslash escaped.
void append_json_escaped(std::string& out, std::string_view text);
void append_text_escaped(std::string& out, std::string_view text);

// Appends it as RFC 3339 writes it: "2026-11-22T10:00:00Z".
void append_time(std::string& out, std::chrono::sys_seconds time);

// `text` between double quotes.
[[nodiscard]] std::string json_string(std::string_view text);
[[nodiscard]] std::string quoted(std::string_view text);

} // namespace ankkor
