// The webhook actor: takes verified deliveries and says what is to be done for each.
#pragma once

#include "actors/change/missed_webhooks.hpp"
#include "actors/interfaces.hpp"

namespace ankkor::actors {

struct webhook_state {
  static inline const char* name = "webhook";
};

// The record for a delivery that no product decides on: hints to confirm, and what can't be used.
// Precondition: it is a webhook's, and its content is no observation.
[[nodiscard]] ledger_entry record_without_product(const incoming& delivery);

// `watch` is told of hints; it may be null.
webhook_actor::behavior_type webhook(webhook_actor::stateful_pointer<webhook_state> self,
                                     catalog_actor catalog, ledger_actor ledger,
                                     missed_webhooks* watch);

} // namespace ankkor::actors
