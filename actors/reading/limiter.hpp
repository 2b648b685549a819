// The limiter actor: grants every request to WooCommerce, whatever its purpose: invariant I4.
#pragma once

#include "actors/alarm.hpp"
#include "actors/budget.hpp"
#include "actors/interfaces.hpp"
#include "base/keyed_hash.hpp"

#include <map>
#include <unordered_map>

namespace ankkor::actors {

struct limiter_state {
  static inline const char* name = "limiter";

  struct waiter {
    caf::actor_addr who;
    caf::typed_response_promise<granted_atom> answer;
  };

  std::unique_ptr<budget> tokens;
  std::unordered_map<budget::ticket, waiter, keyed_hash> waiting;
  // Requests in flight by who makes them; all that ever asked and still live are monitored.
  std::map<caf::actor_addr, std::uint32_t> granted;
  alarm wake_up;
};

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self,
                                     budget_options options);

} // namespace ankkor::actors
