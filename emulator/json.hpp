// JSON as the emulated shop reads and writes it: a small value tree for requests, and a writer
// whose output has the bytes that PHP's json_encode gives (ASCII only, "\/" and lower-case
// "\uXXXX").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ankkor::emulator {

class json_value {
public:
  using array = std::vector<json_value>;
  using object = std::vector<std::pair<std::string, json_value>>; // in the order of the text
  using content =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, array, object>;

  json_value() = default;

  explicit json_value(content what) : content_(std::move(what)) {}

  [[nodiscard]] bool is_null() const { return content_.index() == 0; }

  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&content_); }

  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content_); }

  [[nodiscard]] const double* real() const { return std::get_if<double>(&content_); }

  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&content_); }

  [[nodiscard]] const array* items() const { return std::get_if<array>(&content_); }

  [[nodiscard]] const object* members() const { return std::get_if<object>(&content_); }

  // The member of that name of an object; null if this is none, or has none.
  [[nodiscard]] const json_value* find(std::string_view name) const;
  // A number, or a string that holds one: PHP takes both.
  [[nodiscard]] std::optional<std::int64_t> as_integer() const;
  // The text of a string or a number; nothing for anything else.
  [[nodiscard]] std::optional<std::string> as_text() const;

private:
  content content_;
};

// Nothing if the text isn't JSON. Numbers beyond 64 bits become doubles.
[[nodiscard]] std::optional<json_value> parse_json(std::string_view text);

// Appends the text as the inside of a JSON string. Bytes that aren't UTF-8 become U+FFFD.
void append_escaped(std::string& to, std::string_view text);

// Compact JSON; commas are its business. Keys are written as they are.
class json_writer {
public:
  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();
  json_writer& key(std::string_view name);
  json_writer& text(std::string_view value);
  json_writer& number(std::int64_t value);
  json_writer& number(std::uint64_t value);
  json_writer& decimal(std::string_view digits); // a number given by its digits
  json_writer& boolean(bool value);
  json_writer& null();
  json_writer& raw(std::string_view json);
  json_writer& value(const json_value& tree);

  json_writer& text(std::string_view name, std::string_view value) { return key(name).text(value); }

  json_writer& number(std::string_view name, std::int64_t value) { return key(name).number(value); }

  json_writer& number(std::string_view name, std::uint64_t value) {
    return key(name).number(value);
  }

  json_writer& boolean(std::string_view name, bool value) { return key(name).boolean(value); }

  json_writer& null(std::string_view name) { return key(name).null(); }

  // Members of the objects at nesting depth `depth` (1: outermost) are left out unless named in
  // `wanted`: WordPress's _fields. An empty list lets all through.
  void keep_only(std::size_t depth, std::vector<std::string> wanted);

  [[nodiscard]] const std::string& str() const { return out_; }

  [[nodiscard]] std::string take() { return std::move(out_); }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }

private:
  void separate();
  void drop_unwanted();

  std::string out_;
  bool comma_ = false;
  std::size_t depth_ = 0;
  std::size_t filter_depth_ = 0; // 0: none
  std::vector<std::string> wanted_;
  std::optional<std::size_t> unwanted_from_; // where the member that is to go begins
  bool comma_before_ = false;
};

} // namespace ankkor::emulator
