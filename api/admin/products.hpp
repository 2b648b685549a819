// /admin/products/{id}: what is cached of one product, and how it came to be so.
#pragma once

#include "api/admin/context.hpp"

namespace ankkor::api {

// GET; `rest` is the ID of a product or a variation.
void answer_product(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                    std::string_view rest);

} // namespace ankkor::api
