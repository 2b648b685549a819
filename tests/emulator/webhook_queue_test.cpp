// The queue of deliveries against tests/recordings/FACTS.md, sections 1 to 3 and 5.
#include "emulator/webhook_queue.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct fixture {
  catalog shop{[this](const event& what, moment at_that) { queue.fired(what, at_that); }, 1};
  site where;
  webhook_queue queue{shop, where, {}};
  moment now = begin();

  fixture() {
    for (post_id id = 14; id < 24; ++id) {
      new_item made;
      made.id = id;
      made.name = "Product " + std::to_string(id);
      made.manages_stock = true;
      made.quantity = 10;
      shop.seed_product(made, begin());
    }
  }

  std::uint64_t subscribe(std::string_view topic, bool pinged = true) {
    webhook made;
    made.topic = topic;
    made.delivery_url = "http://127.0.0.1:9099/webhooks/woo";
    made.secret = lab_secret;
    made.pending_delivery = !pinged;
    return queue.add(made, now);
  }

  delivery take() {
    auto what = queue.next(now);
    BOOST_REQUIRE(what.has_value());
    return std::move(*what);
  }

  // Delivers all that is due, answering with that status; what was sent, as "topic id" or "ping".
  std::vector<std::string> run(unsigned status = 200, unsigned to_pings = 200) {
    std::vector<std::string> sent;
    while (const auto what = queue.next(now)) {
      sent.push_back(what->ping ? "ping" : what->topic + " " + std::to_string(what->object));
      queue.finished(what->number, what->ping ? to_pings : status, now);
    }
    return sent;
  }

  static std::string field(const delivery& of, std::string_view name) {
    for (const auto& [key, value] : of.fields) {
      if (key == name)
        return value;
    }
    return {};
  }

  static std::int64_t quantity_in(const delivery& of) {
    return parse_json(of.body)->find("stock_quantity")->as_integer().value_or(-1);
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_delivery_has_the_recorded_header_in_the_recorded_order, fixture) {
  webhook second;
  second.id = 2;
  second.topic = "product.updated";
  second.delivery_url = "http://127.0.0.1:9099/webhooks/woo";
  second.secret = lab_secret;
  second.pending_delivery = false;
  queue.add(second, now);
  shop.set_stock(14, 77, now);
  const auto what = take();
  const auto got = wire_fields(what);
  const auto expected = recording("008").headers;
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    BOOST_TEST(got[i].first == expected[i].first);
    const bool varies = expected[i].first == "X-WC-Webhook-Signature" ||
                        expected[i].first == "X-WC-Webhook-Delivery-ID" ||
                        expected[i].first == "Content-Length";
    if (!varies)
      BOOST_TEST(got[i].second == expected[i].second);
  }
  BOOST_TEST(field(what, "X-WC-Webhook-Delivery-ID").size() == 32U);
}

BOOST_AUTO_TEST_CASE(the_signature_is_made_as_the_recorded_ones) {
  const auto real = recording("008");
  std::string signature;
  for (const auto& [name, value] : real.headers)
    signature = name == "X-WC-Webhook-Signature" ? value : signature;
  BOOST_TEST(hmac_sha256_base64(lab_secret, real.body) == signature);
  const auto special = recording("122");
  for (const auto& [name, value] : special.headers)
    signature = name == "X-WC-Webhook-Signature" ? value : signature;
  BOOST_TEST(hmac_sha256_base64(html_unescape("s&<cret>\"'1 ü"), special.body) == signature);
}

BOOST_FIXTURE_TEST_CASE(a_ping_has_the_recorded_header_and_body, fixture) {
  subscribe("product.created", false);
  const auto what = take();
  const auto got = wire_fields(what);
  const auto expected = recording("002");
  BOOST_TEST(what.body == expected.body);
  BOOST_REQUIRE(got.size() == expected.headers.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    BOOST_TEST(got[i].first == expected.headers[i].first);
    BOOST_TEST(got[i].second == expected.headers[i].second);
  }
}

BOOST_FIXTURE_TEST_CASE(while_one_waits_no_second_is_queued_and_the_body_is_the_newest_096,
                        fixture) {
  subscribe("product.updated");
  for (int i = 1; i <= 5; ++i)
    shop.set_stock(14, i, now + milliseconds(i * 100));
  now += seconds(1);
  shop.write_stock_by_sql(14, 999); // 100: built when sent
  const auto what = take();
  BOOST_TEST(quantity_in(what) == 999);
  queue.finished(what.number, 200, now);
  BOOST_TEST(run().empty());
  BOOST_TEST(queue.counts().merged == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_change_during_the_delivery_queues_a_second_one_194, fixture) {
  subscribe("product.updated");
  shop.set_stock(14, 61, now);
  const auto first = take();
  shop.set_stock(14, 62, now);
  BOOST_TEST(!queue.next(now).has_value()); // one after another
  queue.finished(first.number, 200, now);
  BOOST_TEST(quantity_in(take()) == 62);
}

BOOST_FIXTURE_TEST_CASE(deliveries_of_one_webhook_in_one_second_share_their_id, fixture) {
  subscribe("product.updated");
  subscribe("product.updated");
  shop.set_stock(14, 1, now);
  shop.set_stock(15, 1, now);
  std::map<std::string, std::vector<std::string>> ids;
  for (int i = 0; i < 4; ++i) {
    const auto what = take();
    ids[field(what, "X-WC-Webhook-ID")].push_back(field(what, "X-WC-Webhook-Delivery-ID"));
    queue.finished(what.number, 200, now);
  }
  BOOST_TEST(ids["1"][0] == ids["1"][1]);
  BOOST_TEST(ids["2"][0] == ids["2"][1]);
  BOOST_TEST(ids["1"][0] != ids["2"][0]);
  shop.set_stock(14, 2, now);
  now += seconds(1);
  BOOST_TEST(field(take(), "X-WC-Webhook-Delivery-ID") != ids["2"][0]);
}

BOOST_FIXTURE_TEST_CASE(two_webhooks_on_one_topic_both_deliver_the_newer_first_192, fixture) {
  subscribe("product.updated");
  const auto newer = subscribe("product.updated");
  shop.set_stock(14, 1, now);
  const auto first = take();
  BOOST_TEST(first.webhook_id == newer);
  queue.finished(first.number, 200, now);
  BOOST_TEST(take().body.size() > 0U);
}

BOOST_FIXTURE_TEST_CASE(what_is_gone_when_it_is_to_be_told_of_is_told_as_an_error_101, fixture) {
  subscribe("product.updated");
  shop.set_stock(14, 1, now);
  shop.erase(14, now);
  BOOST_TEST(take().body == recording("101").body);
}

BOOST_FIXTURE_TEST_CASE(deleted_and_action_topics_carry_the_recorded_bodies, fixture) {
  subscribe("product.deleted");
  subscribe("action.woocommerce_delete_product");
  subscribe("action.woocommerce_product_set_stock");
  shop.trash(14, now);
  auto what = take();
  BOOST_TEST(what.body == "{\"id\":14}");
  queue.finished(what.number, 200, now);
  shop.erase(14, now);
  what = take();
  BOOST_TEST(what.body == R"({"action":"woocommerce_delete_product","arg":14})");
  BOOST_TEST(field(what, "X-WC-Webhook-Resource") == "action");
  queue.finished(what.number, 200, now);
  shop.set_stock(15, 3, now);
  BOOST_TEST(take().body == recording("214").body);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_whose_owner_may_no_longer_read_tells_an_error_182_188, fixture) {
  const auto id = subscribe("product.updated");
  webhook_queue::change lost;
  lost.owner = webhook_owner::lost_role;
  queue.edit(id, lost, now);
  shop.set_stock(14, 1, now);
  auto what = take();
  BOOST_TEST(what.body == recording("182").body);
  queue.finished(what.number, 200, now);
  lost.owner = webhook_owner::deleted;
  queue.edit(id, lost, now);
  shop.set_stock(14, 2, now);
  BOOST_TEST(take().body == recording("188").body);
}

BOOST_FIXTURE_TEST_CASE(the_seventh_failure_in_a_row_disables_the_webhook_123_to_131, fixture) {
  const auto id = subscribe("product.updated");
  const auto deliver = [&](unsigned status) {
    now += seconds(1);
    shop.adjust_stock(14, 1, now);
    return run(status).size();
  };
  for (int i = 1; i <= 6; ++i)
    BOOST_TEST(deliver(500) == 1U);
  BOOST_TEST((queue.find(id)->status == webhook_status::active));
  BOOST_TEST(deliver(500) == 1U);
  BOOST_TEST((queue.find(id)->status == webhook_status::disabled));
  BOOST_TEST(queue.find(id)->failure_count == 6);
  BOOST_TEST(deliver(200) == 0U); // events queue nothing from here on
  webhook_queue::change enable;
  enable.status = webhook_status::active;
  queue.edit(id, enable, now);
  BOOST_TEST(deliver(500) == 1U); // the very next failure
  BOOST_TEST((queue.find(id)->status == webhook_status::disabled));
  queue.edit(id, enable, now);
  BOOST_TEST(deliver(200) == 1U);
  BOOST_TEST(queue.find(id)->failure_count == 0);
  BOOST_TEST(queue.counts().failed == 8U);
}

BOOST_FIXTURE_TEST_CASE(statuses_200_to_302_are_success_and_nothing_is_sent_again_132_to_150,
                        fixture) {
  const auto id = subscribe("product.updated");
  const auto failures_after = [&](unsigned status) {
    shop.adjust_stock(14, 1, now);
    run(200);
    shop.adjust_stock(14, 1, now);
    BOOST_TEST(run(status).size() == 1U);
    BOOST_TEST(run(200).empty());
    return queue.find(id)->failure_count;
  };
  for (const unsigned good : {200U, 201U, 204U, 301U, 302U})
    BOOST_TEST(failures_after(good) == 0);
  for (const unsigned bad : {303U, 304U, 307U, 400U, 401U, 404U, 410U, 429U, 503U, 0U})
    BOOST_TEST(failures_after(bad) == 1);
}

BOOST_FIXTURE_TEST_CASE(it_pings_after_every_delivery_until_a_ping_gets_exactly_200_151_to_160,
                        fixture) {
  const auto id = subscribe("product.updated", false);
  BOOST_TEST(run(200, 401) == std::vector<std::string>{"ping"}, boost::test_tools::per_element());
  const std::vector<std::string> both{"product.updated 14", "ping"};
  for (const unsigned refusal : {401U, 204U}) {
    shop.adjust_stock(14, 1, now);
    BOOST_TEST(run(200, refusal) == both, boost::test_tools::per_element());
  }
  shop.adjust_stock(14, 1, now);
  BOOST_TEST(run(200, 200) == both, boost::test_tools::per_element());
  shop.adjust_stock(14, 1, now);
  BOOST_TEST(run().size() == 1U);
  webhook_queue::change url;
  url.secret = "another";
  queue.edit(id, url, now);
  BOOST_TEST(run().empty()); // another secret is no reason, another URL is
  url.delivery_url = "http://127.0.0.1:9099/other";
  queue.edit(id, url, now);
  BOOST_TEST(run() == std::vector<std::string>{"ping"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_paused_webhook_sends_what_is_queued_and_a_deleted_one_drops_it_161,
                        fixture) {
  const auto id = subscribe("product.updated");
  shop.set_stock(14, 1, now);
  webhook_queue::change pause;
  pause.status = webhook_status::paused;
  queue.edit(id, pause, now);
  shop.set_stock(15, 1, now);
  BOOST_TEST(run() == std::vector<std::string>{"product.updated 14"},
             boost::test_tools::per_element());
  pause.status = webhook_status::active;
  queue.edit(id, pause, now);
  shop.set_stock(14, 2, now);
  queue.remove(id);
  BOOST_TEST(run().empty());
  BOOST_TEST(queue.idle());
}

BOOST_FIXTURE_TEST_CASE(deliveries_go_by_due_time_within_the_configured_delay, fixture) {
  queue_settings slow;
  slow.delay_min = milliseconds(200);
  slow.delay_max = milliseconds(2'000);
  queue.configure(slow);
  subscribe("product.updated");
  for (post_id id = 14; id < 24; ++id)
    shop.set_stock(id, 1, now);
  BOOST_TEST(!queue.next(now + milliseconds(199)).has_value());
  BOOST_TEST((queue.next_due().value() >= now + milliseconds(200)));
  moment last{};
  now += milliseconds(2'000);
  for (int i = 0; i < 10; ++i) {
    const auto what = take();
    BOOST_TEST((what.due >= last));
    last = what.due;
    queue.finished(what.number, 200, now);
  }
  BOOST_TEST((last > begin() + milliseconds(200)));
}

BOOST_FIXTURE_TEST_CASE(a_run_starts_nothing_after_30_s_and_leaves_the_rest_to_the_next_178,
                        fixture) {
  queue_settings hourly;
  hourly.run_interval = seconds(120);
  queue.configure(hourly);
  subscribe("product.updated");
  shop.set_stock(14, 1, now);
  shop.set_stock(15, 1, now);
  const auto what = take();
  now += seconds(60); // the receiver never answered
  queue.finished(what.number, 0, now);
  BOOST_TEST(!queue.next(now).has_value());
  BOOST_TEST((queue.next_due().value() == begin() + seconds(120)));
  now = begin() + seconds(120);
  BOOST_TEST(take().object == 15U);
}

BOOST_AUTO_TEST_CASE(only_known_topics_can_be_registered) {
  for (const auto* good : {"product.updated", "order.deleted", "product.published",
                           "action.woocommerce_delete_product"})
    BOOST_TEST(valid_topic(good));
  for (const auto* bad : {"product.stock", "", "action.", "action.wp_delete_post", "product"})
    BOOST_TEST(!valid_topic(bad));
}
