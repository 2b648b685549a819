// What live readers are told, from the product's decision to the broadcaster: which changes are
// events, how they are numbered, and what is kept of them.
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;

namespace {

stock::moment fixed_now() {
  return start_of_time;
}

// A product, a ledger over a store in memory, and a listener that writes down what it is told.
struct live_example {
  memory_store storage;
  view committed;
  store_health health;
  broadcaster updates{4};
  std::shared_ptr<product_context> context = one_target(committed);
  ledger_state ledger;
  product_state product;
  std::vector<std::uint64_t> told;

  live_example() {
    ledger.context = {&storage, &committed, &health, &fixed_now, &updates};
    product.begin(34, context);
    updates.listen({[] { return true; },
                    [this](const told_batch& batch) {
                      for (const auto& each : *batch) {
                        // Whoever is told of a change can read it.
                        BOOST_TEST(committed.find(each.event.product) != nullptr);
                        BOOST_TEST(each.text->starts_with(
                          "id: " + std::to_string(each.event.sequence) + "\ndata: {"));
                        told.push_back(each.event.sequence);
                      }
                    }});
  }

  live_example(const live_example&) = delete;
  live_example& operator=(const live_example&) = delete;
  ~live_example() = default;

  std::shared_ptr<recorded_reply> take(std::int64_t quantity, unsigned second,
                                       stock::source from = stock::source::webhook) {
    auto delivery = some_delivery(some_item(34, quantity, second), second);
    std::get<stock::observation>(delivery.content).from = from;
    auto answer = std::make_shared<recorded_reply>();
    delivery.reply = answer;
    ledger.take(std::make_shared<ledger_entry>(product.observe(delivery)));
    return answer;
  }

  [[nodiscard]] std::vector<std::uint64_t> stored() const {
    auto sequences = std::vector<std::uint64_t>{};
    for (const auto& entry : storage.entries) {
      for (const auto& event : entry.events)
        sequences.push_back(event.sequence);
    }
    return sequences;
  }
};

using sequences = std::vector<std::uint64_t>;

bool all(const store::live_event&) {
  return true;
}

store::live_event event_of(std::uint64_t sequence) {
  return {sequence, 34, 34, start_of_time, {}, true};
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_changes)

BOOST_AUTO_TEST_CASE(changes_are_numbered_in_the_order_of_commit_and_told_after_it) {
  auto run = live_example{};
  run.take(7, 1);
  run.take(6, 2);
  run.storage.before_commit = [&] { BOOST_TEST(run.told.empty()); };
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1, 2}));
  BOOST_TEST((run.stored() == run.told));
  run.storage.before_commit = [] {};
  run.take(5, 3);
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1, 2, 3}));
  BOOST_TEST(run.updates.newest() == 3U);
}

BOOST_AUTO_TEST_CASE(a_failed_commit_tells_nothing_and_its_numbers_are_given_again) {
  auto run = live_example{};
  run.take(7, 1);
  run.ledger.commit();
  run.storage.full = true;
  run.take(6, 2);
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1}));
  BOOST_TEST(run.committed.behind().has_value());
  run.storage.full = false;
  run.product.return_to_committed();
  run.take(5, 3);
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1, 2}));
  BOOST_TEST((run.stored() == run.told));
  BOOST_TEST(!run.committed.behind().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_read_for_the_first_time_is_no_event_and_its_next_change_is) {
  auto run = live_example{};
  run.take(7, 1, stock::source::read);
  run.ledger.commit();
  BOOST_TEST(run.told.empty());
  run.take(6, 2, stock::source::read);
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1}));
}

BOOST_AUTO_TEST_CASE(what_no_shopper_sees_is_no_event) {
  auto run = live_example{};
  run.take(7, 1);
  auto renamed = some_item(34, 7, 2);
  renamed.name = "Another tea";
  run.ledger.take(std::make_shared<ledger_entry>(run.product.observe(some_delivery(renamed, 2))));
  run.ledger.commit();
  BOOST_TEST((run.told == sequences{1}));
}

BOOST_AUTO_TEST_CASE(the_newest_are_kept_and_what_is_forgotten_is_known_to_be) {
  auto kept = broadcaster{3};
  kept.load({event_of(11), event_of(12), event_of(13)});
  BOOST_TEST(kept.newest() == 13U);
  const auto reach = [&](std::uint64_t after) { return kept.follow(after, 10, all); };
  BOOST_TEST(!reach(9).known); // there may have been a tenth
  BOOST_TEST(reach(10).events.size() == 3U);
  kept.publish({event_of(14)}, [] {});
  BOOST_TEST(!reach(10).known);
  BOOST_TEST(reach(11).events.size() == 3U);
  BOOST_TEST(reach(14).known);
  BOOST_TEST(reach(14).complete);
  BOOST_TEST(!reach(15).known);
  const auto part = kept.follow(11, 2, all);
  BOOST_TEST(!part.complete);
  BOOST_TEST(part.reached == 13U);
  const auto none = kept.follow(11, 2, [](const store::live_event&) { return false; });
  BOOST_TEST(none.complete);
  BOOST_TEST(none.reached == 14U);
}

BOOST_AUTO_TEST_CASE(a_new_log_can_be_followed_from_its_beginning) {
  auto fresh = broadcaster{};
  fresh.load({});
  BOOST_TEST(fresh.follow(0, 1, all).known);
  BOOST_TEST(!fresh.follow(1, 1, all).known);
}

BOOST_AUTO_TEST_CASE(from_long_ago_the_newest_of_each_item_is_told_and_no_look_is_long) {
  auto kept = broadcaster{20'000};
  for (std::uint64_t sequence = 1; sequence <= 10'000; ++sequence) {
    auto event = event_of(sequence);
    event.item = sequence <= 5'000 ? 34 + sequence % 2 : 36;
    kept.publish({event}, [] {});
  }
  auto told = sequences{};
  auto after = std::uint64_t{3};
  int looks = 0;
  for (bool complete = false; !complete; ++looks) {
    const auto part = kept.follow(after, 10, all, broadcaster::telling::newest_only);
    BOOST_TEST_REQUIRE(part.known);
    BOOST_TEST_REQUIRE((part.complete || part.reached > after));
    for (const auto& event : part.events)
      told.push_back(event.sequence);
    after = part.reached;
    complete = part.complete;
  }
  BOOST_TEST((told == sequences{4'999, 5'000, 10'000}));
  BOOST_TEST(looks == 3);
  // What is not kept any more is not the newest of anything either.
  for (std::uint64_t sequence = 10'001; sequence <= 40'000; ++sequence)
    kept.publish({event_of(sequence)}, [] {});
  BOOST_TEST(!kept.follow(10'000, 10, all).known);
  const auto rest = kept.follow(39'990, 20, all, broadcaster::telling::newest_only);
  BOOST_TEST(rest.complete);
  BOOST_TEST(rest.events.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
