#include "stock/drift.hpp"

namespace ankkor::stock {

namespace {

bool is_gone(const item* held) {
  return held == nullptr || held->status == publication::gone;
}

// The stock that is the item's own; what a variation takes from its product is not.
bool same_own_stock(const item& a, const item& b) {
  if (a.stock.managed == stock_management::parent && b.stock.managed == stock_management::parent)
    return true;
  return a.stock == b.stock;
}

} // namespace

drift drift_of(const item* held, const item& now) {
  if (now.status == publication::gone)
    return drift::gone;
  if (is_gone(held))
    return drift::missing;
  if (held->status != now.status)
    return drift::status;
  if (!same_own_stock(*held, now))
    return drift::stock;
  return held->price == now.price ? drift::other : drift::price;
}

bool is_told_by_webhook(const item* held, const item& now) {
  if (is_gone(held) || now.status == publication::gone)
    return true;
  if (now.modified <= held->modified)
    return false;
  auto without = now;
  if (now.type == product_type::variable) {
    without.price = held->price;
    without.variations = held->variations;
    if (now.stock.managed == stock_management::none)
      without.stock = held->stock;
  } else if (now.is_variation()) {
    // Renaming a variable product renames its variations, and only the product is told of (capture
    // 035).
    without.name = held->name;
  }
  return !same_content(*held, without);
}

std::string_view to_string(drift value) noexcept {
  constexpr std::array<std::string_view, all_drifts.size()> spellings{"missing", "gone",  "status",
                                                                      "stock",   "price", "other"};
  return spellings.at(static_cast<std::size_t>(value));
}

} // namespace ankkor::stock
