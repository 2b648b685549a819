// What must always hold, whatever goes wrong: one checker a promise, each knowing nothing of the
// faults. A checker answers what is broken, in words; "" while all is well.
#pragma once

#include "actors/view.hpp"
#include "bench/emulator/store.hpp"
#include "stock/product.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ankkor::simulation {

// Contract 4.1: no reader ever sees an item go back to an older state of the shop's. It remembers
// every state that each item of the shop has had, and how far its readers are.
class order_checker {
public:
  // The shop's product, and its variations, as they are now.
  void shop_is(const emulator::catalog& shop, stock::product_id product);

  // A reader sees this.
  [[nodiscard]] std::string seen(const stock::product& held);

  struct item_history {
    std::vector<std::string> states; // as they followed each other; no two neighbours alike
    std::size_t reached = 0;         // no reader has seen one before that
  };

  // All that the shop has ever had.
  [[nodiscard]] const std::map<stock::product_id, item_history>& items() const { return items_; }

private:
  void note(const emulator::catalog& shop, stock::product_id item);
  [[nodiscard]] std::string check(stock::product_id item, const std::string& state);

  std::map<stock::product_id, item_history> items_;
};

// Contract 4.3 and I1: what readers see is what is committed.
[[nodiscard]] std::string check_committed(const stock::product& seen, const stock::product* stored);

// Contract 4.4: the copy is the shop, but for products of `excused`.
[[nodiscard]] std::string check_equal(const emulator::store& shop, const actors::view& copy,
                                      const std::set<stock::product_id>& excused);

// Contract 4.5: in every window at most burst + rate x window requests.
class budget_checker {
public:
  budget_checker(std::uint32_t count, std::chrono::seconds window, std::uint32_t burst)
    : count_(count), window_(window), burst_(burst) {}

  [[nodiscard]] std::string sent(stock::moment at);

private:
  std::int64_t count_;
  std::chrono::microseconds window_;
  std::int64_t burst_;
  // Of all windows that end now, how far the fullest is over: a bucket seen from outside, in
  // microseconds x requests.
  std::int64_t level_ = 0;
  stock::moment last_{};
};

// Contract 4.6: every visible change is told to the storefront after it was committed.
class telling_checker {
public:
  void committed(const stock::product* before, const stock::product& after, stock::moment at);
  // A call that was sent then was answered 2xx.
  void told(const std::set<stock::product_id>& products, stock::moment sent);
  [[nodiscard]] std::string check() const;

private:
  std::map<stock::product_id, stock::moment> untold_; // since when
};

} // namespace ankkor::simulation
