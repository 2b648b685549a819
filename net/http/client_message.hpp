// The text of a request, and what keeps it from being sent. Inside net/ only.
#pragma once

#include "net/http/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ankkor::net {

// host[:port] as the Host field has it; a default port is left out.
[[nodiscard]] std::string name_of(const url& where);

// Nothing if the request may be sent; plain http to loopback hosts and to these only. Names no
// value: values can be secrets.
[[nodiscard]] std::optional<error> fault_of(const client_request& what,
                                            const std::vector<std::string>& plain_hosts);

[[nodiscard]] std::string request_head(const client_request& what);

} // namespace ankkor::net
