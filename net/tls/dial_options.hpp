// What every client of the outside sets for its connections (net/tls/dial.hpp makes them).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ankkor::net {

// A proxy that is asked for a tunnel to each https:// host (CONNECT, RFC 9110 section 9.3.6).
struct proxy {
  std::string host; // empty: none
  std::uint16_t port = 0;
  std::string authorization;           // secret: the value of Proxy-Authorization; empty: none
  std::vector<std::string> exceptions; // hosts that are called directly, as NO_PROXY lists them
};

// True if NO_PROXY's list names the host: "*", the name itself, a domain that it is in (with or
// without a leading dot), an address, or a network in CIDR notation; each with or without a port.
[[nodiscard]] bool is_exempt(const std::vector<std::string>& exceptions, const std::string& host,
                             std::uint16_t port);

struct dial_options {
  std::string ca_file; // PEM; the certificates that are trusted in place of the system's
  std::string ca_setting = "ANKKOR_CA"; // what an operator sets for it, for messages
  proxy by;
  // How long an address may keep the next one of its name waiting (RFC 8305 section 5).
  std::chrono::milliseconds attempt_delay{250};
  // In place of the system's resolver: the addresses of a name as text, the preferred one first.
  // Called on an I/O thread, so it must not block.
  std::function<std::vector<std::string>(const std::string& name)> resolve;
};

} // namespace ankkor::net
