// The catalog actor: routes to product actors, and lets those live that are needed.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/product.hpp"

#include <deque>
#include <unordered_map>

namespace ankkor::actors {

struct catalog_state {
  static inline const char* name = "catalog";

  struct entry {
    product_actor actor;
    std::uint64_t sent = 0;         // messages, to tell whether one is still on its way
    std::uint64_t sent_at_tick = 0; // of them, those before the last tick
  };

  std::unordered_map<stock::product_id, entry> alive;
  std::deque<stock::product_id> by_age; // those alive and some that are gone, the oldest first
  std::shared_ptr<product_context> context;
};

catalog_actor::behavior_type catalog(catalog_actor::stateful_pointer<catalog_state> self,
                                     std::shared_ptr<product_context> context, ledger_actor ledger);

} // namespace ankkor::actors
