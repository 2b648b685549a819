// /admin/outbox: changes that a revalidation target has not acknowledged yet.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

// GET ?limit=
void answer_outbox(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view rest);

} // namespace ankkor::api
