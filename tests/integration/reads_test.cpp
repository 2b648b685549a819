// The reads of the public listener, and the admin listener.
#include "deliveries.hpp"
#include "fresh_daemon.hpp"
#include "storefront.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

using namespace ankkor::testing;

namespace {

struct served : fresh_daemon {
  using fresh_daemon::fresh_daemon;

  void send(const made_product& product) const {
    BOOST_TEST(deliver(daemon.port(), product) == "applied");
  }

  [[nodiscard]] raw_answer stock(const std::string& of) const {
    return daemon.read("/api/products/" + of);
  }

  [[nodiscard]] raw_answer admin(const char* method, const std::string& target) const {
    return answer_to(daemon.admin_port(), request_text(method, target));
  }
};

// A dead letter of a delivery or revalidation that can be used today: as after an upgrade, or once
// the storefront is mended. Precondition: no daemon has the data.
void put_letter(const temporary_directory& place, const std::string& kind,
                const std::string& subject, const std::string& body) {
  sqlite3* database = nullptr;
  sqlite3_stmt* insert = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open((place.path() + "/data/ankkor.db").c_str(), &database) ==
                     SQLITE_OK);
  BOOST_TEST_REQUIRE(
    sqlite3_prepare_v2(database,
                       "INSERT INTO dead_letters (at, kind, subject, reference, reason, body)"
                       " VALUES (1795366681000000, ?, ?, 'r', 'It was broken.', ?)",
                       -1, &insert, nullptr) == SQLITE_OK);
  int at = 0;
  for (const auto* text : {&kind, &subject, &body})
    sqlite3_bind_text(insert, ++at, text->c_str(), -1, SQLITE_STATIC);
  BOOST_TEST_REQUIRE(sqlite3_step(insert) == SQLITE_DONE);
  sqlite3_finalize(insert);
  sqlite3_close(database);
}

} // namespace

BOOST_AUTO_TEST_SUITE(reads)

BOOST_AUTO_TEST_CASE(a_products_stock_is_answered_as_the_contract_says) {
  const auto run = served{};
  run.send({.id = 34, .quantity = 7, .second = 1});
  run.send({.id = 35, .quantity = 2, .second = 2, .parent = 34});
  const auto answer = run.stock("34/stock");
  BOOST_TEST(answer.status == 200U);
  BOOST_TEST(answer.field("content-type") == "application/json");
  BOOST_TEST(answer.body.starts_with(
    R"({"id":34,"type":"product","stockStatus":"instock","stockQuantity":7,"manageStock":true,)"
    R"("availableForSale":true,"variations":[{"id":35,"type":"variation","parentId":34,)"));
  BOOST_TEST(answer.at("/modified") == "2026-11-22T10:00:01Z");
  BOOST_TEST(!answer.at("/version").empty());
  BOOST_TEST(!answer.at("/lastUpdated").empty());
  BOOST_TEST(answer.field("cache-tag") == "product-34,category-hot-drinks");
  BOOST_TEST(answer.field("surrogate-key") == "product-34 category-hot-drinks");
  BOOST_TEST(answer.field("cache-status") == "ankkor; hit");
  for (const auto* directive : {"s-maxage=", "stale-while-revalidate=", "stale-if-error="})
    BOOST_TEST(answer.field("cache-control").find(directive) != std::string::npos);

  for (const auto* way : {"34/stock?variation_id=35", "35/stock"}) {
    const auto variation = run.stock(way);
    BOOST_TEST(variation.status == 200U, way);
    BOOST_TEST(variation.at("/type") == "variation");
    BOOST_TEST(variation.at("/parentId") == "34");
    BOOST_TEST(variation.at("/stockQuantity") == "2");
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_public_or_not_known_is_said_so) {
  const auto run = served{};
  run.send({.id = 34});
  run.send({.id = 36, .status = "draft"});
  run.send({.id = 37, .status = "private"});
  BOOST_TEST(run.stock("36/stock").status == 404U);
  BOOST_TEST(run.stock("37/stock").status == 404U);
  BOOST_TEST(run.stock("34/stock?variation_id=99").status == 404U);
  // A product is no variation of itself.
  BOOST_TEST(run.stock("34/stock?variation_id=34").status == 404U);
  const auto unknown = run.stock("99/stock");
  BOOST_TEST(unknown.status == 503U);
  BOOST_TEST(!unknown.field("retry-after").empty());
  for (const auto* bad :
       {"0/stock", "-1/stock", "x/stock", "34x/stock", "9223372036854775808/stock",
        "34/stock?variation_id=", "34/stock?variation_id=x"})
    BOOST_TEST(run.stock(bad).status == 400U, bad);
  const auto posted =
    answer_to(run.daemon.port(), request_text("POST", "/api/products/34/stock", {}, "{}"));
  BOOST_TEST(posted.status == 405U);
  BOOST_TEST(posted.field("allow") == "GET, HEAD, OPTIONS");
  BOOST_TEST(run.daemon.metric("ankkor_cache_requests_total{result=\"miss\"}") == 1);
  BOOST_TEST(run.daemon.metric("ankkor_cache_requests_total{result=\"negative\"}") == 4);
}

BOOST_AUTO_TEST_CASE(an_entity_tag_saves_the_body_until_the_product_changes) {
  const auto run = served{};
  run.send({.quantity = 7, .second = 1});
  const auto target = std::string{"/api/products/34/stock"};
  const auto first = run.daemon.read(target);
  const auto tag = first.field("etag");
  BOOST_TEST(tag.starts_with("\""));
  for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag, std::string{"*"}}) {
    const auto again = run.daemon.read(target, {{"If-None-Match", known}});
    BOOST_TEST(again.status == 304U, known);
    BOOST_TEST(again.field("etag") == tag);
    BOOST_TEST(!again.field("cache-control").empty());
  }
  BOOST_TEST(run.daemon.read(target, {{"If-None-Match", "\"other\""}}).status == 200U);
  run.send({.quantity = 6, .second = 2});
  const auto changed = run.daemon.read(target, {{"If-None-Match", tag}});
  BOOST_TEST(changed.status == 200U);
  BOOST_TEST(changed.at("/stockQuantity") == "6");

  auto kept = raw_connection{run.daemon.port()};
  kept.send("HEAD " + target + " HTTP/1.1\r\nHost: a\r\n\r\nGET " + target +
            " HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = kept.receive(true);
  BOOST_TEST(head.status == 200U);
  BOOST_TEST(head.field("content-length") == std::to_string(changed.body.size()));
  BOOST_TEST(kept.receive().body == changed.body);
}

BOOST_AUTO_TEST_CASE(slugs_batches_carts_and_origins_are_served) {
  const auto run = served{{{"ANKKOR_CORS_ORIGINS", "https://shop.example"}}};
  run.send({.id = 34, .quantity = 7, .second = 1});
  run.send({.id = 35, .quantity = 2, .second = 2, .parent = 34});
  run.send({.id = 36, .quantity = 0, .second = 1});
  const auto product = run.stock("tea-34");
  BOOST_TEST(product.status == 200U);
  BOOST_TEST(product.at("/id") == "34");
  BOOST_TEST(product.at("/sku") == "T-34");
  BOOST_TEST(product.at("/variations/0/id") == "35");
  BOOST_TEST(product.body == run.stock("34").body);
  const auto batch = run.daemon.read("/api/stock?ids=36,35");
  BOOST_TEST(batch.at("/items/0/id") == "36");
  BOOST_TEST(batch.at("/items/1/parentId") == "34");
  BOOST_TEST(batch.at("/missing") == "[]");
  const auto cart =
    answer_to(run.daemon.port(),
              request_text("POST", "/api/stock/validate", {{"Origin", "https://shop.example"}},
                           R"({"items":[{"productId":"34","variationId":"35","quantity":2},)"
                           R"({"productId":36,"quantity":1}]})"));
  BOOST_TEST(cart.at("/valid") == "false");
  BOOST_TEST(cart.at("/items/0/available") == "true");
  BOOST_TEST(cart.at("/items/1/reason") == "out_of_stock");
  BOOST_TEST(cart.field("access-control-allow-origin") == "https://shop.example");
  BOOST_TEST(run.daemon.read("/api/products/34", {{"Origin", "https://evil.example"}})
               .field("access-control-allow-origin")
               .empty());
  // The slug goes with the product.
  run.send({.id = 34, .quantity = 7, .second = 3, .status = "draft"});
  BOOST_TEST(run.stock("tea-34").status == 404U);
}

BOOST_AUTO_TEST_CASE(what_the_store_can_not_commit_is_marked_in_what_is_served) {
  const auto run = served{};
  run.send({.id = 34, .quantity = 7, .second = 1});
  run.daemon.limit_file_size(1);
  BOOST_TEST(deliver(run.daemon.port(), made_product{.id = 34, .quantity = 6, .second = 2}) ==
             "503");
  const auto behind = run.stock("34/stock");
  BOOST_TEST(behind.at("/stockQuantity") == "7");
  BOOST_TEST(behind.field("cache-status").find("detail=behind") != std::string::npos);
  BOOST_TEST(run.daemon.metric("ankkor_cache_requests_total{result=\"stale\"}") == 1);
  run.daemon.limit_file_size(std::nullopt);
  BOOST_TEST(
    eventually([&] { return run.stock("34/stock").field("cache-status") == "ankkor; hit"; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(admin)

BOOST_AUTO_TEST_CASE(the_admin_api_wants_its_token_where_one_is_set) {
  const auto run = served{{{"ANKKOR_ADMIN_TOKEN", "open-sesame-1"}}};
  const auto status = [&](const header_fields& fields) {
    return run.daemon.ask("/admin/status", fields).status;
  };
  BOOST_TEST(status({}) == 401U);
  BOOST_TEST(status({{"Authorization", "Bearer open-sesame-2"}}) == 401U);
  BOOST_TEST(status({{"Authorization", "open-sesame-1"}}) == 401U);
  BOOST_TEST(status({{"Authorization", "Bearer open-sesame-1"},
                     {"Authorization", "Bearer open-sesame-1"}}) == 401U);
  BOOST_TEST(status({{"Authorization", "Bearer open-sesame-1"}}) == 200U);
  BOOST_TEST(run.daemon.ask("/admin/nothing").status == 401U);
  BOOST_TEST(run.daemon.ask("/metrics").status == 200U);
  BOOST_TEST(run.daemon.ask("/healthz").status == 200U);
}

// Without a token the admin listener may be bound to loopback only: the configuration says so.
BOOST_AUTO_TEST_CASE(without_a_token_the_admin_api_is_not_served_to_the_network) {
  const auto place = temporary_directory{};
  auto daemon =
    daemon_process{daemon_settings(place.path() + "/data", {{"ANKKOR_ADMIN_LISTEN", "0.0.0.0:0"}})};
  BOOST_TEST(daemon.wait() == 2);
  BOOST_TEST(daemon.wait_for_output("ANKKOR_ADMIN_TOKEN"));
  const auto run = served{};
  BOOST_TEST(run.daemon.ask("/admin/status").status == 200U);
}

// A page of any site, shown by a browser on the daemon's machine, can have that browser ask it.
BOOST_AUTO_TEST_CASE(without_a_token_the_admin_api_answers_no_other_sites_pages) {
  const auto run = served{};
  const auto port = std::to_string(run.daemon.admin_port());
  const auto status = [&](const std::string& fields) {
    return answer_to(run.daemon.admin_port(),
                     "GET /admin/status HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n")
      .status;
  };
  BOOST_TEST(status("Host: localhost:" + port + "\r\n") == 200U);
  BOOST_TEST(status("Host: [::1]:" + port + "\r\n") == 200U);
  BOOST_TEST(status("Host: rebound.example:" + port + "\r\n") == 403U);
  BOOST_TEST(status("Host: localhost:" + port + "\r\nOrigin: http://localhost:" + port + "\r\n") ==
             200U);
  BOOST_TEST(status("Host: localhost:" + port + "\r\nOrigin: https://evil.example\r\n") == 403U);
  BOOST_TEST(status("Host: localhost:" + port + "\r\nOrigin: null\r\n") == 403U);
}

BOOST_AUTO_TEST_CASE(deliveries_can_be_filtered) {
  const auto run = served{};
  for (std::uint64_t id = 34; id != 37; ++id)
    run.send({.id = id});
  auto deletion = made_delivery{};
  deletion.body = R"({"id":34})";
  deletion.id = "deletion";
  deletion.topic = "product.deleted";
  BOOST_TEST(deliver(run.daemon.port(), deletion) == "queued");
  const auto count = [&](const std::string& query) {
    const auto answer = run.daemon.ask("/admin/deliveries" + query);
    std::size_t found = 0;
    while (!answer.at("/deliveries/" + std::to_string(found) + "/id").empty())
      ++found;
    return found;
  };
  BOOST_TEST(count("") == 4U);
  BOOST_TEST(count("?limit=2") == 2U);
  BOOST_TEST(count("?topic=product.deleted") == 1U);
  BOOST_TEST(count("?outcome=applied") == 3U);
  BOOST_TEST(count("?product=34") == 2U);
  BOOST_TEST(count("?product=34&outcome=queued") == 1U);
  BOOST_TEST(count("?product=99") == 0U);
  BOOST_TEST(run.daemon.ask("/admin/deliveries?outcome=none").status == 400U);
  BOOST_TEST(run.daemon.ask("/admin/deliveries?product=x").status == 400U);
  const auto newest = run.daemon.ask("/admin/deliveries?limit=1");
  BOOST_TEST(newest.at("/deliveries/0/id") == "deletion");
  BOOST_TEST(newest.at("/deliveries/0/topic") == "product.deleted");
  BOOST_TEST(newest.at("/deliveries/0/webhook") == "2");
  BOOST_TEST(newest.at("/deliveries/0/resource") == "34");
  BOOST_TEST(newest.at("/deliveries/0/outcome") == "queued");
}

BOOST_AUTO_TEST_CASE(a_products_state_and_history_are_shown) {
  const auto run = served{};
  run.send({.quantity = 7, .second = 1});
  run.send({.quantity = 6, .second = 2});
  const auto answer = run.daemon.ask("/admin/products/34");
  BOOST_TEST(answer.at("/stock/stockQuantity") == "6");
  BOOST_TEST(answer.at("/history/0/before/stockQuantity") == "7");
  BOOST_TEST(answer.at("/history/0/after/stockQuantity") == "6");
  BOOST_TEST(answer.at("/history/0/cause") == "webhook product.updated");
  BOOST_TEST(answer.at("/history/1/before/status") == "gone");
  BOOST_TEST(run.daemon.ask("/admin/products/99").status == 404U);
  BOOST_TEST(run.daemon.ask("/admin/products/x").status == 400U);
}

BOOST_AUTO_TEST_CASE(a_dead_letter_can_be_retried_or_discarded) {
  const auto run = served{};
  auto broken = made_delivery{};
  broken.body = "<html>";
  for (const auto* id : {"first", "second"}) {
    broken.id = id;
    BOOST_TEST(deliver(run.daemon.port(), broken) == "unusable");
  }
  const auto letters = run.daemon.ask("/admin/deadletters");
  BOOST_TEST(letters.at("/deadletters/0/reference") == "second");
  const auto letter = "/admin/deadletters/" + letters.at("/deadletters/0/id");
  // It can't be used today either, and stays.
  BOOST_TEST(run.admin("POST", letter + "/retry").status == 409U);
  BOOST_TEST(run.admin("GET", letter).status == 405U);
  BOOST_TEST(run.admin("DELETE", letter + "/retry").status == 405U);
  const auto discarded = run.admin("DELETE", letter);
  BOOST_TEST(discarded.status == 200U);
  BOOST_TEST(discarded.at("/status") == "discarded");
  BOOST_TEST(run.admin("DELETE", letter).status == 404U);
  BOOST_TEST(run.admin("POST", letter + "/retry").status == 404U);
  BOOST_TEST(run.admin("DELETE", "/admin/deadletters/x").status == 404U);
  BOOST_TEST(run.daemon.ask("/admin/deadletters").at("/deadletters/0/reference") == "first");
}

BOOST_AUTO_TEST_CASE(a_retried_delivery_is_applied_or_stays) {
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data");
  {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready());
    BOOST_TEST(daemon.terminate() == 0);
  }
  put_letter(place, "delivery", "product.updated", made_product{.quantity = 5}.body());
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  const auto retry = [&] {
    return answer_to(daemon.admin_port(), request_text("POST", "/admin/deadletters/1/retry"));
  };
  // In one commit or not at all.
  daemon.limit_file_size(1);
  BOOST_TEST(retry().status == 503U);
  daemon.limit_file_size(std::nullopt);
  BOOST_TEST(eventually([&] { return daemon.ask("/readyz").status == 200; }));
  BOOST_TEST(daemon.ask("/admin/status").at("/store/deadLetters") == "1");
  BOOST_TEST(retry().at("/status") == "queued");
  BOOST_TEST(daemon.read("/api/products/34/stock").at("/stockQuantity") == "5");
  BOOST_TEST(daemon.ask("/admin/status").at("/store/deadLetters") == "0");
  BOOST_TEST(retry().status == 404U);
}

BOOST_AUTO_TEST_CASE(a_retried_revalidation_is_told) {
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  const auto settings = daemon_settings(place.path() + "/data", receiver.settings());
  {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready());
    BOOST_TEST(daemon.terminate() == 0);
  }
  put_letter(place, "revalidation", "next",
             R"({"product":34,"version":3,"tags":["product-34"],"paths":["/product/tea"]})");
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  const auto answer =
    answer_to(daemon.admin_port(), request_text("POST", "/admin/deadletters/1/retry"));
  BOOST_TEST(answer.at("/status") == "queued");
  BOOST_TEST(receiver.wait_for_tag("product-34"));
  BOOST_TEST((receiver.calls()[0].paths == std::vector<std::string>{"/product/tea"}));
  BOOST_TEST(daemon.ask("/admin/deadletters").body == R"({"deadletters":[]})");
}

// What a person asks for while the store can't commit is refused, at once.
BOOST_AUTO_TEST_CASE(an_operator_is_told_that_the_store_can_not_commit) {
  const auto run = served{};
  auto broken = made_delivery{};
  broken.body = "<html>";
  broken.id = "one";
  BOOST_TEST(deliver(run.daemon.port(), broken) == "unusable");
  const auto letter =
    "/admin/deadletters/" + run.daemon.ask("/admin/deadletters").at("/deadletters/0/id");
  run.daemon.limit_file_size(1);
  const auto refused = run.admin("DELETE", letter);
  BOOST_TEST(refused.status == 503U);
  BOOST_TEST(!refused.field("retry-after").empty());
  run.daemon.limit_file_size(std::nullopt);
  BOOST_TEST(eventually([&] { return run.daemon.ask("/readyz").status == 200; }));
  BOOST_TEST(run.admin("DELETE", letter).status == 200U);
}

BOOST_AUTO_TEST_CASE(an_unknown_admin_address_or_method_is_refused) {
  const auto run = served{};
  for (const auto* path : {"/admin/", "/admin/nothing", "/admin/deadletters/1/nothing", "/nothing"})
    BOOST_TEST(run.daemon.ask(path).status == 404U, path);
  for (const auto* path : {"/healthz", "/readyz", "/metrics", "/admin/status", "/admin/outbox"})
    BOOST_TEST(run.admin("POST", path).status == 405U, path);
}

BOOST_AUTO_TEST_CASE(the_metrics_of_the_contract_are_there) {
  auto receiver = storefront{};
  const auto run = served{receiver.settings()};
  run.send({.id = 34, .quantity = 7, .second = 1});
  run.send({.id = 35, .quantity = 0, .second = 1});
  run.send({.id = 36, .second = 1, .status = "draft"});
  run.send({.id = 34, .quantity = 0, .second = 2});
  run.send({.id = 35, .quantity = 1, .second = 2});
  BOOST_TEST(run.stock("34/stock").status == 200U);
  BOOST_TEST(receiver.wait_for_tag("product-34"));
  const auto value = [&](const std::string& series) { return run.daemon.metric(series); };
  BOOST_TEST(eventually([&] {
    return value(R"(ankkor_webhook_deliveries_total{outcome="applied",topic="product.updated"})") ==
           5;
  }));
  BOOST_TEST(value("ankkor_webhook_duration_seconds_count") == 5);
  BOOST_TEST(value("ankkor_products{state=\"in_stock\"}") == 1);
  BOOST_TEST(value("ankkor_products{state=\"out_of_stock\"}") == 1);
  BOOST_TEST(value("ankkor_products{state=\"on_backorder\"}") == 0);
  BOOST_TEST(value("ankkor_products{state=\"hidden\"}") == 1);
  BOOST_TEST(value("ankkor_cache_requests_total{result=\"hit\"}") == 1);
  BOOST_TEST(eventually([&] {
    return value("ankkor_revalidations_total{outcome=\"delivered\",target=\"next\"}") >= 1;
  }));
  BOOST_TEST(value("ankkor_outbox_pending{target=\"next\"}") >= 0);
  BOOST_TEST(value("ankkor_propagation_seconds_count") >= 1);
  BOOST_TEST(value("ankkor_store_commit_seconds_count") >= 5);
  BOOST_TEST(value("ankkor_dead_letters") == 0);
  BOOST_TEST(run.daemon.ask("/metrics").body.find("\nankkor_build_info{version=") !=
             std::string::npos);
  BOOST_TEST(run.daemon.ask("/metrics").field("content-type").starts_with("text/plain"));
}

BOOST_AUTO_TEST_SUITE_END()
