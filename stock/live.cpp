#include "stock/live.hpp"

#include <set>

namespace ankkor::stock {

namespace {

bool looks_the_same(const shown_stock& a, const shown_stock& b) {
  return a.level.status == b.level.status && a.level.quantity == b.level.quantity &&
         a.available == b.available;
}

void add_items(std::set<product_id>& to, const product& held) {
  if (held.self)
    to.insert(held.id);
  for (const auto& variation : held.variations)
    to.insert(variation.value.id);
}

} // namespace

shown_stock stock_as_shown(const product& held, product_id item) {
  const auto* found = held.find(item);
  if (found == nullptr || !is_public(held, *found)) {
    auto nothing = shown_stock{};
    nothing.level.status = stock_status::out_of_stock;
    return nothing;
  }
  return {effective_stock(held, *found), available_for_sale(held, *found)};
}

std::vector<stock_change> stock_changes(const product& before, const product& after) {
  auto items = std::set<product_id>{};
  add_items(items, before);
  add_items(items, after);
  auto changes = std::vector<stock_change>{};
  for (const auto item : items) {
    auto now = stock_as_shown(after, item);
    if (!looks_the_same(stock_as_shown(before, item), now))
      changes.push_back({item, now, before.find(item) == nullptr});
  }
  return changes;
}

} // namespace ankkor::stock
