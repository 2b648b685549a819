// HTTP/1.1 messages as the load generator meets them, read from the bytes received so far. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::load {

struct answer {
  std::size_t size = 0; // of all its bytes
  unsigned status = 0;
  std::string body; // without chunks
  bool close = false;
};

// Framed by a Content-Length, by chunks, or (204, 304) without a body. Nothing while bytes are
// missing. For answers of servers that one has chosen, not of strangers.
[[nodiscard]] std::optional<answer> read_answer(std::string_view bytes);

// The value of a header field, its name in any case; nothing if it isn't in `head`, which begins
// with the first line and ends with the empty one.
[[nodiscard]] std::optional<std::string_view> find_field(std::string_view head,
                                                         std::string_view name);

struct question {
  std::size_t size = 0; // of all its bytes
  std::string_view head;
  std::string_view body;
};

// A request with a Content-Length, or without a body.
[[nodiscard]] std::optional<question> read_question(std::string_view bytes);

} // namespace ankkor::load
