// The promises as they can be checked from outside of the process: tests/simulation/checkers.hpp
// looks at the engine's own values, these at answers. Each answers what is broken, or "".
#pragma once

#include "bench/emulator/store.hpp"
#include "daemon_process.hpp"
#include "storefront.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ankkor::chaos {

using emulator::post_id;

// What a shopper sees of a product's own stock, as one text.
[[nodiscard]] std::string shown(const emulator::public_item& truth);
// Of an answer to GET /api/products/ID/stock, or of a live update's data; "" if it says nothing.
[[nodiscard]] std::string shown(const testing::raw_answer& answer);
[[nodiscard]] std::string shown_by_event(std::string_view data);

// Contract 4.1: what each product has been, and that nobody is shown what it has never been, or
// what it was before what he was shown already.
class shop_history {
public:
  void shop_is(post_id product, const std::string& state);

  // A reader's place in the history of each product.
  using reader = std::map<post_id, std::size_t>;

  // False: the shop has never been that since what this reader saw last.
  [[nodiscard]] bool sees(reader& who, post_id product, const std::string& state) const;

  [[nodiscard]] std::string describe(post_id product) const;

private:
  mutable std::mutex guard_;
  std::map<post_id, std::vector<std::string>> states_; // no two neighbours alike
};

// Contract 4.5: in every window at most burst + rate x window requests, as the first hop saw them.
class request_counter {
public:
  void heard(std::string_view bytes);
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::string check(double a_second, double burst) const;

private:
  mutable std::mutex guard_;
  std::vector<std::chrono::steady_clock::time_point> at_;
};

// Contract 4.4: what is held is what the shop shows. What it doesn't show any more (unpublished, in
// the trash) may need a full pass to be found, if its webhook was lost: `shown_only` leaves it out.
[[nodiscard]] std::string check_equal(const emulator::store& shop,
                                      const testing::daemon_process& daemon, bool shown_only);

// Contract 4.6: the storefront was told of what was last changed of each product.
[[nodiscard]] std::string check_told(const emulator::store& shop,
                                     const testing::daemon_process& daemon,
                                     const testing::storefront& receiver);

// "200 means durable": these deliveries are known to the daemon that runs now.
[[nodiscard]] std::string check_deliveries(const std::deque<std::string>& answered,
                                           const testing::daemon_process& daemon);

// I6, as the system counts: descriptors and memory of the process.
[[nodiscard]] std::string check_bounds(const testing::daemon_process& daemon);

} // namespace ankkor::chaos
