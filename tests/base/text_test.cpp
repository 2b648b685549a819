// Text that is shown: UTF-8 by RFC 3629, and nothing that could break a line.
#include "base/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(every_code_point_is_decoded_as_it_was_encoded) {
  for (char32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 251) {
    std::string encoded;
    const auto put = [&](char32_t bits) { encoded += static_cast<char>(bits); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | (c >> 6));
      put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | (c >> 12));
      put(0x80 | ((c >> 6) & 0x3F));
      put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
      put(0x80 | ((c >> 6) & 0x3F));
      put(0x80 | (c & 0x3F));
    }
    const decoded back = decode_utf8(encoded, 0);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    BOOST_REQUIRE(back.length == (surrogate ? 0 : encoded.size()));
    BOOST_REQUIRE(surrogate || back.code_point == c);
  }
}

BOOST_AUTO_TEST_CASE(a_cut_never_goes_through_a_character) {
  const std::string word = "aé日😀";
  for (std::size_t n = 0; n <= word.size(); ++n) {
    const std::string_view kept = cut_utf8(word, n);
    BOOST_TEST(kept.size() <= n);
    for (std::size_t at = 0; at < kept.size();) {
      const decoded next = decode_utf8(kept, at);
      BOOST_REQUIRE(next.length > 0U);
      at += next.length;
    }
  }
  BOOST_TEST(cut_utf8(word, word.size()) == word);
}

BOOST_AUTO_TEST_CASE(strings_are_quoted_and_escaped) {
  BOOST_TEST(json_string("a\"\\\n\xff") == R"("a\"\\\n\\xff")");
  BOOST_TEST(quoted("a\"\\\n\xff") == R"("a\"\\\n\xff")");
}

// Plain text is looked through eight bytes at once.
BOOST_AUTO_TEST_CASE(each_byte_is_escaped_wherever_it_stands) {
  const std::string plain = "0123456789abcdefghijklmnopq";
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string alone(1, static_cast<char>(byte));
    const std::string inner = json_string(alone).substr(1, json_string(alone).size() - 2);
    const bool is_escaped = byte < 0x20 || byte == 0x7F || byte == '"' || byte == '\\';
    BOOST_TEST((inner != alone) == is_escaped);
    for (std::size_t at = 0; at <= plain.size(); ++at) {
      const auto before = plain.substr(0, at);
      const auto behind = plain.substr(at);
      BOOST_REQUIRE(json_string(before + alone + behind) == '"' + before + inner + behind + '"');
    }
  }
  for (std::size_t at = 0; at <= plain.size(); ++at) {
    const auto before = plain.substr(0, at);
    const auto behind = plain.substr(at);
    BOOST_REQUIRE(json_string(before + "\xff" + behind) ==
                  '"' + before + R"(\\xff)" + behind + '"');
    BOOST_REQUIRE(json_string(before + "é" + behind) == '"' + before + "é" + behind + '"');
  }
}

BOOST_AUTO_TEST_SUITE_END()
