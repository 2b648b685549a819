#include "actors/view.hpp"

#include "net/render_stock.hpp"

#include <mutex>

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
  auto previous = snapshot_ptr{std::move(next)};
  auto& place = at(id);
  const std::unique_lock lock{place.guard};
  auto& current = place.snapshots[id];
  if (!current)
    products_.fetch_add(1, std::memory_order_relaxed);
  else
    by_shown_[how_shown(current->held)].fetch_sub(1, std::memory_order_relaxed);
  // The old snapshot is freed after the lock is given back.
  current.swap(previous);
}

} // namespace ankkor::actors
