// /admin/status: the daemon at a glance.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

void answer_status(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view rest);

} // namespace ankkor::api
