// See wordpress.hpp. Each rule was read off the recordings; OpenSSL does the hashing.
#include "emulator/wordpress.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace ankkor::emulator {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::year_month_day;

bool digits(std::string_view text, std::size_t from, std::size_t count, int& to) {
  if (from + count > text.size())
    return false;
  const char* begin = text.data() + from;
  const auto read = std::from_chars(begin, begin + count, to);
  return read.ec == std::errc() && read.ptr == begin + count;
}

// Latin letters with marks that occur in shop names, and what remove_accents makes of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 44> plain_letters{{
  {"à", "a"}, {"á", "a"},  {"â", "a"}, {"ã", "a"}, {"ä", "a"}, {"å", "a"}, {"æ", "ae"}, {"ç", "c"},
  {"è", "e"}, {"é", "e"},  {"ê", "e"}, {"ë", "e"}, {"ì", "i"}, {"í", "i"}, {"î", "i"},  {"ï", "i"},
  {"ñ", "n"}, {"ò", "o"},  {"ó", "o"}, {"ô", "o"}, {"õ", "o"}, {"ö", "o"}, {"ø", "o"},  {"ù", "u"},
  {"ú", "u"}, {"û", "u"},  {"ü", "u"}, {"ß", "s"}, {"À", "a"}, {"Á", "a"}, {"Â", "a"},  {"Ä", "a"},
  {"Å", "a"}, {"Æ", "ae"}, {"Ç", "c"}, {"È", "e"}, {"É", "e"}, {"Ê", "e"}, {"Ï", "i"},  {"Ñ", "n"},
  {"Ö", "o"}, {"Ø", "o"},  {"Ü", "u"}, {"Ù", "u"},
}};

// Capital letters of Greek and Cyrillic in two bytes, as small ones.
std::string small_letter(std::string_view two) {
  const auto lead = static_cast<unsigned char>(two[0]);
  const auto next = static_cast<unsigned char>(two[1]);
  const auto pair = [](unsigned first, unsigned second) {
    return std::string{static_cast<char>(static_cast<unsigned char>(first)),
                       static_cast<char>(static_cast<unsigned char>(second))};
  };
  if (lead == 0xCE && next >= 0x91 && next <= 0xA9) // Alpha to Omega
    return next <= 0x9F ? pair(0xCE, next + 0x20U) : pair(0xCF, next - 0x20U);
  if (lead == 0xD0 && next >= 0x90 && next <= 0xAF) // A to Ya
    return next <= 0x9F ? pair(0xD0, next + 0x20U) : pair(0xD1, next - 0x20U);
  return std::string(two);
}

// What begins at `at`, without case and marks, appended; moves `at` behind it. False: left as it
// is.
bool append_plain(std::string& to, std::string_view text, std::size_t& at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) {
    to += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
    ++at;
    return true;
  }
  const auto two = text.substr(at, 2);
  const auto found = std::find_if(plain_letters.begin(), plain_letters.end(),
                                  [&](const auto& p) { return p.first == two; });
  if (found == plain_letters.end())
    return false;
  to += found->second;
  at += 2;
  return true;
}

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string hmac(const EVP_MD* hash, std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // OpenSSL takes bytes as unsigned char; a null key would mean "the last one".
  const char* key_bytes = key.empty() ? "" : key.data();
  HMAC(hash, key_bytes, static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(
         message.data()), // NOLINT(*-reinterpret-cast): OpenSSL's interface
       message.size(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

} // namespace

std::string date_text(second at) {
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  std::array<char, 32> text{};
  const int size = std::snprintf(
    text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string local_date_text(second at, std::chrono::minutes zone, bool suffix) {
  auto text = date_text(at + zone);
  if (suffix) {
    const auto minutes = std::abs(zone.count());
    std::array<char, 24> tail{};
    const int size =
      std::snprintf(tail.data(), tail.size(), "%c%02lld:%02lld", zone.count() < 0 ? '-' : '+',
                    static_cast<long long>(minutes / 60), static_cast<long long>(minutes % 60));
    text.append(tail.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::optional<read_date> parse_date(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int sec = 0;
  if (!digits(text, 0, 4, year) || !digits(text, 5, 2, month) || !digits(text, 8, 2, day))
    return std::nullopt;
  if (text.size() > 10 &&
      (!digits(text, 11, 2, hour) || !digits(text, 14, 2, minute) || !digits(text, 17, 2, sec)))
    return std::nullopt;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok())
    return std::nullopt;
  read_date result{std::chrono::sys_days(date) + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(sec)};
  const auto tail = text.size() > 19 ? text.substr(19) : std::string_view();
  const auto zone_at = tail.find_first_of("+-Z");
  if (zone_at == std::string_view::npos)
    return result;
  result.zoned = true;
  int zone_hours = 0;
  int zone_minutes = 0;
  if (digits(tail, zone_at + 1, 2, zone_hours) && digits(tail, zone_at + 4, 2, zone_minutes)) {
    const auto offset = std::chrono::hours(zone_hours) + std::chrono::minutes(zone_minutes);
    result.at += tail[zone_at] == '-' ? offset : -offset;
  }
  return result;
}

std::string slug_of(std::string_view name) {
  std::string slug;
  for (std::size_t at = 0; at < name.size();) {
    const auto before = slug.size();
    if (!append_plain(slug, name, at)) {
      const auto two = name.substr(at, 2);
      slug += percent_encode(two.size() == 2 ? small_letter(two).substr(0, 1) : two, true);
      if (two.size() == 2 && small_letter(two) != two) {
        slug += percent_encode(small_letter(two).substr(1), true);
        ++at;
      }
      ++at;
      continue;
    }
    const char c = slug.back();
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
      continue;
    slug.resize(before);
    const bool gap = c == ' ' || c == '-' || c == '.' || c == '/';
    if (gap && !slug.empty() && slug.back() != '-')
      slug += '-';
  }
  while (!slug.empty() && slug.back() == '-')
    slug.pop_back();
  return slug;
}

std::string sorting_key(std::string_view name) {
  std::string key;
  key.reserve(name.size());
  for (std::size_t at = 0; at < name.size();) {
    if (!append_plain(key, name, at))
      key += name[at++];
  }
  return key;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* begin = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(begin, begin + 2, value, 16).ptr == begin + 2) {
      out += static_cast<char>(value);
      at += 2;
    } else {
      out += text[at] == '+' && plus_is_space ? ' ' : text[at];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text, bool lower_case) {
  const std::string_view hex = lower_case ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4U];
      out += hex[byte & 0xFU];
    }
  }
  return out;
}

std::string html_escape(std::string_view text) {
  auto out = replace_all(std::string(text), "&", "&amp;");
  out = replace_all(std::move(out), "<", "&lt;");
  out = replace_all(std::move(out), ">", "&gt;");
  return replace_all(std::move(out), "\"", "&quot;");
}

std::string html_unescape(std::string_view text) {
  if (text.find('&') == std::string_view::npos)
    return std::string(text);
  auto out = replace_all(std::string(text), "&lt;", "<");
  out = replace_all(std::move(out), "&gt;", ">");
  out = replace_all(std::move(out), "&quot;", "\"");
  out = replace_all(std::move(out), "&#039;", "'");
  return replace_all(std::move(out), "&amp;", "&");
}

std::string base64_encode(std::string_view bytes) {
  static constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const auto count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8U) | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= count ? alphabet[(group >> (18U - 6U * static_cast<unsigned>(i))) & 0x3FU] : '=';
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=')
    text.remove_suffix(1);
  std::string out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    std::uint32_t six = 0;
    if (c >= 'A' && c <= 'Z')
      six = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      six = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      six = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+' || c == '/')
      six = c == '+' ? 62 : 63;
    else
      return std::nullopt;
    group = (group << 6U) | six;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((group >> bits) & 0xFFU);
    }
  }
  return out;
}

std::string hmac_sha256_base64(std::string_view key, std::string_view message) {
  return base64_encode(hmac(EVP_sha256(), key, message));
}

std::string hmac_md5_hex(std::string_view key, std::string_view message) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const char c : hmac(EVP_md5(), key, message)) {
    out += hex[static_cast<unsigned char>(c) >> 4U];
    out += hex[static_cast<unsigned char>(c) & 0xFU];
  }
  return out;
}

std::optional<std::int64_t> cents(std::string_view price) {
  double value = 0;
  const auto read = std::from_chars(price.data(), price.data() + price.size(), value);
  if (price.empty() || read.ec != std::errc() || read.ptr != price.data() + price.size() ||
      std::abs(value) > 1e12)
    return std::nullopt;
  return static_cast<std::int64_t>(value * 100 + (value < 0 ? -0.5 : 0.5));
}

std::string money(std::int64_t cents_of_it, bool thousands) {
  const bool negative = cents_of_it < 0;
  auto whole = std::to_string(std::abs(cents_of_it) / 100);
  if (thousands) {
    for (std::size_t at = whole.size(); at > 3;) {
      at -= 3;
      whole.insert(at, ",");
    }
  }
  const auto rest = std::abs(cents_of_it) % 100;
  return (negative ? "-" : "") + whole + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

} // namespace ankkor::emulator
