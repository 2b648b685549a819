// The address of a Redis server, as REDIS_URL gives it.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ankkor::config {

struct redis_url {
  enum class transport : std::uint8_t { tcp, tls, unix_socket };

  transport over = transport::tcp;
  std::string host = "127.0.0.1"; // lower case; IPv6 without brackets; empty for a socket
  std::uint16_t port = 6379;
  std::string path; // of the socket
  std::string user; // empty: Redis's default user
  std::string password;
  std::uint32_t database = 0;

  [[nodiscard]] bool loopback() const; // a socket, "localhost", 127.0.0.0/8 or ::1
  // True if the password would cross a network in clear.
  [[nodiscard]] bool is_password_in_clear() const;
  // As it may be shown: without user, password and query.
  [[nodiscard]] std::string shown() const;

  bool operator==(const redis_url&) const = default;
};

// redis://[[user]:password@]host[:port][/db], rediss:// for TLS, and
// unix://[[user]:password@]/path[?db=N]; the database also as ?db=N. User, password and path may be
// percent-encoded (RFC 3986). Anything else is refused; the error repeats nothing of the text.
[[nodiscard]] result<redis_url> parse_redis_url(std::string_view text);

} // namespace ankkor::config
