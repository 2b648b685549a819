#include "stock/cart.hpp"

#include <algorithm>
#include <map>

namespace ankkor::stock {

namespace {

using taken_items = std::map<product_id, quantity>; // by whose stock it is

cart_remark why_never(const cart_line& line) {
  if (line.held == nullptr || line.item == nullptr || !is_public(*line.held, *line.item))
    return cart_remark::not_found;
  switch (line.item->value.type) {
  case product_type::variable:
    return cart_remark::variation_required;
  case product_type::grouped:
  case product_type::external:
    return cart_remark::not_purchasable;
  default:
    return cart_remark::none;
  }
}

cart_verdict check_line(const cart_line& line, taken_items& taken) {
  if (const auto why = why_never(line); why != cart_remark::none)
    return {false, why, std::nullopt};
  const auto level = effective_stock(*line.held, *line.item);
  const bool on_order = level.status == stock_status::on_backorder;
  const auto good = on_order ? cart_remark::backorder : cart_remark::none;
  if (!level.quantity) {
    if (level.status == stock_status::out_of_stock)
      return {false, cart_remark::out_of_stock, std::nullopt};
    return {true, good, std::nullopt};
  }
  auto& before =
    taken[level.managed == stock_management::parent ? line.held->id : line.item->value.id];
  const auto there = std::max<quantity>(*level.quantity, 0);
  const auto left = std::max<quantity>(there - before, 0);
  if (level.status == stock_status::out_of_stock)
    return {false, cart_remark::out_of_stock, left};
  const bool enough = line.quantity <= left;
  // As WC_Product::has_enough_stock: what may be sold on backorder is always enough.
  if (!enough && level.backorder == backorders::no)
    return {false, cart_remark::insufficient_stock, left};
  before += line.quantity;
  return {true, enough ? good : cart_remark::backorder, left};
}

} // namespace

std::string_view to_string(cart_remark value) noexcept {
  switch (value) {
  case cart_remark::none:
    return "none";
  case cart_remark::backorder:
    return "backorder";
  case cart_remark::not_found:
    return "not_found";
  case cart_remark::unavailable:
    return "unavailable";
  case cart_remark::variation_required:
    return "variation_required";
  case cart_remark::not_purchasable:
    return "not_purchasable";
  case cart_remark::out_of_stock:
    return "out_of_stock";
  case cart_remark::insufficient_stock:
    break;
  }
  return "insufficient_stock";
}

std::vector<cart_verdict> check_cart(std::span<const cart_line> lines) {
  auto taken = taken_items{};
  auto verdicts = std::vector<cart_verdict>{};
  verdicts.reserve(lines.size());
  for (const auto& line : lines)
    verdicts.push_back(check_line(line, taken));
  return verdicts;
}

} // namespace ankkor::stock
