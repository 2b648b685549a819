// Orders: which stock they take and give back, and which events that fires, in the recorded order.
// See catalog.hpp.
#include "emulator/catalog.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

bool reduces_stock(order_status status) {
  return status == order_status::processing || status == order_status::completed ||
         status == order_status::on_hold;
}

} // namespace

void catalog::take_stock(order& of, moment now) {
  for (auto& line : of.lines) {
    if (line.reduced != 0)
      continue;
    if (auto* product = get(line.product))
      product->total_sales += line.quantity;
    auto* owner = stock_owner(line.variation != 0 ? line.variation : line.product);
    if (owner == nullptr)
      continue;
    line.reduced = line.quantity;
    owner->quantity -= line.quantity;
    stock_moved(*owner, now); // the parent if it counts for the variation, and it only (033)
  }
}

void catalog::give_stock_back(order& of, moment now) {
  for (auto& line : of.lines) {
    const auto back = std::exchange(line.reduced, 0);
    auto* owner = stock_owner(line.variation != 0 ? line.variation : line.product);
    if (back == 0 || owner == nullptr)
      continue;
    owner->quantity += back;
    stock_moved(*owner, now);
  }
}

post_id catalog::create_order(std::vector<order_line> lines, order_status status,
                              bool from_storefront, moment now) {
  order made;
  made.id = claim_id(0);
  made.status = status;
  made.from_storefront = from_storefront;
  made.created = made.modified = to_second(now);
  made.first_line_id = next_line_;
  next_line_ += lines.size();
  static constexpr std::string_view letters =
    "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  made.key = "wc_order_";
  for (int i = 0; i < 13; ++i)
    made.key += letters[random_() % letters.size()];
  for (auto& line : lines) {
    if (const auto* what = find(line.variation != 0 ? line.variation : line.product)) {
      line.name = shown_name(*what);
      line.sku = shown_sku(*what);
      line.price = what->own_price();
    }
  }
  made.lines = std::move(lines);
  auto& placed = orders_.emplace(made.id, std::move(made)).first->second;
  // REST: created, updated, products (022-024); the storefront: updated before created (163-165).
  fire(from_storefront ? "order.updated" : "order.created", placed.id, now);
  fire(from_storefront ? "order.created" : "order.updated", placed.id, now);
  if (reduces_stock(status)) {
    placed.paid = to_second(now);
    take_stock(placed, now);
  }
  return placed.id;
}

bool catalog::set_order_status(post_id id, order_status status, moment now) {
  const auto found = orders_.find(id);
  if (found == orders_.end())
    return false;
  auto& of = found->second;
  of.status = status;
  of.modified = to_second(now);
  fire("order.updated", id, now); // 016 before 017 and 018
  if (reduces_stock(status)) {
    if (!of.paid)
      of.paid = to_second(now);
    take_stock(of, now);
  } else if (status == order_status::cancelled || status == order_status::pending) {
    give_stock_back(of, now); // 019-021
  }
  return true;
}

bool catalog::refund(post_id id, std::size_t line, std::int64_t quantity, bool restock,
                     moment now) {
  const auto found = orders_.find(id);
  if (found == orders_.end() || line >= found->second.lines.size())
    return false;
  auto& of = found->second;
  auto& what = of.lines[line];
  const auto back = std::min(quantity, what.reduced);
  auto* owner = stock_owner(what.variation != 0 ? what.variation : what.product);
  if (restock && owner != nullptr && back > 0) {
    what.reduced -= back;
    owner->quantity += back;
    stock_moved(*owner, now); // 025 before 026
  }
  of.refunds.emplace_back(claim_id(0), cents(what.price).value_or(0) * quantity);
  of.modified = to_second(now);
  fire("order.updated", id, now);
  return true;
}

bool catalog::trash_order(post_id id, moment now) {
  const auto found = orders_.find(id);
  if (found == orders_.end() || found->second.status == order_status::trash)
    return false;
  found->second.status_before_trash = std::exchange(found->second.status, order_status::trash);
  fire("order.deleted", id, now);
  return true;
}

bool catalog::restore_order(post_id id, moment now) {
  const auto found = orders_.find(id);
  if (found == orders_.end() || found->second.status != order_status::trash)
    return false;
  found->second.status = found->second.status_before_trash;
  fire("order.restored", id, now);
  return true;
}

bool catalog::touch_order(post_id id, moment now) {
  const auto found = orders_.find(id);
  if (found == orders_.end())
    return false;
  found->second.modified = to_second(now);
  fire("order.updated", id, now);
  return true;
}

} // namespace ankkor::emulator
