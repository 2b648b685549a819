// The limiter and the confirmer, with a shop that answers what the test tells it to: what is asked
// when, and what becomes of every kind of answer.
#include "base/log.hpp"
#include "stage.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <numeric>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using namespace std::chrono_literals;

namespace {

// In the place of the catalog: keeps what was observed.
catalog_actor::behavior_type keep_observations(catalog_actor::pointer,
                                               std::shared_ptr<incoming_batch> into) {
  return {
    [=](const incoming_batch& batch) { into->insert(into->end(), batch.begin(), batch.end()); },
    [](idle_atom, stock::product_id, std::uint64_t) {},
    [](tick_atom) {},
  };
}

budget_options generous() {
  auto options = budget_options{};
  options.count = 1'000;
  options.window = 1s;
  options.burst = 100;
  return options;
}

struct reading_example {
  stage where;
  scripted_shop shop;
  view committed;
  std::shared_ptr<incoming_batch> observed = std::make_shared<incoming_batch>();
  catalog_actor catalog;
  limiter_actor gate;
  confirmer_actor reader;

  explicit reading_example(budget_options limits = generous()) {
    auto options = confirmer_options{};
    options.committed = &committed;
    options.now = &stage::now;
    catalog = where.system().spawn(keep_observations, observed);
    gate = where.system().spawn(limiter, limits);
    reader = where.system().spawn(confirmer, std::move(options), shop.way_in(), gate, catalog);
    where.pass(1s);
  }

  ~reading_example() {
    caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(gate, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(catalog, caf::exit_reason::user_shutdown);
    where.run();
    shop.waiting.clear(); // their answers hold the confirmer
  }

  reading_example(const reading_example&) = delete;
  reading_example& operator=(const reading_example&) = delete;

  void want(stock::product_id item, std::chrono::nanoseconds from_now = 0s) {
    want_all(item, item, from_now);
  }

  void want_all(stock::product_id first, stock::product_id last,
                std::chrono::nanoseconds from_now = 0s) {
    auto batch = confirmation_batch{};
    const auto at = stage::now() + std::chrono::floor<std::chrono::microseconds>(from_now);
    for (auto item = first; item <= last; ++item)
      batch.push_back(question(item, at));
    caf::anon_send(reader, batch);
    where.run();
  }

  // Every item asked for is a simple product with a stock of 7.
  void answer_all() {
    auto members = std::string{};
    for (const auto item : items_of(shop.waiting.front().what.body))
      members += (members.empty() ? "" : ",") + product_json(item, 7);
    shop.answer_data(members);
    where.run();
  }

  void answer(unsigned status, const std::string& body,
              std::vector<std::pair<std::string, std::string>> fields = {}) {
    shop.answer(status, body, std::move(fields));
    where.run();
  }

  void answer_data(const std::string& members) {
    shop.answer_data(members);
    where.run();
  }

  // Lets time pass until a request is under way; how long that took.
  std::chrono::nanoseconds until_asked(std::chrono::nanoseconds at_most = 10min) {
    const auto begun = stage::now();
    while (shop.waiting.empty() && stage::now() - begun < at_most)
      where.pass(1ms);
    BOOST_TEST_REQUIRE(!shop.waiting.empty());
    return stage::now() - begun;
  }

  [[nodiscard]] std::set<stock::product_id> asked() const {
    return items_of(shop.waiting.front().what.body);
  }

  [[nodiscard]] const stock::observation& observation(std::size_t at) const {
    return std::get<stock::observation>(observed->at(at)->content);
  }
};

std::set<stock::product_id> from_to(stock::product_id first, stock::product_id last) {
  auto items = std::set<stock::product_id>{};
  for (auto item = first; item <= last; ++item)
    items.insert(item);
  return items;
}

// Collects the log's lines while it lives.
struct log_lines {
  std::string text;

  log_lines() {
    log::start(log::level::info, log::format::text,
               [this](std::string_view line) { text += line; });
  }

  ~log_lines() { log::stop(); }

  log_lines(const log_lines&) = delete;
  log_lines& operator=(const log_lines&) = delete;

  // Ends the collection. How many lines hold that?
  std::size_t count(std::string_view what) {
    log::stop();
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++found;
    return found;
  }
};

const auto maintenance = std::string{
  R"({"code":"wp_die","message":"Briefly unavailable.","data":{"status":503},"additional_errors":[]})"};
const auto refusal = std::string{R"({"errors":[{"message":"Cannot query field \"x\"."}]})"};

} // namespace

BOOST_AUTO_TEST_SUITE(limiter_actor_alone)

BOOST_AUTO_TEST_CASE(grants_come_at_the_rate_and_in_the_order_of_urgency) {
  auto limits = budget_options{};
  limits.burst = 1;
  auto run = stage{};
  const auto gate = run.system().spawn(limiter, limits);
  {
    auto times = std::vector<std::pair<purpose, stock::moment>>{};
    const auto ask = [&](purpose what) {
      run.system().spawn(
        [&times](caf::event_based_actor* me, const limiter_actor& from, purpose wanted) {
          me->request(from, caf::infinite, acquire_atom::value, wanted)
            .then([=, &times](granted_atom) {
              times.emplace_back(wanted, stage::now());
              me->send(from, release_atom::value, feedback{});
            });
        },
        gate, what);
    };
    ask(purpose::scrub);
    ask(purpose::scrub);
    run.run();
    ask(purpose::reader);
    run.pass(10s);
    BOOST_TEST_REQUIRE(times.size() == 3U);
    BOOST_TEST((times[0].first == purpose::reader));
    BOOST_TEST((times[1].second - times[0].second >= 500ms));
    BOOST_TEST((times[2].second - times[1].second < 501ms));
    BOOST_TEST(run.timers() == 0U);
  }
  caf::anon_send_exit(gate, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(who_gives_up_or_dies_gives_its_places_back) {
  auto limits = budget_options{};
  limits.count = 1'000;
  limits.window = 1s;
  limits.concurrency = 1;
  limits.waiting_max = 2;
  auto run = stage{};
  const auto gate = run.system().spawn(limiter, limits);

  struct seen {
    int granted = 0;
    int refused = 0;
  };

  auto results = std::vector<std::shared_ptr<seen>>{};
  // Asks once; keeps what it was granted.
  const auto ask = [&] {
    results.push_back(std::make_shared<seen>());
    auto who = run.system().spawn(
      [](caf::event_based_actor* me, const limiter_actor& from, const std::shared_ptr<seen>& into) {
        me->request(from, caf::infinite, acquire_atom::value, purpose::scrub)
          .then([into](granted_atom) { ++into->granted; },
                [into](const caf::error&) { ++into->refused; });
        return caf::behavior{[=](give_up_atom) { me->send(from, give_up_atom::value); }};
      },
      gate, results.back());
    run.pass(1s);
    return who;
  };
  const auto holder = ask();
  const auto first = ask();
  const auto second = ask();
  BOOST_TEST(results[0]->granted == 1);
  ask();
  BOOST_TEST(results[3]->refused == 1); // two wait already
  caf::anon_send(first, give_up_atom::value);
  run.pass(1s);
  BOOST_TEST(results[1]->refused == 1);
  const auto third = ask();
  BOOST_TEST(results[4]->refused == 0);
  caf::anon_send_exit(second, caf::exit_reason::kill); // while it waits
  run.pass(1s);
  const auto fourth = ask();
  BOOST_TEST(results[5]->refused == 0);
  caf::anon_send_exit(holder, caf::exit_reason::kill); // while its request is in flight
  run.pass(1s);
  BOOST_TEST(results[2]->granted == 0);
  BOOST_TEST(results[4]->granted == 1);
  BOOST_TEST(results[5]->granted == 0);
  for (const auto& each : {first, third, fourth})
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(gate, caf::exit_reason::user_shutdown);
}

// As the pace recovers, what was to be granted in an hour is to be granted earlier and earlier.
BOOST_AUTO_TEST_CASE(timers_that_others_took_the_place_of_start_no_more) {
  auto limits = budget_options{};
  limits.count = 1;
  limits.window = 60s;
  limits.burst = 50;
  limits.concurrency = 60;
  auto run = stage{};
  const auto gate = run.system().spawn(limiter, limits);
  auto granted = 0;
  const auto ask = [&] {
    run.system().spawn(
      [&granted](caf::event_based_actor* me, const limiter_actor& from) {
        me->request(from, caf::infinite, acquire_atom::value, purpose::scrub)
          .then([&granted](granted_atom) { ++granted; });
      },
      gate);
  };
  const auto release = [&](int times, feedback how) {
    for (int at = 0; at < times; ++at) {
      caf::anon_send(gate, release_atom::value, how);
      run.run();
    }
  };
  run.pass(1h);
  for (int at = 0; at < 60; ++at)
    ask();
  run.run();
  BOOST_TEST(granted == 50);
  release(6, {true, 0ms});
  release(44, {});
  run.pass(1h);
  BOOST_TEST(granted > 50);
  BOOST_TEST(run.timers() <= 1U);
  caf::anon_send_exit(gate, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(confirmer_actor_with_a_scripted_shop)

BOOST_AUTO_TEST_CASE(what_is_wanted_within_five_milliseconds_is_one_request) {
  auto run = reading_example{};
  run.want(1);
  run.where.pass(2ms);
  run.want(2);
  run.where.pass(2ms);
  run.want(3);
  BOOST_TEST(run.shop.arrivals.empty());
  run.where.pass(1ms);
  BOOST_TEST_REQUIRE(run.shop.arrivals.size() == 1U);
  BOOST_TEST((run.asked() == from_to(1, 3)));
  run.answer_all();
  run.where.pass(1min);
  BOOST_TEST(run.shop.arrivals.size() == 1U);
  BOOST_TEST(run.observed->size() == 3U);
  BOOST_TEST(run.where.timers() == 0U);
}

BOOST_AUTO_TEST_CASE(many_questions_are_requests_of_a_hundred_and_those_waiting_longest_go_first) {
  auto run = reading_example{};
  run.want_all(1'000, 1'099);
  run.where.pass(1ms);
  run.want_all(1, 150);
  auto sizes = std::vector<std::size_t>{};
  run.until_asked();
  BOOST_TEST((run.asked() == from_to(1'000, 1'099)));
  for (int at = 0; at < 3; ++at) {
    run.until_asked();
    sizes.push_back(run.asked().size());
    run.answer_all();
  }
  run.where.pass(1min);
  BOOST_TEST((sizes == std::vector<std::size_t>{100, 100, 50}));
  BOOST_TEST(run.shop.arrivals.size() == 3U);
  BOOST_TEST(run.observed->size() == 250U);
}

BOOST_AUTO_TEST_CASE(what_is_asked_again_while_it_is_in_flight_is_read_again) {
  auto run = reading_example{};
  run.want(1);
  run.until_asked();
  run.where.pass(10ms);
  run.want(1);
  const auto again_at = stage::now();
  run.answer_all();
  run.until_asked();
  BOOST_TEST((run.asked() == from_to(1, 1)));
  BOOST_TEST((run.shop.arrivals.back() > again_at));
  run.answer_all();
  run.where.pass(1min);
  BOOST_TEST(run.shop.arrivals.size() == 2U);
  BOOST_TEST_REQUIRE(run.observed->size() == 2U);
  BOOST_TEST((run.observed->at(0)->settled_before < again_at));
  BOOST_TEST((run.observed->at(1)->settled_before > again_at));
}

BOOST_AUTO_TEST_CASE(nothing_is_read_before_its_moment_and_no_place_is_taken_for_nothing) {
  auto limits = generous();
  limits.count = 1;
  limits.window = 1h;
  limits.burst = 1;
  auto run = reading_example{limits};
  run.where.pass(1h); // one request is to be had
  run.want(1, 3s + 1us);
  const auto moment = stage::now() + 3s + 1us;
  run.where.pass(10s);
  BOOST_TEST_REQUIRE(run.shop.arrivals.size() == 1U);
  BOOST_TEST((run.shop.arrivals[0] > moment));
  BOOST_TEST((run.shop.arrivals[0] < moment + 10ms));
}

BOOST_AUTO_TEST_CASE(an_answer_is_an_observation_that_settles_its_question) {
  auto run = reading_example{};
  run.want(34);
  run.until_asked();
  const auto sent = stage::now();
  run.where.pass(300ms);
  run.answer_all();
  BOOST_TEST_REQUIRE(run.observed->size() == 1U);
  const auto& seen = run.observation(0);
  BOOST_TEST(seen.value.stock.quantity.value() == 7);
  BOOST_TEST((seen.from == stock::source::confirmation));
  BOOST_TEST((seen.read == stock::reading{sent, sent + 300ms}));
  BOOST_TEST(run.observed->at(0)->settles.value() == 34U);
  BOOST_TEST((run.observed->at(0)->settled_before == sent));
  BOOST_TEST(run.observed->at(0)->cause == "confirmation");
}

BOOST_AUTO_TEST_CASE(an_absent_variation_is_gone_from_the_product_that_is_known_to_own_it) {
  auto run = reading_example{};
  auto held = stock::product{};
  held.id = 34;
  held.version = 1;
  auto variation = stock::record{};
  variation.value.id = 35;
  variation.value.parent = 34;
  variation.value.type = stock::product_type::variation;
  held.variations.push_back(variation);
  run.committed.publish(held);
  run.want_all(35, 36);
  run.until_asked();
  BOOST_TEST(run.shop.bodies[0].find("p35:") == std::string::npos);
  BOOST_TEST(run.shop.bodies[0].find("p36:") != std::string::npos);
  BOOST_TEST(run.shop.bodies[0].find("v36:") != std::string::npos);
  run.answer_data(R"("v35":null,"p36":null,"v36":null)");
  BOOST_TEST_REQUIRE(run.observed->size() == 2U);
  for (std::size_t at = 0; at < 2; ++at) {
    BOOST_TEST((run.observation(at).value.status == stock::publication::gone));
    BOOST_TEST(run.observed->at(at)->settles.value() == 35 + at);
  }
  BOOST_TEST(run.observation(0).value.parent == 34U);
  BOOST_TEST(run.observation(1).value.parent == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_not_there_is_asked_for_as_a_variation_too) {
  auto run = reading_example{};
  auto tombstone = stock::product{};
  tombstone.id = 36;
  tombstone.version = 1;
  tombstone.self.emplace();
  tombstone.self->value.id = 36;
  tombstone.self->value.type = stock::product_type::other;
  tombstone.self->value.status = stock::publication::gone;
  run.committed.publish(tombstone);
  run.want(36);
  run.until_asked();
  BOOST_TEST(run.shop.bodies[0].find("v36:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_item_that_cant_be_read_is_retried_later_each_time_and_holds_up_nobody) {
  auto lines = log_lines{};
  auto run = reading_example{};
  run.want_all(1, 2);
  auto waits = std::vector<std::chrono::nanoseconds>{};
  for (int at = 0; at < 9; ++at) {
    waits.push_back(run.until_asked());
    run.answer(200,
               R"({"errors":[{"message":"Internal server error","path":["p1","sku"]}],"data":{)" +
                 product_json(1, 7) + "," + product_json(2, 7) + "}}");
  }
  BOOST_TEST(run.observed->size() == 1U); // the second product, at once
  for (std::size_t at = 2; at < 6; ++at)
    BOOST_TEST((waits[at] > waits[at - 1] * 3 / 2));
  BOOST_TEST((waits.back() >= 59s && waits.back() <= 61s));
  run.want(3);
  BOOST_TEST((run.until_asked() < 10ms));
  BOOST_TEST((run.asked() == from_to(3, 3)));
  BOOST_TEST(lines.count("could not read a product") == 4U); // the 1st, 2nd, 4th and 8th time
}

BOOST_AUTO_TEST_CASE(a_shop_that_asks_for_a_pause_gets_it_and_is_asked_again) {
  auto run = reading_example{};
  run.want(1);
  run.until_asked();
  run.answer(503, maintenance, {{"retry-after", "300"}});
  run.where.pass(100ms);
  run.want(2); // during the pause
  BOOST_TEST((run.until_asked(20min) >= 299s));
  BOOST_TEST((run.asked() == from_to(1, 2)));
  run.answer_all();
  run.where.pass(1min);
  BOOST_TEST(run.observed->size() == 2U);
  BOOST_TEST(run.shop.arrivals.size() == 2U);
}

BOOST_AUTO_TEST_CASE(transient_failures_are_retried_later_each_time_and_slow_the_limiter) {
  auto lines = log_lines{};
  auto limits = budget_options{};
  limits.count = 10;
  limits.window = 1s;
  limits.burst = 1;
  auto run = reading_example{limits};
  run.want(1);
  auto waits = std::vector<std::chrono::nanoseconds>{};
  for (int at = 0; at < 12; ++at) {
    waits.push_back(run.until_asked());
    if (at % 3 == 0)
      run.shop.answer(error{errc::unavailable, "The connection was cut.", ""});
    else
      run.shop.answer(at % 3 == 1 ? 200U : 500U, "<!DOCTYPE html><h1>Oops</h1>");
    run.where.run();
  }
  BOOST_TEST((waits[1] >= 1s && waits[2] >= 2s && waits[3] >= 4s));
  BOOST_TEST((waits[11] >= 60s && waits[11] <= 61s));
  run.until_asked();
  run.answer_all();
  BOOST_TEST(run.observed->size() == 1U);
  // Twelve halvings and one answer: at 2/64 of the pace a token takes 3.2 s.
  run.want(2);
  const auto waited = run.until_asked();
  BOOST_TEST((waited > 3s && waited < 4s));
  BOOST_TEST(lines.count("can't be read") == 1U);
  BOOST_TEST(lines.count("can be read again") == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_person_must_mend_is_asked_rarely_and_complained_of_once_in_a_while) {
  auto lines = log_lines{};
  auto run = reading_example{};
  run.want(1);
  run.until_asked();
  run.answer(200, refusal);
  for (stock::product_id other = 2; other < 62; ++other) { // others come, and hasten nothing
    run.want(other);
    run.where.pass(1min);
    if (!run.shop.waiting.empty())
      run.answer(200, refusal);
  }
  BOOST_TEST(run.shop.arrivals.size() >= 58U);
  BOOST_TEST(run.shop.arrivals.size() <= 61U);
  run.until_asked();
  run.answer_all();
  BOOST_TEST(lines.count("can't be read") == 7U); // in an hour
  BOOST_TEST(lines.count("can be read again") == 1U);
}

BOOST_AUTO_TEST_CASE(a_question_that_comes_during_a_back_off_is_asked_after_it) {
  auto run = reading_example{};
  run.want(1);
  run.until_asked();
  run.answer(200, refusal);
  run.where.pass(30s);
  run.want(2);
  const auto waited = run.until_asked();
  BOOST_TEST((waited >= 29s && waited <= 31s));
  BOOST_TEST((run.asked() == from_to(1, 2)));
}

BOOST_AUTO_TEST_CASE(timers_do_not_pile_up) {
  auto run = reading_example{};
  run.want(1, 1h); // always something that is far from due
  for (stock::product_id item = 2; item < 100; ++item) {
    if (item % 7 == 0)
      run.want(item + 1'000, 1s);
    run.want(item);
    run.until_asked();
    run.answer_all();
    BOOST_TEST(run.where.timers() <= 4U);
  }
}

BOOST_AUTO_TEST_CASE(a_product_with_many_variations_is_observed_when_all_were_read) {
  auto run = reading_example{};
  run.want(34);
  run.until_asked();
  const auto sent = stage::now();
  run.answer_data(variable_json(34, page_json(101, 200, "one")));
  BOOST_TEST(run.observed->empty());
  run.want(7);
  run.until_asked();
  BOOST_TEST(run.shop.bodies.back().find(R"("after":"one")") != std::string::npos);
  run.answer_data(R"("product":{"variations":)" + page_json(201, 300, "two") + "}");
  BOOST_TEST(run.observed->empty());
  run.until_asked(); // others take turns with the pages
  BOOST_TEST((run.asked() == from_to(7, 7)));
  run.answer_all();
  run.until_asked();
  BOOST_TEST(run.shop.bodies.back().find(R"("after":"two")") != std::string::npos);
  run.answer_data(R"("product":{"variations":)" + page_json(301, 310, "") + "}");
  BOOST_TEST_REQUIRE(run.observed->size() == 1U + 211U);
  for (std::size_t at = 1; at < 211; ++at)
    BOOST_TEST(!run.observed->at(at)->settles);
  BOOST_TEST(run.observed->back()->settles.value() == 34U);
  BOOST_TEST((run.observed->back()->settled_before == sent));
  BOOST_TEST((run.observation(1).read.begin == sent));
  BOOST_TEST(run.observation(1).value.variations.size() == 210U);
}

BOOST_AUTO_TEST_CASE(a_page_of_variations_that_brings_nothing_new_is_not_asked_for_for_ever) {
  auto run = reading_example{};
  run.want(34);
  run.until_asked();
  run.answer_data(variable_json(34, page_json(101, 200, "one")));
  run.until_asked();
  // The cursor's variation was deleted: the shop starts over.
  run.answer_data(R"("product":{"variations":)" + page_json(101, 200, "one") + "}");
  BOOST_TEST(run.observed->empty());
  BOOST_TEST((run.until_asked() >= 1s));
  BOOST_TEST((run.asked() == from_to(34, 34)));
  run.answer_data(variable_json(34, page_json(101, 199, "")));
  BOOST_TEST(run.observed->size() == 100U);
}

BOOST_AUTO_TEST_CASE(a_page_of_variations_that_fails_begins_the_product_anew) {
  auto run = reading_example{};
  run.want(34);
  run.until_asked();
  run.answer_data(variable_json(34, page_json(101, 200, "one")));
  run.until_asked();
  run.shop.answer(error{errc::timed_out, "No answer in time.", ""});
  run.where.run();
  BOOST_TEST((run.until_asked() >= 1s));
  BOOST_TEST((run.asked() == from_to(34, 34)));
  run.answer_all();
  BOOST_TEST(run.observed->back()->settles.value() == 34U);
}

BOOST_AUTO_TEST_CASE(a_product_with_an_unreadable_variation_is_observed_and_stays_in_question) {
  auto run = reading_example{};
  run.want(34);
  run.until_asked();
  const auto answer = [&](const std::string& errors) {
    run.answer(200,
               "{" + errors + R"("data":{)" + variable_json(34, page_json(101, 102, "")) + "}}");
  };
  answer(
    R"("errors":[{"message":"Internal server error","path":["p34","variations","nodes",1,"sku"]}],)");
  BOOST_TEST_REQUIRE(run.observed->size() == 2U);
  BOOST_TEST(!run.observed->back()->settles);
  BOOST_TEST((run.until_asked() >= 1s));
  answer("");
  BOOST_TEST_REQUIRE(run.observed->size() == 5U);
  BOOST_TEST(run.observed->back()->settles.value() == 34U);
}

BOOST_AUTO_TEST_CASE(one_item_that_spoils_the_answer_for_all_is_found_and_waits_alone) {
  auto run = reading_example{};
  run.want_all(1, 100);
  const auto begun = stage::now();
  while (run.observed->size() < 99 && stage::now() - begun < 10min) {
    run.until_asked();
    if (run.asked().count(77) != 0)
      run.answer(500,
                 R"({"code":"internal_server_error","message":"Fatal","data":{"status":500}})");
    else
      run.answer_all();
  }
  BOOST_TEST(run.observed->size() == 99U);
  BOOST_TEST((stage::now() - begun < 5min));
  // It is asked again, by itself: those who come later are not spoiled by it.
  run.want_all(101, 150);
  auto alone = 0;
  for (int at = 0; at < 12; ++at) {
    run.until_asked();
    if (run.asked().count(77) == 0) {
      run.answer_all();
      continue;
    }
    BOOST_TEST((run.asked() == from_to(77, 77)));
    run.answer(500, "");
    ++alone;
  }
  BOOST_TEST(run.observed->size() == 149U);
  BOOST_TEST(alone > 1);
}

BOOST_AUTO_TEST_CASE(the_reconciliation_of_everything_is_not_the_fetchers) {
  auto run = reading_example{};
  run.want(0);
  run.where.pass(1min);
  BOOST_TEST(run.shop.arrivals.empty());
  BOOST_TEST(run.where.timers() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
