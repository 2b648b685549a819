// Reads the daemon as anybody else would: over its sockets.
#pragma once

#include "base/error.hpp"
#include "net/http/client.hpp"

#include <string>

namespace ankkor {

// GETs a URL and waits for the answer, 10 s at most.
[[nodiscard]] result<net::client_response> get(net::http_client& client, const std::string& url);

// Sends a request and waits for the answer, for as long as the request allows.
[[nodiscard]] result<net::client_response> call(net::http_client& client, net::client_request what);

} // namespace ankkor
