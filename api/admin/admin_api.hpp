// The routes of the admin listener: health, metrics, and what an operator asks.
#pragma once

#include "actors/engine.hpp"
#include "api/admin/monitor.hpp"
#include "net/http/server.hpp"
#include "net/woocommerce/payload.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

namespace ankkor::api {

struct admin_options {
  std::string token;   // empty: callers on this machine only
  std::string version; // of this build
  std::chrono::system_clock::time_point started;
  monitor* watch = nullptr; // for the dashboard and the alerts; null: its routes are not there
};

// Thread affinity: one I/O thread. Its reads of the store block that thread, and no other.
class admin_api {
public:
  admin_api(actors::engine& engine, store::reader& store, admin_options options)
    : engine_(&engine), store_(&store), options_(std::move(options)) {}

  void handle(const std::shared_ptr<net::exchange>& exchange);

  // Of its listener; on an I/O thread.
  static void count(const net::sent_answer& answer);

  // From now on /readyz says 503: the daemon is stopping. From any thread.
  void set_draining() noexcept { draining_ = true; }

  // The public listener, for /admin/status and the metrics; null before it listens.
  void set_public_server(const net::http_server* server) noexcept { public_server_ = server; }

private:
  void health(net::exchange& exchange) const;
  void readiness(net::exchange& exchange) const;
  void metrics(net::exchange& exchange) const;
  // The answer to who may not ask; nothing if he may.
  [[nodiscard]] std::optional<net::response> refusal(const net::request& request) const;
  void admin(const std::shared_ptr<net::exchange>& exchange);
  void status(net::exchange& exchange) const;
  void deliveries(net::exchange& exchange) const;
  void dead_letters(net::exchange& exchange) const;
  void outbox(net::exchange& exchange) const;
  void product(net::exchange& exchange, std::string_view id) const;
  void dead_letter(const std::shared_ptr<net::exchange>& exchange, std::string_view rest);
  void retry(const std::shared_ptr<net::exchange>& exchange, const store::dead_letter& letter);

  actors::engine* engine_;
  store::reader* store_;
  admin_options options_;
  net::payload_reader payloads_;
  std::atomic<bool> draining_{false};
  std::atomic<const net::http_server*> public_server_{nullptr};
};

} // namespace ankkor::api
