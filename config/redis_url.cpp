#include "config/redis_url.hpp"

#include "config/values.hpp"

#include <algorithm>
#include <optional>

namespace ankkor::config {

namespace {

constexpr std::uint64_t database_max = 65'535;
constexpr std::size_t socket_path_max = 107; // sun_path of Linux, with its terminating zero

error bad(std::string message) {
  return {errc::invalid_input, std::move(message),
          "Write redis://[user:password@]host[:port][/db], rediss://… for TLS, or "
          "unix:///path[?db=N]; percent-encode what is special in a password."};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// RFC 3986 section 2.1. A decoded zero or line break is nobody's password or path.
std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (byte == '%') {
      if (at + 2 >= text.size() || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0)
        return std::nullopt;
      byte = static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    }
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F)
      return std::nullopt;
    out += byte;
  }
  return out;
}

status read_user_info(std::string_view text, redis_url& into) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size())
    return bad("has a user name without a password before the @");
  auto user = decode(text.substr(0, colon));
  auto password = decode(text.substr(colon + 1));
  if (!user || !password || text.substr(colon + 1).find(':') != std::string_view::npos)
    return bad("has a user name or password that isn't percent-encoded as RFC 3986 says");
  into.user = *std::move(user);
  into.password = *std::move(password);
  return done{};
}

status read_database(std::string_view text, redis_url& into) {
  const auto number = read_number(text);
  if (!number || *number > database_max)
    return bad("names a database that is no number from 0 to 65535");
  into.database = static_cast<std::uint32_t>(*number);
  return done{};
}

status read_query(std::string_view text, redis_url& into) {
  constexpr std::string_view name = "db=";
  if (!text.starts_with(name))
    return bad("has a query (?…) other than ?db=N");
  return read_database(text.substr(name.size()), into);
}

status read_path(std::string_view text, redis_url& into) {
  if (into.over == redis_url::transport::unix_socket) {
    auto path = decode(text);
    if (!path || path->size() < 2 || path->front() != '/' || path->size() > socket_path_max)
      return bad("has no usable path of a socket");
    into.path = *std::move(path);
    return done{};
  }
  if (text.empty() || text == "/")
    return done{};
  return read_database(text.substr(1), into);
}

status read_authority(std::string_view text, redis_url& into) {
  const auto at = text.rfind('@');
  const auto host = at == std::string_view::npos ? text : text.substr(at + 1);
  if (at != std::string_view::npos) {
    if (text.substr(0, at).find('@') != std::string_view::npos)
      return bad("has an @ in its user name or password; percent-encode it as %40");
    if (auto taken = read_user_info(text.substr(0, at), into); !taken)
      return taken;
  }
  if (into.over == redis_url::transport::unix_socket) {
    into.host.clear();
    return host.empty() ? status{done{}} : bad("has a host, which a socket doesn't have");
  }
  const auto where = read_host(host);
  if (!where)
    return bad(where.failure().message);
  into.host = where->host;
  into.port = where->port.value_or(into.port);
  return done{};
}

} // namespace

result<redis_url> parse_redis_url(std::string_view text) {
  redis_url out;
  const auto mark = text.find("://");
  std::string scheme{text.substr(0, mark == std::string_view::npos ? 0 : mark)};
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (scheme == "rediss")
    out.over = redis_url::transport::tls;
  else if (scheme == "unix")
    out.over = redis_url::transport::unix_socket;
  else if (scheme != "redis")
    return bad("begins with none of redis://, rediss:// and unix://");
  const bool visible =
    std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!visible || text.find('#') != std::string_view::npos)
    return bad("holds a blank, a # or another character that no URL may hold");
  const auto rest = text.substr(mark + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  const auto behind = rest.substr(authority.size());
  const auto question = behind.find('?');
  if (auto taken = read_authority(authority, out); !taken)
    return taken.failure();
  if (auto taken = read_path(behind.substr(0, question), out); !taken)
    return taken.failure();
  if (question != std::string_view::npos) {
    if (auto taken = read_query(behind.substr(question + 1), out); !taken)
      return taken.failure();
  }
  return out;
}

bool redis_url::loopback() const {
  return over == transport::unix_socket || is_loopback_host(host);
}

bool redis_url::is_password_in_clear() const {
  return over == transport::tcp && !password.empty() && !loopback();
}

std::string redis_url::shown() const {
  if (over == transport::unix_socket)
    return "unix://" + path;
  const bool ipv6 = host.find(':') != std::string::npos;
  return (over == transport::tls ? "rediss://" : "redis://") + (ipv6 ? "[" + host + "]" : host) +
         ":" + std::to_string(port);
}

} // namespace ankkor::config
