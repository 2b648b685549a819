// What must always hold, whatever goes wrong: one checker a promise, each knowing nothing of the
// faults. A checker answers what is broken, in words; "" while all is well.
#pragma once

#include "actors/change/view.hpp"
#include "actors/incoming.hpp"
#include "emulator/store.hpp"
#include "stock/live.hpp"
#include "stock/product.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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

  // A shop whose own clock was set back dates what is newer as older, and nothing tells the two
  // apart before they are read anew: from now on only states that never were are wrong.
  void dates_went_back() { dates_order_ = false; }

  struct item_history {
    std::vector<std::string> states; // as they followed each other; no two neighbours alike
    std::size_t reached = 0;         // no reader has seen one before that
    bool is_variation = false;
  };

  // All that the shop has ever had.
  [[nodiscard]] const std::map<stock::product_id, item_history>& items() const { return items_; }

private:
  void note(const emulator::catalog& shop, stock::product_id item);
  [[nodiscard]] std::string check(stock::product_id item, const std::string& state);

  std::map<stock::product_id, item_history> items_;
  bool dates_order_ = true;
};

// Contract 4.3 and I1: what readers see is what is committed.
[[nodiscard]] std::string check_committed(const stock::product& seen, const stock::product* stored);

// Contract 4.4: the copy is the shop, but for products of `excused`; and shows nothing else.
[[nodiscard]] std::string check_equal(const emulator::store& shop, const actors::view& copy,
                                      const std::set<stock::product_id>& excused);

// Contract 3, "200 means durable": what was acknowledged is stored, and so is what came of it.
// `stored` is what the disk has of the item that an observation tells of, or null.
[[nodiscard]] std::string
check_acknowledged(const actors::incoming& delivery, store::outcome answered, bool is_stored,
                   const stock::record* stored,
                   const std::function<bool(stock::product_id)>& is_asked_or_settled);

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

// I4: a pause that WooCommerce asks for is kept, by a daemon that has heard of it.
class pause_checker {
public:
  void asked_for(stock::moment heard, std::chrono::seconds pause);
  [[nodiscard]] std::string sent(stock::moment at) const;

  // Another daemon: it has heard of nothing.
  void forget() { until_ = {}; }

  [[nodiscard]] stock::moment until() const { return until_; }

private:
  stock::moment heard_{};
  stock::moment until_{};
};

// Contract 4.6: every visible change is told to the target after it was committed.
class telling_checker {
public:
  explicit telling_checker(std::string target = "next") : target_(std::move(target)) {}

  void committed(const stock::product* before, const stock::product& after, stock::moment at);
  // A call that was sent then was answered 2xx.
  void told(const std::set<stock::product_id>& products, stock::moment sent);
  [[nodiscard]] std::string check() const;

private:
  std::string target_;
  std::map<stock::product_id, stock::moment> untold_; // since when
};

// Contract 6: a CDN is told of a change once the storefront has heard of it, or was not able to for
// long.
class turn_checker {
public:
  // There is something to be told of the product.
  void owed(stock::product_id product, stock::moment at);
  // Another daemon: whether the CDN has heard is not known to it, so it may tell again.
  void restarted(stock::product_id waiting);
  void storefront_told(const std::set<stock::product_id>& products, stock::moment sent);
  // One call at a time.
  [[nodiscard]] std::string cdn_is_told(const std::set<stock::product_id>& products,
                                        stock::moment at);
  void cdn_told(const std::set<stock::product_id>& products, stock::moment sent);

private:
  static constexpr std::chrono::minutes patience{5};

  std::map<stock::product_id, std::vector<stock::moment>> changes_; // the CDN doesn't know of
  std::map<stock::product_id, stock::moment> heard_; // by the storefront, of what was until then
  std::map<stock::product_id, stock::moment> heard_before_call_; // when the CDN's call was sent
};

// Contract 5, stock-updates: one live reader misses no event, is told none twice, never goes back,
// is told of nothing that isn't committed, and knows at the end what everybody else sees.
class live_checker {
public:
  // It begins with what is shown, to which the event of that number has led.
  void begins(const actors::view& shown, std::uint64_t sequence);

  // `committed`: all events that are stored, ascending.
  [[nodiscard]] std::string told(const store::live_event& event,
                                 const std::vector<store::live_event>& committed);

  // Everything was told that there is.
  [[nodiscard]] std::string check_quiet(const actors::view& shown,
                                        const std::vector<store::live_event>& committed) const;

  [[nodiscard]] std::uint64_t last() const { return last_; }

private:
  std::uint64_t last_ = 0;
  std::map<stock::product_id, stock::shown_stock> known_; // by item
};

// What is mirrored to Redis is the copy, and nothing else.
[[nodiscard]] std::string check_mirror(const actors::view& copy,
                                       const std::map<std::string, std::string>& keys);

// I6: what can be seen of the queues from outside stays within what they are bounded by.
struct queue_lengths {
  std::size_t items = 0; // that the shop ever had
  std::size_t targets = 0;
  std::size_t outbox = 0;
  std::size_t questions = 0;
  std::size_t mailboxes = 0; // actors with a message
  std::size_t actors_max = 0;
};

[[nodiscard]] std::string check_bounds(const queue_lengths& now);

} // namespace ankkor::simulation
