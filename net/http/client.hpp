// The HTTP/1.1 client for everything outgoing: revalidation targets and WooCommerce.
#pragma once

#include "base/error.hpp"
#include "net/tls/dial_options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ankkor::net {

class io_pool;

// An absolute http or https URL taken apart.
struct url {
  bool https = true;
  std::string host; // lower case; IPv6 without brackets
  std::uint16_t port = 443;
  std::string target = "/"; // path and query, as given

  [[nodiscard]] bool loopback() const; // "localhost", 127.0.0.0/8 or ::1
};

// Rejects anything with user info, a fragment, control characters or another scheme.
[[nodiscard]] result<url> parse_url(std::string_view text);

struct client_request {
  std::string method = "POST";
  url where;
  std::vector<std::pair<std::string, std::string>>
    fields; // Host, Content-Length and Connection are the client's business
  std::string body;
  // One address of the host that is to get it, e.g. each replica's; empty: whichever answers.
  std::string address;
  std::chrono::milliseconds connect_timeout{5'000}; // name look-up, TCP and TLS
  std::chrono::milliseconds head_timeout{0};        // from then to the answer's head; 0: none
  std::chrono::milliseconds total_timeout{15'000};  // until the last byte of the answer
  // Never sent a second time, whatever becomes of it: for requests that somebody counts.
  bool once = false;
  std::size_t header_bytes_max = 64 * 1024;
  std::size_t body_bytes_max = 16 * 1024 * 1024;
};

struct client_response {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields; // names in lower case
  std::string body; // decoded from chunks; at least 64 readable bytes follow it (SIMDJSON_PADDING)

  [[nodiscard]] std::optional<std::string_view> field(std::string_view lower_case_name) const;
  // Retry-After as a delay from now (seconds or an HTTP date); nothing if absent or unreadable.
  [[nodiscard]] std::optional<std::chrono::seconds>
  retry_after(std::chrono::system_clock::time_point now) const;
};

struct client_options {
  dial_options dial; // certificates, a proxy
  // Hosts of a private network that may be called over plain http, as loopback hosts may; in lower
  // case. At an address of the Internet they are not.
  std::vector<std::string> plain_hosts;
  std::size_t idle_connections_per_host = 4;
  std::chrono::seconds idle_for{30}; // an idle kept connection is closed after this
  std::size_t concurrent_max = 64;   // over it: errc::unavailable at once
  // Only addresses of the open Internet are connected to (net/tls/public_address.hpp):
  // errc::unavailable for any other. Looked at when the name is resolved, at the address that is
  // connected to.
  bool public_only = false;
};

// TLS 1.2 and up with certificate and host name verified; plain HTTP to loopback hosts, and to
// those of `plain_hosts`; of several addresses of a name the first that answers (RFC 8305);
// redirects are not followed; an answer that could be framed in two ways is an error. A request on
// a kept connection that the peer closed before the first byte of an answer is tried once more on a
// new one, unless it says `once`. No coding is asked for: answers come as they are. The pool must
// outlive the client.
//
// Errors: invalid_input (the request can't be sent as it is, or the answer is not proper HTTP/1.1),
// timed_out, too_large, unavailable (all else). None holds a field, a body or a target.
class http_client {
public:
  using handler = std::function<void(result<client_response>)>;

  http_client(io_pool& pool, client_options options = {});
  // What is in flight is cancelled; no handler runs any more when it returns. Blocks for a turn of
  // each I/O thread: not on one of them.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  // `done` is called once, on an I/O thread. From any thread.
  void send(client_request what, handler done);

  using lookup_handler = std::function<void(result<std::vector<std::string>>)>;

  // All addresses of a host, for client_request::address. `done` is called once, on an I/O thread;
  // not at all once the client goes. From any thread.
  void look_up(const std::string& host, lookup_handler done);

  struct implementation;

private:
  std::shared_ptr<implementation> impl_;
};

} // namespace ankkor::net
