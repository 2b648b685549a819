// Simulated worlds, each from its seed: whatever goes wrong in them, every promise is kept. A seed
// that fails is told as a story by ankkor-simulate --seed N.
#include "base/log.hpp"
#include "base/planted_fault.hpp"
#include "net/stock_json.hpp"
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
  constexpr std::uint64_t worlds = 150; // scripts/simulate runs 20,000
  auto all = tally{};
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    auto one = world{draw(seed)};
    BOOST_TEST(one.run() == "", "ankkor-simulate --seed " << seed);
    all.add(one.counts());
  }
  // What can go wrong did, or the promises were not put to a test.
  BOOST_TEST(all.changes > 10'000U);
  BOOST_TEST(all.lost > 2'000U);
  BOOST_TEST(all.troubled > 50U);
  BOOST_TEST(all.crashes > 150U);
  BOOST_TEST(all.torn_commits > 50U);
  BOOST_TEST(all.slow_commits > 1'000U);
  BOOST_TEST(all.refused_commits > 200U);
  BOOST_TEST(all.doubtful_commits > 20U);
  BOOST_TEST(all.failed_calls > 200U);
  BOOST_TEST(all.live_returns > 500U);
  BOOST_TEST(all.pipelines > 1'000U);
  BOOST_TEST(all.switched_off > 20U);
  BOOST_TEST(all.ids_reused > 5U);
  BOOST_TEST(all.clock_jumps > 10U);
  BOOST_TEST(all.reads_on_demand > 500U);
  BOOST_TEST(all.full_passes > 20U);
}

BOOST_AUTO_TEST_CASE(a_seed_tells_the_same_story_each_time) {
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    auto first = world{draw(seed), true};
    BOOST_TEST(first.run() == "");
    const auto story = first.story();
    BOOST_TEST(story.size() > 50U);
    auto second = world{draw(seed), true};
    BOOST_TEST(second.run() == "");
    BOOST_TEST((second.story() == story));
  }
}

// What the checkers are worth: each fault that is planted in the engine is found.
BOOST_AUTO_TEST_CASE(every_planted_fault_is_found) {
  constexpr std::uint64_t worlds = 2'000; // most of them need one or two
  for (std::size_t which = 1; which < planted_fault_names.size(); ++which) {
    for_tests::planted = static_cast<planted_fault>(which);
    auto broken = std::string{};
    for (std::uint64_t seed = 1; seed <= worlds && broken.empty(); ++seed)
      broken = world{draw(seed)}.run();
    BOOST_TEST(broken != "", planted_fault_names.at(which));
  }
  for_tests::planted = planted_fault::none;
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

BOOST_AUTO_TEST_CASE(a_pause_that_was_heard_of_is_kept) {
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto pause = pause_checker{};
  BOOST_TEST(pause.sent(begin) == "");
  pause.asked_for(begin, seconds{10});
  pause.asked_for(begin + seconds{1}, seconds{2});
  BOOST_TEST(pause.sent(begin + seconds{9}) != "");
  BOOST_TEST(pause.sent(begin + seconds{10}) == "");
  pause.asked_for(begin + seconds{20}, seconds{10});
  pause.forget();
  BOOST_TEST(pause.sent(begin + seconds{25}) == "");
}

BOOST_AUTO_TEST_CASE(a_cdn_is_told_after_the_storefront_or_after_its_patience) {
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto turns = turn_checker{};
  BOOST_TEST(turns.cdn_is_told({34}, begin) == "");
  turns.owed(34, begin);
  BOOST_TEST(turns.cdn_is_told({34}, begin + seconds{1}) != "");
  BOOST_TEST(turns.cdn_is_told({34}, begin + minutes{5}) == "");
  turns.storefront_told({34}, begin + seconds{1});
  BOOST_TEST(turns.cdn_is_told({34}, begin + seconds{2}) == "");
  turns.owed(34, begin + seconds{2});
  turns.cdn_told({34}, begin + seconds{2}); // of the first
  BOOST_TEST(turns.cdn_is_told({34}, begin + seconds{3}) != "");
  turns.restarted(34);
  BOOST_TEST(turns.cdn_is_told({34}, begin + seconds{3}) == "");
}

BOOST_AUTO_TEST_CASE(a_live_reader_gets_every_event_once_and_in_order) {
  auto event = [](std::uint64_t sequence) {
    auto made = store::live_event{};
    made.sequence = sequence;
    made.product = made.item = 34;
    made.stock.quantity = static_cast<std::int64_t>(sequence);
    return made;
  };
  auto shown = actors::view{};
  const auto committed = std::vector{event(3), event(5), event(6)};
  const auto reader = [&] {
    auto begun = live_checker{};
    begun.begins(shown, 3);
    return begun;
  };
  auto good = reader();
  BOOST_TEST(good.told(event(5), committed) == "");
  BOOST_TEST(good.check_quiet(shown, committed) != ""); // not all of it
  BOOST_TEST(good.told(event(6), committed) == "");
  BOOST_TEST(good.check_quiet(shown, committed) == "");
  BOOST_TEST(good.told(event(6), committed) != "");     // twice
  BOOST_TEST(good.told(event(7), committed) != "");     // not committed
  BOOST_TEST(reader().told(event(6), committed) != ""); // 5 left out
  auto another = event(5);
  another.available = true;
  BOOST_TEST(reader().told(another, committed) != "");
}

namespace {

stock::product public_tea(std::int64_t quantity) {
  auto held = stock::product{};
  held.id = 34;
  held.version = 1;
  held.self.emplace();
  held.self->value.id = 34;
  held.self->value.slug = "tea";
  held.self->value.stock = {stock::stock_management::own, quantity, stock::stock_status::in_stock,
                            stock::backorders::no};
  return held;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_live_reader_that_knows_another_stock_than_is_shown_is_noticed) {
  auto shown = actors::view{};
  shown.publish(public_tea(7));
  auto reader = live_checker{};
  reader.begins(shown, 0);
  BOOST_TEST(reader.check_quiet(shown, {}) == "");
  shown.publish(public_tea(6));
  BOOST_TEST(reader.check_quiet(shown, {}) != "");
}

BOOST_AUTO_TEST_CASE(what_is_seen_and_not_committed_is_noticed) {
  const auto tea = public_tea(7);
  const auto other = public_tea(6);
  BOOST_TEST(check_committed(tea, &tea) == "");
  BOOST_TEST(check_committed(tea, &other) != "");
  BOOST_TEST(check_committed(tea, nullptr) != "");
}

BOOST_AUTO_TEST_CASE(a_copy_that_lacks_or_adds_something_is_noticed) {
  auto shop = emulator::store{emulator::store_settings{}};
  const auto begin = stock::moment{std::chrono::hours{1}};
  auto copy = actors::view{};
  BOOST_TEST(check_equal(shop, copy, {}) == "");
  copy.publish(public_tea(7));
  BOOST_TEST(check_equal(shop, copy, {}) != ""); // the shop has none
  BOOST_TEST(check_equal(shop, copy, {34}) == "");
  shop.with_catalog([&](emulator::catalog& goods) {
    auto what = emulator::new_item{};
    what.name = "Tea";
    what.id = 34;
    what.manages_stock = true;
    what.quantity = 7;
    goods.seed_product(what, begin);
  });
  BOOST_TEST(check_equal(shop, copy, {}) == "");
  copy.publish(public_tea(6));
  BOOST_TEST(check_equal(shop, copy, {}) != "");
  BOOST_TEST(check_equal(shop, actors::view{}, {}) != "");
}

BOOST_AUTO_TEST_CASE(an_acknowledged_delivery_without_its_effect_is_noticed) {
  auto delivery = actors::incoming{};
  delivery.delivery.emplace();
  delivery.received = stock::moment{std::chrono::hours{2}};
  auto tea = *public_tea(7).self;
  tea.value.modified = stock::store_time{std::chrono::hours{1}};
  delivery.content = stock::observation{tea.value, {}, stock::source::webhook};
  const auto nobody = [](stock::product_id) { return false; };
  const auto applied = store::outcome::applied;
  BOOST_TEST(check_acknowledged(delivery, applied, true, &tea, nobody) == "");
  BOOST_TEST(check_acknowledged(delivery, applied, false, &tea, nobody) != "");
  BOOST_TEST(check_acknowledged(delivery, applied, true, nullptr, nobody) != "");
  auto older = tea;
  older.value.modified -= seconds{1};
  BOOST_TEST(check_acknowledged(delivery, applied, true, &older, nobody) != "");
  delivery.content = actors::hint{"order", {34}};
  const auto queued = store::outcome::queued;
  BOOST_TEST(check_acknowledged(delivery, queued, true, nullptr, nobody) != "");
  BOOST_TEST(check_acknowledged(delivery, queued, true, nullptr,
                                [](auto item) { return item == 34; }) == "");
}

BOOST_AUTO_TEST_CASE(a_mirror_that_lacks_or_keeps_something_is_noticed) {
  auto copy = actors::view{};
  copy.publish(public_tea(7));
  const auto held = copy.find(34);
  const auto body = net::render_product(held->held, *held->held.self);
  auto keys =
    std::map<std::string, std::string>{{"ankkor:product:34", body}, {"product:tea", body}};
  BOOST_TEST(check_mirror(copy, keys) == "");
  auto lacking = keys;
  lacking.erase("product:tea");
  BOOST_TEST(check_mirror(copy, lacking) != "");
  auto stale = keys;
  stale["ankkor:product:34"] = "{}";
  BOOST_TEST(check_mirror(copy, stale) != "");
  keys["ankkor:product:35"] = body;
  BOOST_TEST(check_mirror(copy, keys) != "");
}

BOOST_AUTO_TEST_CASE(a_queue_over_its_bound_is_noticed) {
  auto now = queue_lengths{2, 2, 4, 3, 20, 20};
  BOOST_TEST(check_bounds(now) == "");
  ++now.outbox;
  BOOST_TEST(check_bounds(now) != "");
  now = {2, 2, 4, 4, 20, 20};
  BOOST_TEST(check_bounds(now) != "");
  now = {2, 2, 4, 3, 21, 20};
  BOOST_TEST(check_bounds(now) != "");
}

BOOST_AUTO_TEST_SUITE_END()
