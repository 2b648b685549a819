// Readers and writers of single values, see values.hpp.
#include "config/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>

namespace ankkor::config {

namespace {

error bad(std::string message, std::string mend) {
  return {errc::invalid_input, std::move(message), std::move(mend)};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// The number at the text's beginning and what follows it.
struct number_and_unit {
  std::uint64_t number = 0;
  std::string_view unit;
};

std::optional<number_and_unit> split_number(std::string_view text) {
  number_and_unit out;
  const char* end = text.data() + text.size();
  if (text.empty() || !is_digit(text.front()))
    return std::nullopt;
  const auto [rest, failed] = std::from_chars(text.data(), end, out.number);
  if (failed != std::errc{})
    return std::nullopt;
  out.unit = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return out;
}

// A unit's name and how many of the smallest it is.
struct unit {
  std::string_view name;
  std::uint64_t factor;
};

template <std::size_t N>
std::optional<std::uint64_t> scale(const number_and_unit& parts, const std::array<unit, N>& units,
                                   std::uint64_t max) {
  for (const unit& each : units)
    if (each.name == parts.unit && parts.number <= max / each.factor)
      return parts.number * each.factor;
  return std::nullopt;
}

// Largest first, so that a writer takes the first that fits exactly.
constexpr std::array<unit, 5> duration_units{
  {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 5> size_units{
  {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}, {"", 1}}};
constexpr std::array<unit, 3> rate_units{{{"h", 3600}, {"min", 60}, {"s", 1}}};

// The largest duration: a year is more than any setting allows.
constexpr std::uint64_t duration_max_ms = 366ULL * 86'400'000;

std::optional<std::uint16_t> read_port(std::string_view text) {
  const auto parts = split_number(text);
  if (!parts || !parts->unit.empty() || parts->number > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  return static_cast<std::uint16_t>(parts->number);
}

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// Labels of letters, digits and hyphens (RFC 1123 section 2.1), and of underscores, which container
// networks use. Names of other scripts have to come as punycode.
bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253)
    return false;
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.' ? label == 0 : !is_alphanumeric(c) && c != '-' && c != '_')
      return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63)
      return false;
  }
  // Digits and dots only would be an address, and a wrong one at this point.
  return std::any_of(host.begin(), host.end(), [](char c) { return !is_digit(c) && c != '.'; });
}

// host[:port] with an IPv6 host in brackets, as both URLs and endpoints write it.
struct authority {
  std::string host; // lower case, without brackets
  std::optional<std::string_view> port;
  bool bracketed = false;
};

std::optional<authority> split_authority(std::string_view text) {
  authority out;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return std::nullopt;
    out.host = lower(text.substr(1, close - 1));
    out.bracketed = true;
    rest = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    out.host = lower(text.substr(0, colon));
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (!rest.empty() && rest.front() != ':')
    return std::nullopt;
  if (!rest.empty())
    out.port = rest.substr(1);
  return out;
}

// -- URLs ---------------------------------------------------------------------

struct http_url {
  bool https = true;
  authority where;
  std::string_view path_and_query;
};

constexpr const char* url_mend = "Write it like https://shop.example.";

result<http_url> split_url(std::string_view text) {
  http_url out;
  const std::size_t mark = text.find("://");
  const std::string scheme = lower(text.substr(0, mark == std::string_view::npos ? 0 : mark));
  if (scheme != "https" && scheme != "http")
    return bad("does not begin with https://", url_mend);
  out.https = scheme == "https";
  for (const char c : text)
    if (is_control(c) || c == ' ' || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' ||
        c == '`' || (static_cast<unsigned char>(c) >= 0x80))
      return bad(
        "holds a character that no URL may hold (RFC 3986)",
        "Percent-encode it; a host name of another script is written as punycode (xn--…).");
  if (text.find('#') != std::string_view::npos)
    return bad("has a fragment (#…), which is never sent", "Leave out the # and what follows it.");
  const std::string_view rest = text.substr(mark + 3);
  const std::size_t end = rest.find_first_of("/?");
  const std::string_view host_part = rest.substr(0, end);
  out.path_and_query = end == std::string_view::npos ? "" : rest.substr(end);
  if (host_part.find('@') != std::string_view::npos)
    return bad("has a user name or a password before its host",
               "Leave out what stands before the @, and the @.");
  const auto where = split_authority(host_part);
  if (!where || (where->bracketed ? !is_ipv6(where->host)
                                  : !is_ipv4(where->host) && !is_host_name(where->host)))
    return bad("has no usable host name", url_mend);
  if (where->port && read_port(*where->port).value_or(0) == 0)
    return bad("has no usable port after its host name",
               "Ports go from 1 to 65535; without one it is 443.");
  out.where = *where;
  return out;
}

std::string host_text(const authority& where) {
  return where.bracketed ? "[" + where.host + "]" : where.host;
}

std::string to_text(const http_url& url) {
  std::string out = url.https ? "https://" : "http://";
  out += host_text(url.where);
  if (url.where.port)
    (out += ':') += *url.where.port;
  return out += url.path_and_query;
}

result<http_url> read_outgoing_url(std::string_view text) {
  auto url = split_url(text);
  if (url && !url->https && !is_loopback_host(url->where.host))
    return bad("is plain http to another machine, where anybody on the way can read and change it",
               "Write https://; plain http is for localhost, 127.0.0.0/8 and [::1] only.");
  return url;
}

} // namespace

// -- numbers ------------------------------------------------------------------

result<std::uint64_t> read_number(std::string_view text) {
  const auto parts = split_number(text);
  if (!parts || !parts->unit.empty())
    return bad("is not a whole number", "Write digits only, like 20.");
  return parts->number;
}

result<std::chrono::milliseconds> read_duration(std::string_view text) {
  const std::string mend = "Write a whole number and ms, s, m, h or d: 100ms, 60s, 5m, 24h, 7d.";
  const auto parts = split_number(text);
  if (!parts)
    return bad("is not a duration", mend);
  if (parts->unit.empty() && parts->number != 0)
    return bad("has no unit", mend);
  if (parts->number == 0 && parts->unit.empty())
    return std::chrono::milliseconds{0};
  const auto total = scale(*parts, duration_units, duration_max_ms);
  if (!total)
    return bad("is not a duration", mend);
  return std::chrono::milliseconds{*total};
}

std::string to_text(std::chrono::milliseconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  // "60s" and "24h" rather than "1m" and "1d", as people write them.
  const auto reads_well = [&](const unit& each) {
    return count / each.factor >= 2 || each.factor <= 1'000;
  };
  for (const unit& each : duration_units)
    if (count != 0 && count % each.factor == 0 && reads_well(each))
      return std::to_string(count / each.factor).append(each.name);
  return "0ms";
}

result<std::uint64_t> read_size(std::string_view text) {
  const auto parts = split_number(text);
  const auto total = parts ? scale(*parts, size_units, std::numeric_limits<std::uint64_t>::max())
                           : std::optional<std::uint64_t>();
  if (!total)
    return bad("is not a size",
               "Write a whole number of bytes, or one with KiB, MiB or GiB: 1000, 512KiB, 4MiB.");
  return *total;
}

std::string size_to_text(std::uint64_t bytes) {
  for (const unit& each : size_units)
    if (each.factor > 1 && bytes != 0 && bytes % each.factor == 0)
      return std::to_string(bytes / each.factor).append(each.name);
  return std::to_string(bytes);
}

result<rate> read_rate(std::string_view text) {
  const error malformed =
    bad("is not a rate", "Write a whole number, a slash and s, min or h: 2/s, 120/min, 1000/h.");
  const auto parts = split_number(text);
  if (!parts || parts->unit.empty() || parts->unit.front() != '/' ||
      parts->number > std::numeric_limits<std::uint32_t>::max())
    return malformed;
  for (const unit& each : rate_units)
    if (each.name == parts->unit.substr(1))
      return rate{static_cast<std::uint32_t>(parts->number), std::chrono::seconds{each.factor}};
  return malformed;
}

std::string to_text(const rate& value) {
  const auto window = static_cast<std::uint64_t>(value.window.count());
  for (const unit& each : rate_units)
    if (each.factor == window)
      return (std::to_string(value.count) + '/').append(each.name);
  return std::to_string(value.count) + '/' + std::to_string(window) + 's';
}

// -- endpoints ----------------------------------------------------------------

result<endpoint> read_endpoint(std::string_view text) {
  const std::string mend =
    "Write an address and a port: 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for every interface.";
  const auto parts = split_authority(text);
  if (!parts || (!parts->bracketed && std::count(text.begin(), text.end(), ':') > 1))
    return bad("is not an address and a port", mend);
  if (parts->host.empty())
    return bad("has no address before its port", mend);
  const std::string host =
    parts->host == "localhost" && !parts->bracketed ? "127.0.0.1" : parts->host;
  if (parts->bracketed ? !is_ipv6(host) : !is_ipv4(host))
    return bad("has no IPv4 or IPv6 address before its port", mend);
  if (!parts->port)
    return bad("has no port", mend);
  const auto port = read_port(*parts->port);
  if (!port)
    return bad("has no usable port", "Ports go from 1 to 65535; 0 lets the system choose one.");
  return endpoint{host, *port};
}

std::string to_text(const endpoint& value) {
  const bool v6 = value.host.find(':') != std::string::npos;
  return (v6 ? "[" + value.host + "]" : value.host) + ':' + std::to_string(value.port);
}

bool is_loopback(const endpoint& value) {
  return is_loopback_host(value.host);
}

bool overlap(const endpoint& a, const endpoint& b) {
  const auto v4 = [](const endpoint& e) { return e.host.find(':') == std::string::npos; };
  // Linux's [::] takes IPv4 connections too.
  const auto covers = [&](const endpoint& e, const endpoint& other) {
    return e.host == "::" || (e.host == "0.0.0.0" && v4(other)) || e.host == other.host;
  };
  return a.port != 0 && a.port == b.port && (covers(a, b) || covers(b, a));
}

// -- URLs and paths -----------------------------------------------------------

bool is_loopback_host(const std::string& host) {
  if (host == "localhost")
    return true;
  if (in_addr v4{}; ::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24U) == 127;
  if (in6_addr v6{}; ::inet_pton(AF_INET6, host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
  return false;
}

result<host_and_port> read_host(std::string_view text) {
  const auto where = split_authority(text);
  if (!where || (where->bracketed ? !is_ipv6(where->host)
                                  : !is_ipv4(where->host) && !is_host_name(where->host)))
    return bad("has no usable host name", "");
  host_and_port out{where->host, std::nullopt};
  if (where->port) {
    out.port = read_port(*where->port);
    if (out.port.value_or(0) == 0)
      return bad("has no usable port after its host name", "Ports go from 1 to 65535.");
  }
  return out;
}

result<std::string> read_url(std::string_view text) {
  auto url = read_outgoing_url(text);
  if (!url)
    return url.failure();
  return to_text(*url);
}

result<std::string> read_base_url(std::string_view text) {
  auto url = read_outgoing_url(text);
  if (!url)
    return url.failure();
  if (url->path_and_query.find('?') != std::string_view::npos)
    return bad("has a query (?…)", "Leave out the ? and what follows it.");
  while (!url->path_and_query.empty() && url->path_and_query.back() == '/')
    url->path_and_query.remove_suffix(1);
  return to_text(*url);
}

std::string url_to_show(std::string_view url) {
  const std::size_t query = url.find('?');
  std::string out(url.substr(0, query));
  return query == std::string_view::npos ? out : out + "?***";
}

result<std::string> read_origin(std::string_view text) {
  if (text == "*")
    return std::string(text);
  auto url = split_url(text);
  const std::string mend =
    "Write it as a browser does, like https://shop.example or http://localhost:3000, or * for all.";
  if (!url)
    return bad(url.failure().message, mend);
  if (!url->path_and_query.empty())
    return bad("has a path, which an origin never has", mend);
  if (url->where.port == (url->https ? "443" : "80"))
    url->where.port.reset();
  return to_text(*url);
}

result<std::string> read_path_template(std::string_view text) {
  const std::string mend = "Write it like /product/{slug}; {slug} and {id} are filled in.";
  if (text.empty() || text.front() != '/')
    return bad("does not begin with /", mend);
  for (const char c : text)
    if (is_control(c) || c == ' ' || c == '#')
      return bad("holds a blank, a # or a control character", mend);
  for (std::size_t at = 0; (at = text.find_first_of("{}", at)) != std::string_view::npos; ++at) {
    const std::size_t close = text.find('}', at);
    const std::string_view name =
      close == std::string_view::npos ? "" : text.substr(at, close - at + 1);
    if (name != "{slug}" && name != "{id}")
      return bad("holds something in braces that is neither {slug} nor {id}", mend);
    at = close;
  }
  return std::string(text);
}

// -- text ---------------------------------------------------------------------

result<std::string> read_name(std::string_view text) {
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  };
  if (text.empty() || text.size() > 64 || !std::all_of(text.begin(), text.end(), allowed))
    return bad("is not a usable name",
               "Take 1 to 64 letters, digits, dots, underscores and hyphens.");
  return std::string(text);
}

result<std::string> read_line(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control))
    return bad("holds a control character",
               "It has to be one line of text: look for a line break or a tab within it.");
  return std::string(text);
}

result<bool> read_flag(std::string_view text) {
  if (text == "true" || text == "false")
    return text == "true";
  return bad("is neither true nor false", "Write true or false.");
}

namespace {

constexpr std::array<std::string_view, 7> format_names{"next",   "ankkor",  "fastly", "cloudflare",
                                                       "vercel", "varnish", "webhook"};

} // namespace

std::string_view to_string(target_format value) noexcept {
  return format_names[static_cast<std::size_t>(value)];
}

result<target_format> read_format(std::string_view text) {
  const auto* const found = std::find(format_names.begin(), format_names.end(), text);
  if (found != format_names.end())
    return static_cast<target_format>(found - format_names.begin());
  return bad("is none of its choices",
             "Write one of: next, ankkor, fastly, cloudflare, vercel, varnish, webhook.");
}

bool is_signing_secret(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  constexpr std::size_t bytes_min = 24;
  constexpr std::size_t bytes_max = 64;
  if (text.substr(0, prefix.size()) != prefix || text.size() % 4 != prefix.size() % 4)
    return false;
  text.remove_prefix(prefix.size());
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  const std::size_t digits =
    static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::string_view padding = text.substr(digits);
  if (!padding.empty() && padding != "=" && padding != "==")
    return false;
  const std::size_t bytes = digits * 3 / 4;
  return bytes >= bytes_min && bytes <= bytes_max;
}

result<std::string> read_token(std::string_view text) {
  const auto allowed = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), allowed) || text.front() == ' ' ||
      text.back() == ' ')
    return bad(
      "can't be sent in an HTTP header: it holds something other than visible ASCII characters",
      "Make a new one, for example with: openssl rand -hex 32");
  return std::string(text);
}

} // namespace ankkor::config
