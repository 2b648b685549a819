// Writes JSON by appending to a string. For reading there is simdjson, which writes none in
// Debian's version.
#pragma once

#include "base/text.hpp"

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace ankkor::json {

template <class List>
concept list_of_values = requires(const List& list) {
  list.begin();
  list.end();
}

&&!std::convertible_to<const List&, std::string_view>;

// Something for which append_json(std::string&, value) is found beside its type.
template <class Value>
concept writes_itself = requires(std::string& out, const Value& content) {
  append_json(out, content);
};

// An object or array being written; commas take care of themselves. Keys must be plain ASCII
// identifiers.
class writer {
public:
  explicit writer(std::string& out) : out_(&out) {}

  writer& begin_object() { return open('{'); }

  writer& end_object() { return close('}'); }

  writer& begin_array() { return open('['); }

  writer& end_array() { return close(']'); }

  writer& key(std::string_view name) {
    separate();
    out_->push_back('"');
    out_->append(name);
    out_->append("\":");
    first_ = true;
    return *this;
  }

  writer& value(std::string_view text) {
    separate();
    out_->push_back('"');
    append_json_escaped(*out_, text);
    out_->push_back('"');
    return *this;
  }

  writer& value(const char* text) { return value(std::string_view{text}); }

  writer& value(const std::string& text) { return value(std::string_view{text}); }

  writer& value(bool flag) { return raw(flag ? "true" : "false"); }

  template <class Number>

  requires std::is_arithmetic_v<Number> writer& value(Number number) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return raw({text, static_cast<std::size_t>(end - text)});
  }

  // null where there is nothing.
  template <class Value>
  writer& value(const std::optional<Value>& content) {
    return content ? value(*content) : null();
  }

  // A list as an array of its elements.
  template <list_of_values List>
  writer& value(const List& list) {
    begin_array();
    for (const auto& each : list)
      value(each);
    return end_array();
  }

  // Values of other folders, by a function of theirs.
  template <writes_itself Value>
  writer& value(const Value& content) {
    separate();
    append_json(*out_, content);
    return *this;
  }

  writer& null() { return raw("null"); }

  // Something that is JSON already.
  writer& raw(std::string_view json) {
    separate();
    out_->append(json);
    return *this;
  }

  template <class Value>
  writer& field(std::string_view name, const Value& content) {
    key(name);
    return value(content);
  }

private:
  writer& open(char bracket) {
    separate();
    out_->push_back(bracket);
    first_ = true;
    return *this;
  }

  writer& close(char bracket) {
    out_->push_back(bracket);
    first_ = false;
    return *this;
  }

  void separate() {
    if (!first_)
      out_->push_back(',');
    first_ = false;
  }

  std::string* out_;
  bool first_ = true;
};

} // namespace ankkor::json
