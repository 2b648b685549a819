// The REST API against its recordings, on a shop with a few products; authentication, lists,
// webhooks, and the faults that the whole shop can have.
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

struct fixture {
  store shop{lab_settings()};
  moment now = after(std::chrono::minutes(10));
  http_answer last;

  fixture() {
    shop.set_url("https://127.0.0.1:8088");
    shop.with_catalog([](catalog& to) {
      for (post_id id = 14; id < 34; ++id) {
        new_item made;
        made.id = id;
        made.name = "Product " + std::to_string(id);
        made.sku = "SKU-" + std::to_string(id);
        made.regular_price = "5";
        made.manages_stock = true;
        made.quantity = 10;
        made.created = std::chrono::floor<std::chrono::seconds>(begin()) + std::chrono::seconds(id);
        made.status = id == 33 ? post_status::draft : post_status::publish;
        to.seed_product(made, begin());
      }
      new_item variable;
      variable.type = kind::variable;
      variable.id = 50;
      variable.name = "Variable";
      variable.attribute = "Size";
      to.seed_product(variable, begin());
      new_item variation;
      variation.id = 51;
      variation.option = "S";
      variation.regular_price = "7";
      variation.manages_stock = true;
      to.seed_variation(50, variation, begin());
    });
  }

  json_value ask(std::string_view method, const std::string& target, const std::string& body = {},
                 const std::string& authorization = basic(lab_key, lab_key_secret)) {
    http_question question;
    const auto mark = target.find('?');
    question.method = method;
    question.path = std::string_view(target).substr(0, mark);
    question.query =
      mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    question.body = body;
    question.content_type = "application/json";
    question.authorization = authorization;
    last = shop.handle(question, now);
    return parse_json(last.body).value_or(json_value());
  }

  json_value get(const std::string& below) { return ask("GET", "/wp-json/wc/v3/" + below); }

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& [key, value] : last.fields) {
      if (key == name)
        return value;
    }
    return {};
  }

  // Asks what was recorded, with that authorization; status and body must be the recorded ones.
  void check(const std::string& recording,
             const std::string& authorization = basic(lab_key, lab_key_secret)) {
    const auto all = read_json("rest/" + recording + ".json");
    const auto& request = *all.find("request");
    std::string body;
    if (!request.find("body")->is_null()) {
      json_writer to;
      to.value(*request.find("body"));
      body = to.take();
    }
    const auto got =
      ask(*request.find("method")->string(), *request.find("path")->string(), body, authorization);
    BOOST_TEST_CONTEXT(recording) {
      BOOST_TEST(last.status == static_cast<unsigned>(*all.find("status")->integer()));
      json_writer expected;
      expected.value(*all.find("response"));
      json_writer given;
      given.value(got);
      BOOST_TEST(given.str() == expected.str());
      for (const auto& field : *all.find("headers")->items()) {
        const auto& name = *field.items()->at(0).string();
        if (name == "Link" || name == "Allow" || name == "Content-Type")
          BOOST_TEST(header(name) == *field.items()->at(1).string());
      }
    }
  }

  std::vector<post_id> listed(const std::string& below) {
    std::vector<post_id> all;
    const auto list = get(below);
    for (const auto& each : *list.items())
      all.push_back(static_cast<post_id>(each.find("id")->as_integer().value()));
    return all;
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(errors_are_the_recorded_ones, fixture) {
  check("product-notfound");
  check("products-per_page-101");
  check("webhook-bad-topic");
  check("webhook-no-url");
  check("products-include-variation");
  shop.with_webhooks([&](webhook_queue& queue) {
    webhook made;
    made.id = 2;
    made.topic = "product.updated";
    return queue.add(made, now);
  });
  check("webhook-delete-noforce");
  check("webhooks-status-disabled");
}

BOOST_FIXTURE_TEST_CASE(credentials_are_judged_as_recorded, fixture) {
  check("auth-none", "");
  check("auth-bad", basic("ck_unknown", "cs_unknown"));
  check("auth-bad-secret", basic(lab_key, "cs_wrong"));
  check("auth-readonly-write", basic("ck_readonly", "cs_readonly"));
  BOOST_TEST(
    ask("GET", "/wp-json/wc/v3/products", {}, basic("ck_readonly", "cs_readonly")).items() !=
    nullptr);
  BOOST_TEST(ask("GET", "/wp-json/wc/v3/products", {}, basic("manager", "ijklmnop")).items() !=
             nullptr);
  ask("GET", "/wp-json/wc/v3/products", {}, basic("customer", "qrst uvwx"));
  BOOST_TEST(last.status == 401U);
  const auto keys =
    "consumer_key=" + std::string(lab_key) + "&consumer_secret=" + std::string(lab_key_secret);
  ask("GET", "/wp-json/wc/v3/products?per_page=1&" + keys + "&_fields=id", {}, "");
  BOOST_TEST(last.status == 200U);
  BOOST_TEST(header("Link").find(lab_key_secret) != std::string::npos); // echoed, as recorded
  for (const auto& each : shop.arrivals())
    BOOST_TEST(each.target.find(lab_key_secret) == std::string::npos); // but not kept
}

BOOST_FIXTURE_TEST_CASE(without_tls_a_key_is_nobody, fixture) {
  auto settings = lab_settings();
  settings.access.behind_tls = false;
  store plain(settings);
  http_question question;
  const auto authorization = basic(lab_key, lab_key_secret);
  question.path = "/wp-json/wc/v3/products";
  question.authorization = authorization;
  BOOST_TEST(plain.handle(question, now).status == 401U);
  question.forwarded_proto = "https";
  BOOST_TEST(plain.handle(question, now).status == 200U);
}

BOOST_FIXTURE_TEST_CASE(a_list_has_pages_totals_and_links, fixture) {
  const auto first = listed("products?per_page=8&_fields=id");
  BOOST_TEST(first == (std::vector<post_id>{33, 32, 31, 30, 29, 28, 27, 26}),
             boost::test_tools::per_element());
  BOOST_TEST(header("X-WP-Total") == "21"); // drafts too, variations not
  BOOST_TEST(header("X-WP-TotalPages") == "3");
  BOOST_TEST(
    header("Link") ==
    "<https://127.0.0.1:8088/wp-json/wc/v3/products?per_page=8&_fields=id&page=2>; rel=\"next\"");
  BOOST_TEST(listed("products?per_page=8&page=3&_fields=id").size() == 5U);
  BOOST_TEST(header("Link").find("rel=\"next\"") == std::string::npos);
  BOOST_TEST(listed("products?per_page=8&page=4").empty());
  BOOST_TEST(last.status == 200U);
  BOOST_TEST(listed("products?status=publish&per_page=100").size() == 20U);
  BOOST_TEST(listed("products?include=14,50,51&orderby=include").size() == 2U);
  BOOST_TEST(last.body.find("\"id\":14,\"name\"") < last.body.find("\"id\":50"));
  const auto fields = get("products?per_page=1&_fields=id,stock_quantity,manage_stock");
  BOOST_TEST(keys(fields.items()->front()) ==
               (std::vector<std::string>{"id", "manage_stock", "stock_quantity"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(modified_after_is_exclusive_and_local_unless_told_otherwise, fixture) {
  shop.with_catalog([&](catalog& to) {
    to.set_stock(20, 1, after(std::chrono::minutes(5)));
    to.set_stock(21, 1, after(std::chrono::minutes(6)));
    to.set_stock(51, 1, after(std::chrono::minutes(6)));
  });
  const std::string gmt = "&dates_are_gmt=true&orderby=modified&order=asc&_fields=id";
  BOOST_TEST(listed("products?modified_after=2026-11-22T16:34:59" + gmt) ==
               (std::vector<post_id>{20, 21, 50}),
             boost::test_tools::per_element());
  BOOST_TEST(listed("products?modified_after=2026-11-22T16:35:00" + gmt) ==
               (std::vector<post_id>{21, 50}),
             boost::test_tools::per_element());
  BOOST_TEST(listed("products?modified_after=2026-11-22T17:35:00&_fields=id").size() == 2U);
  BOOST_TEST(listed("variations?modified_after=2026-11-22T16:35:00" + gmt) ==
               std::vector<post_id>{51},
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_product_is_edited_trashed_and_deleted, fixture) {
  const std::string path = "/wp-json/wc/v3/products/14";
  auto product = ask("PUT", path, R"({"stock_quantity":77,"name":"Käse","regular_price":6.5})");
  BOOST_TEST(product.find("stock_quantity")->as_integer().value() == 77);
  BOOST_TEST(*product.find("regular_price")->string() == "6.5");
  BOOST_TEST(last.body.find("K\\u00e4se") != std::string::npos);
  BOOST_TEST(*ask("DELETE", path).find("status")->string() == "trash");
  ask("DELETE", path);
  BOOST_TEST(last.status == 410U);
  BOOST_TEST(*get("products/14").find("slug")->string() == "product-14__trashed");
  ask("DELETE", path + "?force=true");
  BOOST_TEST(last.status == 200U);
  get("products/14");
  BOOST_TEST(last.status == 404U);
  const auto made = ask("POST", "/wp-json/wc/v3/products",
                        R"({"name":"New","sku":"N-1","manage_stock":true,"stock_quantity":3})");
  BOOST_TEST(last.status == 201U);
  BOOST_TEST(*made.find("stock_status")->string() == "instock");
  ask("POST", "/wp-json/wc/v3/products", R"({"name":"Again","sku":"N-1"})");
  BOOST_TEST(last.status == 400U);
  const auto batch = ask("POST", "/wp-json/wc/v3/products/batch",
                         R"({"update":[{"id":15,"stock_quantity":1},{"id":999,"name":"x"}]})");
  BOOST_TEST(batch.find("update")->items()->size() == 2U);
  const auto variation =
    ask("PUT", "/wp-json/wc/v3/products/50/variations/51", R"({"stock_quantity":4})");
  BOOST_TEST(variation.find("stock_quantity")->as_integer().value() == 4);
  BOOST_TEST(*get("products/51").find("type")->string() == "variation");
}

BOOST_FIXTURE_TEST_CASE(an_order_takes_stock_and_a_refund_gives_it_back, fixture) {
  const auto order =
    ask("POST", "/wp-json/wc/v3/orders",
        R"({"status":"processing","line_items":[{"product_id":14,"quantity":3}]})");
  BOOST_TEST(last.status == 201U);
  BOOST_TEST(get("products/14").find("stock_quantity")->as_integer().value() == 7);
  const auto id = order.find("id")->as_text().value();
  const auto line = order.find("line_items")->items()->front().find("id")->as_text().value();
  ask("POST", "/wp-json/wc/v3/orders/" + id + "/refunds",
      "{\"line_items\":[{\"id\":" + line + ",\"quantity\":1}],\"api_restock\":true}");
  BOOST_TEST(last.status == 201U);
  BOOST_TEST(get("products/14").find("stock_quantity")->as_integer().value() == 8);
  ask("PUT", "/wp-json/wc/v3/orders/" + id, R"({"status":"cancelled"})");
  BOOST_TEST(get("products/14").find("stock_quantity")->as_integer().value() == 10);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_is_created_listed_changed_and_removed_and_its_secret_never_shown,
                        fixture) {
  const std::string path = "/wp-json/wc/v3/webhooks";
  const auto made = ask(
    "POST", path,
    R"({"name":"lab product.created","topic":"product.created","delivery_url":"http://127.0.0.1:9099/webhooks/woo","secret":"hush"})");
  BOOST_TEST(last.status == 201U);
  BOOST_TEST(last.body.find("hush") == std::string::npos);
  const auto recorded = read_json("rest/webhook-create-product.created.json");
  BOOST_TEST(keys(made) == keys(recorded), boost::test_tools::per_element());
  for (const auto* same : {"name", "status", "topic", "resource", "event", "delivery_url"})
    BOOST_TEST(*made.find(same)->string() == *recorded.find(same)->string());
  BOOST_TEST(made.find("hooks")->items()->size() == recorded.find("hooks")->items()->size());
  const auto id = made.find("id")->as_text().value();
  const auto ping = shop.next_delivery(now);
  BOOST_REQUIRE(ping.has_value());
  BOOST_TEST(ping->body == "webhook_id=" + id);
  ask("PUT", path + "/" + id, R"({"status":"paused"})");
  BOOST_TEST(get("webhooks?status=paused").items()->size() == 1U);
  BOOST_TEST(get("webhooks?status=active").items()->empty());
  ask("DELETE", path + "/" + id + "?force=true");
  BOOST_TEST(get("webhooks").items()->empty());
}

BOOST_FIXTURE_TEST_CASE(the_system_status_names_the_recorded_versions, fixture) {
  const auto status = get("system_status");
  BOOST_TEST(*status.find("environment")->find("version")->string() == "11.0.1");
  BOOST_TEST(status.find("active_plugins")->items()->size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(each_fault_spoils_the_answer_in_its_way, fixture) {
  faults what;
  what.maintenance = true;
  shop.set_faults(what);
  const auto recorded = read_json("graphql/error-maintenance-mode.json");
  json_writer expected;
  expected.value(*recorded.find("response"));
  ask("POST", "/graphql", R"({"query":"{viewer{id}}"})");
  BOOST_TEST(last.status == 503U);
  BOOST_TEST(last.body == expected.str());
  BOOST_TEST(header("Retry-After") == "600");
  get("products");
  BOOST_TEST(header("Content-Type") == "text/html; charset=UTF-8");
  what = {};
  what.refuse = 429;
  what.rest = false;
  what.latency = std::chrono::milliseconds(30);
  shop.set_faults(what);
  BOOST_TEST(get("products").items() != nullptr);
  BOOST_TEST((last.delay == std::chrono::milliseconds(30)));
  ask("POST", "/graphql", R"({"query":"{viewer{id}}"})");
  BOOST_TEST(last.status == 429U);
  BOOST_TEST(header("Retry-After") == "1");
  what = {};
  what.silent = true;
  shop.set_faults(what);
  get("products");
  BOOST_TEST(last.silent);
  what = {};
  what.html = true;
  shop.set_faults(what);
  get("products");
  BOOST_TEST(last.status == 200U);
  BOOST_TEST(last.body.find("<!DOCTYPE html>") == 0U);
  what = {};
  what.cut = true;
  shop.set_faults(what);
  get("products");
  BOOST_TEST(last.cut);
  BOOST_TEST(last.body.size() > 2U);
  what = {};
  what.empty = true;
  shop.set_faults(what);
  ask("GET", "/wp-json/wc/v3/products");
  BOOST_TEST(last.status == 200U);
  BOOST_TEST(last.body.empty());
  shop.set_faults({});
  BOOST_TEST(get("products").items() != nullptr);
  BOOST_TEST(shop.arrivals(api::graphql, now) == 2U);
  BOOST_TEST(shop.arrivals(api::graphql, now + std::chrono::seconds(1)) == 0U);
}
