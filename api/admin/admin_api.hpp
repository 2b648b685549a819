// The admin listener: who is let in, and which file answers what. Health, metrics, and what an
// operator asks.
#pragma once

#include "api/admin/context.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace ankkor::api {

// Thread affinity: one I/O thread. Its reads of the store block that thread, and no other.
class admin_api {
public:
  admin_api(actors::engine& engine, store::reader& store, admin_options options)
    : all_{engine, store, std::move(options)} {}

  void handle(const std::shared_ptr<net::exchange>& exchange);

  // Of its listener; on an I/O thread.
  static void count(const net::sent_answer& answer);

  // From now on /readyz says 503: the daemon is stopping. From any thread.
  void set_draining() noexcept { all_.draining = true; }

  // The public listener, for /admin/status and the metrics; null before it listens.
  void set_public_server(const net::http_server* server) noexcept { all_.public_server = server; }

private:
  // What is not among the rows: the dashboard's files, and what the monitor answers.
  void answer_other(const std::shared_ptr<net::exchange>& exchange);
  // The answer to a caller who may not ask; nothing if he may.
  [[nodiscard]] std::optional<net::response> refusal(const net::request& request) const;

  admin_context all_;
};

} // namespace ankkor::api
