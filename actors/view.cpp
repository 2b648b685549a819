#include "actors/view.hpp"

#include "net/render_stock.hpp"

#include <algorithm>
#include <functional>
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

std::int64_t steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::seconds>(now).count();
}

} // namespace

snapshot_ptr view::find(stock::product_id product) const {
  const auto& place = at(product);
  const std::shared_lock lock{place.guard};
  const auto found = place.snapshots.find(product);
  return found == place.snapshots.end() ? nullptr : found->second;
}

std::optional<stock::product_id> view::owner(stock::product_id variation) const {
  const auto& place = at(variation);
  const std::shared_lock lock{place.guard};
  const auto found = place.owners.find(variation);
  return found == place.owners.end() ? std::nullopt : std::optional{found->second};
}

snapshot_ptr view::find_slug(std::string_view slug) const {
  if (slug.empty())
    return nullptr;
  const auto hash = std::hash<std::string_view>{}(slug);
  auto candidates = std::vector<stock::product_id>{};
  {
    const auto& place = at(hash);
    const std::shared_lock lock{place.guard};
    const auto [first, last] = place.slugs.equal_range(hash);
    for (auto each = first; each != last; ++each)
      candidates.push_back(each->second);
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
  const auto found = find(product);
  return found ? found->held.version : 0;
}

std::vector<stock::product_id> view::ids() const {
  auto all = std::vector<stock::product_id>{};
  all.reserve(products());
  for (const auto& place : shards_) {
    const std::shared_lock lock{place.guard};
    for (const auto& [id, held] : place.snapshots)
      all.push_back(id);
  }
  return all;
}

void view::publish(stock::product committed) {
  const auto id = committed.id;
  for (const auto& variation : committed.variations) {
    auto& place = at(variation.value.id);
    const std::unique_lock lock{place.guard};
    if (place.owners.insert_or_assign(variation.value.id, id).second)
      variations_.fetch_add(1, std::memory_order_relaxed);
  }
  auto next = std::make_shared<snapshot>();
  if (committed.self && stock::is_public(committed, *committed.self))
    next->stock_json =
      std::make_shared<const std::string>(net::render_stock(committed, *committed.self));
  by_shown_[how_shown(committed)].fetch_add(1, std::memory_order_relaxed);
  next->held = std::move(committed);
  const auto before = find(id);
  const auto old_slug = before ? slug_of(before->held) : std::string_view{};
  const auto new_slug = slug_of(next->held);
  if (old_slug != new_slug)
    add_slug(new_slug, id);
  if (!before)
    products_.fetch_add(1, std::memory_order_relaxed);
  else
    by_shown_[how_shown(before->held)].fetch_sub(1, std::memory_order_relaxed);
  {
    // The old snapshot is freed after the lock is given back.
    auto& place = at(id);
    const std::unique_lock lock{place.guard};
    place.snapshots[id] = std::move(next);
  }
  if (old_slug != new_slug)
    drop_slug(old_slug, id);
}

void view::add_slug(std::string_view slug, stock::product_id product) {
  if (slug.empty())
    return;
  const auto hash = std::hash<std::string_view>{}(slug);
  auto& place = at(hash);
  const std::unique_lock lock{place.guard};
  place.slugs.emplace(hash, product);
}

void view::drop_slug(std::string_view slug, stock::product_id product) {
  if (slug.empty())
    return;
  const auto hash = std::hash<std::string_view>{}(slug);
  auto& place = at(hash);
  const std::unique_lock lock{place.guard};
  const auto [first, last] = place.slugs.equal_range(hash);
  const auto found =
    std::find_if(first, last, [product](const auto& entry) { return entry.second == product; });
  if (found != last)
    place.slugs.erase(found);
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
