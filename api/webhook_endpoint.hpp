// POST /api/webhooks/woocommerce: from a request's raw bytes to a verified delivery in the engine,
// and its answer back.
#pragma once

#include "actors/engine.hpp"
#include "base/log.hpp"
#include "net/http/server.hpp"
#include "net/woocommerce/payload.hpp"
#include "net/woocommerce/signature.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ankkor::api {

class webhook_endpoint {
public:
  // `threads`: of the I/O pool that calls handle().
  webhook_endpoint(actors::engine& engine, const std::vector<std::string>& secrets,
                   std::size_t threads);

  // Takes one request for this path. On an I/O thread; answers at once or when the delivery is
  // committed.
  void handle(const std::shared_ptr<net::exchange>& exchange);

private:
  // What an I/O thread needs for itself; no lock is taken for a delivery.
  struct lane {
    explicit lane(const std::vector<std::string>& secrets) : signatures(secrets) {}

    net::signature_checker signatures;
    net::payload_reader payloads;
    actors::incoming_batch gathered; // what this turn of the loop has read
  };

  void deliver(const std::shared_ptr<net::exchange>& exchange);
  void refuse(const std::shared_ptr<net::exchange>& exchange, std::string_view topic);
  void hand_over(const std::shared_ptr<net::exchange>& exchange, actors::incoming_ptr delivery);

  actors::engine* engine_;
  std::vector<lane> lanes_; // one a thread
  log::limiter refusals_{std::chrono::seconds{10}};
};

// The content of a verified delivery, as the engine takes it; `resource` is set to the ID that it
// speaks of. Never fails: what can't be read is `unusable`.
[[nodiscard]] decltype(actors::incoming::content)
read_content(net::payload_reader& reader, net::topic_kind kind, std::string_view body,
             stock::moment received, stock::product_id& resource);

} // namespace ankkor::api
