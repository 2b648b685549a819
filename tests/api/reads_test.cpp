// The reads over a real listener: what is held, what has to be read, and the headers that caches
// and browsers act on.
#include "served_api.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

using namespace ankkor;
using namespace ankkor::api;
using namespace ankkor::api::testing;

namespace {

constexpr auto absent = actors::read_answer{actors::read_outcome::absent, 0, {}};
constexpr auto away =
  actors::read_answer{actors::read_outcome::unavailable, 0, std::chrono::seconds{7}};

raw_answer held(stock::product_id product, fake_engine& engine,
                const std::function<raw_answer()>& ask) {
  auto answer = raw_answer{};
  auto asking = std::thread{[&] { answer = ask(); }};
  auto reads = engine.take_reads(1);
  engine.publish(product_of(some_item(product, 7)));
  for (auto& each : reads)
    each.done({actors::read_outcome::held, product, {}});
  asking.join();
  return answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_reads)

BOOST_AUTO_TEST_CASE(a_slug_is_one_however_it_is_typed) {
  for (const auto* typed : {"m%C3%BCtze", "m%c3%bctze", "m%25c3%25bctze", "M%25C3%25BCTZE"})
    BOOST_TEST(slug_of_segment(typed).value_or("") == "m%c3%bctze", typed);
  BOOST_TEST(slug_of_segment("Green-Tea").value_or("") == "green-tea");
  BOOST_TEST(slug_of_segment("a+b").value_or("") == "a+b");
  for (const auto* bad : {"", "a%2Fb", "a%20b", "a%00", "a%7F", "%zz", "%4"})
    BOOST_TEST(!slug_of_segment(bad), bad);
  BOOST_TEST(!slug_of_segment(std::string(601, 'a')));
}

BOOST_AUTO_TEST_CASE(a_slug_moves_from_one_product_to_another) {
  auto engine = fake_engine{};
  const auto with_slug = [](stock::product_id id, const char* slug, stock::publication status) {
    auto item = some_item(id, 1);
    item.slug = slug;
    item.status = status;
    return product_of(item);
  };
  const auto owner = [&](const char* slug) {
    const auto found = engine.held.find_slug(slug);
    return found ? found->held.id : 0;
  };
  using stock::publication;
  engine.publish(with_slug(34, "tea", publication::published));
  BOOST_TEST(owner("tea") == 34U);
  BOOST_TEST(owner("") == 0U);
  // The new owner was heard of first: the one that changed last has it.
  engine.publish(with_slug(35, "tea", publication::published));
  BOOST_TEST(owner("tea") == 35U);
  engine.publish(with_slug(34, "old-tea", publication::published));
  BOOST_TEST(owner("tea") == 35U);
  BOOST_TEST(owner("old-tea") == 34U);
  // A draft that says it has the slug doesn't take it from what is shown.
  engine.publish(with_slug(36, "tea", publication::draft));
  BOOST_TEST(owner("tea") == 35U);
  engine.publish(with_slug(35, "tea", publication::gone));
  BOOST_TEST(owner("tea") == 36U);
  engine.publish(with_slug(36, "tea", publication::gone));
  BOOST_TEST(owner("tea") == 0U);
  engine.publish(with_slug(34, "tea", publication::published));
  BOOST_TEST(owner("tea") == 34U);
  BOOST_TEST(owner("old-tea") == 0U);
}

BOOST_AUTO_TEST_CASE(a_product_is_found_by_id_and_by_slug) {
  auto run = served_api{};
  auto item = some_item(34, 7);
  item.slug = "m%c3%bctze";
  item.name = "M\xc3\xbctze \"blau\"";
  auto product = product_of(item);
  add_variation(product, 35);
  add_variation(product, 36);
  product.variations[1].value.status = stock::publication::hidden;
  run.engine.publish(product);
  const auto by_id = run.read("/api/products/34");
  BOOST_TEST(by_id.status == 200U);
  BOOST_TEST(by_id.at("/slug") == "m%c3%bctze");
  BOOST_TEST(by_id.at("/name") == item.name);
  BOOST_TEST(by_id.at("/sku") == "T-34");
  BOOST_TEST(by_id.at("/type") == "variable");
  BOOST_TEST(by_id.at("/status") == "publish");
  BOOST_TEST(by_id.at("/prices") == R"({"current":"7.5","regular":"8","sale":"7.5"})");
  BOOST_TEST(by_id.at("/categories") == R"([{"slug":"drinks","name":"Drinks"}])");
  BOOST_TEST(by_id.at("/stock/stockQuantity") == "7");
  BOOST_TEST(by_id.at("/stock/manageStock") == "true");
  BOOST_TEST(by_id.at("/variations/0/id") == "35");
  BOOST_TEST(by_id.at("/variations/0/stock/stockQuantity") == "7");
  BOOST_TEST(by_id.at("/variations/0/stock/manageStock") == "parent");
  BOOST_TEST(by_id.at("/variations/1").empty()); // it isn't public
  BOOST_TEST(by_id.field("cache-tag") == "product-34,category-drinks");
  for (const auto* typed : {"m%C3%BCtze", "m%c3%bctze", "m%25c3%25bctze", "M%C3%BCTZE"}) {
    BOOST_TEST(run.read("/api/products/" + std::string{typed}).body == by_id.body, typed);
  }
  const auto variation = run.read("/api/products/35");
  BOOST_TEST(variation.at("/parentId") == "34");
  BOOST_TEST(variation.at("/type") == "variation");
  BOOST_TEST(run.read("/api/products/36").status == 404U);
  BOOST_TEST(run.engine.reads() == 0U);
}

BOOST_AUTO_TEST_CASE(digits_are_an_id_first_and_a_slug_if_one_is_held) {
  auto run = served_api{};
  auto item = some_item(34, 7);
  item.slug = "2024";
  run.engine.publish(product_of(item));
  BOOST_TEST(run.read("/api/products/2024").at("/id") == "34");
  run.engine.publish(product_of(some_item(2024, 1)));
  BOOST_TEST(run.read("/api/products/2024").at("/id") == "2024");
}

BOOST_AUTO_TEST_CASE(a_miss_is_answered_once_woocommerce_was_asked) {
  auto run = served_api{};
  for (const auto* target : {"/api/products/50/stock", "/api/products/51"}) {
    const auto id = target[15] == '0' ? 50U : 51U;
    const auto answer = held(id, run.engine, [&] { return run.read(target); });
    BOOST_TEST(answer.status == 200U, target);
    BOOST_TEST(answer.field("cache-status") == "ankkor; fwd=miss");
    BOOST_TEST(answer.at("/id") == std::to_string(id));
    BOOST_TEST(run.read(target).field("cache-status") == "ankkor; hit");
  }
  const auto by_slug = held(52, run.engine, [&] { return run.read("/api/products/TEA-52"); });
  BOOST_TEST(by_slug.at("/id") == "52");
  BOOST_TEST(by_slug.field("etag") == run.read("/api/products/tea-52").field("etag"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404_and_what_can_not_be_asked_503) {
  auto run = served_api{};
  run.engine.answer_reads_with(absent);
  for (const auto* target :
       {"/api/products/99/stock", "/api/products/99", "/api/products/no-tea"}) {
    const auto answer = run.read(target);
    BOOST_TEST(answer.status == 404U, target);
    BOOST_TEST(answer.at("/error/code") == "not_found");
    BOOST_TEST(answer.field("cache-control") == "no-store");
  }
  run.engine.answer_reads_with(away);
  for (const auto* target :
       {"/api/products/99/stock", "/api/products/99", "/api/products/no-tea"}) {
    const auto answer = run.read(target);
    BOOST_TEST(answer.status == 503U, target);
    BOOST_TEST(answer.field("retry-after") == "7");
    BOOST_TEST(answer.at("/error/code") == "unavailable");
  }
  BOOST_TEST(run.read("/api/products/a%20b").status == 400U);
  BOOST_TEST(run.read("/api/products/a/b").status == 404U);
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_its_order_and_names_what_is_missing) {
  auto run = served_api{};
  auto product = product_of(some_item(34, 7));
  add_variation(product, 35);
  run.engine.publish(product);
  run.engine.publish(product_of(some_item(40, 0)));
  auto draft = some_item(41, 1);
  draft.status = stock::publication::draft;
  run.engine.publish(product_of(draft));
  run.engine.answer_reads_with(absent);
  const auto answer = run.read("/api/stock?ids=40,35,99,34,40,41");
  BOOST_TEST(answer.status == 200U);
  BOOST_TEST(answer.at("/items/0/id") == "40");
  BOOST_TEST(answer.at("/items/0/availableForSale") == "false");
  BOOST_TEST(answer.at("/items/1/id") == "35");
  BOOST_TEST(answer.at("/items/1/parentId") == "34");
  BOOST_TEST(answer.at("/items/2") == run.read("/api/products/34/stock").body);
  BOOST_TEST(answer.at("/items/3").empty());
  BOOST_TEST(answer.at("/missing") == "[99,41]");
  BOOST_TEST(answer.field("cache-tag") == "product-34,product-40,product-41,product-99");
  const auto etag = answer.field("etag");
  BOOST_TEST(run.read("/api/stock?ids=40,35,99,34,40,41", {{"If-None-Match", etag}}).status ==
             304U);
  run.engine.publish(product_of(some_item(40, 1)));
  BOOST_TEST(run.read("/api/stock?ids=40,35,99,34,40,41", {{"If-None-Match", etag}}).status ==
             200U);
}

BOOST_AUTO_TEST_CASE(a_batch_has_all_its_misses_read_together) {
  auto run = served_api{};
  run.engine.publish(product_of(some_item(1, 7)));
  auto answer = raw_answer{};
  auto asking = std::thread{[&] { answer = run.read("/api/stock?ids=3,1,2,4"); }};
  const auto reads = run.engine.take_reads(3);
  BOOST_TEST(reads.size() == 3U);
  run.engine.publish(product_of(some_item(2, 5)));
  reads[0].done(away);                                // 3
  reads[2].done(absent);                              // 4
  reads[1].done({actors::read_outcome::held, 2, {}}); // 2
  asking.join();
  BOOST_TEST(answer.at("/items/0/id") == "1");
  BOOST_TEST(answer.at("/items/1/id") == "2");
  BOOST_TEST(answer.at("/missing") == "[3,4]");
  // It lacks what is there: nobody may keep it.
  BOOST_TEST(answer.field("cache-control") == "private, no-cache");
  BOOST_TEST(answer.field("cache-tag").empty());
}

BOOST_AUTO_TEST_CASE(a_batch_has_limits) {
  auto run = served_api{};
  run.engine.answer_reads_with(absent);
  auto ids = std::string{"1"};
  for (int id = 2; id <= 500; ++id)
    ids += "," + std::to_string(id);
  const auto full = run.read("/api/stock?ids=" + ids);
  BOOST_TEST(full.status == 200U);
  BOOST_TEST(full.field("cache-control") == "private, no-cache"); // too many tags for one header
  BOOST_TEST(run.read("/api/stock?ids=" + ids + ",501").status == 400U);
  BOOST_TEST(run.read("/api/stock?ids=1%2C2").status == 200U);
  for (const auto* bad :
       {"", "?ids=", "?ids=1,", "?ids=,1", "?ids=1,x", "?ids=0", "?ids=1,,2", "?id=1"})
    BOOST_TEST(run.read("/api/stock" + std::string{bad}).status == 400U, bad);
  BOOST_TEST(run.send("POST", "/api/stock?ids=1").status == 405U);
}

BOOST_AUTO_TEST_CASE(conditions_come_as_lists_weak_forms_and_stars) {
  auto run = served_api{};
  run.engine.publish(product_of(some_item(34, 7)));
  for (const auto* target : {"/api/products/34/stock", "/api/products/34", "/api/products/tea-34",
                             "/api/stock?ids=34"}) {
    const auto etag = run.read(target).field("etag");
    for (const auto& known : {etag, "W/" + etag, "\"a\", W/\"b\" ," + etag, std::string{"*"}}) {
      const auto again = run.read(target, {{"If-None-Match", known}});
      BOOST_TEST(again.status == 304U, target << " " << known);
      BOOST_TEST(again.field("etag") == etag);
      BOOST_TEST(again.body.empty());
    }
    const auto split = run.read(target, {{"If-None-Match", "\"a\""}, {"If-None-Match", etag}});
    BOOST_TEST(split.status == 304U);
    BOOST_TEST(run.read(target, {{"If-None-Match", "\"a\""}}).status == 200U);
    const auto head = answer_to(run.port(), request_text("HEAD", target), true);
    BOOST_TEST(head.status == 200U);
    BOOST_TEST(head.field("etag") == etag);
    BOOST_TEST(head.field("content-length") == std::to_string(run.read(target).body.size()));
  }
}

BOOST_AUTO_TEST_CASE(what_may_be_out_of_date_is_served_and_marked) {
  auto run = served_api{};
  run.engine.publish(product_of(some_item(34, 7)));
  run.engine.held.set_behind(true);
  for (const auto* target : {"/api/products/34/stock", "/api/products/34", "/api/stock?ids=34"}) {
    const auto answer = run.read(target);
    BOOST_TEST(answer.status == 200U);
    BOOST_TEST(answer.field("cache-status").starts_with("ankkor; hit; ttl=-"));
    BOOST_TEST(answer.field("cache-status").ends_with("; detail=behind"));
    BOOST_TEST(answer.field("cache-control").find("s-maxage=5,") != std::string::npos);
  }
  run.engine.held.set_behind(false);
  BOOST_TEST(run.read("/api/products/34").field("cache-status") == "ankkor; hit");
}

// --- CORS ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(without_configured_origins_no_answer_speaks_of_any) {
  auto run = served_api{};
  run.engine.publish(product_of(some_item(34, 7)));
  const auto answer = run.read("/api/products/34/stock", {{"Origin", "https://shop.example"}});
  BOOST_TEST(answer.status == 200U);
  BOOST_TEST(answer.field("access-control-allow-origin").empty());
  BOOST_TEST(answer.field("vary").empty());
  BOOST_TEST(
    run
      .send("OPTIONS", "/api/stock/validate",
            {{"Origin", "https://shop.example"}, {"Access-Control-Request-Method", "POST"}})
      .status == 403U);
}

BOOST_AUTO_TEST_CASE(only_configured_origins_may_read) {
  auto options = public_options{};
  options.cors_origins = {"https://shop.example", "http://localhost:3000"};
  auto run = served_api{options};
  run.engine.publish(product_of(some_item(34, 7)));
  run.engine.answer_reads_with(absent);
  for (const auto* target : {"/api/products/34/stock", "/api/products/34", "/api/stock?ids=34",
                             "/api/products/99", "/api/nothing", "/api/products/0/stock"}) {
    for (const auto& origin : options.cors_origins) {
      const auto answer = run.read(target, {{"Origin", origin}});
      BOOST_TEST(answer.field("access-control-allow-origin") == origin, target);
      BOOST_TEST(answer.field("vary") == "Origin");
    }
    for (const auto* origin : {"https://evil.example", "https://shop.example.evil.example", "null",
                               "http://shop.example", "https://shop.example:8443", "*", ""}) {
      const auto answer = run.read(target, {{"Origin", origin}});
      BOOST_TEST(answer.field("access-control-allow-origin").empty(), origin);
      BOOST_TEST(answer.field("vary") == "Origin");
    }
    BOOST_TEST(run.read(target).field("vary") == "Origin");
  }
  const auto doubled = run.read(
    "/api/products/34", {{"Origin", "https://shop.example"}, {"Origin", "https://shop.example"}});
  BOOST_TEST(doubled.field("access-control-allow-origin").empty());
  // Webhooks are no business of browsers.
  BOOST_TEST(run.read("/api/webhooks", {{"Origin", "https://shop.example"}})
               .field("access-control-allow-origin")
               .empty());
}

BOOST_AUTO_TEST_CASE(a_preflight_is_answered_for_configured_origins) {
  auto options = public_options{};
  options.cors_origins = {"https://shop.example"};
  auto run = served_api{options};
  const auto preflight = [&](const char* target, const char* origin) {
    return answer_to(run.port(),
                     request_text("OPTIONS", target,
                                  {{"Origin", origin},
                                   {"Access-Control-Request-Method", "POST"},
                                   {"Access-Control-Request-Headers", "content-type"}}));
  };
  const auto answer = preflight("/api/stock/validate", "https://shop.example");
  BOOST_TEST(answer.status == 204U);
  BOOST_TEST(answer.field("access-control-allow-origin") == "https://shop.example");
  BOOST_TEST(answer.field("access-control-allow-methods") == "POST");
  BOOST_TEST(answer.field("access-control-allow-headers").find("Content-Type") !=
             std::string::npos);
  BOOST_TEST(
    preflight("/api/products/34", "https://shop.example").field("access-control-allow-methods") ==
    "GET, HEAD");
  const auto refused = preflight("/api/stock/validate", "https://evil.example");
  BOOST_TEST(refused.status == 403U);
  BOOST_TEST(refused.field("access-control-allow-methods").empty());
  BOOST_TEST(refused.field("vary") == "Origin");
  const auto plain = run.send("OPTIONS", "/api/stock");
  BOOST_TEST(plain.status == 204U);
  BOOST_TEST(plain.field("allow") == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(a_star_lets_every_origin_read) {
  auto options = public_options{};
  options.cors_origins = {"*"};
  auto run = served_api{options};
  run.engine.publish(product_of(some_item(34, 7)));
  const auto answer = run.read("/api/products/34", {{"Origin", "https://any.example"}});
  BOOST_TEST(answer.field("access-control-allow-origin") == "*");
  BOOST_TEST(answer.field("vary").empty());
}

BOOST_AUTO_TEST_SUITE_END()
