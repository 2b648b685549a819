// The shop as it is found: looking things up, making them, and what moves with their stock. The
// numbers in the comments are those of the recordings in tests/recordings/webhooks. See
// catalog.hpp.
#include "emulator/catalog.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

// WC_Product::validate_props: the status of something whose stock is counted.
stock_state state_of(std::int64_t quantity, backorder_policy backorders) {
  if (quantity > 0)
    return stock_state::in_stock;
  return backorders == backorder_policy::no ? stock_state::out_of_stock : stock_state::on_backorder;
}

} // namespace

catalog::catalog(event_sink sink, std::uint64_t seed) : sink_(std::move(sink)), random_(seed) {
  add_category("Uncategorized", "uncategorized");
}

// --- reading -------------------------------------------------------------------------------------

const item* catalog::find(post_id id) const {
  return id < items_.size() ? items_[id].get() : nullptr;
}

item* catalog::get(post_id id) {
  return id < items_.size() ? items_[id].get() : nullptr;
}

const order* catalog::find_order(post_id id) const {
  const auto found = orders_.find(id);
  return found == orders_.end() ? nullptr : &found->second;
}

const category* catalog::find_category(post_id id) const {
  const auto found =
    std::find_if(categories_.begin(), categories_.end(), [&](const auto& c) { return c.id == id; });
  return found == categories_.end() ? nullptr : &*found;
}

post_id catalog::by_sku(std::string_view sku) const {
  const auto found = by_sku_.find(sku);
  return found == by_sku_.end() || items_[found->second]->status == post_status::trash
           ? 0
           : found->second;
}

post_id catalog::by_slug(std::string_view slug) const {
  const auto found = by_slug_.find(slug);
  return found == by_slug_.end() ? 0 : found->second;
}

stock_view catalog::shown_stock(const item& of) const {
  if (of.manages_stock)
    return {managed_by::itself, of.quantity, of.stock, of.backorders};
  const auto* parent = of.is_variation() ? find(of.parent) : nullptr;
  if (parent != nullptr && parent->manages_stock)
    return {managed_by::parent, parent->quantity, parent->stock, parent->backorders};
  return {managed_by::nobody, std::nullopt, of.stock, backorder_policy::no};
}

std::string catalog::shown_name(const item& of) const {
  const auto* parent = of.is_variation() ? find(of.parent) : nullptr;
  return parent == nullptr ? of.name : parent->name + " - " + of.option;
}

const std::string& catalog::shown_sku(const item& of) const {
  const auto* parent = of.is_variation() && of.sku.empty() ? find(of.parent) : nullptr;
  return parent == nullptr ? of.sku : parent->sku;
}

std::string catalog::price(const item& of) const {
  if (of.type != kind::variable || of.variations.empty())
    return of.own_price();
  const item* lowest = nullptr;
  for (const auto id : of.variations) {
    const auto* each = find(id);
    if (each == nullptr || each->status != post_status::publish || !cents(each->own_price()))
      continue;
    if (lowest == nullptr || *cents(each->own_price()) < *cents(lowest->own_price()))
      lowest = each;
  }
  return lowest == nullptr ? std::string() : lowest->own_price();
}

std::vector<std::int64_t> catalog::variation_prices(const item& of, bool regular) const {
  std::vector<std::int64_t> prices;
  for (const auto id : of.variations) {
    const auto* each = find(id);
    if (each == nullptr || each->status != post_status::publish)
      continue;
    if (const auto value = cents(regular ? each->regular_price : each->own_price()))
      prices.push_back(*value);
  }
  std::sort(prices.begin(), prices.end());
  return prices;
}

std::vector<std::int64_t> catalog::member_prices(const item& of_group) const {
  std::vector<std::int64_t> prices;
  for (const auto id : of_group.more ? of_group.more->grouped : std::vector<post_id>()) {
    const auto* each = find(id);
    if (each == nullptr || each->status != post_status::publish)
      continue;
    if (const auto value = cents(price(*each)))
      prices.push_back(*value);
  }
  std::sort(prices.begin(), prices.end());
  return prices;
}

std::size_t catalog::count(post_status status) const {
  return products_by_status_.at(static_cast<std::size_t>(status));
}

std::size_t catalog::variation_count(post_status status) const {
  return variations_by_status_.at(static_cast<std::size_t>(status));
}

std::vector<post_id> catalog::related(const item& to) const {
  std::vector<post_id> chosen;
  if (to.is_variation() || to.categories.empty())
    return chosen;
  const auto& members = categories_[to.categories.front()].members;
  // A few draws find five in a large category; a small one may yield fewer, as in a small shop.
  for (int draw = 0; draw < 40 && chosen.size() < 5 && !members.empty(); ++draw) {
    const auto id = members[random_() % members.size()];
    const auto* other = find(id);
    const bool fits = other != nullptr && id != to.id && other->status == post_status::publish;
    if (fits && std::find(chosen.begin(), chosen.end(), id) == chosen.end())
      chosen.push_back(id);
  }
  return chosen;
}

// --- making --------------------------------------------------------------------------------------

post_id catalog::add_category(std::string name, std::optional<std::string> slug, post_id id) {
  if (id == 0)
    id = next_term_;
  next_term_ = std::max(next_term_, id + 1);
  auto made = slug ? std::move(*slug) : slug_of(name);
  categories_.push_back({id, std::move(name), std::move(made), {}});
  return id;
}

void catalog::reserve(std::size_t items) {
  items_.reserve(items);
  by_sku_.reserve(items);
  by_slug_.reserve(items);
}

post_id catalog::claim_id(post_id wanted) {
  const auto id = wanted == 0 ? next_id_ : wanted;
  next_id_ = std::max(next_id_, id + 1);
  return id;
}

std::string catalog::free_slug(const std::string& wanted, post_id except) const {
  auto slug = wanted;
  for (int number = 2; !slug.empty(); ++number) {
    const auto taken = by_slug_.find(slug);
    if (taken == by_slug_.end() || taken->second == except)
      break;
    slug = wanted + "-" + std::to_string(number);
  }
  return slug;
}

void catalog::set_name(item& to, std::string name) {
  if (!to.is_variation())
    titles_.erase(to.title_key, to.id);
  to.name = std::move(name);
  if (to.is_variation())
    return;
  to.title_key = sorting_key(to.name);
  titles_.insert(to.title_key, to.id);
}

void catalog::set_slug(item& to, std::string slug) {
  const auto old = by_slug_.find(to.slug);
  if (!to.is_variation() && old != by_slug_.end() && old->second == to.id)
    by_slug_.erase(old);
  to.slug = std::move(slug);
  if (!to.is_variation() && !to.slug.empty())
    by_slug_.emplace(to.slug, to.id);
}

void catalog::set_sku(item& to, std::string sku) {
  const auto old = by_sku_.find(to.sku);
  if (old != by_sku_.end() && old->second == to.id)
    by_sku_.erase(old);
  to.sku = std::move(sku);
  if (!to.sku.empty())
    by_sku_.emplace(to.sku, to.id);
}

void catalog::set_status(item& to, post_status status) {
  auto& counts = to.is_variation() ? variations_by_status_ : products_by_status_;
  --counts.at(static_cast<std::size_t>(to.status));
  to.status = status;
  ++counts.at(static_cast<std::size_t>(to.status));
}

void catalog::set_categories(item& to, const std::vector<post_id>& terms) {
  to.categories.clear();
  for (std::uint32_t i = 0; i < categories_.size(); ++i) {
    auto& each = categories_[i];
    const bool wanted =
      terms.empty() ? i == 0 : std::find(terms.begin(), terms.end(), each.id) != terms.end();
    if (!wanted)
      continue;
    to.categories.push_back(i);
    each.members.push_back(to.id);
  }
}

void catalog::touch(item& what, second at) {
  modifications_.erase(what.modified, what.id);
  what.modified = at;
  modifications_.insert(at, what.id);
}

void catalog::fill_rare(item& to, const new_item& what) {
  if (what.description.empty() && what.short_description.empty() && what.external_url.empty() &&
      what.button_text.empty() && what.attribute.empty() && what.options.empty() &&
      what.grouped.empty())
    return;
  to.more = std::make_unique<rare>();
  to.more->description = what.description;
  to.more->short_description = what.short_description;
  to.more->external_url = what.external_url;
  to.more->button_text = what.button_text;
  to.more->attribute = what.attribute;
  to.more->options = what.options;
  to.more->grouped = what.grouped;
}

item& catalog::place(const new_item& what, post_id parent, moment now) {
  const auto id = claim_id(what.id);
  if (id >= items_.size())
    items_.resize(id + 1);
  items_[id] = std::make_unique<item>();
  auto& made = *items_[id];
  made.id = id;
  made.parent = parent;
  made.type = parent != 0 ? kind::variation : what.type;
  made.status = what.status;
  made.option = what.option;
  made.manages_stock = what.manages_stock;
  made.quantity = what.quantity;
  made.backorders = what.backorders;
  made.low_stock = what.low_stock;
  made.stock = what.stock;
  made.is_virtual = what.is_virtual;
  made.in_catalog = what.in_catalog;
  made.reviews_allowed = parent == 0;
  made.total_sales = what.total_sales;
  made.regular_price = what.regular_price;
  made.sale_price = what.sale_price;
  made.created = what.created.value_or(to_second(now));
  made.modified = what.modified.value_or(made.created);
  fill_rare(made, what);
  ++(parent != 0 ? variations_by_status_ : products_by_status_)
      .at(static_cast<std::size_t>(made.status));
  set_name(made, what.name);
  set_sku(made, what.sku);
  dates_.insert(made.created, id);
  modifications_.insert(made.modified, id);
  // A draft has no slug until it is published (104, 106).
  const bool without_slug =
    made.status == post_status::draft || made.status == post_status::pending;
  const auto* owner = find(parent);
  const auto wanted = what.slug          ? *what.slug
                      : without_slug     ? std::string()
                      : owner != nullptr ? owner->slug + "-" + slug_of(what.option)
                                         : slug_of(what.name);
  set_slug(made, parent != 0 ? wanted : free_slug(wanted, id));
  if (parent == 0)
    set_categories(made, what.categories);
  settle_stock(made);
  return made;
}

post_id catalog::seed_product(const new_item& what, moment now) {
  return place(what, 0, now).id;
}

post_id catalog::seed_variation(post_id parent, const new_item& what, moment now) {
  auto* owner = get(parent);
  if (owner == nullptr || owner->type != kind::variable)
    return 0;
  const auto id = place(what, parent, now).id;
  owner->variations.push_back(id);
  settle_stock(*owner);
  return id;
}

// --- stock ---------------------------------------------------------------------------------------

void catalog::settle_stock(item& of) {
  if (of.manages_stock)
    of.stock = state_of(of.quantity, of.backorders);
  if (of.type != kind::variable)
    return;
  if (of.manages_stock) {
    // WooCommerce writes a counting parent's status into those variations that don't count
    // themselves.
    for (const auto id : of.variations) {
      if (auto* each = get(id); each != nullptr && !each->manages_stock)
        each->stock = of.stock;
    }
    return;
  }
  // A variable product that doesn't count is as available as the best of its variations (037-041).
  bool backorder = false;
  bool any = false;
  for (const auto id : of.variations) {
    const auto* each = get(id);
    if (each == nullptr || each->status == post_status::trash)
      continue;
    any = true;
    if (each->stock == stock_state::in_stock) {
      of.stock = stock_state::in_stock;
      return;
    }
    backorder = backorder || each->stock == stock_state::on_backorder;
  }
  if (any)
    of.stock = backorder ? stock_state::on_backorder : stock_state::out_of_stock;
}

void catalog::sync_parent(item& of_variation, second at) {
  auto* parent = of_variation.is_variation() ? get(of_variation.parent) : nullptr;
  if (parent == nullptr)
    return;
  settle_stock(*parent);
  touch(*parent, at); // its date moves, yet no delivery tells (027)
}

item* catalog::stock_owner(post_id id) {
  auto* of = get(id);
  if (of == nullptr || of->manages_stock)
    return of;
  auto* parent = of->is_variation() ? get(of->parent) : nullptr;
  return parent != nullptr && parent->manages_stock ? parent : nullptr;
}

void catalog::set_stock_event(const item& of, moment now) {
  fire(of.is_variation() ? "action.woocommerce_variation_set_stock"
                         : "action.woocommerce_product_set_stock",
       0, now);
}

void catalog::stock_moved(item& owner, moment now) {
  settle_stock(owner);
  touch(owner, to_second(now));
  sync_parent(owner, to_second(now));
  set_stock_event(owner, now);
  fire("product.updated", owner.id, now);
}

bool catalog::set_stock(post_id id, std::int64_t quantity, moment now) {
  auto* owner = stock_owner(id);
  if (owner == nullptr)
    return false;
  owner->quantity = quantity;
  stock_moved(*owner, now);
  return true;
}

bool catalog::adjust_stock(post_id id, std::int64_t by, moment now) {
  auto* owner = stock_owner(id);
  return owner != nullptr && set_stock(owner->id, owner->quantity + by, now);
}

bool catalog::write_stock_by_sql(post_id id, std::int64_t quantity) {
  auto* of = get(id);
  if (of == nullptr)
    return false;
  of->quantity = quantity; // nothing else: the status stays as it was (100)
  return true;
}

} // namespace ankkor::emulator
