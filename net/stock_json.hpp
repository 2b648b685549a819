// A product's stock as the public API answers it (docs/http-api.md).
#pragma once

#include "stock/product.hpp"

#include <string>

namespace ankkor::net {

// The body of GET /api/products/{id}/stock for the product itself (with its public variations) or
// for one of its variations. Precondition: stock::is_public(held, item).
[[nodiscard]] std::string render_stock(const stock::product& held, const stock::record& item);

// The body of GET /api/products/{id or slug}: what is held of the product with its public
// variations, or of one of its variations. Precondition: stock::is_public(held, item).
[[nodiscard]] std::string render_product(const stock::product& held, const stock::record& item);

// The data of one live update: what is told of one item's stock, as of a moment.
[[nodiscard]] std::string render_update(stock::product_id product, stock::product_id item,
                                        const stock::stock_level& level, bool available,
                                        stock::moment at);

// RFC 3339 in UTC with whole seconds: 2026-11-22T10:00:00Z.
[[nodiscard]] std::string render_time(std::chrono::sys_seconds time);

} // namespace ankkor::net
