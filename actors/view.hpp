// What is committed, as readers take it: immutable snapshots, never waiting for an actor (I3).
#pragma once

#include "stock/product.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ankkor::actors {

// One product as committed, with its answer rendered.
struct snapshot {
  stock::product held;
  std::shared_ptr<const std::string>
    stock_json; // the body of GET /api/products/{id}/stock; null if not public
};

using snapshot_ptr = std::shared_ptr<const snapshot>;

// Reading: from any thread, at any time. Writing: by the ledger only, after the commit, and at the
// start.
class view {
public:
  // The product as committed; null if nothing is held of it.
  [[nodiscard]] snapshot_ptr find(stock::product_id product) const;

  // The product whose variation this is; nothing if the ID isn't a variation's that is held.
  [[nodiscard]] std::optional<stock::product_id> owner(stock::product_id variation) const;

  // The product with this slug, spelled as WooCommerce keeps it; null if nothing held has it. While
  // a slug moves from one product to another both may have it: then the public one, or the one that
  // changed last. One that is gone has left its slug to others.
  [[nodiscard]] snapshot_ptr find_slug(std::string_view slug) const;

  // The version committed; 0 if nothing is held.
  [[nodiscard]] std::uint64_t version(stock::product_id product) const;

  // Of all products that something is held of, in no order.
  [[nodiscard]] std::vector<stock::product_id> ids() const;

  void publish(stock::product committed);

  // Whether changes can't be committed now, so that what is shown may be older than what
  // WooCommerce has told. By the ledger only.
  void set_behind(bool is_behind);

  // For how long it has been so; nothing if it isn't.
  [[nodiscard]] std::optional<std::chrono::seconds> behind() const;

  [[nodiscard]] std::size_t products() const noexcept {
    return products_.load(std::memory_order_relaxed);
  }

  // Products by what a shopper can have of them: in stock, out of stock, on backorder, not shown.
  enum class shown : std::uint8_t { in_stock, out_of_stock, on_backorder, hidden };

  [[nodiscard]] std::size_t products(shown as) const noexcept {
    return by_shown_[static_cast<std::size_t>(as)].load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t variations() const noexcept {
    return variations_.load(std::memory_order_relaxed);
  }

private:
  static constexpr std::size_t shard_count = 64;

  struct shard {
    mutable std::shared_mutex guard;
    std::unordered_map<stock::product_id, snapshot_ptr> snapshots;
    std::unordered_map<stock::product_id, stock::product_id> owners; // variation to product
    // By the hash of its slug: the slug itself is in the snapshot, and compared there.
    std::unordered_multimap<std::size_t, stock::product_id> slugs;
  };

  [[nodiscard]] const shard& at(stock::product_id id) const { return shards_[id % shard_count]; }

  [[nodiscard]] shard& at(stock::product_id id) { return shards_[id % shard_count]; }

  void add_slug(std::string_view slug, stock::product_id product);
  void drop_slug(std::string_view slug, stock::product_id product);

  std::array<shard, shard_count> shards_;
  std::atomic<std::size_t> products_{0};
  std::array<std::atomic<std::size_t>, 4> by_shown_{};
  std::atomic<std::size_t> variations_{0};
  std::atomic<std::int64_t> behind_since_{0}; // seconds of the steady clock; 0: it isn't
};

} // namespace ankkor::actors
