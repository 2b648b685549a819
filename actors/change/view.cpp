#include "actors/change/view.hpp"

#include "base/keyed_hash.hpp"
#include "net/stock_json.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <vector>

namespace ankkor::actors {

namespace {

std::size_t how_shown(const stock::product& held) {
  using shown = view::shown;
  if (!held.self || !stock::is_public(held, *held.self))
    return static_cast<std::size_t>(shown::hidden);
  switch (stock::effective_stock(held, *held.self).status) {
  case stock::stock_status::out_of_stock:
    return static_cast<std::size_t>(shown::out_of_stock);
  case stock::stock_status::on_backorder:
    return static_cast<std::size_t>(shown::on_backorder);
  case stock::stock_status::in_stock:
    break;
  }
  return static_cast<std::size_t>(shown::in_stock);
}

std::string_view slug_of(const stock::product& held) {
  return held.self ? std::string_view{held.self->value.slug} : std::string_view{};
}

// Whether `a` is to be shown rather than `b` where both have one slug.
bool is_preferred(const stock::product& a, const stock::product& b) {
  const bool a_shown = stock::is_public(a, *a.self);
  const bool b_shown = stock::is_public(b, *b.self);
  return a_shown != b_shown ? a_shown : a.version > b.version;
}

// Above 0, as the table wants it.
std::uint64_t hash_of(std::string_view slug) {
  return std::max<std::uint64_t>(keyed_hash{}(slug), 1);
}

snapshot_ptr make_snapshot(stock::product held) {
  auto made = std::make_shared<snapshot>();
  if (held.self && stock::is_public(held, *held.self))
    made->stock_json = std::make_shared<const std::string>(net::render_stock(held, *held.self));
  made->held = std::move(held);
  return made;
}

std::int64_t steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::seconds>(now).count();
}

} // namespace

snapshot_ptr view::find(stock::product_id product) const {
  const auto& place = at(product);
  auto& warm = warm_of(place, product);
  auto unpacked = stock::product{};
  {
    const std::shared_lock lock{place.guard};
    if (warm.product == product && product != 0)
      return warm.shown;
    const auto* found = place.products.find(product);
    if (found == nullptr)
      return nullptr;
    unpacked = found->unpack();
  }
  auto made = make_snapshot(std::move(unpacked));
  if (warm.asked.exchange(product, std::memory_order_relaxed) != product)
    return made;
  auto before = snapshot_ptr{}; // freed after the lock is given back
  {
    const std::unique_lock lock{place.guard};
    // Unless something newer was published meanwhile.
    if (place.products.find(product)->version() == made->held.version) {
      before = std::exchange(warm.shown, made);
      warm.product = product;
    }
  }
  return made;
}

std::optional<stock::product> view::held(stock::product_id product) const {
  const auto& place = at(product);
  const std::shared_lock lock{place.guard};
  const auto* found = place.products.find(product);
  return found == nullptr ? std::nullopt : std::optional{found->unpack()};
}

std::optional<stock::product_id> view::owner(stock::product_id variation) const {
  const auto& place = at(variation);
  const std::shared_lock lock{place.guard};
  const auto* found = place.owners.find(variation);
  return found == nullptr ? std::nullopt : std::optional{*found};
}

snapshot_ptr view::find_slug(std::string_view slug) const {
  if (slug.empty())
    return nullptr;
  const auto hash = hash_of(slug);
  auto candidates = std::vector<stock::product_id>{};
  {
    const auto& place = at(hash);
    const std::shared_lock lock{place.guard};
    if (const auto* first = place.slugs.find(hash))
      candidates.push_back(*first);
    const auto [more, last] = place.more_slugs.equal_range(hash);
    std::transform(more, last, std::back_inserter(candidates),
                   [](const auto& entry) { return entry.second; });
  }
  auto best = snapshot_ptr{};
  for (const auto id : candidates) {
    auto found = find(id);
    if (!found || slug_of(found->held) != slug ||
        found->held.self->value.status == stock::publication::gone)
      continue;
    if (!best || is_preferred(found->held, best->held))
      best = std::move(found);
  }
  return best;
}

std::uint64_t view::version(stock::product_id product) const {
  const auto& place = at(product);
  const std::shared_lock lock{place.guard};
  const auto* found = place.products.find(product);
  return found == nullptr ? 0 : found->version();
}

std::vector<stock::product_id> view::ids() const {
  auto all = std::vector<stock::product_id>{};
  all.reserve(products());
  for (const auto& place : shards_) {
    const std::shared_lock lock{place.guard};
    place.products.for_each([&](stock::product_id id, const auto&) { all.push_back(id); });
  }
  return all;
}

void view::publish(const stock::product& committed) {
  const auto id = committed.id;
  for (const auto& variation : committed.variations)
    set_owner(variation.value.id, id);
  const auto now_shown = how_shown(committed);
  const auto new_slug = slug_of(committed);
  auto next = stock::packed_product{committed, static_cast<std::uint8_t>(now_shown)};
  auto& place = at(id);
  // Only this thread writes, so reading takes no lock.
  auto* held = place.products.find(id);
  const auto old_slug = std::string{held == nullptr ? std::string_view{} : held->slug()};
  if (old_slug != new_slug)
    add_slug(new_slug, id);
  by_shown_[now_shown].fetch_add(1, std::memory_order_relaxed);
  if (held == nullptr)
    products_.fetch_add(1, std::memory_order_relaxed);
  else
    by_shown_[held->mark()].fetch_sub(1, std::memory_order_relaxed);
  auto warm = snapshot_ptr{};
  {
    // What was there before is freed after the lock is given back.
    const std::unique_lock lock{place.guard};
    if (held == nullptr)
      place.products.add(id, std::move(next));
    else
      std::swap(*held, next);
    if (auto& old = warm_of(place, id); old.product == id) {
      warm.swap(old.shown);
      old.product = 0;
    }
  }
  if (old_slug != new_slug)
    drop_slug(old_slug, id);
}

void view::set_owner(stock::product_id variation, stock::product_id product) {
  auto& place = at(variation);
  // Only this thread writes, so reading takes no lock.
  auto* held = place.owners.find(variation);
  if (held != nullptr && *held == product)
    return;
  const std::unique_lock lock{place.guard};
  if (held != nullptr) {
    *held = product;
    return;
  }
  place.owners.add(variation, product);
  variations_.fetch_add(1, std::memory_order_relaxed);
}

void view::add_slug(std::string_view slug, stock::product_id product) {
  if (slug.empty())
    return;
  const auto hash = hash_of(slug);
  auto& place = at(hash);
  const std::unique_lock lock{place.guard};
  if (place.slugs.find(hash) == nullptr)
    place.slugs.add(hash, product);
  else
    place.more_slugs.emplace(hash, product);
}

void view::drop_slug(std::string_view slug, stock::product_id product) {
  if (slug.empty())
    return;
  const auto hash = hash_of(slug);
  auto& place = at(hash);
  const std::unique_lock lock{place.guard};
  auto* first = place.slugs.find(hash);
  if (first == nullptr)
    return;
  auto [more, last] = place.more_slugs.equal_range(hash);
  if (*first == product && more == last) {
    place.slugs.remove(hash);
    return;
  }
  if (*first == product)
    *first = more->second; // which moves up
  else
    more = std::find_if(more, last, [&](const auto& entry) { return entry.second == product; });
  if (more != last)
    place.more_slugs.erase(more);
}

void view::set_behind(bool is_behind) {
  behind_since_ = is_behind ? steady_seconds() : 0;
}

std::optional<std::chrono::seconds> view::behind() const {
  const auto since = behind_since_.load(std::memory_order_relaxed);
  if (since == 0)
    return std::nullopt;
  return std::chrono::seconds{steady_seconds() - since};
}

} // namespace ankkor::actors
