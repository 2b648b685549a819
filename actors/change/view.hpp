// What is committed, as readers take it: immutable snapshots, never waiting for an actor (I3).
// Every product is held packed; those that were read twice lately are held unpacked too, with their
// answers.
#pragma once

#include "base/flat_table.hpp"
#include "stock/packed.hpp"
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
  // The product as committed, for a reader; null if nothing is held of it. Once it was asked for
  // twice, the next reader finds it unpacked and rendered.
  [[nodiscard]] snapshot_ptr find(stock::product_id product) const;

  // The same for who takes the values and leaves nothing behind; nothing if nothing is held of it.
  [[nodiscard]] std::optional<stock::product> held(stock::product_id product) const;

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

  void publish(const stock::product& committed);

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
  // Of a shard, unpacked: 65,536 products in all, at 1 KB each about.
  static constexpr std::size_t warm_count = 1024;

  // Where one of the products that an ID leaves there is held unpacked.
  struct warm_place {
    stock::product_id product = 0; // 0: none
    snapshot_ptr shown;            // never older than what is in `products`
    // Who was asked for last and not found here. A reader of everything, such as a crawler, asks
    // for each once: so what others read stays, and nothing is kept that nobody wants again.
    std::atomic<stock::product_id> asked{0};
  };

  struct shard {
    mutable std::shared_mutex guard;
    flat_table<stock::packed_product> products;
    flat_table<stock::product_id> owners; // variation to product
    // By the hash of its slug: the slug itself is in the product, and compared there.
    flat_table<stock::product_id> slugs;
    // The others of a hash that is in `slugs` already: few, unless a shop has one slug many times.
    std::unordered_multimap<std::uint64_t, stock::product_id, keyed_hash> more_slugs;
    std::unique_ptr<warm_place[]> warm = std::make_unique<warm_place[]>(warm_count);
  };

  [[nodiscard]] const shard& at(std::uint64_t number) const {
    return shards_[number % shard_count];
  }

  [[nodiscard]] shard& at(std::uint64_t number) { return shards_[number % shard_count]; }

  // Its place among those that were read lately.
  [[nodiscard]] static warm_place& warm_of(const shard& of, stock::product_id product) {
    return of.warm[product / shard_count % warm_count];
  }

  void set_owner(stock::product_id variation, stock::product_id product);
  void add_slug(std::string_view slug, stock::product_id product);
  void drop_slug(std::string_view slug, stock::product_id product);

  std::array<shard, shard_count> shards_;
  std::atomic<std::size_t> products_{0};
  std::array<std::atomic<std::size_t>, 4> by_shown_{};
  std::atomic<std::size_t> variations_{0};
  std::atomic<std::int64_t> behind_since_{0}; // seconds of the steady clock; 0: it isn't
};

} // namespace ankkor::actors
