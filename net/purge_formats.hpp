// How each kind of revalidation target is called: CONTRACT.md section 6.
#pragma once

#include "net/http_client.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ankkor::net {

// The call of format "next": `POST url`, `Authorization: Bearer secret`,
// {"id":…,"tags":[…],"paths":[…]}. `id` is another for every call, since a
// repeated one may say more: it is for finding a call in the logs of both sides.
[[nodiscard]] client_request next_call(const url& where, std::string_view secret,
                                       std::string_view id, std::span<const std::string> tags,
                                       std::span<const std::string> paths);

} // namespace ankkor::net
