// How the engine's actors reach the outside: functions that are given to them, so that no actor
// knows a socket.
#pragma once

#include "base/redis.hpp"
#include "net/http/client.hpp"

#include <functional>

namespace ankkor::actors {

// Sends a call and answers once, from any thread.
using transport =
  std::function<void(net::client_request, std::function<void(result<net::client_response>)>)>;

// Sends commands to the Redis server that is mirrored to, and answers once, from any thread.
using redis_transport =
  std::function<void(redis::pipeline, std::function<void(result<redis::answer>)>)>;

} // namespace ankkor::actors
