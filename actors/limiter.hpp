// The limiter actor: grants every request to WooCommerce, whatever its purpose: invariant I4.
#pragma once

#include "actors/alarm.hpp"
#include "actors/budget.hpp"
#include "actors/interfaces.hpp"

#include <unordered_map>

namespace ankkor::actors {

struct limiter_state {
  static inline const char* name = "limiter";

  std::unique_ptr<budget> tokens;
  std::unordered_map<budget::ticket, caf::typed_response_promise<granted_atom>> waiting;
  alarm wake_up;
};

limiter_actor::behavior_type limiter(limiter_actor::stateful_pointer<limiter_state> self,
                                     budget_options options);

} // namespace ankkor::actors
