#include "stock/live.hpp"

#include <algorithm>

namespace ankkor::stock {

namespace {

bool looks_the_same(const shown_stock& a, const shown_stock& b) {
  return a.level.status == b.level.status && a.level.quantity == b.level.quantity &&
         a.available == b.available;
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
  auto items = variations_of_either(before, after);
  for (const auto* held : {&before, &after}) {
    const auto place = std::lower_bound(items.begin(), items.end(), held->id);
    if (held->self && (place == items.end() || *place != held->id))
      items.insert(place, held->id);
  }
  auto changes = std::vector<stock_change>{};
  for (const auto item : items) {
    auto now = stock_as_shown(after, item);
    if (!looks_the_same(stock_as_shown(before, item), now))
      changes.push_back({item, now, before.find(item) == nullptr});
  }
  return changes;
}

} // namespace ankkor::stock
