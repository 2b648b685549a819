// What live readers are told of a product: its stock as they may know it, and when it changed.
#pragma once

#include "stock/product.hpp"

#include <vector>

namespace ankkor::stock {

// What a shopper may know of one item's stock.
struct shown_stock {
  stock_level level;
  bool available = false;

  bool operator==(const shown_stock&) const = default;
};

// The effective stock of the product or one of its variations. What isn't public, or isn't held, is
// out of stock and not counted: nothing of a draft is told.
[[nodiscard]] shown_stock stock_as_shown(const product& held, product_id item);

struct stock_change {
  product_id item = 0;
  shown_stock now;
  bool first_known = false; // nothing was held of the item before
};

// The items whose status, quantity or availability as shown differ between two states of one
// product, ascending by ID. A change of the product's stock changes the variations that inherit it.
[[nodiscard]] std::vector<stock_change> stock_changes(const product& before, const product& after);

} // namespace ankkor::stock
