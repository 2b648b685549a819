// From a webhook that can't be ordered, or only hints, to what the storefront is told: the engine's
// actors with the emulated WooCommerce and a store in memory, in virtual time, restarts included.
#include "world.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using namespace std::chrono_literals;

namespace {

// A shop with one product of 7 pieces in the category "drinks", which ankkor holds.
struct shop_example {
  emulator::store woocommerce{emulator::store_settings{}};
  memory_store storage;
  std::optional<running_engine> engine;
  stock::product_id tea = 0;

  shop_example() {
    woocommerce.with_catalog([&](emulator::catalog& goods) {
      const auto drinks = goods.add_category("Drinks");
      auto what = emulator::new_item{};
      what.name = "Tea";
      what.regular_price = "5";
      what.manages_stock = true;
      what.quantity = 7;
      what.categories = {drinks};
      tea = goods.seed_product(what, start_of_time - 48h); // long ago: nothing to be asked for
    });
    start(start_of_time);
    engine->deliver_update(tea);
    engine->pass(2s);
    BOOST_TEST_REQUIRE(engine->held(tea).value_or(0) == 7);
    engine->told->clear();
  }

  void start(stock::moment at) { engine.emplace(storage, woocommerce, at); }

  // kill -9, and up again a second later.
  void restart() {
    const auto now = stage::now();
    engine.reset();
    start(now + 1s);
  }

  void set_stock(std::int64_t quantity) {
    woocommerce.with_catalog(
      [&](emulator::catalog& goods) { goods.set_stock(tea, quantity, stage::now()); });
  }

  void erase(stock::product_id item) {
    woocommerce.with_catalog([&](emulator::catalog& goods) { goods.erase(item, stage::now()); });
  }
};

// Two webhooks of one second that say different things; the second can't be ordered.
void make_an_ambiguous_second(shop_example& run) {
  run.set_stock(5);
  const auto first = run.engine->deliver_update(run.tea);
  run.set_stock(4);
  const auto second = run.engine->deliver_update(run.tea);
  BOOST_TEST_REQUIRE((first->said == store::outcome::applied));
  BOOST_TEST_REQUIRE((second->said == store::outcome::queued));
  BOOST_TEST(run.engine->held(run.tea).value() == 5);
  BOOST_TEST(run.storage.wanted.count(run.tea) == 1U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(reading_on_demand)

BOOST_AUTO_TEST_CASE(an_ambiguous_second_is_settled_by_a_read_after_it) {
  auto run = shop_example{};
  make_an_ambiguous_second(run);
  const auto second = std::chrono::floor<std::chrono::seconds>(stage::now());
  run.engine->told->clear();
  run.engine->pass(4s);
  BOOST_TEST(run.engine->held(run.tea).value() == 4);
  BOOST_TEST_REQUIRE(run.engine->shop.arrivals.size() == 1U);
  BOOST_TEST((run.engine->shop.arrivals[0] >= second + 1s));
  BOOST_TEST(run.engine->told->size() == 1U);
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_deleted_product_is_gone_and_the_storefront_is_told) {
  auto run = shop_example{};
  run.erase(run.tea);
  const auto answer = run.engine->deliver_deletion(run.tea);
  BOOST_TEST((answer->said == store::outcome::queued));
  BOOST_TEST(run.engine->held(run.tea).value() == 7); // until it is certain
  run.engine->pass(2s);
  BOOST_TEST_REQUIRE(run.engine->all->committed.find(run.tea) != nullptr);
  BOOST_TEST(run.engine->all->committed.find(run.tea)->stock_json == nullptr);
  BOOST_TEST_REQUIRE(run.engine->told->size() == 1U);
  const auto& job = run.engine->told->front();
  BOOST_TEST(
    (job.tags == std::vector<std::string>{"category-drinks", "product-" + std::to_string(run.tea),
                                          "product-tea"}));
  BOOST_TEST((job.paths == std::vector<std::string>{"/product/tea"}));
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_deletion_that_was_none_changes_and_tells_nothing) {
  auto run = shop_example{};
  run.engine->deliver_deletion(run.tea);
  run.engine->pass(2s);
  BOOST_TEST(run.engine->held(run.tea).value() == 7);
  BOOST_TEST(run.engine->told->empty());
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(the_deletion_of_a_page_tells_nothing) {
  auto run = shop_example{};
  run.engine->deliver_deletion(run.tea + 100);
  run.engine->pass(2s);
  BOOST_TEST(run.engine->shop.arrivals.size() == 1U);
  BOOST_TEST(!run.engine->held(run.tea + 100));
  BOOST_TEST(run.engine->told->empty());
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_question_survives_a_crash_before_its_read) {
  auto run = shop_example{};
  make_an_ambiguous_second(run);
  run.restart();
  run.engine->pass(4s);
  BOOST_TEST(run.engine->held(run.tea).value() == 4);
  BOOST_TEST(run.engine->told->size() == 1U);
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_question_survives_a_crash_between_its_read_and_the_commit) {
  auto run = shop_example{};
  run.erase(run.tea);
  run.engine->deliver_deletion(run.tea);
  run.engine->pass_without_answers(1s);
  BOOST_TEST(run.engine->shop.waiting.size() == 1U);
  run.restart();
  run.engine->pass(2s);
  BOOST_TEST(!run.engine->held(run.tea));
  BOOST_TEST(run.storage.wanted.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_could_not_be_stored_is_read_again_when_the_store_is_back) {
  auto run = shop_example{};
  make_an_ambiguous_second(run);
  run.storage.full = true;
  run.engine->pass(30s);
  BOOST_TEST(run.engine->held(run.tea).value() == 5);
  BOOST_TEST(run.engine->shop.arrivals.size() == 1U); // no use in asking meanwhile
  run.set_stock(3);
  run.storage.full = false;
  run.engine->pass(10s);
  BOOST_TEST(run.engine->held(run.tea).value() == 3);
  BOOST_TEST(run.engine->all->health.up);
  BOOST_TEST(run.storage.wanted.empty());
  // and the product's actor is not left with what was refused
  run.engine->pass(2s);
  run.set_stock(2);
  BOOST_TEST((run.engine->deliver_update(run.tea)->said == store::outcome::applied));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ledger_of_readings)

// A part of a reading was refused, and what settles its question committed after all.
BOOST_AUTO_TEST_CASE(a_lost_part_of_a_reading_leaves_a_question_in_the_commit_that_settles_it) {
  auto run = stage{};
  auto storage = memory_store{};
  auto committed = view{};
  auto health = store_health{};
  auto ledger = ledger_state{};
  ledger.context = {&storage, &committed, &health, &stage::now};
  storage.wanted[34] = question(34, stage::now());

  auto part = std::make_shared<ledger_entry>();
  part->product = 34;
  part->based_on = 5; // never committed
  ledger.take(part);
  const auto first = ledger.commit();
  BOOST_TEST(first.wanted.empty());
  BOOST_TEST(ledger.kept.empty());

  run.pass(1s);
  auto last = std::make_shared<ledger_entry>();
  last->product = 34;
  last->entry.settled = {34};
  last->entry.settled_before = stage::now();
  run.pass(1s);
  ledger.take(last);
  const auto second = ledger.commit();
  BOOST_TEST_REQUIRE(second.wanted.size() == 1U);
  BOOST_TEST(second.wanted[0].item == 34U);
  BOOST_TEST(storage.wanted.count(34) == 1U);
  BOOST_TEST(ledger.lost.empty());
}

BOOST_AUTO_TEST_CASE(what_was_lost_while_nothing_else_is_stored_is_asked_for_by_the_next_tick) {
  auto run = stage{};
  auto storage = memory_store{};
  auto committed = view{};
  auto health = store_health{};
  auto ledger = ledger_state{};
  ledger.context = {&storage, &committed, &health, &stage::now};
  auto part = std::make_shared<ledger_entry>();
  part->product = 34;
  part->based_on = 5;
  ledger.take(part);
  BOOST_TEST(ledger.commit().wanted.empty());
  BOOST_TEST(ledger.probe().size() == 1U);
  BOOST_TEST(storage.wanted.count(34) == 1U);
  BOOST_TEST(ledger.probe().empty());
}

BOOST_AUTO_TEST_SUITE_END()
