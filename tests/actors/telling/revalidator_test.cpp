// What a revalidator decides, without messages: merging, back-off, the circuit, giving up (I5).
#include "actors/telling/revalidator.hpp"
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

  explicit revalidator_example(std::uint64_t seed = 1) : revalidator_example(seed, {}) {}

  revalidator_example(std::uint64_t seed, revalidator_options options) {
    present = start_of_time;
    if (options.target.name.empty())
      options.target.name = "shop";
    if (options.target.secret.empty())
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

  // Takes a whole call; what it said.
  std::string told(unsigned status = 200) {
    const auto call = state.next_call();
    static_cast<void>(answered(status));
    return call.body.empty() ? call.fields.front().second : call.body;
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
    BOOST_TEST((again.tags == std::vector<std::string>{"product-new", "product-34"}));
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
  BOOST_TEST(run.state.in_flight.size() == net::limits_of(config::target_format::next).products);
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

namespace {

revalidator_options as(config::target_format format, const std::string& name = "cdn") {
  auto options = revalidator_options{};
  options.target.name = name;
  options.target.format = format;
  return options;
}

std::vector<std::string> numbered_tags(std::size_t count, std::size_t size = 10) {
  auto tags = std::vector<std::string>{};
  for (std::size_t number = 0; number != count; ++number) {
    auto tag = std::to_string(1'000'000 + number);
    tags.push_back(std::string(size - tag.size(), 't') + tag);
  }
  return tags;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(revalidator_formats)

BOOST_AUTO_TEST_CASE(a_call_holds_no_more_tags_than_its_format_takes_and_whole_products) {
  for (const auto& [format, most] : {std::pair{config::target_format::fastly, 256U},
                                     {config::target_format::cloudflare, 100U}}) {
    auto run = revalidator_example{1, as(format)};
    for (stock::product_id id = 1; id != 201; ++id)
      run.add(
        id,
        {"category-drinks", "product-" + std::to_string(id), "product-tea-" + std::to_string(id)},
        id);
    auto versions = std::set<std::uint64_t>{};
    unsigned calls = 0;
    while (run.state.is_ready()) {
      const auto call = run.state.next_call();
      ++calls;
      BOOST_TEST(count_of(call.body, "product-") <= most - 1);
      BOOST_TEST(count_of(call.body, "category-drinks") == 1U);
      const auto verdict = run.answered(200);
      BOOST_TEST((verdict.wait == milliseconds{0})); // the window has been waited for
      for (const auto& told : verdict.records.at(0)->entry.told)
        versions.insert(told.version);
    }
    BOOST_TEST(versions.size() == 200U);
    BOOST_TEST(calls == (400 + most - 2) / (most - 1));
  }
}

BOOST_AUTO_TEST_CASE(what_was_told_of_a_window_is_not_told_again_when_a_later_call_fails) {
  auto run = revalidator_example{1, as(config::target_format::cloudflare)};
  for (stock::product_id id = 1; id != 121; ++id)
    run.add(id, {"product-" + std::to_string(id)}, id);
  const auto first = run.state.next_call();
  BOOST_TEST(run.answered(200).records.at(0)->entry.told.size() == 100U);
  BOOST_TEST(count_of(run.told(500), "product-") == 20U);
  BOOST_TEST(count_of(run.told(200), "product-") == 20U);
  BOOST_TEST(run.state.idle());
  BOOST_TEST(run.health->told == 120U);
}

BOOST_AUTO_TEST_CASE(a_product_with_more_tags_than_a_call_takes_is_acknowledged_with_the_last) {
  auto run = revalidator_example{1, as(config::target_format::cloudflare)};
  run.add(34, numbered_tags(250), 7);
  const auto first = run.state.next_call();
  BOOST_TEST(count_of(first.body, "\"ttt") == 100U);
  BOOST_TEST(run.answered(200).records.empty());
  // The second part fails: the first isn't told again.
  BOOST_TEST(count_of(run.told(500), "\"ttt") == 100U);
  BOOST_TEST(count_of(run.told(200), "\"ttt") == 100U);
  const auto last = run.state.next_call();
  BOOST_TEST(count_of(last.body, "\"ttt") == 50U);
  const auto verdict = run.answered(200);
  BOOST_TEST_REQUIRE(verdict.records.size() == 1U);
  BOOST_TEST(
    (verdict.records[0]->entry.told == std::vector<store::acknowledgement>{{"cdn", 34, 7}}));
  BOOST_TEST(run.state.idle());
}

BOOST_AUTO_TEST_CASE(varnishs_header_is_bounded) {
  auto run = revalidator_example{1, as(config::target_format::varnish)};
  auto tags = std::size_t{0};
  for (stock::product_id id = 1; id != 11; ++id)
    run.add(id, numbered_tags(20, 99), id);   // the same ones: each is said once
  run.add(11, {std::string(5'000, 'x')}, 11); // longer than a header may be: goes alone
  for (stock::product_id id = 12; id != 42; ++id)
    run.add(id, {"p" + std::string(300, 'x') + std::to_string(id)}, id);
  while (run.state.is_ready()) {
    const auto said = run.told();
    BOOST_TEST((said.size() <= 4096U || said == std::string(5'000, 'x')));
    tags += count_of(said, " ") + 1;
  }
  BOOST_TEST(tags == 51U);
  BOOST_TEST(run.health->told == 41U);
}

BOOST_AUTO_TEST_CASE(ankkor_is_told_one_slug_a_call) {
  auto run = revalidator_example{1, as(config::target_format::ankkor, "shop")};
  run.add(34, {"category-drinks", "product-34", "product-tea"}, 1);
  run.add(35, {"product-35", "product-new", "product-old"}, 2);
  BOOST_TEST(run.told() == R"({"type":"product","handle":"tea"})");
  BOOST_TEST(run.told() == R"({"type":"product","handle":"new"})");
  BOOST_TEST(run.told() == R"({"type":"product","handle":"old"})");
  BOOST_TEST(run.state.idle());
  BOOST_TEST(run.health->told == 2U);
}

BOOST_AUTO_TEST_CASE(what_changes_while_its_window_is_told_goes_along_or_waits_for_the_next) {
  auto run = revalidator_example{1, as(config::target_format::ankkor, "shop")};
  run.add(34, {"product-tea"}, 1);
  run.add(35, {"product-mug"}, 2);
  static_cast<void>(run.state.next_call());
  run.add(34, {"product-tea"}, 3); // under way: once more, in the next window
  run.add(35, {"product-mug"}, 4); // not yet: goes along
  BOOST_TEST((run.answered(200).wait == milliseconds{0}));
  static_cast<void>(run.state.next_call());
  const auto second = run.answered(200);
  BOOST_TEST(second.records.at(0)->entry.told.at(0).version == 4U);
  BOOST_TEST((second.wait == run.state.options.window));
  BOOST_TEST(run.told() == R"({"type":"product","handle":"tea"})");
  BOOST_TEST(run.state.idle());
}

BOOST_AUTO_TEST_CASE(a_webhooks_id_is_the_same_for_every_attempt_and_another_for_every_change) {
  auto committed = view{};
  auto options = as(config::target_format::webhook, "erp");
  options.target.secret = "whsec_" + std::string(32, 'A');
  options.committed = &committed;
  options.store_id = "0a1b2c3d";
  auto run = revalidator_example{1, options};
  const auto id = [&](unsigned status) {
    const auto call = run.state.next_call();
    static_cast<void>(run.answered(status));
    return call.fields.at(2);
  };
  using field = std::pair<std::string, std::string>;
  run.add(34, {"product-34"}, 7);
  BOOST_TEST((id(500) == field{"webhook-id", "msg_0a1b2c3d_34_7"}));
  BOOST_TEST((id(503) == field{"webhook-id", "msg_0a1b2c3d_34_7"}));
  run.add(34, {"product-34"}, 8); // replaces what waits
  BOOST_TEST((id(200) == field{"webhook-id", "msg_0a1b2c3d_34_8"}));
  BOOST_TEST(run.state.idle());
}

BOOST_AUTO_TEST_CASE(a_webhook_tells_the_newest_state) {
  auto committed = view{};
  auto options = as(config::target_format::webhook, "erp");
  options.target.secret = "whsec_" + std::string(32, 'A');
  options.committed = &committed;
  auto run = revalidator_example{1, options};
  auto held = stock::product{};
  held.id = 34;
  held.version = 9;
  held.self = stock::record{some_item(34, 3, 1), {}};
  committed.publish(held);
  run.add(34, {"product-34", "product-tea-34"}, 7);
  const auto call = run.state.next_call();
  BOOST_TEST(call.body.find(R"("type":"product.updated")") != std::string::npos);
  BOOST_TEST(call.body.find(R"("stockQuantity":3)") != std::string::npos);
  BOOST_TEST(call.body.find(R"("version":"9")") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

using std::chrono::minutes;

// Two storefronts and a CDN behind them, each told by hand.
struct order_example {
  std::shared_ptr<storefronts_first> order =
    std::make_shared<storefronts_first>(std::set<std::string>{"a", "b"});
  unsigned wakes = 0;
  revalidator_example a{1, with(config::target_format::next, "a")};
  revalidator_example b{2, with(config::target_format::ankkor, "b")};
  revalidator_example cdn{3, with(config::target_format::fastly, "cdn")};

  order_example() {
    order->on_progress([this] { ++wakes; });
  }

  revalidator_options with(config::target_format format, const std::string& name) const {
    auto options = as(format, name);
    options.order = order;
    return options;
  }

  // As the ledger does it: the order knows first; the CDN is told before all others here.
  void change(stock::product_id product, std::uint64_t version) {
    auto job = store::outbox_job{};
    job.product = product;
    job.version = version;
    order->expect("a", {job});
    order->expect("b", {job});
    order->expect("cdn", {job});
    for (auto* each : {&cdn, &a, &b})
      each->add(product, {"product-" + std::to_string(product)}, version);
  }

  bool cdn_may() { return cdn.state.release(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(storefronts_go_first)

BOOST_AUTO_TEST_CASE(a_cdn_is_told_once_every_storefront_has_answered) {
  auto run = order_example{};
  run.change(34, 7);
  BOOST_TEST(!run.cdn_may());
  BOOST_TEST(run.cdn.health->pending == 1U);
  static_cast<void>(run.a.told());
  BOOST_TEST(run.wakes == 1U);
  BOOST_TEST(!run.cdn_may());
  static_cast<void>(run.b.told());
  BOOST_TEST(run.cdn_may());
  static_cast<void>(run.cdn.state.next_call());
  const auto verdict = run.cdn.answered(200);
  BOOST_TEST(
    (verdict.records.at(0)->entry.told == std::vector<store::acknowledgement>{{"cdn", 34, 7}}));
  BOOST_TEST(run.cdn.state.idle());
}

BOOST_AUTO_TEST_CASE(one_products_cdn_pages_do_not_wait_for_anothers) {
  auto run = order_example{};
  run.change(34, 7);
  static_cast<void>(run.a.told());
  static_cast<void>(run.b.told());
  run.change(35, 8);
  BOOST_TEST(run.cdn_may());
  BOOST_TEST(run.cdn.told() == R"({"surrogate_keys":["product-34"]})");
  BOOST_TEST(!run.cdn_may());
}

BOOST_AUTO_TEST_CASE(a_failed_storefront_holds_the_cdn_and_a_given_up_one_does_not) {
  auto run = order_example{};
  run.change(34, 7);
  static_cast<void>(run.b.told());
  static_cast<void>(run.a.told(503));
  BOOST_TEST(!run.cdn_may());
  present += std::chrono::hours{25};
  static_cast<void>(run.a.told(503)); // into the dead letters
  BOOST_TEST(run.a.state.idle());
  BOOST_TEST(run.cdn_may());
  // The day that the CDN has begins now.
  static_cast<void>(run.cdn.told(500));
  BOOST_TEST(run.cdn.state.is_ready());
  BOOST_TEST(run.cdn.told() == R"({"surrogate_keys":["product-34"]})");
}

BOOST_AUTO_TEST_CASE(a_product_that_changes_faster_than_storefronts_answer_is_purged_all_the_same) {
  auto run = order_example{};
  run.change(34, 1);
  auto purged = std::vector<std::uint64_t>{};
  for (std::uint64_t version = 2; version != 12; ++version) {
    // Each storefront is in a call whenever the next change comes.
    static_cast<void>(run.a.state.next_call());
    static_cast<void>(run.b.state.next_call());
    run.change(34, version);
    static_cast<void>(run.a.answered(200));
    static_cast<void>(run.b.answered(200));
    if (run.cdn_may()) {
      static_cast<void>(run.cdn.state.next_call());
      purged.push_back(run.cdn.answered(200).records.at(0)->entry.told.at(0).version);
    }
  }
  BOOST_TEST(purged.size() >= 5U);
  BOOST_TEST(std::is_sorted(purged.begin(), purged.end()));
  static_cast<void>(run.a.told());
  static_cast<void>(run.b.told());
  BOOST_TEST(run.cdn_may());
  static_cast<void>(run.cdn.state.next_call());
  BOOST_TEST(run.cdn.answered(200).records.at(0)->entry.told.at(0).version == 11U);
  BOOST_TEST(run.cdn.state.idle());
}

BOOST_AUTO_TEST_CASE(a_storefront_that_runs_but_refuses_holds_a_cdn_for_five_minutes_only) {
  auto run = order_example{};
  run.change(34, 7);
  static_cast<void>(run.b.told());
  static_cast<void>(run.a.told(401));
  present += minutes{5} - milliseconds{1};
  BOOST_TEST(!run.cdn_may());
  present += milliseconds{1};
  static_cast<void>(run.a.told(401));
  BOOST_TEST(run.cdn_may());
  BOOST_TEST(run.cdn.told() == R"({"surrogate_keys":["product-34"]})");
  // It isn't acknowledged, nor told once more before the storefront has heard; and then again.
  BOOST_TEST(run.cdn.health->told == 0U);
  present += minutes{10};
  BOOST_TEST(!run.cdn_may());
  static_cast<void>(run.a.told());
  BOOST_TEST(run.cdn_may());
  static_cast<void>(run.cdn.told());
  BOOST_TEST(run.cdn.health->told == 1U);
  BOOST_TEST(run.cdn.state.idle());
}

BOOST_AUTO_TEST_CASE(a_storefront_that_is_down_keeps_its_old_pages_in_the_cdn) {
  for (const unsigned status : {502U, 503U, 504U, 0U}) {
    auto run = order_example{};
    run.change(34, 7);
    static_cast<void>(run.b.told());
    static_cast<void>(run.a.state.next_call());
    if (status == 0)
      static_cast<void>(run.a.unanswered());
    else
      static_cast<void>(run.a.answered(status));
    present += std::chrono::hours{1};
    BOOST_TEST(!run.cdn_may(), status);
  }
}

// What a restart finds: the CDN's job is in the outbox, the storefronts' is or isn't.
BOOST_AUTO_TEST_CASE(after_a_restart_a_cdn_waits_for_what_still_waits_for_storefronts) {
  auto run = order_example{};
  auto job = store::outbox_job{};
  job.product = 34;
  job.version = 7;
  run.order->expect("b", {job});
  run.cdn.add(34, {"product-34"}, 7);
  run.cdn.add(35, {"product-35"}, 6);
  BOOST_TEST(run.cdn.told() == R"({"surrogate_keys":["product-35"]})");
  BOOST_TEST(!run.cdn.state.is_ready());
  run.b.add(34, {"product-34"}, 7);
  static_cast<void>(run.b.told());
  BOOST_TEST(run.cdn_may());
}

BOOST_AUTO_TEST_CASE(a_webhook_waits_for_nobody) {
  auto committed = view{};
  auto run = order_example{};
  auto options = run.with(config::target_format::webhook, "erp");
  options.target.secret = "whsec_" + std::string(32, 'A');
  options.committed = &committed;
  auto erp = revalidator_example{4, options};
  run.change(34, 7);
  erp.add(34, {"product-34"}, 7);
  BOOST_TEST(erp.state.is_ready());
}

BOOST_AUTO_TEST_SUITE_END()
