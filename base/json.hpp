// Writes JSON by appending to a string. For reading there is simdjson, which writes none in
// Debian's version.
#pragma once

#include "base/text.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <type_traits>

namespace ankkor::json {

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
