// Simulated worlds, each from its seed: whatever goes wrong in them, every promise is kept. A seed
// that fails is told as a story by ankkor-simulate --seed N.
#include "base/log.hpp"
#include "world.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::simulation;

namespace {

// The daemon's complaints belong to the story, and not to the test's output.
struct quiet_log {
  quiet_log() {
    log::start(log::level::error, log::format::text, [](std::string_view) {});
  }

  ~quiet_log() { log::stop(); }

  quiet_log(const quiet_log&) = delete;
  quiet_log& operator=(const quiet_log&) = delete;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(simulated_worlds, quiet_log)

BOOST_AUTO_TEST_CASE(every_promise_is_kept_whatever_goes_wrong) {
  constexpr std::uint64_t worlds = 60;
  auto all = tally{};
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    auto one = world{draw(seed)};
    BOOST_TEST(one.run() == "", "ankkor-simulate --seed " << seed);
    const auto& counts = one.counts();
    all.changes += counts.changes;
    all.lost += counts.lost;
    all.troubled += counts.troubled;
    all.crashes += counts.crashes;
    all.reads_on_demand += counts.reads_on_demand;
    all.lasted += counts.lasted;
  }
  // What can go wrong did, or the promises were not put to a test.
  BOOST_TEST(all.changes > 10'000U);
  BOOST_TEST(all.lost > 5'000U);
  BOOST_TEST(all.troubled > 200U);
  BOOST_TEST(all.crashes > 100U);
  BOOST_TEST(all.reads_on_demand > 1'000U);
  BOOST_TEST(all.lasted.count() > 100);
}

BOOST_AUTO_TEST_CASE(a_seed_tells_the_same_story_each_time) {
  auto first = world{draw(4), true};
  BOOST_TEST(first.run() == "");
  const auto story = first.story();
  BOOST_TEST(story.size() > 1'000U);
  auto second = world{draw(4), true};
  BOOST_TEST(second.run() == "");
  BOOST_TEST((second.story() == story));
}

BOOST_AUTO_TEST_SUITE_END()

// The checkers by themselves: each must be able to fail.
BOOST_AUTO_TEST_SUITE(checkers)

BOOST_AUTO_TEST_CASE(a_budget_of_two_a_second_and_a_burst_of_three_is_just_kept) {
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto kept = budget_checker{2, std::chrono::seconds{1}, 3};
  for (int at = 0; at < 3; ++at)
    BOOST_TEST(kept.sent(begin) == "");
  for (int at = 1; at < 20; ++at)
    BOOST_TEST(kept.sent(begin + at * milliseconds{500}) == "");
  auto broken = budget_checker{2, std::chrono::seconds{1}, 3};
  for (int at = 0; at < 3; ++at)
    BOOST_TEST(broken.sent(begin) == "");
  BOOST_TEST(broken.sent(begin + milliseconds{499}) != "");
}

BOOST_AUTO_TEST_CASE(a_state_that_was_seen_and_left_is_not_seen_again) {
  auto shop = emulator::store{emulator::store_settings{}};
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto order = order_checker{};
  const auto tea = shop.with_catalog([&](emulator::catalog& goods) {
    auto what = emulator::new_item{};
    what.name = "Tea";
    what.manages_stock = true;
    what.quantity = 7;
    return goods.seed_product(what, begin);
  });
  const auto set = [&](std::int64_t quantity) {
    shop.with_catalog([&](emulator::catalog& goods) {
      goods.set_stock(tea, quantity, begin);
      order.shop_is(goods, tea);
    });
  };
  const auto seen = [&](std::int64_t quantity) {
    auto held = stock::product{};
    held.id = tea;
    held.self.emplace();
    held.self->value.id = tea;
    held.self->value.stock = {stock::stock_management::own, quantity, stock::stock_status::in_stock,
                              stock::backorders::no};
    return order.seen(held);
  };
  for (const auto quantity : {7, 6, 7, 5})
    set(quantity);
  BOOST_TEST(seen(7) == "");
  BOOST_TEST(seen(6) == "");
  BOOST_TEST(seen(7) == ""); // it did come again
  BOOST_TEST(seen(6) != "");
  BOOST_TEST(seen(5) == "");
  BOOST_TEST(seen(7) != "");
  BOOST_TEST(seen(9) != ""); // never was
}

BOOST_AUTO_TEST_CASE(a_change_is_told_by_a_call_that_was_sent_after_it) {
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto before = stock::product{};
  before.id = 34;
  before.self.emplace();
  before.self->value.id = 34;
  before.self->value.name = "Tea";
  auto after = before;
  after.self->value.name = "Green tea";
  auto telling = telling_checker{};
  telling.committed(nullptr, before, begin);
  telling.committed(&before, before, begin);
  BOOST_TEST(telling.check() == "");
  telling.committed(&before, after, begin);
  BOOST_TEST(telling.check() != "");
  telling.told({34}, begin - milliseconds{1});
  telling.told({35}, begin);
  BOOST_TEST(telling.check() != "");
  telling.told({34}, begin);
  BOOST_TEST(telling.check() == "");
}

BOOST_AUTO_TEST_SUITE_END()
