// Reads on demand: readers who miss, the lookup actor with the engine's real way to the store, and
// a shop that answers what the test tells it to.
#include "actors/assembly.hpp"
#include "actors/engine.hpp"
#include "memory_store.hpp"
#include "stage.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using namespace std::chrono_literals;

namespace {

budget_options generous() {
  auto options = budget_options{};
  options.count = 1'000;
  options.window = 1s;
  options.burst = 100;
  return options;
}

// What one reader was told; never twice.
struct told {
  std::vector<read_answer> answers;
  bool was_held = false; // by the view, at the moment of the answer

  [[nodiscard]] bool is(read_outcome outcome) const {
    return answers.size() == 1 && answers[0].outcome == outcome;
  }
};

using told_ptr = std::shared_ptr<told>;

// The engine's actors that a read on demand passes; destroyed, they have crashed.
struct lookup_example {
  memory_store own_storage;
  memory_store* storage;
  stage where;
  scripted_shop shop;
  std::unique_ptr<assembly> all;
  const view* committed;

  explicit lookup_example(budget_options limits = generous(), memory_store* survivor = nullptr,
                          std::size_t readers_max = 10'000)
    : storage(survivor == nullptr ? &own_storage : survivor) {
    auto options = assembly_options{};
    options.storage = storage;
    options.now = &stage::now;
    options.send = shop.way_in();
    options.budget = limits;
    options.lookup.emplace().readers_max = readers_max;
    all = assembly::start(where.system(), std::move(options)).value();
    committed = &all->committed;
    where.pass(1s);
  }

  ~lookup_example() {
    stop();
    shop.waiting.clear(); // their answers hold the actor
  }

  void stop() {
    all->stop();
    where.run();
  }

  lookup_example(const lookup_example&) = delete;
  lookup_example& operator=(const lookup_example&) = delete;

  told_ptr ask(read_key what) {
    auto reader = std::make_shared<told>();
    all->read(std::move(what), [this, reader](const read_answer& answer) {
      reader->answers.push_back(answer);
      const auto held = committed->find(answer.product);
      reader->was_held = held && held->held.self;
    });
    where.run();
    return reader;
  }

  told_ptr read(stock::product_id item) { return ask(item); }

  told_ptr read(std::string slug) { return ask(std::move(slug)); }

  // Every product asked for by its ID is a simple one with a stock of 7.
  void answer_all() {
    auto members = std::string{};
    for (const auto item : items_of(shop.waiting.front().what.body))
      members += (members.empty() ? "" : ",") + product_json(item, 7);
    answer_data(members);
  }

  void answer_data(const std::string& members) {
    shop.answer_data(members);
    where.run();
  }

  void answer(unsigned status, const std::string& body,
              std::vector<std::pair<std::string, std::string>> fields = {}) {
    shop.answer(status, body, std::move(fields));
    where.run();
  }

  // What the shop says of IDs that it doesn't have.
  void answer_absent() {
    auto members = std::string{};
    auto errors = std::string{};
    for (const auto item : items_of(shop.waiting.front().what.body)) {
      const auto id = std::to_string(item);
      for (const auto* kind : {"p", "v"}) {
        const auto alias = kind + id;
        members += (members.empty() ? "\"" : ",\"") + alias + "\":null";
        errors += std::string{errors.empty() ? "" : ","} + R"({"message":"No product )" +
                  (*kind == 'p' ? "" : "variation ") + "exists with the database_id: " + id +
                  R"(","path":[")" + alias + R"("]})";
      }
    }
    answer(200, R"({"errors":[)" + errors + R"(],"data":{)" + members + "}}");
  }

  void until_asked(std::chrono::nanoseconds at_most = 1min) {
    const auto begun = stage::now();
    while (shop.waiting.empty() && stage::now() - begun < at_most)
      where.pass(1ms);
    BOOST_TEST_REQUIRE(!shop.waiting.empty());
  }

  [[nodiscard]] std::set<stock::product_id> asked() const {
    return items_of(shop.waiting.front().what.body);
  }
};

// A variable product as a member named by its slug's or its ID's alias.
std::string variation_with_parent(stock::product_id id, stock::product_id parent) {
  auto member = variation_json(id, 3);
  member.pop_back();
  return R"("v)" + std::to_string(id) + R"(":)" + member + R"(,"parent":{"node":{"databaseId":)" +
         std::to_string(parent) + "}}}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(reads_on_demand)

BOOST_AUTO_TEST_CASE(a_thousand_readers_that_miss_a_hundred_products_cost_a_handful_of_requests) {
  auto run = lookup_example{};
  auto readers = std::vector<told_ptr>{};
  for (stock::product_id at = 0; at < 1'000; ++at) {
    readers.push_back(run.read(1 + at % 100));
    if (at % 200 == 199)
      run.where.pass(2ms); // they don't all come at once
    while (!run.shop.waiting.empty())
      run.answer_all();
  }
  run.where.pass(10ms);
  while (!run.shop.waiting.empty())
    run.answer_all();
  run.where.pass(1s);
  BOOST_TEST(run.shop.arrivals.size() == 1U);
  for (const auto& each : readers) {
    BOOST_TEST_REQUIRE(each->is(read_outcome::held));
    BOOST_TEST(each->was_held); // I1: committed before it is told
  }
  BOOST_TEST(readers[42]->answers[0].product == 43U);
  BOOST_TEST(run.committed->products() == 100U);
  BOOST_TEST(run.storage->wanted.empty());
  BOOST_TEST(run.where.timers() <= 2U); // the ledger's and the catalog's own
}

BOOST_AUTO_TEST_CASE(who_comes_while_the_same_is_in_flight_joins) {
  auto run = lookup_example{};
  const auto first = run.read(34);
  run.until_asked();
  run.where.pass(500ms);
  const auto second = run.read(34);
  const auto other = run.read(35);
  run.where.pass(10ms);
  BOOST_TEST_REQUIRE(run.shop.waiting.size() == 2U); // the other doesn't wait for the first
  run.answer_all();
  BOOST_TEST(first->is(read_outcome::held));
  BOOST_TEST(second->is(read_outcome::held));
  BOOST_TEST(other->answers.empty());
  run.answer_all();
  BOOST_TEST(other->is(read_outcome::held));
  BOOST_TEST(run.shop.arrivals.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_held_is_not_asked_for_even_after_a_restart) {
  auto storage = memory_store{};
  {
    auto run = lookup_example{generous(), &storage};
    run.read(34);
    run.until_asked();
    run.answer_data(variable_json(34, page_json(101, 102, "")));
  }
  auto run = lookup_example{generous(), &storage};
  const auto product = run.read(34);
  const auto variation = run.read(102);
  BOOST_TEST(product->is(read_outcome::held));
  BOOST_TEST_REQUIRE(variation->is(read_outcome::held));
  BOOST_TEST(variation->answers[0].product == 34U);
  run.where.pass(1s);
  BOOST_TEST(run.shop.arrivals.empty());
}

BOOST_AUTO_TEST_CASE(a_reader_who_was_cut_off_by_a_restart_is_answered) {
  auto run = std::make_unique<lookup_example>();
  const auto waiting = run->read(34);
  run->until_asked();
  const auto queued = run->read(35);
  run->stop();
  run.reset();
  BOOST_TEST(waiting->is(read_outcome::unavailable));
  BOOST_TEST(queued->is(read_outcome::unavailable));
}

BOOST_AUTO_TEST_CASE(what_isnt_there_is_remembered_briefly_and_leaves_no_trace) {
  auto run = lookup_example{};
  const auto first = run.read(999);
  run.until_asked();
  run.answer_absent();
  BOOST_TEST(first->is(read_outcome::absent));
  run.where.pass(9s);
  BOOST_TEST(run.read(999)->is(read_outcome::absent));
  BOOST_TEST(run.shop.arrivals.size() == 1U);
  BOOST_TEST(run.storage->products.empty());
  BOOST_TEST(run.storage->wanted.empty());
  run.where.pass(2s);
  const auto later = run.read(999); // it was made meanwhile
  run.until_asked();
  run.answer_all();
  BOOST_TEST(later->is(read_outcome::held));
}

BOOST_AUTO_TEST_CASE(a_stranger_who_asks_for_everything_fills_no_memory) {
  auto run = lookup_example{};
  for (stock::product_id id = 1; id <= 12'000; ++id) {
    run.read(id);
    if (id % 1'000 != 0)
      continue;
    run.where.pass(20ms);
    while (!run.shop.waiting.empty()) {
      run.answer_absent();
      run.where.pass(20ms);
    }
  }
  auto& state =
    caf::actor_cast<lookup_actor::stateful_pointer<lookup_state>>(run.all->lookup)->state;
  BOOST_TEST(state.remembered.size() == 10'000U);
  BOOST_TEST(state.remembered_by_age.size() == 10'000U);
  BOOST_TEST(state.wants.empty());
  BOOST_TEST(state.readers == 0U);
  BOOST_TEST(run.read(1)->answers.empty()); // the oldest was forgotten
  BOOST_TEST(run.read(12'000)->is(read_outcome::absent));
}

BOOST_AUTO_TEST_CASE(who_is_one_too_many_is_told_to_come_back) {
  auto run = lookup_example{generous(), nullptr, 2};
  const auto first = run.read(1);
  const auto second = run.read(1);
  const auto third = run.read(1);
  BOOST_TEST_REQUIRE(third->is(read_outcome::unavailable));
  BOOST_TEST((third->answers[0].retry_after >= 1s));
  run.until_asked();
  run.answer_all();
  BOOST_TEST(first->is(read_outcome::held));
  BOOST_TEST(second->is(read_outcome::held));
}

BOOST_AUTO_TEST_CASE(
  nobody_waits_longer_than_the_patience_and_the_late_answer_is_kept_all_the_same) {
  auto run = lookup_example{};
  const auto reader = run.read(34);
  run.until_asked();
  run.where.pass(2'900ms);
  BOOST_TEST(reader->answers.empty());
  run.where.pass(200ms);
  BOOST_TEST_REQUIRE(reader->is(read_outcome::unavailable));
  BOOST_TEST((reader->answers[0].retry_after == 1s));
  run.answer_all();
  run.where.pass(1s);
  BOOST_TEST(run.read(34)->is(read_outcome::held));
  BOOST_TEST(run.where.timers() <= 2U);
}

BOOST_AUTO_TEST_CASE(a_place_at_the_limiter_is_given_back_when_all_have_gone) {
  auto limits = budget_options{};
  limits.count = 1;
  limits.window = 20s;
  limits.burst = 1;
  auto run = lookup_example{limits};
  const auto reader = run.read(34);
  run.where.pass(4s);
  BOOST_TEST(reader->is(read_outcome::unavailable));
  run.where.pass(1min);
  BOOST_TEST(run.shop.arrivals.empty());
  // and the token that nobody took is there for who comes next
  const auto next = run.read(35);
  run.where.pass(10ms);
  BOOST_TEST_REQUIRE(run.shop.waiting.size() == 1U);
  run.answer_all();
  BOOST_TEST(next->is(read_outcome::held));
}

BOOST_AUTO_TEST_CASE(while_woocommerce_is_away_readers_are_answered_at_once) {
  auto run = lookup_example{};
  const auto first = run.read(1);
  run.until_asked();
  const auto second = run.read(2);
  run.shop.answer(error{errc::unavailable, "The connection was refused.", ""});
  run.where.run();
  BOOST_TEST(first->is(read_outcome::unavailable));
  BOOST_TEST(second->is(read_outcome::unavailable));
  BOOST_TEST(run.read(3)->is(read_outcome::unavailable));
  run.where.pass(500ms);
  BOOST_TEST(run.shop.arrivals.size() == 1U);
  run.where.pass(500ms);
  const auto probe = run.read(4); // once in a while somebody tries
  run.until_asked();
  run.answer(503, "{}", {{"retry-after", "300"}});
  BOOST_TEST_REQUIRE(probe->is(read_outcome::unavailable));
  BOOST_TEST((probe->answers[0].retry_after == 300s));
  run.where.pass(299s);
  BOOST_TEST(run.read(5)->is(read_outcome::unavailable));
  run.where.pass(1s);
  const auto last = run.read(6);
  run.until_asked();
  run.answer_all();
  BOOST_TEST(last->is(read_outcome::held));
}

BOOST_AUTO_TEST_CASE(a_store_that_cant_commit_has_readers_come_back) {
  auto run = lookup_example{};
  const auto reader = run.read(34);
  run.until_asked();
  run.storage->full = true;
  run.answer_all();
  BOOST_TEST(reader->is(read_outcome::unavailable));
  BOOST_TEST(run.committed->find(34) == nullptr);
}

BOOST_AUTO_TEST_CASE(one_product_that_spoils_the_answer_for_all_is_found) {
  auto run = lookup_example{};
  auto readers = std::vector<told_ptr>{};
  for (stock::product_id id = 1; id <= 100; ++id)
    readers.push_back(run.read(id));
  run.where.pass(10ms);
  for (int at = 0; at < 50 && !run.shop.waiting.empty(); ++at) {
    if (run.asked().count(77) != 0)
      run.answer(500, "<h1>Fatal error</h1>");
    else
      run.answer_all();
    run.where.pass(100ms); // the limiter goes slower
  }
  for (stock::product_id id = 1; id <= 100; ++id)
    BOOST_TEST(readers[id - 1]->is(id == 77 ? read_outcome::unavailable : read_outcome::held), id);
  const auto arrivals = run.shop.arrivals.size();
  BOOST_TEST(arrivals <= 20U);
  BOOST_TEST(run.read(77)->is(read_outcome::unavailable)); // it isn't tried again at once
  run.where.pass(1s);
  BOOST_TEST(run.shop.arrivals.size() == arrivals);
}

BOOST_AUTO_TEST_CASE(a_shop_whose_every_answer_is_broken_is_away) {
  auto run = lookup_example{};
  auto readers = std::vector<told_ptr>{};
  for (stock::product_id id = 1; id <= 100; ++id)
    readers.push_back(run.read(id));
  run.where.pass(10ms);
  while (!run.shop.waiting.empty()) {
    run.answer(500, "<h1>Fatal error</h1>");
    run.where.pass(100ms); // the limiter goes slower
  }
  BOOST_TEST(run.shop.arrivals.size() <= 16U);
  for (const auto& each : readers)
    BOOST_TEST(each->is(read_outcome::unavailable));
}

BOOST_AUTO_TEST_CASE(a_variation_of_an_unknown_product_is_answered_when_both_are_held) {
  auto run = lookup_example{};
  const auto reader = run.read(101);
  run.until_asked();
  run.answer_data(R"("p101":null,)" + variation_with_parent(101, 34));
  BOOST_TEST(reader->answers.empty());
  BOOST_TEST(run.storage->products.empty());
  run.until_asked();
  BOOST_TEST((run.asked() == std::set<stock::product_id>{34}));
  run.answer_data(variable_json(34, page_json(101, 103, "")));
  BOOST_TEST_REQUIRE(reader->is(read_outcome::held));
  BOOST_TEST(reader->answers[0].product == 34U);
  BOOST_TEST(reader->was_held);
  BOOST_TEST((run.committed->owner(103) == 34U));
  BOOST_TEST(run.shop.arrivals.size() == 2U);
  BOOST_TEST(run.storage->wanted.empty()); // the product came first
}

BOOST_AUTO_TEST_CASE(a_variation_whose_product_is_hidden_is_absent) {
  auto run = lookup_example{};
  const auto reader = run.read(101);
  const auto other = run.read(102);
  run.until_asked();
  run.answer_data(R"("p101":null,"p102":null,)" + variation_with_parent(101, 34) + "," +
                  variation_with_parent(102, 34));
  run.until_asked();
  run.answer_data(R"("p34":null)");
  BOOST_TEST(reader->is(read_outcome::absent));
  BOOST_TEST(other->is(read_outcome::absent));
  BOOST_TEST(run.storage->products.empty());
}

BOOST_AUTO_TEST_CASE(a_new_variation_of_a_held_product_joins_it) {
  auto run = lookup_example{};
  run.read(34);
  run.until_asked();
  run.answer_data(variable_json(34, page_json(101, 102, "")));
  const auto reader = run.read(103);
  run.until_asked();
  run.answer_data(R"("p103":null,)" + variation_with_parent(103, 34));
  BOOST_TEST_REQUIRE(reader->is(read_outcome::held));
  BOOST_TEST((run.committed->owner(103) == 34U));
  BOOST_TEST(run.shop.arrivals.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_product_with_many_variations_is_answered_when_all_are_held) {
  auto run = lookup_example{};
  const auto reader = run.read(34);
  run.until_asked();
  run.answer_data(variable_json(34, page_json(101, 200, "one")));
  run.until_asked();
  BOOST_TEST(reader->answers.empty());
  BOOST_TEST(run.shop.bodies.back().find(R"("after":"one")") != std::string::npos);
  run.answer_data(R"("product":{"variations":)" + page_json(201, 250, "") + "}");
  BOOST_TEST(reader->is(read_outcome::held));
  BOOST_TEST((run.committed->owner(250) == 34U));
  // A cursor that starts over.
  const auto other = run.read(35);
  run.until_asked();
  run.answer_data(variable_json(35, page_json(301, 400, "two")));
  run.until_asked();
  run.answer_data(R"("product":{"variations":)" + page_json(301, 400, "two") + "}");
  BOOST_TEST(other->is(read_outcome::unavailable));
}

BOOST_AUTO_TEST_CASE(a_product_is_found_by_its_slug_however_it_is_written) {
  auto run = lookup_example{};
  const auto kept = run.read("tee-gr%c3%bcn");
  const auto decoded = run.read("tee-grün");
  const auto strange = run.read("\"){products{nodes{id}}}#\\");
  const auto by_id = run.read(34);
  run.until_asked();
  const auto& body = run.shop.bodies[0];
  BOOST_TEST(body.find("s2:product(id:$s2,idType:SLUG)") != std::string::npos);
  BOOST_TEST(body.find(R"("s2":"\"){products{nodes{id}}}#\\")") != std::string::npos);
  const auto found = [](const char* alias) {
    return product_json(34, 7).replace(0, 5, std::string{"\""} + alias + "\"");
  };
  run.answer(200, R"({"errors":[{"message":"No product ID was found corresponding to the slug: x",)"
                  R"("path":["s2"]}],"data":{"s2":null,)" +
                    found("s0") + "," + found("s1") + "," + found("p34") + "}}");
  for (const auto& each : {kept, decoded, by_id}) {
    BOOST_TEST_REQUIRE(each->is(read_outcome::held));
    BOOST_TEST(each->answers[0].product == 34U);
  }
  BOOST_TEST(strange->is(read_outcome::absent));
  BOOST_TEST(run.read("\"){products{nodes{id}}}#\\")->is(read_outcome::absent));
  run.where.pass(1s);
  BOOST_TEST(run.shop.arrivals.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_no_shop_can_have_is_absent_without_a_request) {
  auto run = lookup_example{};
  BOOST_TEST(run.read(stock::product_id{0})->is(read_outcome::absent));
  BOOST_TEST(run.read(~stock::product_id{0})->is(read_outcome::absent));
  for (const auto& slug : {std::string{}, std::string{"a/b"}, std::string{"a\nb"},
                           std::string{"\xC3"}, std::string{"\x00", 1}, std::string{"a\x7F"},
                           std::string{"\xED\xA0\x80"}, std::string(601, 'a')})
    BOOST_TEST(run.read(slug)->is(read_outcome::absent));
  run.where.pass(1s);
  BOOST_TEST(run.shop.arrivals.empty());
}

// With threads, and a shop that has every product but that of ID 999.
BOOST_AUTO_TEST_CASE(the_engine_reads_what_isnt_held_and_answers_whoever_asks_while_it_stops) {
  auto settings = config::settings{};
  settings.graphql_url = "http://127.0.0.1:1/graphql";
  settings.graphql_budget = {100'000, 1s};
  auto storage = memory_store{};
  const auto shop = [](const net::client_request& request, auto done) {
    auto members = std::string{};
    for (const auto item : items_of(request.body))
      members += (members.empty() ? "" : ",") +
                 (item == 999 ? std::string{R"("p999":null,"v999":null)"} : product_json(item, 7));
    auto response = net::client_response{};
    response.status = 200;
    response.body = R"({"data":{)" + members + "}}";
    constexpr std::size_t padding = 64; // simdjson's
    response.body.reserve(response.body.size() + padding);
    done(result<net::client_response>{std::move(response)});
  };
  auto engine = actors::engine::start(settings, storage, shop).value();
  const auto read = [&](stock::product_id item) {
    auto promise = std::make_shared<std::promise<read_answer>>();
    engine->read(item, [promise](const read_answer& answer) { promise->set_value(answer); });
    return promise->get_future();
  };
  auto found = read(34);
  auto absent = read(999);
  BOOST_TEST((found.get().outcome == read_outcome::held));
  BOOST_TEST((absent.get().outcome == read_outcome::absent));
  BOOST_TEST_REQUIRE(engine->products().find(34) != nullptr);
  engine->stop(1s);
  BOOST_TEST((read(35).get().outcome == read_outcome::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
