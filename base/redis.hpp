// What is said to a Redis server and what it answers (RESP2), as values: for those who speak to one
// (net/redis/client.hpp) and for those who only say what is to be asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::redis {

// A command's name and its arguments; any bytes.
using command = std::vector<std::string>;
using pipeline = std::vector<command>;

struct reply {
  enum class kind : std::uint8_t { nil, integer, text, status, error, array };

  kind type = kind::nil;
  std::int64_t integer = 0;
  std::string text; // of text, status and error; an error's begins with its code, as in "NOAUTH …"
  std::vector<reply> elements;

  [[nodiscard]] bool is_nil() const noexcept { return type == kind::nil; }

  [[nodiscard]] bool is_error() const noexcept { return type == kind::error; }

  [[nodiscard]] bool is_text() const noexcept { return type == kind::text; }

  [[nodiscard]] bool is_array() const noexcept { return type == kind::array; }

  // An error's code: its first word.
  [[nodiscard]] std::string_view code() const noexcept {
    const std::string_view all{text};
    return is_error() ? all.substr(0, all.find(' ')) : std::string_view{};
  }

  bool operator==(const reply&) const = default;
};

struct answer {
  std::uint64_t connection = 0; // grows with each new connection of a client; never 0
  std::vector<reply> replies;   // one a command, in their order
};

} // namespace ankkor::redis
