// What the admin listener's routes work on, and the shape of a route. A group of routes is one file
// here and one row in admin_api.cpp.
#pragma once

#include "actors/engine.hpp"
#include "net/http/server.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace ankkor::api {

class monitor;

struct admin_options {
  std::string token;   // empty: callers on this machine only
  std::string version; // of this build
  std::chrono::system_clock::time_point started;
  monitor* watch = nullptr; // for the dashboard and the alerts; null: its routes are not there
};

struct admin_context {
  actors::engine& engine;
  store::reader& store; // a read blocks the calling thread
  admin_options options;
  std::atomic<bool> draining{false};                           // the daemon is stopping
  std::atomic<const net::http_server*> public_server{nullptr}; // null before it listens
};

// Answers a request that was let in. `rest` is the path after the route's own: empty, or an ID. On
// the admin listener's I/O thread.
using admin_route = void (*)(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                             std::string_view rest);

} // namespace ankkor::api
