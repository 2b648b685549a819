// /healthz, /readyz and /metrics: what supervisors and Prometheus ask.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

void answer_health(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view rest);

// 503 while the store can't commit, before the public listener listens, and while the daemon stops;
// the body says which.
void answer_readiness(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                      std::string_view rest);

void answer_metrics(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                    std::string_view rest);

} // namespace ankkor::api
