// The dashboard's files, on the admin listener: the page at / and what it loads from /dashboard/.
#pragma once

#include "net/http/server.hpp"

namespace ankkor::api {

// Answers and returns true if the request is for one of these files. They hold nothing of the shop,
// so whoever can connect may load them; the data they show comes from the admin API, which asks for
// the token. For GET and HEAD.
[[nodiscard]] bool answer_dashboard(net::exchange& exchange);

} // namespace ankkor::api
