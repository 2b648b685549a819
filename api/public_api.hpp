// The routes of the public listener: webhooks in, reads out. CONTRACT.md sections 3 and 5.
#pragma once

#include "actors/engine.hpp"
#include "api/webhook_endpoint.hpp"

namespace ankkor::api {

class public_api {
public:
  public_api(actors::engine& engine, const std::vector<std::string>& webhook_secrets,
             std::size_t threads)
    : products_(&engine.products()), webhooks_(engine, webhook_secrets, threads) {}

  // On an I/O thread.
  void handle(const std::shared_ptr<net::exchange>& exchange);

private:
  void read_stock(net::exchange& exchange, std::string_view id) const;

  const actors::view* products_;
  webhook_endpoint webhooks_;
};

} // namespace ankkor::api
