// Structured logs: one line an event, a sentence (subject, verb, object) and fields beside it,
// whose names are those of base/log_fields.hpp. Bounded: when the writer can't keep up, the oldest
// lines are dropped and counted.
#pragma once

#include "base/log_fields.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace ankkor::log {

enum class level : std::uint8_t { debug, info, warning, error };
enum class format : std::uint8_t { json, text };

// A message or value longer than this is cut there, so that the waiting lines are bounded in bytes
// too.
inline constexpr std::size_t value_bytes_max = 4096;
// Lines that wait for the writer at most.
inline constexpr std::size_t queue_lines_max = 8192;

// Takes whole lines, each with its line break; called on the writer's thread, or at the end on that
// which stops it.
using writer = std::function<void(std::string_view line)>;

// Lines go to stderr from now on. Until start, and after stop, warnings and errors go there too, as
// text and at once, on the caller's thread. Starting anew stops the running writer first.
void start(level least, format how);
// The same with another place to write to; for tests.
void start(level least, format how, writer out, std::size_t queue_lines = queue_lines_max);
// Writes what is waiting and stops the writer. Where stderr takes nothing any more (a pipe that
// nobody reads), it gives up after a second.
void stop();
[[nodiscard]] bool enabled(level at) noexcept;
// Lines dropped since the process began because the writer could not keep up.
[[nodiscard]] std::uint64_t dropped() noexcept;

struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
  std::string_view key;
  value_type value;

  field(field_name k, std::string_view v) : key(k.text), value(v) {}

  field(field_name k, const char* v) : key(k.text), value(std::string_view(v)) {}

  field(field_name k, const std::string& v) : key(k.text), value(std::string_view(v)) {}

  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  field(field_name k, T v) : key(k.text), value(widen(v)) {}

private:
  template <class T>
  static value_type widen(T v) {
    if constexpr (std::is_same_v<T, bool>)
      return v;
    else if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(v);
    else if constexpr (std::is_signed_v<T>)
      return static_cast<std::int64_t>(v);
    else
      return static_cast<std::uint64_t>(v);
  }
};

using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

// One event as one line, with its line break: what `write` writes.
[[nodiscard]] std::string line(format how, time_point now, level at, std::string_view message,
                               std::initializer_list<field> fields);

// From any thread; never waits for the writer. Control characters in values are escaped, so one
// call is one line.
void write(level at, std::string_view message, std::initializer_list<field> fields = {});

inline void debug(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::debug, message, fields);
}

inline void info(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::info, message, fields);
}

inline void warning(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::warning, message, fields);
}

inline void error(std::string_view message, std::initializer_list<field> fields = {}) {
  write(level::error, message, fields);
}

// For what an unauthenticated client can cause at will, such as a wrong signature: lets one line
// through every period. From any thread.
class limiter {
public:
  explicit limiter(std::chrono::nanoseconds period) noexcept : period_(period.count()) {}

  // A number: write the line, and say with the field "suppressed" that so many were not written
  // since the last one. Nothing: don't write it.
  [[nodiscard]] std::optional<std::uint64_t>
  pass(std::chrono::steady_clock::time_point now) noexcept;

private:
  static constexpr std::int64_t never = INT64_MIN;

  const std::int64_t period_;             // nanoseconds
  std::atomic<std::int64_t> last_{never}; // nanoseconds of the steady clock
  std::atomic<std::uint64_t> suppressed_{0};
};

} // namespace ankkor::log
