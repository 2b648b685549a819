// What a shop does with its products, and which events that fires, in the recorded order: the
// numbers in the comments are those of the recordings in tests/recordings/webhooks. See
// catalog.hpp.
#include "emulator/catalog.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

template <class T, class U>
void assign(T& to, const std::optional<U>& from) {
  if (from)
    to = *from;
}

} // namespace

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

} // namespace ankkor::emulator
