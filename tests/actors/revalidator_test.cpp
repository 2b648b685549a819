// What a revalidator decides, without messages: merging, back-off, the circuit, giving up (I5).
#include "actors/revalidator.hpp"
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace ankkor::actors::testing;
using std::chrono::milliseconds;

namespace {

stock::moment present;

stock::moment now() {
  return present;
}

struct revalidator_example {
  revalidator_state state;
  std::shared_ptr<revalidator_health> health = std::make_shared<revalidator_health>();

  explicit revalidator_example(std::uint64_t seed = 1) {
    present = start_of_time;
    auto options = revalidator_options{};
    options.target.name = "shop";
    options.target.secret = "secret";
    options.where = net::parse_url("http://127.0.0.1:1/revalidate").value();
    options.seed = seed;
    options.now = &now;
    state.begin(std::move(options), health);
  }

  void add(stock::product_id product, std::vector<std::string> tags, std::uint64_t version = 1) {
    auto job = store::outbox_job{};
    job.target = "shop";
    job.product = product;
    job.tags = std::move(tags);
    job.paths = {"/product/" + std::to_string(product)};
    job.received = present;
    job.created = present;
    job.version = version;
    state.add(std::move(job));
  }

  revalidator_state::verdict
  answered(unsigned status, std::vector<std::pair<std::string, std::string>> fields = {}) {
    auto answer = net::client_response{};
    answer.status = status;
    answer.fields = std::move(fields);
    return state.judge(result<net::client_response>{std::move(answer)});
  }

  revalidator_state::verdict unanswered() {
    return state.judge(
      result<net::client_response>{error{errc::timed_out, "It did not answer in time.", ""}});
  }

  // Calls and fails so often.
  void fail(unsigned times) {
    for (unsigned time = 0; time != times; ++time) {
      static_cast<void>(state.next_call());
      static_cast<void>(answered(500));
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(revalidator_logic)

BOOST_AUTO_TEST_CASE(a_call_says_each_tag_and_path_once) {
  auto run = revalidator_example{};
  run.add(35, {"category-drinks", "product-35"});
  run.add(34, {"category-drinks", "product-34"});
  run.add(34, {"product-34", "product-tea"}, 2);
  const auto call = run.state.next_call();
  BOOST_TEST(call.method == "POST");
  BOOST_TEST(call.where.target == "/revalidate");
  BOOST_TEST(call.body.substr(call.body.find(",\"tags\"")) ==
             R"(,"tags":["category-drinks","product-34","product-35","product-tea"],)"
             R"("paths":["/product/34","/product/35"]})");
  BOOST_TEST(run.health->pending == 2U);
}

BOOST_AUTO_TEST_CASE(every_2xx_is_success_and_acknowledges_the_version_sent) {
  for (const unsigned status : {200U, 202U, 204U, 299U}) {
    auto run = revalidator_example{};
    run.add(34, {"product-34"}, 5);
    static_cast<void>(run.state.next_call());
    // Changed again while the call is under way: that is not acknowledged with it.
    run.add(34, {"product-34"}, 6);
    const auto verdict = run.answered(status);
    BOOST_TEST(verdict.delivered);
    BOOST_TEST_REQUIRE(verdict.records.size() == 1U);
    const auto& told = verdict.records[0]->entry.told;
    BOOST_TEST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told[0].version == 5U);
    BOOST_TEST(run.state.waiting.at(34).version == 6U);
    BOOST_TEST((verdict.wait == run.state.options.window));
  }
}

BOOST_AUTO_TEST_CASE(anything_else_is_tried_again_with_what_came_meanwhile) {
  for (const unsigned status : {199U, 301U, 302U, 400U, 401U, 404U, 429U, 500U, 503U}) {
    auto run = revalidator_example{};
    run.add(34, {"product-34"}, 5);
    static_cast<void>(run.state.next_call());
    run.add(34, {"product-new"}, 6);
    BOOST_TEST(!run.answered(status).delivered, status);
    BOOST_TEST(run.state.in_flight.empty());
    const auto& again = run.state.waiting.at(34);
    BOOST_TEST((again.tags == std::vector<std::string>{"product-34", "product-new"}));
    BOOST_TEST(again.version == 6U);
  }
  auto run = revalidator_example{};
  run.add(34, {"product-34"});
  static_cast<void>(run.state.next_call());
  BOOST_TEST(!run.unanswered().delivered);
  BOOST_TEST(run.health->failures == 1U);
}

BOOST_AUTO_TEST_CASE(the_back_off_doubles_within_its_bounds_at_random) {
  auto largest = std::map<unsigned, milliseconds>{};
  for (std::uint64_t seed = 0; seed != 200; ++seed) {
    auto run = revalidator_example{seed};
    run.add(34, {"product-34"});
    for (unsigned failure = 0; failure != 12; ++failure) {
      static_cast<void>(run.state.next_call());
      const auto wait = run.unanswered().wait;
      const auto bound = std::min(milliseconds{60'000}, milliseconds{500} * (1U << failure));
      BOOST_TEST_REQUIRE(wait.count() >= 0);
      BOOST_TEST_REQUIRE((wait <= bound));
      largest[failure] = std::max(largest[failure], wait);
    }
  }
  // Full jitter: of 200 some come near the bound.
  for (const auto& [failure, wait] : largest)
    BOOST_TEST(
      (wait > std::min(milliseconds{60'000}, milliseconds{500} * (1U << failure)) * 9 / 10));
}

BOOST_AUTO_TEST_CASE(retry_after_is_honoured_and_bounded) {
  auto run = revalidator_example{};
  run.add(34, {"product-34"});
  const auto wait_for = [&](const std::string& asked) {
    static_cast<void>(run.state.next_call());
    return run.answered(429, {{"retry-after", asked}}).wait;
  };
  BOOST_TEST((wait_for("100") == milliseconds{100'000}));
  BOOST_TEST((wait_for("999999999") == milliseconds{3'600'000}));
  BOOST_TEST((wait_for("soon") <= milliseconds{2'000}));
}

BOOST_AUTO_TEST_CASE(the_circuit_opens_after_five_failures_probes_with_one_and_closes) {
  auto run = revalidator_example{};
  for (stock::product_id id = 1; id != 11; ++id)
    run.add(id, {"product-" + std::to_string(id)});
  run.fail(4);
  BOOST_TEST(!run.health->circuit_open);
  run.fail(1);
  BOOST_TEST(run.health->circuit_open);
  const auto probe = run.state.next_call();
  BOOST_TEST(run.state.in_flight.size() == 1U);
  BOOST_TEST(run.answered(200).delivered);
  BOOST_TEST(!run.health->circuit_open);
  static_cast<void>(run.state.next_call());
  BOOST_TEST(run.state.in_flight.size() == 9U);
  BOOST_TEST(run.answered(200).delivered);
  BOOST_TEST(run.state.idle());
  BOOST_TEST(run.health->told == 10U);
  BOOST_TEST(run.health->pending == 0U);
}

BOOST_AUTO_TEST_CASE(a_call_takes_only_so_many_products) {
  auto run = revalidator_example{};
  for (stock::product_id id = 1; id != 301; ++id)
    run.add(id, {"product-" + std::to_string(id)});
  static_cast<void>(run.state.next_call());
  BOOST_TEST(run.state.in_flight.size() == run.state.options.products_per_call_max);
  BOOST_TEST(run.answered(200).delivered);
  static_cast<void>(run.state.next_call());
  BOOST_TEST(run.state.in_flight.size() == 50U);
}

BOOST_AUTO_TEST_CASE(after_a_day_all_that_is_so_old_goes_to_the_dead_letters) {
  auto run = revalidator_example{};
  for (stock::product_id id = 1; id != 6; ++id)
    run.add(id, {"product-" + std::to_string(id)}, id);
  present += std::chrono::hours{24};
  run.add(9, {"product-9"}, 9);
  static_cast<void>(run.state.next_call());
  BOOST_TEST(run.answered(500).records.empty()); // a day, and not more
  present += std::chrono::microseconds{1};
  static_cast<void>(run.state.next_call());
  const auto verdict = run.answered(500);
  BOOST_TEST_REQUIRE(verdict.records.size() == 5U);
  const auto& entry = verdict.records[0]->entry;
  BOOST_TEST(entry.dead->kind == "revalidation");
  BOOST_TEST(entry.dead->subject == "shop");
  BOOST_TEST(entry.dead->reference == "1");
  BOOST_TEST(entry.dead->reason == "The storefront could not be told for 24 h. It answered 500.");
  BOOST_TEST(entry.dead->body ==
             R"({"product":1,"version":1,"tags":["product-1"],"paths":["/product/1"]})");
  BOOST_TEST((entry.told == std::vector<store::acknowledgement>{{"shop", 1, 1}}));
  BOOST_TEST(run.state.waiting.size() == 1U);
  BOOST_TEST(run.health->pending == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
