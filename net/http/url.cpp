// Absolute URLs, RFC 3986, as far as this daemon calls any.
#include "net/http/client.hpp"
#include "net/http/grammar.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace ankkor::net {

namespace {

// Says nothing of the text itself: it may hold a password or a token.
error bad_url(std::string_view why) {
  return {errc::invalid_input, "the URL " + std::string(why),
          "Write it as https://host[:port]/path."};
}

// The characters of names that are looked up; anything else that RFC 3986 lets into a reg-name is a
// mistake here (an international name must be given in its xn-- form).
bool is_host_name(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return grammar::is_digit(c) || (grammar::lower(c) >= 'a' && grammar::lower(c) <= 'z') ||
           c == '.' || c == '-' || c == '_';
  });
}

} // namespace

result<url> parse_url(std::string_view text) {
  url parsed;
  const auto scheme = text.substr(0, text.find("://"));
  parsed.https = grammar::iequals(scheme, "https");
  if (scheme.size() == text.size() || (!parsed.https && !grammar::iequals(scheme, "http")))
    return bad_url("does not begin with https:// or http://.");
  const auto rest = text.substr(scheme.size() + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto target = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return bad_url("holds a user name or password; these are given as settings of their own.");
  const auto where = grammar::parse_authority(authority);
  if (!where || (!where->ipv6 && !is_host_name(where->host)) || where->port == std::uint16_t{0})
    return bad_url("has no valid host and port.");
  if (target.find('#') != std::string_view::npos)
    return bad_url("holds a fragment (#).");
  parsed.host = where->host;
  std::transform(parsed.host.begin(), parsed.host.end(), parsed.host.begin(), grammar::lower);
  parsed.port = where->port.value_or(parsed.https ? 443 : 80);
  parsed.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  if (!grammar::is_origin_form(parsed.target))
    return bad_url("has a path or query with characters that must be percent-encoded.");
  return parsed;
}

bool url::loopback() const {
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return not_an_address ? host == "localhost" : address.is_loopback();
}

} // namespace ankkor::net
