// Every answer to a delivery that docs/http-api.md lists, on a real socket.
#include "deliveries.hpp"
#include "fresh_daemon.hpp"
#include "net/woocommerce/signature.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

// One daemon for each test, on an empty store.
struct webhook_daemon : fresh_daemon {
  using fresh_daemon::fresh_daemon;

  [[nodiscard]] std::string send(const made_delivery& delivery) const {
    return deliver(daemon.port(), delivery);
  }

  [[nodiscard]] std::string send(const made_product& product) const {
    return deliver(daemon.port(), product);
  }

  [[nodiscard]] raw_answer post(const header_fields& fields, std::string_view body) const {
    return answer_to(daemon.port(), request_text("POST", webhook_path, fields, body));
  }

  [[nodiscard]] std::string held(const std::string& pointer) const {
    return daemon.read("/api/products/34/stock").at(pointer);
  }
};

made_delivery order(std::string topic, const std::string& body) {
  auto made = made_delivery{};
  made.body = body;
  made.id = "0123456789abcdef0123456789abcdef";
  made.topic = std::move(topic);
  return made;
}

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size()))
    ++count;
  return count;
}

header_fields without(header_fields fields, std::string_view name) {
  std::erase_if(fields, [name](const auto& field) { return field.first == name; });
  return fields;
}

constexpr auto signature_field = "X-WC-Webhook-Signature";

} // namespace

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_AUTO_TEST_CASE(a_product_is_applied_unchanged_or_stale) {
  const auto run = webhook_daemon{};
  BOOST_TEST(run.send(made_product{.quantity = 7, .second = 10}) == "applied");
  BOOST_TEST(run.send(made_product{.quantity = 7, .second = 20}) == "unchanged");
  BOOST_TEST(run.send(made_product{.quantity = 9, .second = 15}) == "stale");
  BOOST_TEST(run.held("/stockQuantity") == "7");
  BOOST_TEST(run.held("/modified") == "2026-11-22T10:00:20Z");
  BOOST_TEST(run.send(made_product{.quantity = 6, .second = 21}) == "applied");
  BOOST_TEST(run.held("/stockQuantity") == "6");
}

BOOST_AUTO_TEST_CASE(two_states_of_one_second_are_queued_for_a_confirmation) {
  const auto run = webhook_daemon{};
  BOOST_TEST(run.send(made_product{.quantity = 7, .second = 10}) == "applied");
  BOOST_TEST(run.send(made_product{.quantity = 8, .second = 10}) == "queued");
  BOOST_TEST(run.held("/stockQuantity") == "7");
  BOOST_TEST(run.count("confirmations") == "1");
}

BOOST_AUTO_TEST_CASE(orders_and_deletions_are_queued_for_confirmations) {
  const auto run = webhook_daemon{};
  const auto lines = R"({"id":900,"line_items":[{"product_id":34,"variation_id":0},)"
                     R"({"product_id":40,"variation_id":41}]})";
  for (const auto* topic : {"order.created", "order.updated", "order.deleted", "order.restored"}) {
    auto delivery = order(topic, lines);
    delivery.id = std::string{"id of "} + topic;
    BOOST_TEST(run.send(delivery) == "queued", topic);
  }
  BOOST_TEST(run.count("confirmations") == "3");
  BOOST_TEST(run.send(order("product.deleted", R"({"id":29})")) == "queued");
  BOOST_TEST(run.send(order("action.woocommerce_delete_product",
                            R"({"action":"woocommerce_delete_product","arg":30})")) == "queued");
  BOOST_TEST(run.send(order("action.woocommerce_delete_product_variation",
                            R"({"action":"woocommerce_delete_product_variation","arg":31})")) ==
             "queued");
  BOOST_TEST(run.count("confirmations") == "6");
}

BOOST_AUTO_TEST_CASE(only_the_same_id_with_the_same_body_is_a_duplicate) {
  const auto run = webhook_daemon{};
  const auto first = delivery_of({.quantity = 7, .second = 10});
  auto same_id = delivery_of({.id = 35, .quantity = 1, .second = 10});
  same_id.id = first.id;
  auto same_body = first;
  same_body.id = "another";
  BOOST_TEST(run.send(first) == "applied");
  BOOST_TEST(run.send(same_id) == "applied");
  BOOST_TEST(run.send(same_body) == "unchanged");
  for (const auto& again : {first, same_id, same_body})
    BOOST_TEST(run.send(again) == "duplicate");
  BOOST_TEST(run.count("deliveries") == "3");
}

// {"id":29} is what every deletion of product 29 says: without an ID none is another's duplicate.
BOOST_AUTO_TEST_CASE(without_an_id_nothing_is_a_duplicate) {
  const auto run = webhook_daemon{};
  const auto delivery = order("product.deleted", R"({"id":29})");
  const auto fields = without(delivery.fields(), "X-WC-Webhook-Delivery-ID");
  for (int time = 0; time != 2; ++time)
    BOOST_TEST(run.post(fields, delivery.body).at("/status") == "queued");
}

BOOST_AUTO_TEST_CASE(a_ping_is_answered_pong_and_nothing_else_happens) {
  const auto run = webhook_daemon{};
  const auto form = header_fields{{"Content-Type", "application/x-www-form-urlencoded"}};
  const auto answer = run.post(form, "webhook_id=2");
  BOOST_TEST(answer.status == 200U);
  BOOST_TEST(answer.body == R"({"status":"pong"})");
  BOOST_TEST(run.count("deliveries") == "0");
  BOOST_TEST(run.count("confirmations") == "0");
  BOOST_TEST(run.post(form, "webhook_id=2&more=1").status == 401U);
  BOOST_TEST(run.post(form, "webhook_id=x").status == 401U);
  BOOST_TEST(run.post({{"Content-Type", "application/json"}}, "webhook_id=2").status == 401U);
}

BOOST_AUTO_TEST_CASE(a_topic_of_no_use_is_ignored) {
  const auto run = webhook_daemon{};
  for (const auto* topic : {"customer.created", "coupon.updated", "product.published",
                            "action.woocommerce_product_set_stock", "no such"})
    BOOST_TEST(run.send(order(topic, R"({"id":34})")) == "ignored", topic);
  BOOST_TEST(run.daemon.read("/api/products/34/stock").status == 503U);
}

BOOST_AUTO_TEST_CASE(a_verified_body_that_is_of_no_use_is_kept_in_the_dead_letters) {
  const auto run = webhook_daemon{};
  auto sent = std::size_t{0};
  const auto send = [&](const std::string& body) {
    auto delivery = order("product.updated", body);
    delivery.id = "unusable " + std::to_string(++sent);
    return run.send(delivery);
  };
  BOOST_TEST(send("<html>") == "unusable");
  BOOST_TEST(send(R"({"id":0})") == "unusable");
  BOOST_TEST(send("") == "unusable");
  BOOST_TEST(run.count("confirmations") == "0");
  BOOST_TEST(send(R"({"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID.",)"
                  R"("data":{"status":404}})") == "unusable");
  // The product may be gone, but which? An incremental reconciliation is wanted.
  BOOST_TEST(run.count("reconciliationWanted") == "true");
  BOOST_TEST(run.count("deadLetters") == "4");
  const auto letters = run.daemon.ask("/admin/deadletters");
  BOOST_TEST(letters.at("/deadletters/0/kind") == "delivery");
  BOOST_TEST(letters.at("/deadletters/0/subject") == "product.updated");
  BOOST_TEST(letters.at("/deadletters/0/reference") == "unusable 4");
  BOOST_TEST(letters.at("/deadletters/0/reason").find("woocommerce_rest_product_invalid_id") !=
             std::string::npos);
  BOOST_TEST(letters.at("/deadletters/3/body") == "<html>");
}

BOOST_AUTO_TEST_CASE(a_signature_that_is_absent_malformed_doubled_or_wrong_is_401) {
  const auto run = webhook_daemon{};
  const auto delivery = delivery_of({});
  const auto good = delivery.fields();
  const auto unsigned_fields = without(good, signature_field);
  const auto refused = [&](const std::string& signature) {
    auto fields = unsigned_fields;
    fields.emplace_back(signature_field, signature);
    return run.post(fields, delivery.body).status == 401U;
  };
  const auto right = net::sign(delivery.body, webhook_secret);
  BOOST_TEST(run.post(unsigned_fields, delivery.body).status == 401U);
  BOOST_TEST(refused(""));
  BOOST_TEST(refused("not base64 at all"));
  BOOST_TEST(refused(right + "A"));
  BOOST_TEST(refused(right.substr(1)));
  BOOST_TEST(refused(net::sign(delivery.body, "another secret")));
  BOOST_TEST(refused(net::sign(delivery.body + " ", webhook_secret)));
  auto doubled = good;
  doubled.emplace_back(signature_field, right);
  BOOST_TEST(run.post(doubled, delivery.body).status == 401U);
  BOOST_TEST(run.count("deliveries") == "0");
  BOOST_TEST(run.count("deadLetters") == "0");
  BOOST_TEST(
    run.daemon.metric(
      R"(ankkor_webhook_deliveries_total{outcome="unauthorized",topic="product.updated"})") == 8);
  BOOST_TEST(run.post(good, delivery.body).at("/status") == "applied");
}

std::string chunked(const header_fields& fields, std::string_view body,
                    const std::string& trailer) {
  auto text = std::string{"POST "} + webhook_path + " HTTP/1.1\r\nHost: shop\r\n";
  for (const auto& [name, value] : fields)
    text.append(name).append(": ").append(value).append("\r\n");
  text += "Transfer-Encoding: chunked\r\n\r\n";
  constexpr std::size_t chunk_size = 16;
  for (std::size_t at = 0; at < body.size(); at += chunk_size) {
    const auto chunk = body.substr(at, chunk_size);
    char size[8];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    text.append(size).append(chunk).append("\r\n");
  }
  return text.append("0\r\n").append(trailer).append("\r\n");
}

BOOST_AUTO_TEST_CASE(a_signature_in_a_trailer_counts_for_nothing) {
  const auto run = webhook_daemon{};
  const auto delivery = delivery_of({});
  const auto trailer =
    std::string{signature_field} + ": " + net::sign(delivery.body, webhook_secret) + "\r\n";
  const auto request = chunked(without(delivery.fields(), signature_field), delivery.body, trailer);
  BOOST_TEST(answer_to(run.daemon.port(), request).status == 401U);
  // One in the header section is the one, whatever a trailer says.
  const auto both = chunked(delivery.fields(), delivery.body, trailer);
  BOOST_TEST(answer_to(run.daemon.port(), both).at("/status") == "applied");
}

BOOST_AUTO_TEST_CASE(a_flood_of_wrong_signatures_fills_no_log) {
  const auto run = webhook_daemon{};
  auto forged = delivery_of({});
  forged.secret = "guessed";
  for (int time = 0; time != 300; ++time)
    BOOST_TEST_REQUIRE(run.send(forged) == "401");
  BOOST_TEST(run.send(made_product{}) == "applied");
  BOOST_TEST(run.daemon.wait_for_output("WooCommerce delivered a webhook."));
  BOOST_TEST(occurrences(run.daemon.output(), "was refused") <= 2U);
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_413) {
  const auto run = webhook_daemon{{{"ANKKOR_MAX_BODY", "8KiB"}}};
  auto delivery = delivery_of({});
  delivery.body.insert(1, "\"description\":\"" +
                            std::string(8192 - delivery.body.size() - 17, 'x') + "\",");
  BOOST_TEST_REQUIRE(delivery.body.size() == 8192U);
  BOOST_TEST(run.send(delivery) == "applied");
  delivery.body += ' ';
  BOOST_TEST(run.send(delivery) == "413");
  // Not a byte of it is waited for.
  auto connection = raw_connection{run.daemon.port()};
  connection.send(std::string{"POST "} + webhook_path +
                  " HTTP/1.1\r\nHost: shop\r\nContent-Length: 8193\r\n\r\n");
  BOOST_TEST(connection.receive().status == 413U);
  BOOST_TEST(connection.closed());
}

BOOST_AUTO_TEST_CASE(what_is_refused_unread_is_counted_too) {
  const auto run = webhook_daemon{{{"ANKKOR_MAX_BODY", "8KiB"}}};
  const auto start = std::string{"POST "} + webhook_path + " HTTP/1.1\r\n";
  BOOST_TEST(
    answer_to(run.daemon.port(), start + "Host: a\r\nContent-Length: 8193\r\n\r\n").status == 413U);
  BOOST_TEST(answer_to(run.daemon.port(), start + "Content-Length: 2\r\n\r\n{}").status == 400U);
  BOOST_TEST(answer_to(run.daemon.port(), "nonsense\r\n").status == 400U);
  BOOST_TEST(run.send(made_product{}) == "applied");
  const auto deliveries = [&](const std::string& labels) {
    return run.daemon.metric("ankkor_webhook_deliveries_total{" + labels + "}");
  };
  BOOST_TEST(deliveries(R"(outcome="too_large",topic="other")") == 1);
  BOOST_TEST(deliveries(R"(outcome="malformed",topic="other")") == 1);
  BOOST_TEST(deliveries(R"(outcome="applied",topic="product.updated")") == 1);
  const auto requests = [&](const std::string& labels) {
    return run.daemon.metric("ankkor_http_requests_total{listener=" + labels + "}");
  };
  BOOST_TEST(requests(R"("public",route="/api/webhooks/woocommerce",status="413")") == 1);
  BOOST_TEST(requests(R"("public",route="/api/webhooks/woocommerce",status="400")") == 1);
  BOOST_TEST(requests(R"("public",route="/api/webhooks/woocommerce",status="200")") == 1);
  BOOST_TEST(requests(R"("public",route="other",status="400")") == 1);
  BOOST_TEST(run.daemon.read("/api/products/34/stock").status == 200U);
  BOOST_TEST(run.daemon.read("/api/no/such").status == 404U);
  BOOST_TEST(requests(R"("public",route="/api/products/{id}/stock",status="200")") == 1);
  BOOST_TEST(requests(R"("public",route="other",status="404")") == 1);
  BOOST_TEST(requests(R"("admin",route="/metrics",status="200")") > 5);
}

BOOST_AUTO_TEST_CASE(http_1_0_keep_alive_and_chunks_are_served) {
  const auto run = webhook_daemon{};
  const auto first = delivery_of({.quantity = 1, .second = 1});
  auto text = first.text();
  text.replace(text.find("HTTP/1.1"), 8, "HTTP/1.0");
  BOOST_TEST(answer_to(run.daemon.port(), text).at("/status") == "applied");

  auto kept = raw_connection{run.daemon.port()};
  for (unsigned second = 2; second != 5; ++second) {
    const auto delivery = delivery_of({.quantity = second, .second = second});
    kept.send(chunked(delivery.fields(), delivery.body, ""));
    BOOST_TEST(kept.receive().at("/status") == "applied");
  }
  BOOST_TEST(run.held("/stockQuantity") == "4");
}

BOOST_AUTO_TEST_CASE(pipelined_deliveries_are_answered_in_their_order) {
  const auto run = webhook_daemon{};
  auto connection = raw_connection{run.daemon.port()};
  auto all = std::string{};
  for (unsigned second = 1; second != 20; ++second) {
    const auto delivery = delivery_of({.quantity = second, .second = second % 2 == 0 ? 1 : second});
    all += chunked(delivery.fields(), delivery.body, "");
  }
  connection.send(all);
  for (unsigned second = 1; second != 20; ++second)
    BOOST_TEST(connection.receive().at("/status") == (second % 2 == 1 ? "applied"
                                                      : second == 2   ? "queued"
                                                                      : "stale"));
}

BOOST_AUTO_TEST_CASE(what_could_be_framed_in_two_ways_is_400_and_closes_the_connection) {
  const auto run = webhook_daemon{};
  const auto start = std::string{"POST "} + webhook_path + " HTTP/1.1\r\n";
  const auto all = std::vector<std::string>{
    start + "Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    start + "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    start + "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    start + "Host: a\r\nContent-Length: 2, 2\r\n\r\n{}",
    start + "Host: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    start + "Host: a\r\nContent-Length: +2\r\n\r\n{}",
    start + "Content-Length: 2\r\n\r\n{}",
    start + "Host: a\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
    start + "Host: a\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    start + "Host: a\r\n\r\n",
    start + "Host: a\r\nX-Bad\x01: a\r\nContent-Length: 2\r\n\r\n{}",
    std::string{"POST "} + webhook_path +
      " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  for (const auto port : {run.daemon.port(), run.daemon.admin_port()}) {
    for (const auto& request : all) {
      auto connection = raw_connection{port};
      connection.send(request);
      BOOST_TEST(connection.receive().status == 400U, request);
      BOOST_TEST(connection.closed());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_aliases_take_deliveries_and_get_says_active) {
  const auto run = webhook_daemon{};
  unsigned second = 0;
  for (const auto* path :
       {"/api/webhooks/woocommerce", "/api/webhooks", "/api/webhooks/inventory"}) {
    const auto delivery = delivery_of({.quantity = 3 + second, .second = second});
    ++second;
    const auto posted =
      answer_to(run.daemon.port(), request_text("POST", path, delivery.fields(), delivery.body));
    BOOST_TEST(posted.at("/status") == "applied", path);
    BOOST_TEST(run.daemon.read(path).body == R"({"status":"active"})");
    auto kept = raw_connection{run.daemon.port()};
    kept.send(std::string{"HEAD "} + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = kept.receive(true);
    BOOST_TEST(head.status == 200U);
    BOOST_TEST(head.field("content-length") == "19");
    // No byte of a body came: the next answer begins where it should.
    kept.send(std::string{"GET "} + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(kept.receive().body == R"({"status":"active"})");
    const auto put = answer_to(run.daemon.port(), request_text("PUT", path, {}, "{}"));
    BOOST_TEST(put.status == 405U);
    BOOST_TEST(put.field("allow") == "GET, HEAD, POST");
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_address_is_404_in_json) {
  const auto run = webhook_daemon{};
  for (const auto* path : {"/", "/api", "/api/webhooks/", "/api/webhooks/other", "/api/products/",
                           "/api/products//stock", "/admin/status", "/metrics"}) {
    const auto answer = run.daemon.read(path);
    BOOST_TEST(answer.status == 404U, path);
    BOOST_TEST(answer.at("/error/code") == "not_found");
    BOOST_TEST(!answer.at("/error/message").empty());
  }
}

// A full disk, as far as the process can tell: its files may not grow.
BOOST_AUTO_TEST_CASE(a_store_that_can_not_commit_is_503_until_it_can_again) {
  const auto run = webhook_daemon{};
  BOOST_TEST(run.send(made_product{.quantity = 7, .second = 1}) == "applied");
  run.daemon.limit_file_size(1);
  const auto lost = delivery_of({.quantity = 6, .second = 2});
  const auto answer = answer_to(run.daemon.port(), lost.text());
  BOOST_TEST(answer.status == 503U);
  BOOST_TEST(!answer.field("retry-after").empty());
  BOOST_TEST(answer.at("/error/code") == "unavailable");
  const auto readiness = run.daemon.ask("/readyz");
  BOOST_TEST(readiness.status == 503U);
  BOOST_TEST(readiness.at("/checks/store") == "cannot commit");
  BOOST_TEST(run.daemon.ask("/healthz").status == 200U);
  BOOST_TEST(run.daemon.metric("ankkor_store_up") == 0);
  // What is held is served all the same, and nothing that was not committed.
  BOOST_TEST(run.held("/stockQuantity") == "7");
  for (unsigned second = 3; second != 8; ++second)
    BOOST_TEST(run.send(made_product{.quantity = second, .second = second}) == "503");
  BOOST_TEST(run.held("/stockQuantity") == "7");

  run.daemon.limit_file_size(std::nullopt);
  BOOST_TEST(eventually([&] { return run.daemon.ask("/readyz").status == 200; }));
  BOOST_TEST(run.daemon.metric("ankkor_store_up") == 1);
  // The gap is healed by an incremental reconciliation, which is wanted now.
  BOOST_TEST(run.count("reconciliationWanted") == "true");
  // What was refused is no duplicate, and was never decided on.
  BOOST_TEST(run.send(lost) == "applied");
  BOOST_TEST(run.held("/stockQuantity") == "6");
  BOOST_TEST(run.send(lost) == "duplicate");
  const auto output = run.daemon.output();
  BOOST_TEST(occurrences(output, "The store can't commit") == 1U);
  BOOST_TEST(occurrences(output, "The store can commit again") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
