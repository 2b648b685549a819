// Invariant I2 as properties: whatever is observed of a simulated shop, in whatever order and
// however often, what is held never goes back and ends at the newest state.
//
// What the rules take for granted, and the simulation therefore grants: WooCommerce's dates don't
// go back while its clock doesn't, a read's answer was true at some moment between its begin and
// its end, and this machine's clock doesn't go back. How far both clocks are apart is of no matter.
// Where the shop's clock is set back, or the shop restored from a backup, a webhook alone can be
// believed wrongly; the last property shows that a read heals that.
#include "examples.hpp"
#include "simulated_item.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

// What an actor does with decide(), and what must hold at each step.
class copy {
public:
  copy(const simulated_item& shop, dice& random, const shop_options& options)
    : shop_(shop), random_(random), clock_skew_(options.clock_skew) {}

  void take(const sighting& sighted) {
    now_ = std::max(now_, sighted.seen.read.end);
    // A page is compared with what is held; of what it lacks nothing else is known.
    if (!held_ && sighted.seen.value.status == publication::gone &&
        sighted.seen.from != source::confirmation)
      return;
    newest_ = std::max(newest_.value_or(0), sighted.state);
    const auto made = decide(held(), sighted.seen);
    check(made, sighted);
    if (made.outcome == verdict::confirm)
      wanted_.push_back(made.read_not_before);
    if (made.next) {
      held_ = *made.next;
      state_ = std::max(state_, sighted.state);
    }
  }

  // Carries out the reads that are wanted now.
  void confirm() {
    auto wanted = std::vector<moment>{};
    std::swap(wanted, wanted_);
    for (const auto not_before : wanted) {
      const auto begin = std::max(now_, not_before) + random_.up_to(20ms);
      const auto at = begin + random_.up_to(20ms);
      take(shop_.look(begin, at, at + random_.up_to(20ms), source::confirmation));
    }
  }

  void confirm_all() {
    for (int rounds = 0; !wanted_.empty(); ++rounds) {
      BOOST_TEST_REQUIRE(rounds < 3, "confirmations ask for confirmations without end");
      confirm();
    }
  }

  [[nodiscard]] const record* held() const { return held_ ? &*held_ : nullptr; }

  [[nodiscard]] bool holds_the_newest_known() const {
    return newest_ ? shop_.is_state(held(), *newest_) : !held_;
  }

private:
  void check(const decision& made, const sighting& sighted) const {
    const auto& seen = sighted.seen;
    switch (made.outcome) {
    case verdict::applied:
      BOOST_TEST_REQUIRE(made.next.has_value());
      BOOST_TEST((made.next->value == seen.value));
      BOOST_TEST(sighted.state >= state_, "went back to an older state");
      break;
    case verdict::unchanged:
      if (held_)
        BOOST_TEST(same_content(held_->value, seen.value));
      break;
    case verdict::stale:
      BOOST_TEST(!made.next.has_value());
      BOOST_TEST(sighted.state <= state_, "a newer state was lost");
      break;
    case verdict::confirm:
      BOOST_TEST(!made.next.has_value());
      BOOST_TEST((made.read_not_before > seen.read.end));
      BOOST_TEST((made.read_not_before > held_->read.end));
      // The ambiguous second is over, unless the shop's clock is seconds behind.
      if (clock_skew_ > -2s)
        BOOST_TEST((made.read_not_before >= moment{seen.value.modified} + 1s - clock_skew_));
      break;
    }
  }

  const simulated_item& shop_;
  dice& random_;
  std::chrono::microseconds clock_skew_;
  std::optional<record> held_;
  std::size_t state_ = 0;             // the newest that went into what is held
  std::optional<std::size_t> newest_; // that was observed
  moment now_{};
  std::vector<moment> wanted_;
};

shop_options options_for(dice& random) {
  constexpr std::array<std::chrono::microseconds, 6> skews{0us,   700ms,  -700ms,
                                                           3600s, -3600s, -1500ms};
  auto options = shop_options{};
  if (random.one_in(2))
    options.clock_skew = skews.at(random.below(skews.size()));
  options.reads_see_drafts = random.one_in(2);
  return options;
}

void add_duplicates(std::vector<sighting>& all, dice& random) {
  for (auto more = random.below(4); more != 0; --more)
    all.push_back(all[random.below(all.size())]);
}

} // namespace

BOOST_AUTO_TEST_SUITE(never_backwards)

BOOST_AUTO_TEST_CASE(any_order_with_duplicates_ends_at_the_newest_state_known) {
  for (std::uint64_t seed = 0; seed != 4000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      auto random = dice{seed};
      const auto options = options_for(random);
      const auto shop = simulated_item{random, options};
      auto all = random_sightings(shop, random, 1 + random.below(12));
      add_duplicates(all, random);
      for (int order = 0; order != 4; ++order) {
        random.shuffle(all);
        auto held = copy{shop, random, options};
        for (const auto& sighted : all) {
          held.take(sighted);
          if (random.one_in(3))
            held.confirm();
        }
        held.confirm_all();
        BOOST_TEST(held.holds_the_newest_known());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_order_of_a_few_observations_ends_at_the_truth) {
  for (std::uint64_t seed = 0; seed != 400; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      auto random = dice{1'000'000 + seed};
      const auto options = options_for(random);
      const auto shop = simulated_item{random, options};
      auto all = random_sightings(shop, random, 3);
      // Somebody saw the last state.
      const auto late = shop.end() + random.up_to(2s);
      auto last = shop.delivery(late, late + random.up_to(4s));
      if (!last || random.one_in(3))
        last = shop.look(late, late, late + 100ms, source::confirmation);
      all.push_back(*last);
      auto order = std::vector<std::size_t>{0, 1, 2, 3, random.below(4)};
      std::sort(order.begin(), order.end());
      do {
        auto held = copy{shop, random, options};
        for (const auto at : order)
          held.take(all[at]);
        held.confirm_all();
        BOOST_TEST(shop.is_state(held.held(), shop.last_state()));
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
}

// Virtual time may stand still between a question and its answer: that must not go round for ever.
BOOST_AUTO_TEST_CASE(a_confirmation_that_begins_as_early_as_it_may_settles_the_question) {
  for (std::uint64_t seed = 0; seed != 2000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      auto random = dice{2'000'000 + seed};
      const auto shop = simulated_item{random, options_for(random)};
      const auto all = random_sightings(shop, random, 2);
      const auto held = record{all[0].seen.value, all[0].seen.read};
      const auto asked = decide(&held, all[1].seen);
      if (asked.outcome != verdict::confirm)
        continue;
      const auto at = asked.read_not_before;
      const auto answer = shop.look(at, at, at, source::confirmation);
      const auto settled = decide(&held, answer.seen);
      BOOST_TEST((settled.outcome == verdict::applied || settled.outcome == verdict::unchanged));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_direct_read_heals_what_a_clock_set_back_made_of_the_copy) {
  for (std::uint64_t seed = 0; seed != 2000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      auto random = dice{3'000'000 + seed};
      auto options = options_for(random);
      options.clock_jumps = true;
      const auto shop = simulated_item{random, options};
      auto all = random_sightings(shop, random, 1 + random.below(8));
      random.shuffle(all);
      auto held = std::optional<record>{};
      auto now = shop.end();
      for (const auto& sighted : all) {
        now = std::max(now, sighted.seen.read.end);
        if (auto made = decide(held ? &*held : nullptr, sighted.seen); made.next)
          held = std::move(made.next);
      }
      // A page first, as a reconciliation reads it: it settles it or asks for a direct read.
      const auto page = shop.look(now + 1us, now + 2us, now + 3us, source::read);
      if (held || page.seen.value.status != publication::gone) {
        auto made = decide(held ? &*held : nullptr, page.seen);
        if (made.outcome == verdict::confirm) {
          const auto at = made.read_not_before;
          made = decide(&*held, shop.look(at, at, at, source::confirmation).seen);
        }
        if (made.next)
          held = std::move(made.next);
      }
      BOOST_TEST(shop.is_state(held ? &*held : nullptr, shop.last_state()));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
