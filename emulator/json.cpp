// The reader is simdjson's; the writer escapes as PHP 8's json_encode does by default.
#include "emulator/json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ankkor::emulator {

namespace {

json_value convert(const simdjson::dom::element& from) {
  using simdjson::dom::element_type;
  switch (from.type()) {
  case element_type::ARRAY: {
    json_value::array items;
    for (const auto& each : simdjson::dom::array(from))
      items.push_back(convert(each));
    return json_value(std::move(items));
  }
  case element_type::OBJECT: {
    json_value::object members;
    for (const auto& each : simdjson::dom::object(from))
      members.emplace_back(std::string(each.key), convert(each.value));
    return json_value(std::move(members));
  }
  case element_type::INT64:
    return json_value(std::int64_t(from));
  case element_type::UINT64:
    return json_value(static_cast<double>(std::uint64_t(from)));
  case element_type::DOUBLE:
    return json_value(double(from));
  case element_type::STRING:
    return json_value(std::string(std::string_view(from)));
  case element_type::BOOL:
    return json_value(bool(from));
  case element_type::NULL_VALUE:
    break;
  }
  return {};
}

void append_unit(std::string& to, std::uint32_t unit) {
  static constexpr std::string_view digits = "0123456789abcdef";
  to += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    to += digits[(unit >> static_cast<unsigned>(shift)) & 0xFU];
}

void append_code_point(std::string& to, std::uint32_t code) {
  if (code < 0x10000) {
    append_unit(to, code);
    return;
  }
  code -= 0x10000;
  append_unit(to, 0xD800 + (code >> 10U));
  append_unit(to, 0xDC00 + (code & 0x3FFU));
}

// Reads one code point of two to four bytes at `at`, and moves `at` behind it.
std::uint32_t decode(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (more == 0 || lead > 0xF4 || at + more > text.size())
    return 0xFFFD;
  std::uint32_t code = lead & (0x3FU >> more);
  for (unsigned i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80U)
      return 0xFFFD;
    code = (code << 6U) | (next & 0x3FU);
  }
  at += more;
  return code;
}

void append_ascii(std::string& to, char c) {
  switch (c) {
  case '"':
    to += "\\\"";
    return;
  case '\\':
    to += "\\\\";
    return;
  case '/':
    to += "\\/";
    return;
  case '\b':
    to += "\\b";
    return;
  case '\f':
    to += "\\f";
    return;
  case '\n':
    to += "\\n";
    return;
  case '\r':
    to += "\\r";
    return;
  case '\t':
    to += "\\t";
    return;
  default:
    if (static_cast<unsigned char>(c) < 0x20)
      append_unit(to, static_cast<unsigned char>(c));
    else
      to += c;
  }
}

std::string spell(double value) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

} // namespace

const json_value* json_value::find(std::string_view name) const {
  const auto* all = members();
  if (all == nullptr)
    return nullptr;
  const auto found =
    std::find_if(all->begin(), all->end(), [&](const auto& m) { return m.first == name; });
  return found == all->end() ? nullptr : &found->second;
}

std::optional<std::int64_t> json_value::as_integer() const {
  if (const auto* number = integer())
    return *number;
  if (const auto* number = real())
    return std::abs(*number) < 9e15 ? std::optional(static_cast<std::int64_t>(*number))
                                    : std::nullopt;
  if (const auto* digits = string()) {
    std::int64_t value = 0;
    const char* end = digits->data() + digits->size();
    const auto read = std::from_chars(digits->data(), end, value);
    if (read.ec == std::errc() && (read.ptr == end || *read.ptr == '.'))
      return value;
  }
  return std::nullopt;
}

std::optional<std::string> json_value::as_text() const {
  if (const auto* words = string())
    return *words;
  if (const auto* number = integer())
    return std::to_string(*number);
  if (const auto* number = real())
    return spell(*number);
  return std::nullopt;
}

std::optional<json_value> parse_json(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(simdjson::padded_string(text)).get(root) != simdjson::SUCCESS)
    return std::nullopt;
  return convert(root);
}

void append_escaped(std::string& to, std::string_view text) {
  std::size_t plain = 0; // what needs no escaping is copied in one piece
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '/') {
      ++at;
      continue;
    }
    to.append(text, plain, at - plain);
    if (c < 0x80)
      append_ascii(to, text[at++]);
    else
      append_code_point(to, decode(text, at));
    plain = at;
  }
  to.append(text, plain, text.size() - plain);
}

void json_writer::separate() {
  if (comma_)
    out_ += ',';
  comma_ = true;
}

json_writer& json_writer::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
  ++depth_;
  return *this;
}

json_writer& json_writer::end_object() {
  drop_unwanted();
  out_ += '}';
  comma_ = true;
  --depth_;
  return *this;
}

json_writer& json_writer::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
  return *this;
}

json_writer& json_writer::end_array() {
  out_ += ']';
  comma_ = true;
  return *this;
}

void json_writer::drop_unwanted() {
  if (depth_ != filter_depth_ || !unwanted_from_)
    return;
  out_.resize(*unwanted_from_);
  comma_ = comma_before_;
  unwanted_from_.reset();
}

json_writer& json_writer::key(std::string_view name) {
  drop_unwanted();
  if (depth_ == filter_depth_ && std::find(wanted_.begin(), wanted_.end(), name) == wanted_.end()) {
    unwanted_from_ = out_.size();
    comma_before_ = comma_;
  }
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  comma_ = false;
  return *this;
}

json_writer& json_writer::text(std::string_view value) {
  separate();
  out_ += '"';
  append_escaped(out_, value);
  out_ += '"';
  return *this;
}

json_writer& json_writer::number(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return decimal({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
}

json_writer& json_writer::number(std::uint64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return decimal({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
}

json_writer& json_writer::decimal(std::string_view digits) {
  return raw(digits);
}

json_writer& json_writer::boolean(bool value) {
  return raw(value ? "true" : "false");
}

json_writer& json_writer::null() {
  return raw("null");
}

json_writer& json_writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

json_writer& json_writer::value(const json_value& tree) {
  if (tree.is_null())
    return null();
  if (const auto* is = tree.boolean())
    return boolean(*is);
  if (const auto* is = tree.integer())
    return number(*is);
  if (const auto* is = tree.real())
    return decimal(spell(*is));
  if (const auto* is = tree.string())
    return text(*is);
  if (const auto* is = tree.items()) {
    begin_array();
    for (const auto& each : *is)
      value(each);
    return end_array();
  }
  begin_object();
  for (const auto& [name, each] : *tree.members()) {
    std::string escaped;
    append_escaped(escaped, name);
    key(escaped).value(each);
  }
  return end_object();
}

void json_writer::keep_only(std::size_t depth, std::vector<std::string> wanted) {
  filter_depth_ = wanted.empty() ? 0 : depth;
  wanted_ = std::move(wanted);
}

} // namespace ankkor::emulator
