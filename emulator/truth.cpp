// See truth.hpp.
#include "emulator/truth.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

stock::stock_status translate(stock_state state) {
  switch (state) {
  case stock_state::in_stock:
    return stock::stock_status::in_stock;
  case stock_state::on_backorder:
    return stock::stock_status::on_backorder;
  case stock_state::out_of_stock:
    break;
  }
  return stock::stock_status::out_of_stock;
}

stock::backorders translate(backorder_policy policy) {
  switch (policy) {
  case backorder_policy::notify:
    return stock::backorders::notify;
  case backorder_policy::yes:
    return stock::backorders::yes;
  case backorder_policy::no:
    break;
  }
  return stock::backorders::no;
}

stock::stock_management translate(managed_by by) {
  switch (by) {
  case managed_by::itself:
    return stock::stock_management::own;
  case managed_by::parent:
    return stock::stock_management::parent;
  case managed_by::nobody:
    break;
  }
  return stock::stock_management::none;
}

} // namespace

public_item truth_of(const catalog& shop, const item& of) {
  public_item made;
  made.id = of.id;
  made.parent = of.parent;
  const auto* parent = shop.find(of.parent);
  made.visible =
    of.status == post_status::publish &&
    (!of.is_variation() || (parent != nullptr && parent->status == post_status::publish));
  const auto shown = shop.shown_stock(of);
  made.stock = {translate(shown.managed), shown.quantity, translate(shown.state),
                translate(shown.backorders)};
  made.available = made.visible && shown.state != stock_state::out_of_stock;
  return made;
}

std::vector<public_product> truth_of(const catalog& shop) {
  std::vector<public_product> all;
  for (post_id id = 1; id <= shop.highest_id(); ++id) {
    const auto* of = shop.find(id);
    if (of == nullptr || of->is_variation() || of->status == post_status::trash)
      continue;
    auto& made = all.emplace_back();
    made.self = truth_of(shop, *of);
    for (const auto each : of->variations) {
      if (const auto* variation = shop.find(each);
          variation != nullptr && variation->status != post_status::trash)
        made.variations.push_back(truth_of(shop, *variation));
    }
    std::sort(made.variations.begin(), made.variations.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
  }
  return all;
}

} // namespace ankkor::emulator
