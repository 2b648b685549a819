// What the shop would tell a shopper right now, for comparing a copy with it.
#pragma once

#include "emulator/catalog.hpp"
#include "stock/product.hpp"

#include <vector>

namespace ankkor::emulator {

// One product or variation. `stock` is the effective one: a variation that inherits has its
// parent's.
struct public_item {
  post_id id = 0;
  post_id parent = 0;
  bool visible = false;   // published, and for a variation its product too
  bool available = false; // visible, and not out of stock
  stock::stock_level stock;

  bool operator==(const public_item&) const = default;
};

struct public_product {
  public_item self;
  std::vector<public_item> variations; // ascending by ID
};

// Every product that isn't in the trash or gone, ascending by ID.
[[nodiscard]] std::vector<public_product> truth_of(const catalog& shop);
[[nodiscard]] public_item truth_of(const catalog& shop, const item& of);

} // namespace ankkor::emulator
