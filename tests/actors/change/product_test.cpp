// What a product actor decides, without messages.
#include "actors/change/webhook.hpp"
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;

namespace {

struct product_example {
  view committed;
  std::shared_ptr<product_context> context = one_target(committed);
  product_state state;

  explicit product_example(stock::product_id id = 34) { state.begin(id, context); }

  ledger_entry observe(stock::item item, unsigned received = 0) {
    return state.observe(some_delivery(std::move(item), received));
  }

  void commit(const ledger_entry& record) {
    if (record.entry.state)
      committed.publish(*record.entry.state);
  }
};

stock::item some_variation(stock::product_id id, stock::product_id parent, std::int64_t quantity) {
  auto item = some_item(id, quantity, 1);
  item.parent = parent;
  item.type = stock::product_type::variation;
  item.categories.clear();
  return item;
}

} // namespace

BOOST_AUTO_TEST_SUITE(product_logic)

BOOST_AUTO_TEST_CASE(a_first_state_is_applied_with_its_history_and_jobs) {
  auto run = product_example{};
  const auto record = run.observe(some_item(34, 7, 1), 5);
  const auto& entry = record.entry;
  BOOST_TEST((entry.delivery->result == store::outcome::applied));
  BOOST_TEST_REQUIRE((entry.state != nullptr));
  BOOST_TEST(entry.state->version == 1U);
  BOOST_TEST((entry.state->changed == start_of_time + std::chrono::seconds{5}));
  BOOST_TEST((entry.changed == std::vector<stock::product_id>{34}));
  BOOST_TEST(record.based_on == 0U);
  BOOST_TEST(record.product == 34U);
  BOOST_TEST_REQUIRE(entry.history.size() == 1U);
  BOOST_TEST((entry.history[0].status_before == stock::publication::gone));
  BOOST_TEST(entry.history[0].after.quantity.value() == 7);
  BOOST_TEST(entry.history[0].cause == "webhook product.updated");
  BOOST_TEST_REQUIRE(entry.jobs.size() == 1U);
  BOOST_TEST(entry.jobs[0].target == "shop");
  BOOST_TEST((entry.jobs[0].paths == std::vector<std::string>{"/product/tea-34"}));
  BOOST_TEST(entry.jobs[0].version == 1U);
}

BOOST_AUTO_TEST_CASE(the_same_again_tells_nobody_and_leaves_no_history) {
  auto run = product_example{};
  run.commit(run.observe(some_item(34, 7, 1), 5));
  const auto record = run.observe(some_item(34, 7, 2), 6);
  BOOST_TEST((record.entry.delivery->result == store::outcome::unchanged));
  BOOST_TEST(record.entry.jobs.empty());
  BOOST_TEST(record.entry.history.empty());
  // Its date and reading are newer, though, and must be held.
  BOOST_TEST((record.entry.state != nullptr));
  BOOST_TEST((record.entry.state->changed == start_of_time + std::chrono::seconds{5}));
}

// A store leaves a product's description as it is where an entry doesn't describe it.
BOOST_AUTO_TEST_CASE(an_entry_describes_its_product_only_where_more_than_stock_and_dates_changed) {
  auto run = product_example{};
  const auto first = run.observe(some_item(34, 7, 1));
  BOOST_TEST(first.entry.describes);
  run.commit(first);
  const auto sold = run.observe(some_item(34, 6, 2));
  BOOST_TEST_REQUIRE((sold.entry.state != nullptr));
  BOOST_TEST(!sold.entry.describes);
  run.commit(sold);
  auto renamed = some_item(34, 6, 3);
  renamed.name = "Green tea";
  BOOST_TEST(run.observe(renamed).entry.describes);
}

BOOST_AUTO_TEST_CASE(an_older_state_changes_nothing) {
  auto run = product_example{};
  run.commit(run.observe(some_item(34, 7, 9)));
  const auto record = run.observe(some_item(34, 5, 3));
  BOOST_TEST((record.entry.delivery->result == store::outcome::stale));
  BOOST_TEST((record.entry.state == nullptr));
  BOOST_TEST(record.based_on == 1U);
  BOOST_TEST(record.product == 34U);
}

BOOST_AUTO_TEST_CASE(an_ambiguous_second_wants_a_confirmation) {
  auto run = product_example{};
  run.commit(run.observe(some_item(34, 7, 9), 10));
  const auto record = run.observe(some_item(34, 5, 9), 10);
  BOOST_TEST((record.entry.delivery->result == store::outcome::queued));
  BOOST_TEST((record.entry.state == nullptr));
  BOOST_TEST_REQUIRE(record.entry.wanted.size() == 1U);
  BOOST_TEST(record.entry.wanted[0].item == 34U);
  BOOST_TEST((record.entry.wanted[0].not_before > start_of_time + std::chrono::seconds{10}));
}

BOOST_AUTO_TEST_CASE(a_variation_of_an_unknown_product_asks_for_the_product) {
  auto run = product_example{};
  const auto record = run.observe(some_variation(35, 34, 3));
  BOOST_TEST((record.entry.changed == std::vector<stock::product_id>{35}));
  BOOST_TEST_REQUIRE(record.entry.wanted.size() == 1U);
  BOOST_TEST(record.entry.wanted[0].item == 34U);
  run.commit(record);
  BOOST_TEST(run.observe(some_item(34, 1, 5)).entry.wanted.empty());
  BOOST_TEST(run.observe(some_variation(36, 34, 3)).entry.wanted.empty());
}

// It may be in the trash by now, with that delivery lost; what isn't held no pass asks for.
BOOST_AUTO_TEST_CASE(a_late_delivery_of_what_was_unknown_is_shown_and_asked_for) {
  auto late = product_example{};
  const auto& entry = late.observe(some_item(34, 7, 1), 90).entry;
  BOOST_TEST((entry.delivery->result == store::outcome::applied));
  BOOST_TEST((entry.state != nullptr));
  BOOST_TEST_REQUIRE(entry.wanted.size() == 1U);
  BOOST_TEST(entry.wanted[0].item == 34U);
  BOOST_TEST((entry.wanted[0].not_before == start_of_time + std::chrono::seconds{90}));
  // What is held is asked for by the passes.
  BOOST_TEST(late.observe(some_item(34, 6, 2), 90).entry.wanted.empty());

  auto in_time = product_example{};
  BOOST_TEST(in_time.observe(some_item(34, 7, 1), 5).entry.wanted.empty());
  auto dated_long_ago = product_example{};
  BOOST_TEST(dated_long_ago.observe(some_item(34, 7, 1), 100'000).entry.wanted.empty());
  auto hidden = some_item(34, 7, 1);
  hidden.status = stock::publication::hidden;
  auto unpublished = product_example{};
  BOOST_TEST(unpublished.observe(hidden, 90).entry.wanted.empty());
}

BOOST_AUTO_TEST_CASE(each_decision_is_based_on_the_one_before) {
  auto run = product_example{};
  for (unsigned second = 1; second != 5; ++second) {
    const auto record = run.observe(some_item(34, second, second));
    BOOST_TEST(record.based_on == second - 1);
    BOOST_TEST(record.entry.state->version == second);
    BOOST_TEST(!run.state.everything_committed());
  }
  run.state.return_to_committed();
  BOOST_TEST(run.state.everything_committed());
  // Versions are never used twice: a new decision is not taken for one that was refused.
  const auto record = run.observe(some_item(34, 9, 9));
  BOOST_TEST(record.based_on == 0U);
  BOOST_TEST(record.entry.state->version == 5U);
}

// The test with Redis killed found it: after an outage a product's next delivery was answered 503,
// since a second rejection undid what was decided after the first.
BOOST_AUTO_TEST_CASE(a_rejection_of_what_was_forgotten_undoes_nothing_that_was_decided_since) {
  auto run = product_example{};
  const auto refused = run.observe(some_item(34, 1, 1)).entry.state->version;
  const auto based_on_it = run.observe(some_item(34, 2, 2)).entry.state->version;
  run.state.take_rejection(refused);
  BOOST_TEST(run.state.everything_committed());
  const auto since = run.observe(some_item(34, 3, 3)).entry.state->version;
  run.state.take_rejection(based_on_it);
  BOOST_TEST(run.state.current->version == since);
  run.state.take_rejection(since);
  BOOST_TEST(run.state.everything_committed());
  run.state.take_rejection(based_on_it);
  BOOST_TEST(run.state.everything_committed());
}

// In one commit: a letter that went alone would be lost with a refused delivery.
BOOST_AUTO_TEST_CASE(a_retried_dead_letter_goes_with_the_commit_of_its_delivery) {
  auto run = product_example{};
  auto product = some_delivery(some_item(34, 7, 1));
  product.dead_letter = 12;
  BOOST_TEST((run.state.observe(product).entry.discarded == std::vector<std::int64_t>{12}));
  auto order = incoming{};
  order.delivery.emplace();
  order.content = hint{"order", {34, 35}};
  order.dead_letter = 13;
  const auto record = record_without_product(order);
  BOOST_TEST((record.entry.discarded == std::vector<std::int64_t>{13}));
  BOOST_TEST(record.entry.wanted.size() == 2U);
  BOOST_TEST(record.product == 0U);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_used_is_kept_with_its_reason) {
  auto delivery = incoming{};
  delivery.delivery.emplace();
  delivery.delivery->topic = "product.updated";
  delivery.delivery->delivery_id = "d";
  delivery.content = unusable{"No ID.", std::string(store::dead_letter_body_max + 1, 'x'), true};
  const auto record = record_without_product(delivery);
  BOOST_TEST((record.entry.delivery->result == store::outcome::unusable));
  BOOST_TEST_REQUIRE(record.entry.dead.has_value());
  BOOST_TEST(record.entry.dead->reason == "No ID.");
  BOOST_TEST(record.entry.dead->subject == "product.updated");
  BOOST_TEST(record.entry.dead->body.size() == store::dead_letter_body_max);
  BOOST_TEST_REQUIRE(record.entry.wanted.size() == 1U);
  BOOST_TEST(record.entry.wanted[0].item == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
