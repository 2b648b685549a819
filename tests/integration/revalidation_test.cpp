// What the storefront is told, and how often.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "storefront.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

using namespace ankkor;
using namespace ankkor::testing;
using std::chrono::milliseconds;

namespace {

struct shop {
  temporary_directory place;
  storefront receiver;
  environment settings;
  daemon_process daemon;

  explicit shop(const environment& changes = {})
    : settings(daemon_settings(place.path() + "/data", receiver.settings(changes))),
      daemon(settings) {
    BOOST_TEST_REQUIRE(daemon.ready());
  }

  // Delivers it as the state of that second.
  void change(std::uint64_t id, std::int64_t quantity, unsigned second) const {
    BOOST_TEST(
      deliver(daemon.port(), made_product{.id = id, .quantity = quantity, .second = second}) ==
      "applied");
  }

  [[nodiscard]] double outcomes(const std::string& outcome) const {
    return daemon.metric("ankkor_revalidations_total{outcome=\"" + outcome + "\",target=\"next\"}");
  }
};

std::size_t calls_with(const std::vector<storefront_call>& calls, const std::string& tag) {
  return static_cast<std::size_t>(std::count_if(calls.begin(), calls.end(), [&](const auto& call) {
    return std::find(call.tags.begin(), call.tags.end(), tag) != call.tags.end();
  }));
}

net::response answer_of(unsigned code) {
  auto answer = net::response{};
  answer.status = code;
  return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(revalidation)

BOOST_AUTO_TEST_CASE(a_call_is_what_the_contract_says) {
  const auto run = shop{};
  run.change(34, 7, 1);
  BOOST_TEST(run.receiver.wait_for_calls(1));
  const auto call = run.receiver.calls()[0];
  BOOST_TEST(call.method == "POST");
  BOOST_TEST(call.target == "/api/revalidate");
  BOOST_TEST(call.authorization == std::string{"Bearer "} + revalidate_secret);
  BOOST_TEST(call.content_type == "application/json");
  BOOST_TEST(!call.id.empty());
  BOOST_TEST(call.body == "{\"id\":\"" + call.id +
                            R"(","tags":["category-hot-drinks","product-34","product-tea-34"],)"
                            R"("paths":["/product/tea-34"]})");
  BOOST_TEST(eventually([&] { return run.outcomes("delivered") == 1; }));
  BOOST_TEST(run.daemon.metric("ankkor_outbox_pending{target=\"next\"}") == 0);
  BOOST_TEST(run.daemon.metric("ankkor_propagation_seconds_count") == 1);
}

BOOST_AUTO_TEST_CASE(changes_within_the_window_are_one_call) {
  const auto run = shop{{{"ANKKOR_REVALIDATE_WINDOW", "2s"}}};
  for (std::uint64_t id = 1; id != 6; ++id)
    run.change(id, 7, 1);
  run.change(3, 8, 2);
  BOOST_TEST(run.receiver.wait_for_calls(1));
  const auto call = run.receiver.calls()[0];
  BOOST_TEST(call.paths.size() == 5U);
  BOOST_TEST(call.tags.size() == 11U);
  BOOST_TEST((std::set<std::string>{call.tags.begin(), call.tags.end()}.size() == 11U));
}

// Issue 2, "Shown by" 4.
BOOST_AUTO_TEST_CASE(a_burst_of_a_thousand_changes_makes_a_handful_of_calls) {
  const auto run = shop{};
  const auto begun = std::chrono::steady_clock::now();
  auto last_sent = begun;
  auto connection = raw_connection{run.daemon.port()};
  for (unsigned second = 1; second != 1001; ++second) {
    auto text = delivery_of({.quantity = second, .second = second}).text();
    text.replace(text.find("Connection: close\r\n"), 19, "");
    last_sent = std::chrono::steady_clock::now();
    connection.send(text);
    BOOST_TEST_REQUIRE(connection.receive().at("/status") == "applied");
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  BOOST_TEST(run.daemon.read("/api/products/34/stock").at("/stockQuantity") == "1000");
  BOOST_TEST(run.receiver.wait(
    [&](const auto& calls) { return !calls.empty() && calls.back().at >= last_sent; }));
  BOOST_TEST(
    eventually([&] { return run.daemon.ask("/admin/outbox").body == R"({"outbox":[]})"; }));
  // At most one in each window of 100 ms while the burst lasts, and the last one.
  const auto windows = static_cast<std::size_t>(took / milliseconds{100});
  const auto calls = run.receiver.calls();
  BOOST_TEST(calls.size() <= windows + 2);
  BOOST_TEST(calls.back().tags.size() == 2U); // no listing shows a quantity
}

BOOST_AUTO_TEST_CASE(what_no_page_shows_tells_nobody) {
  const auto run = shop{};
  run.change(34, 7, 1);
  BOOST_TEST(run.receiver.wait_for_tag("product-34"));
  BOOST_TEST(deliver(run.daemon.port(), made_product{.quantity = 7, .second = 2}) == "unchanged");
  BOOST_TEST(deliver(run.daemon.port(), made_product{.id = 36, .status = "draft"}) == "applied");
  run.change(35, 7, 1); // told after all that came before
  BOOST_TEST(run.receiver.wait_for_tag("product-35"));
  const auto calls = run.receiver.calls();
  BOOST_TEST(calls_with(calls, "product-34") == 1U);
  BOOST_TEST(calls_with(calls, "product-36") == 0U);
}

BOOST_AUTO_TEST_CASE(a_draft_that_is_published_and_unpublished_is_told) {
  const auto run = shop{};
  const auto send = [&](const std::string& publication, unsigned second) {
    return deliver(run.daemon.port(), made_product{.second = second, .status = publication});
  };
  BOOST_TEST(send("draft", 1) == "applied");
  BOOST_TEST(send("publish", 2) == "applied");
  BOOST_TEST(run.receiver.wait_for_calls(1));
  BOOST_TEST(calls_with(run.receiver.calls(), "category-hot-drinks") == 1U);
  BOOST_TEST(send("private", 3) == "applied");
  BOOST_TEST(run.receiver.wait_for_calls(2));
  BOOST_TEST(calls_with(run.receiver.calls(), "product-tea-34") == 2U);
  BOOST_TEST(run.daemon.read("/api/products/34/stock").status == 404U);
}

BOOST_AUTO_TEST_CASE(a_failed_call_is_repeated_until_it_is_taken) {
  auto run = shop{};
  run.receiver.answer_with([](std::size_t number, const storefront_call&) {
    constexpr std::array<unsigned, 3> failures{500, 302, 401};
    return answer_of(number < failures.size() ? failures.at(number) : 204);
  });
  run.change(34, 7, 1);
  BOOST_TEST(run.receiver.wait([](const auto& calls) { return calls.size() == 4; }));
  for (const auto& call : run.receiver.calls())
    BOOST_TEST(calls_with({call}, "product-34") == 1U);
  BOOST_TEST(eventually([&] { return run.outcomes("delivered") == 1; }));
  BOOST_TEST(run.outcomes("failed") == 3);
}

BOOST_AUTO_TEST_CASE(retry_after_is_waited_for) {
  auto run = shop{};
  run.receiver.answer_with([](std::size_t number, const storefront_call&) {
    auto answer = answer_of(number == 0 ? 429 : 200);
    answer.fields = {{"Retry-After", "2"}};
    return answer;
  });
  run.change(34, 7, 1);
  BOOST_TEST(run.receiver.wait_for_calls(2));
  const auto calls = run.receiver.calls();
  BOOST_TEST((calls[1].at - calls[0].at >= std::chrono::seconds{2}));
  BOOST_TEST((calls[1].at - calls[0].at < std::chrono::seconds{4}));
}

BOOST_AUTO_TEST_CASE(the_outbox_survives_an_outage_and_a_kill) {
  auto run = shop{};
  run.receiver.close();
  run.change(34, 7, 1);
  run.change(35, 7, 1);
  BOOST_TEST(eventually([&] { return run.outcomes("failed") >= 1; }));
  const auto waiting = run.daemon.ask("/admin/outbox");
  BOOST_TEST(waiting.at("/outbox/0/target") == "next");
  BOOST_TEST(waiting.at("/outbox/0/product") == "34");
  BOOST_TEST(waiting.at("/outbox/1/product") == "35");
  run.daemon.kill();
  run.receiver.open();
  auto restarted = daemon_process{run.settings};
  BOOST_TEST_REQUIRE(restarted.ready());
  BOOST_TEST(run.receiver.wait_for_tag("product-34"));
  BOOST_TEST(run.receiver.wait_for_tag("product-35"));
  BOOST_TEST(eventually([&] { return restarted.ask("/admin/outbox").body == R"({"outbox":[]})"; }));
  // Told once, and not again after another restart.
  BOOST_TEST(restarted.terminate() == 0);
  auto again = daemon_process{run.settings};
  BOOST_TEST_REQUIRE(again.ready());
  BOOST_TEST(deliver(again.port(), made_product{.id = 36}) == "applied");
  BOOST_TEST(run.receiver.wait_for_tag("product-36"));
  BOOST_TEST(calls_with(run.receiver.calls(), "product-34") == 1U);
}

BOOST_AUTO_TEST_CASE(the_circuit_opens_on_a_target_that_is_down_and_closes_again) {
  auto run = shop{};
  run.receiver.answer_with(503);
  run.change(34, 7, 1);
  const auto open = [&] {
    return run.daemon.metric("ankkor_revalidation_circuit_open{target=\"next\"}");
  };
  BOOST_TEST(eventually([&] { return open() == 1; }));
  BOOST_TEST(run.outcomes("failed") == 5);
  BOOST_TEST(run.daemon.ask("/admin/status").at("/revalidation/0/circuitOpen") == "true");
  BOOST_TEST(run.daemon.wait_for_output("The storefront doesn't take revalidations"));
  run.receiver.answer_with(200);
  BOOST_TEST(run.receiver.wait_for_tag("product-34"));
  BOOST_TEST(eventually([&] { return open() == 0; }));
  BOOST_TEST(run.daemon.wait_for_output("The storefront takes revalidations again."));
}

// The patience of a call is 15 s (net/http/client.hpp).
BOOST_AUTO_TEST_CASE(a_target_that_never_answers_is_asked_again_and_holds_up_nothing) {
  auto run = shop{};
  run.receiver.answer_with(
    [](std::size_t number, const storefront_call&) { return answer_of(number == 0 ? 0 : 200); });
  run.change(34, 7, 1);
  BOOST_TEST(run.receiver.wait_for_calls(1));
  run.change(34, 6, 2);
  BOOST_TEST(run.daemon.read("/api/products/34/stock").at("/stockQuantity") == "6");
  BOOST_TEST(run.receiver.wait_for_tag("product-34"));
}

BOOST_AUTO_TEST_SUITE_END()
