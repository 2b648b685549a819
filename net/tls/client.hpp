// TLS as every outgoing connection has it (net/tls/floor.hpp), the peer's certificate verified. For
// sources of net/ that compile Asio anyway.
#pragma once

#include "base/error.hpp"
#include "net/tls/floor.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/verify_mode.hpp>

#include <optional>
#include <string>

namespace ankkor::net {

// Trusts the certificates of `ca_file`, or the system's if it is "". Answers why they can't be
// read; `mend` is for that. The peer's name is for each connection to verify.
[[nodiscard]] inline std::optional<error>
prepare_client_tls(boost::asio::ssl::context& tls, const std::string& ca_file, std::string mend) {
  boost::system::error_code failure;
  if (!set_tls_floor(tls.native_handle(), suites_called))
    return error{errc::unavailable, "this OpenSSL has no cipher that is good enough", ""};
  tls.set_verify_mode(boost::asio::ssl::verify_peer, failure);
  if (ca_file.empty())
    tls.set_default_verify_paths(failure);
  else
    tls.load_verify_file(ca_file, failure);
  if (!failure)
    return std::nullopt;
  return error{errc::unavailable, "can't read the trusted certificates: " + failure.message(),
               std::move(mend)};
}

} // namespace ankkor::net
