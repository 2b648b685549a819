// What the engine's actors say to each other. All of it stays in this process.
#pragma once

#include "actors/budget.hpp"
#include "actors/incoming.hpp"
#include "actors/read_request.hpp"
#include "actors/reconciliation.hpp"
#include "base/redis.hpp"
#include "net/http/client.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

namespace ankkor::actors {

// One record on its way to the store. Who sends it keeps nothing of it.
struct ledger_entry {
  store::entry entry;
  // The version of `product` that it was decided on; a record whose base was never committed is
  // rejected, even one without a state: what is stale beside a state that got lost may be news.
  std::uint64_t based_on = 0;
  stock::product_id product = 0;        // whose actor decided it; 0: no product was looked at
  std::shared_ptr<actors::reply> reply; // may be null
  caf::strong_actor_ptr decided_by;     // the product actor; null where no state is in it
};

using ledger_entry_ptr = std::shared_ptr<ledger_entry>;
using ledger_entries = std::vector<ledger_entry_ptr>;
using job_batch = std::vector<store::outbox_job>;
using confirmation_batch = std::vector<store::confirmation>;
class page_receipt; // actors/reading/page_receipt.hpp
using receipt_ptr = std::shared_ptr<const page_receipt>;
using product_batch = std::vector<stock::product_id>;
using redis_answer = std::shared_ptr<const result<redis::answer>>;
using call_answer = std::shared_ptr<const result<net::client_response>>;

} // namespace ankkor::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::incoming_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::incoming_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::ledger_entry_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::ledger_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::job_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::call_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::receipt_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::reconcile_type)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::product_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::redis_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::confirmation_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::open_read_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::purpose)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ankkor::actors::feedback)
