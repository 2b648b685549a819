// /admin/reconcile: starts passes of reconciliation, and says how far they are.
#pragma once

#include "actors/engine.hpp"
#include "net/http/server.hpp"

namespace ankkor::api {

// POST {"type":"inventory"}, {"type":"all-products"} or {"type":"product","id":34}: 202 with the
// pass that was begun or joined. GET: the passes of this process, or with ?id= the one. The caller
// was let in already.
void answer_reconcile(actors::engine& engine, net::exchange& exchange);

} // namespace ankkor::api
