// Structured logs: one line an event, a sentence (subject, verb, object) and fields beside it.
// Bounded: when the writer can't keep up, the oldest lines are dropped and counted.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace ankkor::log {

enum class level : std::uint8_t { debug, info, warning, error };
enum class format : std::uint8_t { json, text };

// Call once, before the first line; until then warnings and errors go to stderr as text.
void start(level least, format how);
// Writes what is waiting and stops the writer.
void stop();
[[nodiscard]] bool enabled(level at) noexcept;

struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
  std::string_view key;
  value_type value;

  field(std::string_view k, std::string_view v) : key(k), value(v) {}

  field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}

  field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}

  template <class T>
  field(std::string_view k, T v) : key(k), value(widen(v)) {}

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

// From any thread; never blocks. Control characters in values are escaped, so one call is one line.
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

} // namespace ankkor::log
