// Remembers the changes that a reconciliation found before any webhook told of them: those that no
// webhook tells of for long are the shop's failing deliveries.
#pragma once

#include "base/keyed_hash.hpp"
#include "base/metrics.hpp"
#include "stock/product.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace ankkor::actors {

// From any thread. Bounded: what is over `items_max` is not watched.
class missed_webhooks {
public:
  static constexpr std::size_t items_max = 100'000;

  // A reconciliation found the item changed; a webhook should tell of it.
  void expect(stock::product_id item, stock::moment found) {
    const std::lock_guard lock{guard_};
    if (awaited_.size() < items_max)
      awaited_.emplace(item, found);
    else
      metrics::limit_reached("watched_changes").add();
    count_.store(awaited_.size(), std::memory_order_relaxed);
  }

  // A webhook told of the item.
  void told(stock::product_id item) {
    if (count_.load(std::memory_order_relaxed) == 0)
      return;
    const std::lock_guard lock{guard_};
    awaited_.erase(item);
    count_.store(awaited_.size(), std::memory_order_relaxed);
  }

  // Gives up those found before then, and answers how many they were.
  [[nodiscard]] std::size_t take_missed(stock::moment found_before) {
    if (count_.load(std::memory_order_relaxed) == 0)
      return 0;
    const std::lock_guard lock{guard_};
    const auto missed =
      std::erase_if(awaited_, [&](const auto& each) { return each.second < found_before; });
    count_.store(awaited_.size(), std::memory_order_relaxed);
    return missed;
  }

private:
  std::mutex guard_;
  std::unordered_map<stock::product_id, stock::moment, keyed_hash> awaited_; // since when
  std::atomic<std::size_t> count_{0}; // so that a webhook's way costs nothing while nothing is
};

} // namespace ankkor::actors
