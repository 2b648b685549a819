// The ledger's logic without messages: commit, then publish (I1); what a failed commit takes back.
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;

namespace {

stock::moment present = start_of_time;

stock::moment fixed_now() {
  return present;
}

// A ledger over a store in memory, and product actors' states that decide for it.
struct ledger_example {
  memory_store storage;
  view committed;
  store_health health;
  std::shared_ptr<product_context> context = one_target(committed);
  ledger_state ledger;
  std::map<stock::product_id, product_state> products;

  ledger_example() { ledger.context = {&storage, &committed, &health, &fixed_now}; }

  ledger_example(const ledger_example&) = delete;
  ledger_example& operator=(const ledger_example&) = delete;
  ~ledger_example() = default;

  // What the product decides on the delivery goes into the next group.
  std::shared_ptr<recorded_reply> take(incoming delivery) {
    const auto id = std::get<stock::observation>(delivery.content).value.id;
    const auto [place, is_new] = products.try_emplace(id);
    if (is_new)
      place->second.begin(id, context);
    auto answer = std::make_shared<recorded_reply>();
    delivery.reply = answer;
    ledger.take(std::make_shared<ledger_entry>(place->second.observe(delivery)));
    return answer;
  }

  std::shared_ptr<recorded_reply> take(stock::item item, unsigned received = 0) {
    return take(some_delivery(std::move(item), received));
  }

  [[nodiscard]] std::optional<stock::quantity> held(stock::product_id id) const {
    const auto found = committed.find(id);
    return found ? found->held.self->value.stock.quantity : std::nullopt;
  }
};

ledger_entry_ptr told(stock::product_id product, std::shared_ptr<reply> reply = nullptr) {
  auto record = std::make_shared<ledger_entry>();
  record->entry.told.push_back({"shop", product, 1});
  record->reply = std::move(reply);
  return record;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_logic)

BOOST_AUTO_TEST_CASE(nothing_is_shown_or_answered_before_the_commit) {
  auto run = ledger_example{};
  const auto answer = run.take(some_item(34, 7, 1), 1);
  run.storage.before_commit = [&] {
    BOOST_TEST(!answer->answered());
    BOOST_TEST(!run.committed.find(34));
  };
  auto after = run.ledger.commit();
  BOOST_TEST((answer->outcome == store::outcome::applied));
  BOOST_TEST(run.held(34).value() == 7);
  BOOST_TEST_REQUIRE(after.jobs.at("shop").size() == 1U);
  BOOST_TEST((after.jobs.at("shop")[0].tags ==
              std::vector<std::string>{"category-drinks", "product-34", "product-tea-34"}));
  BOOST_TEST(run.health.commits == 1U);
}

BOOST_AUTO_TEST_CASE(what_came_in_is_one_group_with_a_limit) {
  auto run = ledger_example{};
  for (stock::product_id id = 1; id <= ledger_state::group_max + 10; ++id)
    run.take(some_item(id, 1, 1));
  run.ledger.commit();
  run.ledger.commit();
  BOOST_TEST((run.storage.groups == std::vector<std::size_t>{ledger_state::group_max, 10}));
  BOOST_TEST(run.ledger.waiting.empty());
}

BOOST_AUTO_TEST_CASE(several_changes_of_one_product_are_committed_in_one_group) {
  auto run = ledger_example{};
  for (unsigned second = 1; second != 6; ++second)
    run.take(some_item(34, second, second), second);
  run.ledger.commit();
  BOOST_TEST(run.storage.groups.size() == 1U);
  BOOST_TEST(run.held(34).value() == 5);
}

BOOST_AUTO_TEST_CASE(a_duplicate_is_answered_as_one) {
  auto run = ledger_example{};
  const auto delivery = some_delivery(some_item(34, 7, 1), 1);
  const auto first = run.take(delivery);
  const auto within_the_group = run.take(delivery);
  run.ledger.commit();
  const auto later = run.take(delivery);
  run.ledger.commit();
  BOOST_TEST((first->outcome == store::outcome::applied));
  BOOST_TEST((within_the_group->outcome == store::outcome::duplicate));
  BOOST_TEST((later->outcome == store::outcome::duplicate));
}

BOOST_AUTO_TEST_CASE(a_failed_commit_refuses_the_group_and_shows_nothing) {
  auto run = ledger_example{};
  run.storage.full = true;
  const auto first = run.take(some_item(34, 7, 1));
  const auto second = run.take(some_item(35, 7, 1));
  const auto after = run.ledger.commit();
  BOOST_TEST((first->failure && second->failure));
  BOOST_TEST(after.jobs.empty());
  BOOST_TEST(!run.committed.find(34));
  BOOST_TEST(!run.health.up);
  BOOST_TEST(run.health.failed_commits == 1U);
}

// What was decided on a state that was never committed can't be committed either.
BOOST_AUTO_TEST_CASE(what_is_based_on_a_refused_state_is_refused_too) {
  auto run = ledger_example{};
  run.take(some_item(34, 7, 1), 1);
  run.ledger.commit();
  run.storage.full = true;
  const auto lost = run.take(some_item(34, 6, 2), 2);
  run.ledger.commit();
  const auto based_on_it = run.take(some_item(34, 5, 3), 3);
  run.storage.full = false;
  run.ledger.commit();
  BOOST_TEST(lost->failure.has_value());
  BOOST_TEST(based_on_it->failure.has_value());
  BOOST_TEST(run.held(34).value() == 7);
  // Once it has gone back to what is committed, the product goes on.
  run.products.at(34).return_to_committed();
  const auto next = run.take(some_item(34, 4, 4), 4);
  run.ledger.commit();
  BOOST_TEST((next->outcome == store::outcome::applied));
  BOOST_TEST(run.held(34).value() == 4);
}

// The one in between is stale beside the lost state, but news beside what is committed: answering
// it "stale" would lose it.
BOOST_AUTO_TEST_CASE(what_is_stale_only_beside_a_refused_state_is_refused_too) {
  auto run = ledger_example{};
  run.take(some_item(34, 7, 1), 1);
  run.ledger.commit();
  run.storage.full = true;
  run.take(some_item(34, 6, 9), 2);
  run.ledger.commit();
  const auto in_between = run.take(some_item(34, 5, 5), 3);
  run.storage.full = false;
  run.ledger.commit();
  BOOST_TEST(in_between->failure.has_value());
  BOOST_TEST(run.storage.entries.size() == 1U);
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_gap_is_noted_with_the_next_commit) {
  auto run = ledger_example{};
  run.storage.full = true;
  run.take(some_item(34, 7, 1));
  run.ledger.commit();
  run.storage.full = false;
  run.take(some_item(35, 7, 1));
  run.ledger.commit();
  BOOST_TEST(run.health.up);
  const auto& heal = run.storage.entries.back().wanted;
  BOOST_TEST_REQUIRE(heal.size() == 1U);
  BOOST_TEST(heal[0].item == 0U);
  run.take(some_item(36, 7, 1));
  run.ledger.commit();
  BOOST_TEST(run.storage.entries.back().wanted.empty());
}

BOOST_AUTO_TEST_CASE(a_probe_finds_the_store_back_and_notes_the_gap) {
  auto run = ledger_example{};
  run.storage.full = true;
  run.take(some_item(34, 7, 1));
  run.ledger.commit();
  run.ledger.probe();
  BOOST_TEST(!run.health.up);
  run.storage.full = false;
  run.ledger.probe();
  BOOST_TEST(run.health.up);
  BOOST_TEST_REQUIRE(run.storage.entries.size() == 1U);
  BOOST_TEST(run.storage.entries[0].wanted[0].item == 0U);
  BOOST_TEST(run.ledger.lost.empty());
}

BOOST_AUTO_TEST_CASE(what_a_target_was_told_is_kept_until_the_store_is_back) {
  auto run = ledger_example{};
  run.storage.full = true;
  run.ledger.take(told(34));
  run.ledger.commit();
  BOOST_TEST(run.ledger.waiting.empty());
  run.storage.full = false;
  run.ledger.probe();
  BOOST_TEST(run.ledger.waiting.size() == 1U);
  run.ledger.commit();
  BOOST_TEST_REQUIRE(run.storage.entries.size() == 1U);
  BOOST_TEST(run.storage.entries[0].told[0].product == 34U);
}

// A person asked, and can ask again: he is answered at once.
BOOST_AUTO_TEST_CASE(an_operators_record_is_refused_at_once_and_not_kept) {
  auto run = ledger_example{};
  run.storage.full = true;
  const auto answer = std::make_shared<recorded_reply>();
  run.ledger.take(told(34, answer));
  run.ledger.commit();
  BOOST_TEST(answer->failure.has_value());
  run.storage.full = false;
  run.ledger.probe();
  BOOST_TEST(run.ledger.waiting.empty());
  BOOST_TEST(answer->calls == 1);
}

// -- commits in doubt -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_group_in_doubt_is_neither_shown_nor_answered_before_it_is_settled) {
  auto run = ledger_example{};
  run.storage.loses_answer = true;
  const auto answer = run.take(some_item(34, 7, 1));
  BOOST_TEST(run.ledger.commit().changed.empty());
  BOOST_TEST(!answer->answered());
  BOOST_TEST(!run.committed.find(34));
  BOOST_TEST(!run.health.up);

  // Meanwhile nothing else is taken, and nothing that builds on it.
  const auto other = run.take(some_item(35, 7, 1));
  const auto later = run.take(some_item(34, 6, 2));
  const auto after = run.ledger.commit();
  BOOST_TEST((other->failure && later->failure));
  BOOST_TEST(run.storage.entries.size() == 1U);

  const auto settled = run.ledger.settle();
  BOOST_TEST((answer->outcome == store::outcome::applied));
  BOOST_TEST(answer->calls == 1);
  BOOST_TEST(run.held(34).value() == 7);
  BOOST_TEST(settled.jobs.at("shop").size() == 1U);
  BOOST_TEST((settled.changed == product_batch{34}));
  BOOST_TEST(run.health.up);
  BOOST_TEST(run.health.commits == 1U);
  // What was refused meanwhile is asked for.
  BOOST_TEST(!run.ledger.probe().empty());
}

BOOST_AUTO_TEST_CASE(a_group_in_doubt_that_was_not_stored_is_refused) {
  auto run = ledger_example{};
  run.storage.loses_answer = false;
  const auto answer = run.take(some_item(34, 7, 1));
  run.ledger.take(told(1));
  run.ledger.commit();
  run.storage.full = true;
  BOOST_TEST(run.ledger.settle().rejected.empty());
  BOOST_TEST(!answer->answered());
  run.storage.full = false;
  run.ledger.settle();
  BOOST_TEST(answer->failure.has_value());
  BOOST_TEST(!run.committed.find(34));
  BOOST_TEST(run.ledger.kept.size() == 1U);
  run.ledger.probe();
  run.ledger.commit();
  BOOST_TEST(run.storage.entries.back().told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(who_has_waited_too_long_on_a_doubt_is_told_so_once) {
  auto run = ledger_example{};
  run.storage.loses_answer = true;
  const auto answer = run.take(some_item(34, 7, 1));
  run.ledger.commit();
  run.storage.full = true;
  present = start_of_time + std::chrono::seconds{3};
  run.ledger.settle();
  BOOST_TEST(!answer->answered());
  present = start_of_time + std::chrono::seconds{5};
  run.ledger.settle();
  run.ledger.settle();
  BOOST_TEST((answer->failure && answer->calls == 1));
  run.storage.full = false;
  const auto settled = run.ledger.settle();
  present = start_of_time;
  BOOST_TEST(answer->calls == 1);
  BOOST_TEST(run.held(34).value() == 7);
  BOOST_TEST(settled.jobs.at("shop").size() == 1U);
}

// A simulated world found it: nobody settled it, and the store took nothing more.
BOOST_AUTO_TEST_CASE(what_is_to_be_read_again_is_settled_too_when_its_commit_is_in_doubt) {
  auto run = ledger_example{};
  run.storage.full = true;
  run.take(some_item(34, 7, 1));
  run.ledger.commit();
  run.storage.full = false;
  run.storage.loses_answer = true;
  BOOST_TEST(run.ledger.probe().empty());
  BOOST_TEST(!run.health.up);
  BOOST_TEST(!run.ledger.settle().wanted.empty());
  BOOST_TEST(run.health.up);
  const auto answer = run.take(some_item(35, 7, 1));
  run.ledger.commit();
  BOOST_TEST((answer->outcome == store::outcome::applied));
}

BOOST_AUTO_TEST_CASE(a_purge_says_whether_there_is_more_that_can_go_now) {
  auto run = ledger_example{};
  run.storage.purges_wanted = 2;
  BOOST_TEST(run.ledger.purge());
  BOOST_TEST(!run.ledger.purge());
  run.storage.purges_wanted = 1'000;
  run.storage.full = true;
  BOOST_TEST(!run.ledger.purge());
  run.storage.full = false;
  run.health.up = false;
  const auto before = run.storage.purges;
  BOOST_TEST(!run.ledger.purge());
  BOOST_TEST(run.storage.purges == before);
}

BOOST_AUTO_TEST_CASE(a_commit_waits_for_more_only_under_load_and_only_for_the_interval) {
  using std::chrono::microseconds;
  auto run = ledger_example{};
  auto& state = run.ledger;
  const auto last = caf::actor_clock::time_point{std::chrono::hours{1}};
  state.last_commit = last;
  state.last_group = ledger_state::gather_from;
  BOOST_TEST(state.gathering(last).count() == 0); // no thread of its own
  state.context.sleep = [](std::chrono::nanoseconds) {};
  constexpr auto interval = ledger_state::commit_interval;
  BOOST_TEST((state.gathering(last + microseconds{300}) == interval - microseconds{300}));
  // A disk that took longer for the last one, or a pause.
  BOOST_TEST(state.gathering(last + interval).count() == 0);
  BOOST_TEST(state.gathering(last + std::chrono::seconds{5}).count() == 0);
  state.last_group = ledger_state::gather_from - 1;
  BOOST_TEST(state.gathering(last).count() == 0);
  state.last_group = ledger_state::gather_from;
  state.has_gathered = true;
  BOOST_TEST(state.gathering(last).count() == 0);
  state.has_gathered = false;
  for (std::size_t count = 0; count < ledger_state::gather_to; ++count)
    state.take(told(34));
  BOOST_TEST(state.gathering(last).count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
