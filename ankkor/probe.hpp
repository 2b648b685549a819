// Reads the daemon as anybody else would: over its sockets.
#pragma once

#include "base/error.hpp"
#include "net/http_client.hpp"

#include <string>

namespace ankkor {

// GETs a URL and waits for the answer, 10 s at most.
[[nodiscard]] result<net::client_response> get(net::http_client& client, const std::string& url);

} // namespace ankkor
