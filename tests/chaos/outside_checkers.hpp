// The promises as they can be checked from outside of the process: tests/simulation/checkers.hpp
// looks at the engine's own values, these at answers. Each answers what is broken, or "".
// outside_checkers_test.cpp shows of each that it can fail.
#pragma once

#include "emulator/store.hpp"
#include "raw_http.hpp"
#include "storefront.hpp"

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ankkor::chaos {

using emulator::post_id;

// What the daemon's admin listener answers to a GET of that target.
using admin_answers = std::function<testing::raw_answer(const std::string& target)>;

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

// The numbers of a live stream over its returns: none is below one before. 0: an event without one.
class stream_numbers {
public:
  [[nodiscard]] std::string got(std::uint64_t number);

  // For Last-Event-ID; 0: none yet.
  [[nodiscard]] std::uint64_t last() const { return last_; }

private:
  std::uint64_t last_ = 0;
};

// Contract 4.5: in every window at most burst + rate x window requests, as the first hop saw them.
class request_counter {
public:
  void heard(std::string_view bytes, std::chrono::steady_clock::time_point now);
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::string check(double a_second, double burst) const;

private:
  mutable std::mutex guard_;
  std::vector<std::chrono::steady_clock::time_point> at_;
};

// Contract 4.4: what is held is what the shop shows. What it doesn't show any more (unpublished, in
// the trash) may need a full pass to be found, if its webhook was lost: `shown_only` leaves it out.
[[nodiscard]] std::string check_equal(const emulator::store& shop, const admin_answers& ask,
                                      bool shown_only);

// Contract 4.6: the storefront was told of what was last changed of each product.
[[nodiscard]] std::string check_told(const emulator::store& shop, const admin_answers& ask,
                                     const std::vector<testing::storefront_call>& calls);

// "200 means durable": these deliveries are known to the daemon that runs now.
[[nodiscard]] std::string check_deliveries(const std::deque<std::string>& answered,
                                           const admin_answers& ask);

// The outbox is empty, once everybody was told.
[[nodiscard]] std::string check_outbox(const admin_answers& ask);

// What Redis keeps of a product is what the API answers, and nothing of one that it doesn't show.
[[nodiscard]] std::string check_mirrored(const testing::raw_answer& held, const std::string& kept);

// I6, as the system counts.
struct footprint {
  std::size_t descriptors = 0;
  std::uint64_t memory_kib = 0; // resident
};

[[nodiscard]] footprint footprint_of(pid_t process);
[[nodiscard]] std::string check_bounds(const footprint& now);

} // namespace ankkor::chaos
