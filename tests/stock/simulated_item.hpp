// A simulated shop with one item: its true history, and what can be observed of it.
#pragma once

#include "stock/decide.hpp"

#include <random>

namespace ankkor::stock::testing {

// Numbers that are the same on every machine (the standard's distributions are not).
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  // From 0 to limit - 1.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

  bool one_in(std::uint64_t chances) { return below(chances) == 0; }

  std::chrono::microseconds up_to(std::chrono::microseconds limit) {
    return std::chrono::microseconds{below(static_cast<std::uint64_t>(limit.count()) + 1)};
  }

  template <class Container>
  void shuffle(Container& all) {
    for (auto left = all.size(); left > 1; --left)
      std::swap(all[left - 1], all[below(left)]);
  }

private:
  std::mt19937_64 engine_;
};

// What there is to know of a state at a time, by where it stands in the history.
struct sighting {
  observation seen;
  std::size_t state = 0;
};

struct shop_options {
  // Added to this machine's clock by the shop's.
  std::chrono::microseconds clock_skew{};
  // False: a read finds only what is published (GraphQL without rights), everything else is gone.
  bool reads_see_drafts = false;
  // The shop's clock is set back and forth, so that its dates order nothing.
  bool clock_jumps = false;
  std::size_t changes_max = 10;
};

class simulated_item {
public:
  simulated_item(dice& random, const shop_options& options);

  [[nodiscard]] moment begin() const { return states_.front().since; }

  // When the last change was made.
  [[nodiscard]] moment end() const { return states_.back().since; }

  [[nodiscard]] std::size_t last_state() const { return states_.size() - 1; }

  [[nodiscard]] const item& value(std::size_t state) const { return states_[state].value; }

  // A delivery whose payload is built at `built` and arrives at `arrival`. Nothing while the item
  // is deleted: its payload is an error.
  [[nodiscard]] std::optional<sighting> delivery(moment built, moment arrival) const;

  // A read that looks at `at`, between `begin` and `end`.
  [[nodiscard]] sighting look(moment begin, moment at, moment end, source from) const;

  // True if what is held is that state, as far as it can be seen.
  [[nodiscard]] bool is_state(const record* held, std::size_t state) const;

private:
  struct chapter {
    moment since;
    item value;
  };

  void change(dice& random, moment at);
  [[nodiscard]] std::size_t state_at(moment at) const;
  [[nodiscard]] store_time shop_clock(dice& random, moment at) const;

  shop_options options_;
  std::vector<chapter> states_;
};

// A few sightings of the item at random times, by webhooks and reads; in no order.
[[nodiscard]] std::vector<sighting> random_sightings(const simulated_item& shop, dice& random,
                                                     std::size_t count);

} // namespace ankkor::stock::testing
