// The catalog actor: routes to product actors, and lets those live that are needed.
#pragma once

#include "actors/change/product.hpp"
#include "actors/interfaces.hpp"
#include "base/keyed_hash.hpp"

#include <deque>
#include <unordered_map>

namespace ankkor::actors {

struct catalog_state {
  static inline const char* name = "catalog";

  struct entry {
    product_actor actor;
    std::uint64_t nth = 0;          // of all that were spawned
    std::uint64_t sent = 0;         // messages, to tell whether one is still on its way
    std::uint64_t sent_at_tick = 0; // of them, those before the last tick
  };

  // One that was spawned; a later one of the same product has another number.
  struct birth {
    stock::product_id product = 0;
    std::uint64_t nth = 0;
  };

  // The entry of it, or null if it is gone.
  [[nodiscard]] entry* find(const birth& one);

  // Forgets those that are gone once they are the larger part of by_age.
  void forget_gone();

  std::unordered_map<stock::product_id, entry, keyed_hash> alive;
  std::deque<birth> by_age; // those alive and some that are gone, the oldest first
  std::uint64_t spawned = 0;
  std::shared_ptr<product_context> context;
};

catalog_actor::behavior_type catalog(catalog_actor::stateful_pointer<catalog_state> self,
                                     std::shared_ptr<product_context> context, ledger_actor ledger);

} // namespace ankkor::actors
