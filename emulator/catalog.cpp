// See catalog.hpp. The order of events in each operation is the recorded one; the numbers in the
// comments are those of the recordings in tests/recordings/webhooks.
#include "emulator/catalog.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

template <class E, std::size_t N>
std::optional<E> parse_spelling(const std::array<std::string_view, N>& spellings,
                                std::string_view text) {
  const auto found = std::find(spellings.begin(), spellings.end(), text);
  if (found == spellings.end())
    return std::nullopt;
  return static_cast<E>(found - spellings.begin());
}

template <class E, std::size_t N>
std::string_view spell(const std::array<std::string_view, N>& spellings, E value) {
  return spellings.at(static_cast<std::size_t>(value));
}

constexpr std::array<std::string_view, 5> kinds{"simple", "variable", "variation", "grouped",
                                                "external"};
constexpr std::array<std::string_view, 5> statuses{"publish", "draft", "pending", "private",
                                                   "trash"};
constexpr std::array<std::string_view, 3> states{"instock", "outofstock", "onbackorder"};
constexpr std::array<std::string_view, 3> policies{"no", "notify", "yes"};
constexpr std::array<std::string_view, 8> order_statuses{
  "pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed", "trash"};

second to_second(moment at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

// WC_Product::validate_props: the status of something whose stock is counted.
stock_state state_of(std::int64_t quantity, backorder_policy backorders) {
  if (quantity > 0)
    return stock_state::in_stock;
  return backorders == backorder_policy::no ? stock_state::out_of_stock : stock_state::on_backorder;
}

bool reduces_stock(order_status status) {
  return status == order_status::processing || status == order_status::completed ||
         status == order_status::on_hold;
}

template <class T, class U>
void assign(T& to, const std::optional<U>& from) {
  if (from)
    to = *from;
}

} // namespace

std::string_view to_string(kind value) noexcept {
  return spell(kinds, value);
}

std::string_view to_string(post_status value) noexcept {
  return spell(statuses, value);
}

std::string_view to_string(stock_state value) noexcept {
  return spell(states, value);
}

std::string_view to_string(backorder_policy value) noexcept {
  return spell(policies, value);
}

std::string_view to_string(order_status value) noexcept {
  return spell(order_statuses, value);
}

std::optional<kind> parse_kind(std::string_view text) noexcept {
  return parse_spelling<kind>(kinds, text);
}

std::optional<post_status> parse_post_status(std::string_view text) noexcept {
  return parse_spelling<post_status>(statuses, text);
}

std::optional<stock_state> parse_stock_state(std::string_view text) noexcept {
  return parse_spelling<stock_state>(states, text);
}

std::optional<backorder_policy> parse_backorder_policy(std::string_view text) noexcept {
  return parse_spelling<backorder_policy>(policies, text);
}

std::optional<order_status> parse_order_status(std::string_view text) noexcept {
  return parse_spelling<order_status>(order_statuses, text);
}

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

// --- making
// ----------------------------------------------------------------------------------------

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

// --- stock
// -----------------------------------------------------------------------------------------

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

// --- products
// ----------------------------------------------------------------------------------------

void catalog::fire(std::string_view topic, post_id object, moment now) {
  if (sink_)
    sink_({topic, object}, now);
}

post_id catalog::create_product(const new_item& what, moment now) {
  auto& made = place(what, 0, now);
  set_stock_event(made, now);
  fire("product.created", made.id, now); // 104, 111
  return made.id;
}

post_id catalog::create_variation(post_id parent, const new_item& what, moment now) {
  const auto id = seed_variation(parent, what, now);
  if (id == 0)
    return 0;
  sync_parent(*get(id), to_second(now));
  set_stock_event(*get(id), now);
  fire("product.created", id, now); // 036
  return id;
}

post_id catalog::publish_in_admin(const new_item& what, moment now) {
  auto& made = place(what, 0, now);
  made.reviews_allowed = false;
  fire("product.created", made.id, now); // 201, 202
  fire("product.updated", made.id, now);
  return made.id;
}

bool catalog::update_in_admin(post_id id, const item_change& what, moment now) {
  auto* of = get(id);
  if (of == nullptr)
    return false;
  apply(*of, what);
  touch(*of, to_second(now));
  // Within ten seconds of the post's date, WooCommerce takes an update for the creation (203, 204;
  // later: 205).
  if (to_second(now) - of->created <= std::chrono::seconds(10))
    fire("product.created", id, now);
  fire("product.updated", id, now);
  return true;
}

void catalog::apply(item& to, const item_change& what) {
  if (what.name)
    set_name(to, *what.name);
  if (what.sku)
    set_sku(to, *what.sku);
  if (what.status)
    set_status(to, *what.status);
  assign(to.type, to.is_variation() ? std::nullopt : what.type);
  if (what.slug)
    set_slug(to, free_slug(slug_of(*what.slug), to.id));
  else if (to.slug.empty() && to.status == post_status::publish)
    set_slug(to, free_slug(slug_of(to.name), to.id));
  assign(to.regular_price, what.regular_price);
  assign(to.sale_price, what.sale_price);
  assign(to.manages_stock, what.manages_stock);
  assign(to.quantity, what.quantity);
  assign(to.backorders, what.backorders);
  if (what.stock && !to.manages_stock)
    to.stock = *what.stock;
  if (what.categories && !to.is_variation())
    set_categories(to, *what.categories);
  if (what.description || what.short_description) {
    if (!to.more)
      to.more = std::make_unique<rare>();
    assign(to.more->description, what.description);
    assign(to.more->short_description, what.short_description);
  }
  settle_stock(to);
}

bool catalog::edit(post_id id, const item_change& what, moment now) {
  auto* of = get(id);
  if (of == nullptr)
    return false;
  const auto quantity = of->quantity;
  const auto status = of->status;
  apply(*of, what);
  touch(*of, to_second(now)); // also for an empty PUT (172)
  sync_parent(*of, to_second(now));
  if (of->manages_stock && of->quantity != quantity)
    set_stock_event(*of, now); // 226 before 227
  if (status != post_status::publish && of->status == post_status::publish)
    fire("product.published", id, now); // 168 before 169
  fire("product.updated", id, now);
  return true;
}

void catalog::put_in_trash(item& what, moment now) {
  if (!what.more)
    what.more = std::make_unique<rare>();
  what.more->status_before_trash = what.status;
  what.more->slug_before_trash = what.slug;
  what.more->trashed = to_second(now);
  set_status(what, post_status::trash);
  set_slug(what, what.slug + "__trashed");
  touch(what, to_second(now));
  fire("product.deleted", what.id, now);
}

bool catalog::trash(post_id id, moment now) {
  auto* of = get(id);
  if (of == nullptr || of->is_variation() || of->status == post_status::trash)
    return false;
  for (const auto each : of->variations) { // first the variations, then the product (048-053)
    if (auto* variation = get(each);
        variation != nullptr && variation->status != post_status::trash)
      put_in_trash(*variation, now);
  }
  put_in_trash(*of, now);
  return true;
}

void catalog::take_from_trash(item& what, moment now) {
  set_status(what, what.more->status_before_trash);
  set_slug(what, what.is_variation() ? what.more->slug_before_trash
                                     : free_slug(what.more->slug_before_trash, what.id));
  touch(what, to_second(now));
}

bool catalog::restore(post_id id, moment now) {
  auto* of = get(id);
  if (of == nullptr || of->is_variation() || of->status != post_status::trash)
    return false;
  take_from_trash(*of, now);
  for (const auto each : of->variations) {
    auto* variation = get(each);
    if (variation == nullptr || variation->status != post_status::trash)
      continue;
    take_from_trash(*variation, now);
    fire("product.restored", each, now); // 054-058
  }
  settle_stock(*of);
  fire("product.updated", id, now); // updated comes before restored (044, 045, 059, 060)
  fire("product.restored", id, now);
  return true;
}

void catalog::remove(post_id id) {
  auto& of = *get(id);
  auto& counts = of.is_variation() ? variations_by_status_ : products_by_status_;
  --counts.at(static_cast<std::size_t>(of.status));
  if (!of.is_variation())
    titles_.erase(of.title_key, id);
  dates_.erase(of.created, id);
  modifications_.erase(of.modified, id);
  set_sku(of, {});
  set_slug(of, {});
  items_[id].reset();
}

bool catalog::erase(post_id id, moment now) {
  auto* of = get(id);
  if (of == nullptr)
    return false;
  if (of->is_variation()) {
    auto* parent = get(of->parent);
    remove(id);
    fire("action.woocommerce_delete_product_variation", id, now); // 219; on product topics: nothing
    if (parent != nullptr) {
      std::erase(parent->variations, id);
      settle_stock(*parent);
      touch(*parent, to_second(now));
    }
    return true;
  }
  for (const auto each : of->variations) { // 220
    if (find(each) == nullptr)
      continue;
    remove(each);
    fire("action.woocommerce_delete_product_variation", each, now);
  }
  fire("action.woocommerce_before_delete_product", id, now); // 221
  remove(id);
  fire("action.woocommerce_delete_product", id, now); // 222
  return true;
}

bool catalog::erase_in_admin(post_id id, moment now) {
  // The same, and silent: wp_delete_post knows nothing of WooCommerce's hooks.
  auto sink = std::exchange(sink_, {});
  const bool erased = erase(id, now);
  sink_ = std::move(sink);
  return erased;
}

bool catalog::rename_category(post_id id, std::string name) {
  const auto found =
    std::find_if(categories_.begin(), categories_.end(), [&](const auto& c) { return c.id == id; });
  if (found == categories_.end())
    return false;
  found->name = std::move(name);
  return true;
}

void catalog::trash_page(post_id id, moment now) {
  fire("product.deleted", id, now);
} // 061

void catalog::restore_page(post_id id, moment now) {
  fire("product.restored", id, now);
} // 062

// --- orders
// --------------------------------------------------------------------------------------------

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
