// A product's stock as the public API answers it: CONTRACT.md section 5.
#pragma once

#include "stock/product.hpp"

#include <string>

namespace ankkor::net {

// The body of GET /api/products/{id}/stock for the product itself (with its public variations) or
// for one of its variations. Precondition: stock::is_public(held, item).
[[nodiscard]] std::string render_stock(const stock::product& held, const stock::record& item);

// RFC 3339 in UTC with whole seconds: 2026-11-22T10:00:00Z.
[[nodiscard]] std::string render_time(std::chrono::sys_seconds time);

} // namespace ankkor::net
