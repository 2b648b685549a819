// The emulated store and storefront over real sockets on loopback.
#include "base/clock.hpp"
#include "emulator/answering_server.hpp"
#include "emulator/store_server.hpp"
#include "emulator/storefront.hpp"
#include "net/http/client.hpp"
#include "net/io_pool.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <future>
#include <mutex>

using namespace ankkor;
using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

constexpr auto patience = std::chrono::seconds(20);

struct taken {
  std::string body;
  std::string signature;
};

// A receiver of webhooks that answers as it is told.
struct receiver {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<taken> all;
  unsigned status = 200;

  http_answer take(const http_question& question, moment) {
    const std::lock_guard lock(mutex);
    all.push_back({std::string(question.body), std::string(question.signature)});
    changed.notify_all();
    http_answer made;
    made.status = status;
    return made;
  }

  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, patience, [&] { return all.size() >= count; });
  }
};

struct fixture {
  net::io_pool pool{1};
  receiver hook;
  result<std::unique_ptr<answering_server>> receiving = answering_server::start(
    pool, "receiver", "127.0.0.1", 0,
    [this](const auto& asked, moment now) { return hook.take(asked, now); });
  store shop{lab_settings()};
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<unsigned> delivered;
  result<std::unique_ptr<store_server>> serving =
    store_server::start(pool, shop, "127.0.0.1", 0, watching());

  store_observer watching() {
    store_observer made;
    made.delivered = [this](const delivery&, unsigned status, moment) {
      const std::lock_guard lock(mutex);
      delivered.push_back(status);
      changed.notify_all();
    };
    return made;
  }

  std::vector<unsigned> outcomes(std::size_t count) {
    std::unique_lock lock(mutex);
    BOOST_TEST(changed.wait_for(lock, patience, [&] { return delivered.size() >= count; }));
    return delivered;
  }

  fixture() {
    BOOST_REQUIRE(receiving.ok());
    BOOST_REQUIRE(serving.ok());
    shop.with_catalog([](catalog& to) {
      new_item made;
      made.id = 14;
      made.name = "Mug";
      made.manages_stock = true;
      to.seed_product(made, begin());
    });
  }

  result<net::client_response> ask(const std::string& url, const std::string& body) {
    net::http_client client(pool);
    net::client_request request;
    request.where = net::parse_url(url).value();
    request.fields = {{"Content-Type", "application/json"}};
    request.body = body;
    request.total_timeout = std::chrono::milliseconds(2'000);
    std::promise<result<net::client_response>> answer;
    auto got = answer.get_future();
    client.send(std::move(request),
                [&](result<net::client_response> what) { answer.set_value(std::move(what)); });
    return got.get();
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_change_is_delivered_signed_after_the_ping, fixture) {
  webhook made;
  made.topic = "product.updated";
  made.delivery_url = receiving.value()->url() + "/hook";
  made.secret = lab_secret;
  shop.with_webhooks([&](webhook_queue& queue) { return queue.add(made, wall_clock()); });
  BOOST_REQUIRE(hook.wait_for(1));
  shop.with_catalog([](catalog& of) { return of.set_stock(14, 3, wall_clock()); });
  BOOST_REQUIRE(hook.wait_for(2));
  BOOST_TEST(hook.all[0].body == "webhook_id=1");
  BOOST_TEST(hook.all[1].body.find("\"stock_quantity\":3") != std::string::npos);
  BOOST_TEST(hook.all[1].signature == hmac_sha256_base64(lab_secret, hook.all[1].body));
  BOOST_TEST(outcomes(2) == (std::vector<unsigned>{200, 200}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_receiver_that_is_not_there_is_a_failure_and_costs_the_event, fixture) {
  webhook made;
  made.topic = "product.updated";
  made.pending_delivery = false;
  const auto port = receiving.value()->port();
  receiving.value().reset(); // nobody listens on that port any more
  made.delivery_url = "http://127.0.0.1:" + std::to_string(port) + "/";
  const auto id =
    shop.with_webhooks([&](webhook_queue& queue) { return queue.add(made, wall_clock()); });
  shop.with_catalog([](catalog& of) { return of.set_stock(14, 3, wall_clock()); });
  BOOST_TEST(outcomes(1) == std::vector<unsigned>{0}, boost::test_tools::per_element());
  // The observer hears of it just before the queue does, so ask the queue by delivering once more.
  shop.with_catalog([](catalog& of) { return of.set_stock(14, 4, wall_clock()); });
  outcomes(2);
  BOOST_TEST(
    shop.with_webhooks([&](webhook_queue& queue) { return queue.find(id)->failure_count; }) >= 1);
}

BOOST_FIXTURE_TEST_CASE(graphql_answers_over_http_and_latency_is_kept, fixture) {
  faults slow;
  slow.latency = std::chrono::milliseconds(30);
  shop.set_faults(slow);
  const auto before = std::chrono::steady_clock::now();
  const auto answer = ask(serving.value()->url() + "/graphql",
                          R"({"query":"{product(id:14,idType:DATABASE_ID){name}}"})");
  BOOST_REQUIRE(answer.ok());
  BOOST_TEST(answer->body.find(R"({"data":{"product":{"name":"Mug"}})") == 0U);
  BOOST_TEST((std::chrono::steady_clock::now() - before >= slow.latency));
  BOOST_TEST(shop.arrivals(api::graphql, {}) == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_answer_is_cut_in_the_middle_and_the_next_one_is_whole, fixture) {
  faults broken;
  broken.cut = true;
  shop.set_faults(broken);
  const auto url = serving.value()->url() + "/graphql";
  const auto query = R"({"query":"{product(id:14,idType:DATABASE_ID){name}}"})";
  const auto cut = ask(url, query);
  BOOST_REQUIRE(!cut.ok());
  BOOST_TEST((cut.failure().code == errc::unavailable));
  shop.set_faults({});
  BOOST_TEST(ask(url, query).ok());
  BOOST_TEST(shop.arrivals(api::graphql, {}) == 2U); // it did arrive
}

BOOST_FIXTURE_TEST_CASE(the_storefront_answers_over_http, fixture) {
  storefront front("hush");
  const auto server =
    answering_server::start(pool, "storefront", "127.0.0.1", 0, [&](const auto& asked, moment now) {
      return front.handle(asked, now);
    });
  BOOST_REQUIRE(server.ok());
  BOOST_TEST(ask(server.value()->url() + "/api/revalidate", "{}")->status == 401U);
}

BOOST_FIXTURE_TEST_CASE(shoppers_on_the_wall_clock_are_delivered, fixture) {
  webhook made;
  made.topic = "product.updated";
  made.pending_delivery = false;
  made.delivery_url = receiving.value()->url() + "/hook";
  shop.with_webhooks([&](webhook_queue& queue) { return queue.add(made, wall_clock()); });
  shopper_settings settings;
  settings.actions_per_second = 200;
  shop.start_shoppers(settings, wall_clock());
  BOOST_TEST(hook.wait_for(3));
  shop.stop_shoppers();
}
