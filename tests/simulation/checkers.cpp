#include "checkers.hpp"

#include <algorithm>

namespace ankkor::simulation {

namespace {

std::string in_words(const stock::stock_level& level) {
  auto words = std::string{stock::to_string(level.status)} + ", " +
               std::string{stock::to_string(level.managed)};
  if (level.quantity)
    words += " " + std::to_string(*level.quantity);
  return words + ", backorders " + std::string{stock::to_string(level.backorder)};
}

constexpr auto hidden = "hidden";

// What the shop says of the item itself. The numbers of a variation that inherits are its
// product's, so they are that one's to be checked.
std::string own_state(bool published, const stock::stock_level& level) {
  if (!published)
    return hidden;
  return level.managed == stock::stock_management::parent ? "inherits" : in_words(level);
}

// What a page of the product shows.
std::string shown(const stock::product& held) {
  if (!held.self || !stock::is_public(held, *held.self))
    return hidden;
  const auto& self = held.self->value;
  auto all = self.name + "|" + self.slug + "|" + self.price.current + "|" +
             in_words(stock::effective_stock(held, *held.self));
  for (const auto& each : held.variations) {
    if (stock::is_public(held, each))
      all += "|" + std::to_string(each.value.id) + " " + each.value.price.current + " " +
             in_words(stock::effective_stock(held, each));
  }
  return all;
}

std::string differs(stock::product_id item, const std::string& copy, const std::string& shop) {
  return "item " + std::to_string(item) + " is \"" + copy + "\" in the copy and \"" + shop +
         "\" in the shop";
}

std::string check_item(const stock::product& held, stock::product_id id,
                       const emulator::public_item& truth) {
  const auto* record = held.find(id);
  const bool is_public = record != nullptr && stock::is_public(held, *record);
  const auto copy = is_public ? in_words(stock::effective_stock(held, *record)) : hidden;
  const auto shop = truth.visible ? in_words(truth.stock) : hidden;
  return copy == shop ? std::string{} : differs(id, copy, shop);
}

std::string check_product(const actors::view& copy, const emulator::public_product& truth) {
  const auto snapshot = copy.find(truth.self.id);
  if (!snapshot)
    return truth.self.visible
             ? "product " + std::to_string(truth.self.id) + " is in the shop and not held"
             : std::string{};
  if (auto wrong = check_item(snapshot->held, truth.self.id, truth.self); !wrong.empty())
    return wrong;
  for (const auto& variation : truth.variations) {
    if (auto wrong = check_item(snapshot->held, variation.id, variation); !wrong.empty())
      return wrong;
  }
  return {};
}

} // namespace

// --- order ---------------------------------------------------------------------------------------

void order_checker::shop_is(const emulator::catalog& shop, stock::product_id product) {
  note(shop, product);
  if (const auto* of = shop.find(product)) {
    for (const auto variation : of->variations)
      note(shop, variation);
  }
}

void order_checker::note(const emulator::catalog& shop, stock::product_id item) {
  const auto* of = shop.find(item);
  const bool published = of != nullptr && of->status == emulator::post_status::publish;
  auto state = own_state(published, of == nullptr ? stock::stock_level{}
                                                  : emulator::truth_of(shop, *of).stock);
  auto& states = items_[item].states;
  if (states.empty() || states.back() != state)
    states.push_back(std::move(state));
}

// That a variation is hidden says nothing: it may be its product that was.
std::string order_checker::seen(const stock::product& held) {
  if (!held.self)
    return {};
  const auto& self = held.self->value;
  auto wrong = check(self.id, own_state(self.status == stock::publication::published, self.stock));
  for (const auto& each : held.variations) {
    if (wrong.empty() && stock::is_public(held, each))
      wrong = check(each.value.id, own_state(true, each.value.stock));
  }
  return wrong;
}

// A state may come again: then the earliest that is not before what was seen already is meant.
std::string order_checker::check(stock::product_id item, const std::string& state) {
  auto& history = items_[item];
  const auto from = history.states.begin() + static_cast<std::ptrdiff_t>(history.reached);
  const auto found = std::find(from, history.states.end(), state);
  if (found != history.states.end()) {
    history.reached = static_cast<std::size_t>(found - history.states.begin());
    return {};
  }
  const bool was = std::find(history.states.begin(), from, state) != from;
  return "a reader sees item " + std::to_string(item) + " as \"" + state + "\", " +
         (was ? "which it was before \"" + *from + "\", which was seen already"
              : "which it never was");
}

// That an item was read again and is as it was is seen and not always stored: so not by when.
std::string check_committed(const stock::product& seen, const stock::product* stored) {
  const auto same = [](const stock::record& a, const stock::record& b) {
    return a.value == b.value;
  };
  if (stored != nullptr && seen.version == stored->version &&
      seen.self.has_value() == stored->self.has_value() &&
      (!seen.self || same(*seen.self, *stored->self)) &&
      std::equal(seen.variations.begin(), seen.variations.end(), stored->variations.begin(),
                 stored->variations.end(), same))
    return {};
  return "readers see product " + std::to_string(seen.id) + " in version " +
         std::to_string(seen.version) + ", which is not what is committed";
}

std::string check_equal(const emulator::store& shop, const actors::view& copy,
                        const std::set<stock::product_id>& excused) {
  for (const auto& truth : shop.truth()) {
    if (excused.count(truth.self.id) != 0)
      continue;
    if (auto wrong = check_product(copy, truth); !wrong.empty())
      return wrong;
  }
  return {};
}

// --- budget --------------------------------------------------------------------------------------

std::string budget_checker::sent(stock::moment at) {
  const auto passed = last_ == stock::moment{} ? window_ * burst_ : at - last_;
  last_ = at;
  level_ = std::max<std::int64_t>(level_ - passed.count() * count_, 0) + window_.count();
  if (level_ <= burst_ * window_.count())
    return {};
  return "more requests to WooCommerce than the budget allows";
}

// --- telling -------------------------------------------------------------------------------------

void telling_checker::committed(const stock::product* before, const stock::product& after,
                                stock::moment at) {
  // What was not held was on no page that ankkor answered for.
  if (before != nullptr && before->self && shown(*before) != shown(after))
    untold_[after.id] = at;
}

void telling_checker::told(const std::set<stock::product_id>& products, stock::moment sent) {
  for (const auto product : products) {
    const auto found = untold_.find(product);
    if (found != untold_.end() && found->second <= sent)
      untold_.erase(found);
  }
}

std::string telling_checker::check() const {
  if (untold_.empty())
    return {};
  return "the storefront was not told of a change of product " +
         std::to_string(untold_.begin()->first) + " at " +
         std::to_string(untold_.begin()->second.time_since_epoch().count());
}

} // namespace ankkor::simulation
