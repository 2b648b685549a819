// POST /api/stock/validate: can this cart be sold?
#pragma once

#include "actors/engine.hpp"
#include "net/http/server.hpp"

#include <memory>

namespace ankkor::api {

class validation {
public:
  explicit validation(actors::engine& engine) : engine_(&engine) {}

  // On the exchange's I/O thread; answers at once if all lines are held.
  void check(const std::shared_ptr<net::exchange>& exchange) const;

private:
  actors::engine* engine_;
};

} // namespace ankkor::api
