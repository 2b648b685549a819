#include "base/json.hpp"

namespace ankkor::json {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// The length of the well-formed UTF-8 sequence at the start of `text` (Unicode table 3-7); 0 if
// there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto is = [&](std::size_t at, unsigned low, unsigned high) {
    return at < text.size() && byte(at) >= low && byte(at) <= high;
  };
  const unsigned first = byte(0);
  if (first >= 0xC2 && first <= 0xDF)
    return is(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return is(1, low, high) && is(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return is(1, low, high) && is(2, 0x80, 0xBF) && is(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void append_control(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (byte) {
  case '\n':
    out.append("\\n");
    return;
  case '\r':
    out.append("\\r");
    return;
  case '\t':
    out.append("\\t");
    return;
  default:
    out.append("\\u00");
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 15U]);
  }
}

} // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      const auto length = utf8_length(text.substr(at));
      out.append(length == 0 ? replacement : text.substr(at, length));
      at += length == 0 ? 1 : length;
      continue;
    }
    if (byte < 0x20 || byte == 0x7F) {
      append_control(out, byte);
    } else {
      if (byte == '"' || byte == '\\')
        out.push_back('\\');
      out.push_back(text[at]);
    }
    ++at;
  }
  out.push_back('"');
}

} // namespace ankkor::json
