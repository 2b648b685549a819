// /admin/deliveries: the webhooks that came lately, and what became of each.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

// GET ?topic=&outcome=&product=&limit=
void answer_deliveries(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                       std::string_view rest);

} // namespace ankkor::api
