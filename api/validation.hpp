// POST /api/stock/validate: can this cart be sold?
#pragma once

#include "actors/engine.hpp"
#include "api/finding.hpp"
#include "base/error.hpp"
#include "net/http_server.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::api {

// A line of a cart as it was asked for.
struct asked_line {
  wanted_item wanted;
  std::int64_t quantity = 1;
  std::string product;   // as JSON, as it was written: 34 or "34"
  std::string variation; // the same; "null" without one
};

struct cart_limits {
  static constexpr std::size_t lines_max = 200;
  static constexpr std::size_t body_bytes_max = std::size_t{64} * 1024;
  static constexpr std::int64_t quantity_max = 1'000'000'000;
};

// {"items":[{"productId":1,"variationId":2,"quantity":3}]}. IDs are numbers or strings of digits; a
// variation of null, 0 or "0", as WooCommerce's carts have it, is none. errc::invalid_input with
// what is wrong, and in which line; errc::too_large.
// Precondition: 64 readable bytes follow the text.
[[nodiscard]] result<std::vector<asked_line>> parse_cart(std::string_view json);

class validation {
public:
  explicit validation(actors::engine& engine) : engine_(&engine) {}

  // On the exchange's I/O thread; answers at once if all lines are held.
  void check(const std::shared_ptr<net::exchange>& exchange) const;

private:
  actors::engine* engine_;
};

} // namespace ankkor::api
