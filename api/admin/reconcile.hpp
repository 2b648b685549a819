// /admin/reconcile: starts passes of reconciliation, and says how far they are.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

// POST {"type":"inventory"}, {"type":"all-products"} or {"type":"product","id":34}: 202 with the
// pass that was begun or joined. GET: the passes of this process, or with ?id= the one.
void answer_reconcile(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                      std::string_view rest);

} // namespace ankkor::api
