// What storefronts, browsers and CDNs read: the stock of one product, a product, the stock of many.
#pragma once

#include "actors/engine.hpp"
#include "api/finding.hpp"
#include "net/http/server.hpp"

#include <memory>
#include <string_view>

namespace ankkor::api {

// Every call is for GET and HEAD, on the exchange's I/O thread, and answers at once if all that is
// asked for is held; else when WooCommerce has answered. No actor is met for what is held (I3).
class reads {
public:
  static constexpr std::size_t items_max = 500; // of one GET /api/stock

  explicit reads(actors::engine& engine) : engine_(&engine) {}

  // GET /api/products/{id}/stock, `id` as written.
  void stock(const std::shared_ptr<net::exchange>& exchange, std::string_view id) const;

  // GET /api/products/{id or slug}: digits are an ID first.
  void product(const std::shared_ptr<net::exchange>& exchange, std::string_view segment) const;

  // GET /api/stock?ids=1,2,3
  void batch(const std::shared_ptr<net::exchange>& exchange) const;

private:
  using renderer = std::shared_ptr<const std::string> (*)(const found_item&);

  void one(const std::shared_ptr<net::exchange>& exchange, const wanted_item& wanted,
           renderer render) const;
  void by_slug(const std::shared_ptr<net::exchange>& exchange, const std::string& slug) const;

  actors::engine* engine_;
};

} // namespace ankkor::api
