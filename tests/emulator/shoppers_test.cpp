// The shoppers and the catalog they find, and the truth that a copy is compared with.
#include "emulator/store.hpp"
#include "emulator/storefront.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;

namespace {

std::unique_ptr<store> filled(std::size_t products) {
  auto made = std::make_unique<store>(lab_settings());
  catalog_size size;
  size.products = products;
  made->fill(size, begin());
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_filled_catalog_has_every_sort_of_product) {
  const auto shop = filled(200);
  std::set<kind> kinds;
  std::set<post_status> statuses;
  shop->with_catalog([&](catalog& of) {
    of.walk(sort_by::date, true, 0, [&](const item& each) {
      kinds.insert(each.type);
      statuses.insert(each.status);
      return true;
    });
    BOOST_TEST(of.variation_count(post_status::publish) == 120U);
  });
  BOOST_TEST(kinds.size() == 5U);
  BOOST_TEST(statuses.count(post_status::draft) == 1U);
  BOOST_TEST(shop->truth().size() == 200U);
}

BOOST_AUTO_TEST_CASE(a_large_catalog_answers_a_page_of_graphql_with_a_hundred_products) {
  const auto shop = filled(100'000);
  const std::string body =
    R"({"query":"{products(first:100){found pageInfo{endCursor} nodes{id databaseId name ... on InventoriedProduct{stockQuantity stockStatus manageStock} ... on ProductWithVariations{variations(first:100){nodes{databaseId stockQuantity}}}}}}"})";
  http_question question;
  question.method = "POST";
  question.path = "/graphql";
  question.body = body;
  question.content_type = "application/json";
  const auto answer = parse_json(shop->handle(question, begin()).body);
  const auto* products = answer->find("data")->find("products");
  BOOST_TEST(products->find("nodes")->items()->size() > 90U);
  BOOST_TEST(products->find("found")->as_integer().value() > 90'000);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_life) {
  const auto live = [](std::uint64_t seed) {
    const auto shop = filled(100);
    shopper_settings settings;
    settings.seed = seed;
    settings.actions_per_second = 100;
    settings.habits.write_sql = 1;
    shop->start_shoppers(settings, begin());
    std::vector<std::pair<std::string, post_id>> all;
    for (const auto& each : shop->let_shop(after(std::chrono::seconds(20))))
      all.emplace_back(each.what, each.item);
    return all;
  };
  const auto first = live(7);
  BOOST_TEST((first == live(7)));
  BOOST_TEST((first != live(8)));
  std::set<std::string> deeds;
  for (const auto& [what, item] : first)
    deeds.insert(what);
  for (const auto* deed : {"buy", "restock", "cancel", "rename", "reprice", "trash", "restore",
                           "create", "erase", "write by SQL"})
    BOOST_TEST(deeds.count(deed) == 1U, deed << " never happened");
  BOOST_TEST(first.size() > 1'000U);
}

BOOST_AUTO_TEST_CASE(shoppers_never_buy_what_is_not_for_sale) {
  const auto shop = filled(60);
  shopper_settings settings;
  settings.actions_per_second = 200;
  settings.habits = {};
  settings.habits.restock = settings.habits.edit_stock = 0;
  shop->start_shoppers(settings, begin());
  shop->let_shop(after(std::chrono::seconds(30)));
  for (const auto& product : shop->truth()) {
    for (const auto& each : product.variations)
      BOOST_TEST((each.stock.quantity.value_or(0) >= 0 ||
                  each.stock.backorder != ankkor::stock::backorders::no));
    BOOST_TEST((product.self.stock.quantity.value_or(0) >= 0 ||
                product.self.stock.backorder != ankkor::stock::backorders::no));
  }
}

BOOST_AUTO_TEST_CASE(the_truth_shows_inherited_stock_and_hides_what_shoppers_do_not_see) {
  store shop(lab_settings());
  const auto parent = shop.with_catalog([](catalog& to) {
    new_item made;
    made.type = kind::variable;
    made.name = "Shirt";
    made.attribute = "Size";
    made.manages_stock = true;
    made.quantity = 4;
    const auto id = to.seed_product(made, begin());
    new_item variation;
    variation.option = "S";
    to.seed_variation(id, variation, begin());
    return id;
  });
  auto truth = shop.truth();
  BOOST_REQUIRE(truth.size() == 1U);
  BOOST_TEST(truth[0].variations[0].stock.quantity.value() == 4);
  BOOST_TEST((truth[0].variations[0].stock.managed == ankkor::stock::stock_management::parent));
  BOOST_TEST(truth[0].variations[0].available);
  shop.with_catalog([&](catalog& to) { to.set_stock(parent, 0, begin()); });
  truth = shop.truth();
  BOOST_TEST(truth[0].variations[0].visible);
  BOOST_TEST(!truth[0].variations[0].available);
  shop.with_catalog([&](catalog& to) {
    item_change hide;
    hide.status = post_status::draft;
    to.edit(parent, hide, begin());
  });
  truth = shop.truth();
  BOOST_TEST(!truth[0].self.visible);
  BOOST_TEST(!truth[0].variations[0].visible);
  shop.with_catalog([&](catalog& to) { to.trash(parent, begin()); });
  BOOST_TEST(shop.truth().empty());
}

BOOST_AUTO_TEST_CASE(the_storefront_takes_calls_with_its_secret_and_remembers_what_it_was_told) {
  storefront front("hush");
  const auto call = [&](std::string_view authorization, std::string_view body, moment now) {
    http_question question;
    question.method = "POST";
    question.path = "/api/revalidate";
    question.authorization = authorization;
    question.body = body;
    return front.handle(question, now);
  };
  const std::string body =
    R"({"id":"1","tags":["product-14","product-käse"],"paths":["/product/käse"]})";
  BOOST_TEST(call("Bearer wrong", body, begin()).status == 401U);
  BOOST_TEST(call("", body, begin()).status == 401U);
  BOOST_TEST(call("Bearer hush", "not JSON", begin()).status == 400U);
  BOOST_TEST(front.told() == 0U);
  BOOST_TEST(call("Bearer hush", body, begin()).status == 200U);
  storefront_faults down;
  down.status = 503;
  down.retry_after = std::chrono::seconds(7);
  front.set_faults(down);
  const auto refused = call("Bearer hush", body, after(std::chrono::seconds(1)));
  BOOST_TEST(refused.status == 503U);
  BOOST_TEST(refused.fields.back().second == "7");
  front.set_faults({});
  call("Bearer hush", body, after(std::chrono::seconds(9)));
  BOOST_TEST(front.calls().size() == 2U);
  BOOST_TEST(front.refused() == 3U);
  BOOST_TEST((front.first_told("product-14", after(std::chrono::seconds(1))).value() ==
              after(std::chrono::seconds(9))));
  BOOST_TEST((front.last_told("product-käse").value() == after(std::chrono::seconds(9))));
  BOOST_TEST(!front.last_told("product-15").has_value());
  http_question page;
  page.path = "/";
  BOOST_TEST(front.handle(page, begin()).body.find("product-14") != std::string::npos);
}
