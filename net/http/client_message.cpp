// Requests as text, and the fields of answers.
#include "net/http/client_message.hpp"

#include "net/http/date.hpp"
#include "net/http/grammar.hpp"

#include <algorithm>
#include <limits>

namespace ankkor::net {

namespace {

bool is_clients_business(std::string_view name) {
  for (const std::string_view ours : {"host", "content-length", "connection", "transfer-encoding"})
    if (grammar::iequals(name, ours))
      return true;
  return false;
}

} // namespace

std::string name_of(const url& where) {
  const bool ipv6 = where.host.find(':') != std::string::npos;
  const bool usual = where.port == (where.https ? 443 : 80);
  return (ipv6 ? "[" + where.host + "]" : where.host) +
         (usual ? "" : ":" + std::to_string(where.port));
}

std::optional<error> fault_of(const client_request& what,
                              const std::vector<std::string>& plain_hosts) {
  const auto fault = [](std::string message, std::string mend) {
    return error{errc::invalid_input, std::move(message), std::move(mend)};
  };
  const auto& host = what.where.host;
  if (!grammar::is_token(what.method) || !grammar::is_origin_form(what.where.target) ||
      host.empty())
    return fault("the request to " + host + " has a malformed method or URL", "");
  if (!what.where.https && !what.where.loopback() &&
      std::find(plain_hosts.begin(), plain_hosts.end(), host) == plain_hosts.end())
    return fault("plain http to " + host + " is refused: it would send secrets in the clear",
                 "Use an https:// URL, or name a host of a private network in "
                 "ANKKOR_PLAIN_HTTP_HOSTS.");
  for (const auto& [name, value] : what.fields)
    if (!grammar::is_token(name) || !std::all_of(value.begin(), value.end(), grammar::is_text))
      return fault("a header field for " + host + " holds characters that a header can't carry",
                   "Look for line breaks or control characters in the configured secrets.");
  return std::nullopt;
}

std::string request_head(const client_request& what) {
  std::string head =
    what.method + " " + what.where.target + " HTTP/1.1\r\nHost: " + name_of(what.where) + "\r\n";
  bool has_agent = false;
  for (const auto& [name, value] : what.fields) {
    if (is_clients_business(name))
      continue;
    has_agent = has_agent || grammar::iequals(name, "user-agent");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!has_agent)
    head.append("User-Agent: ankkor\r\n");
  if (!what.body.empty() || (what.method != "GET" && what.method != "HEAD"))
    head.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
  return head.append("\r\n");
}

std::optional<std::string_view> client_response::field(std::string_view lower_case_name) const {
  for (const auto& [name, value] : fields)
    if (name == lower_case_name)
      return value;
  return std::nullopt;
}

// RFC 9110 section 10.2.3.
std::optional<std::chrono::seconds>
client_response::retry_after(std::chrono::system_clock::time_point now) const {
  const auto value = field("retry-after");
  if (!value)
    return std::nullopt;
  if (const auto seconds = grammar::parse_decimal(*value))
    return std::chrono::seconds(
      std::min<std::uint64_t>(*seconds, std::numeric_limits<std::int32_t>::max()));
  const auto present = std::chrono::floor<std::chrono::seconds>(now);
  const auto date = parse_http_date(*value, present);
  if (!date)
    return std::nullopt;
  return std::max(*date - present, std::chrono::seconds(0));
}

} // namespace ankkor::net
