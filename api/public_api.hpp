// The routes of the public listener: webhooks in, reads and live updates out.
#pragma once

#include "actors/engine.hpp"
#include "api/cors.hpp"
#include "api/live_updates.hpp"
#include "api/reads.hpp"
#include "api/validation.hpp"
#include "api/webhook_endpoint.hpp"

#include <string>
#include <vector>

namespace ankkor::api {

struct public_options {
  std::vector<std::string> webhook_secrets;
  std::vector<std::string> cors_origins;
  live_options live;
};

// `pool` serves its listener; it must be stopped before this is destroyed.
class public_api {
public:
  public_api(actors::engine& engine, net::io_pool& pool, const public_options& options)
    : webhooks_(engine, options.webhook_secrets, pool.size()), cors_(options.cors_origins),
      reads_(engine), validation_(engine), live_(engine, pool, options.live) {}

  // On an I/O thread of the pool.
  void handle(const std::shared_ptr<net::exchange>& exchange);

  // Of its listener; on an I/O thread.
  static void count(const net::sent_answer& answer);

private:
  enum class route : std::uint8_t { webhooks, stock, product, batch, validate, updates, none };

  struct target {
    route to = route::none;
    std::string_view part; // of the path: what is asked for
  };

  [[nodiscard]] static target find_route(std::string_view path);
  void read(const std::shared_ptr<net::exchange>& exchange, const target& what);

  webhook_endpoint webhooks_;
  cors cors_;
  reads reads_;
  validation validation_;
  live_updates live_;
};

} // namespace ankkor::api
