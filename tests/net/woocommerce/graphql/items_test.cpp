// Nodes of WooGraphQL's answers read into stock/ values: equal to REST's, and the traps of
// tests/recordings/FACTS.md section 6.
#include "made_answers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using net::item_kind;
using net::item_presence;

namespace {

// What the recordings' queries didn't ask for, taken from what they are compared with.
stock::item completed(stock::item graphql, const stock::item& rest) {
  graphql.price.sale = rest.price.sale;
  if (graphql.is_variation())
    graphql.price.regular = rest.price.regular;
  return graphql;
}

// True for the few whose words changed between the two recordings without their date: a variation
// is called after its product, which recording 035 renamed, and so was the category "Mugs".
bool renamed_between(const stock::item& graphql, stock::item rest) {
  const auto other = completed(graphql, rest);
  if (graphql.id == 141 && rest.name == "Variable product 1 - M")
    rest.name = "Variable product 1 renamed - M";
  else if (rest.categories == std::vector{stock::category{"mugs", "Mugs"}})
    rest.categories = {{"mugs", "Mugs & Cups"}};
  else
    return false;
  return stock::same_content(other, rest);
}

} // namespace

BOOST_AUTO_TEST_SUITE(items_of_answers)

// --- equal to REST -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_recorded_both_ways_is_the_same_item) {
  using version = std::pair<stock::product_id, stock::store_time>;
  auto rest = std::multimap<version, stock::item>{};
  for (const auto& item : recorded_rest_items())
    rest.emplace(version{item.id, item.modified}, item);
  auto types_compared = std::map<stock::product_type, int>{};
  const auto compare = [&](const stock::item& item, const std::string& file) {
    const auto [begin, end] = rest.equal_range({item.id, item.modified});
    if (begin == end)
      return;
    ++types_compared[item.type];
    const bool same = std::any_of(begin, end, [&](const auto& each) {
      return stock::same_content(completed(item, each.second), each.second);
    });
    const bool renamed = renamed_between(item, begin->second);
    BOOST_TEST(same != renamed, file << ": item " << item.id);
  };
  for (const auto* file : {"products-page1-first100-anon", "products-page2-first100-anon",
                           "products-page1-first100-shopmgr", "products-page1-first100-admin",
                           "products-page1-first100-customer", "products-page1-first100-key",
                           "products-include-24-ids-with-variations"}) {
    const auto page = catalog_page(recorded(file).response);
    BOOST_TEST(page.failed.empty());
    BOOST_TEST(page.nameless_failures == 0U);
    for (const auto& found : page.items) {
      compare(found.value, file);
      for (const auto& variation : found.variations)
        compare(variation, file);
    }
  }
  BOOST_TEST(types_compared[stock::product_type::simple] > 200);
  BOOST_TEST(types_compared[stock::product_type::variable] > 0);
  BOOST_TEST(types_compared[stock::product_type::variation] > 10);
}

BOOST_AUTO_TEST_CASE(a_variation_read_by_its_id_is_the_one_in_its_products_list) {
  const auto body = replaced(recorded("productVariation-parent-stock").response.body,
                             "\"productVariation\"", "\"v154\"");
  const auto answered = items_by_id({{154, item_kind::variation}}, answer(body)).items.front();
  BOOST_REQUIRE((answered.presence == item_presence::found));
  const auto& item = answered.found.value;
  BOOST_TEST(item.parent == 152U);
  BOOST_TEST((item.type == stock::product_type::variation));
  BOOST_TEST(
    (item.stock == stock::stock_level{stock::stock_management::parent, 90,
                                      stock::stock_status::in_stock, stock::backorders::no}));
  const auto page = catalog_page(recorded("products-page1-first100-anon").response);
  auto listed = std::vector<stock::item>{};
  for (const auto& found : page.items)
    std::copy_if(found.variations.begin(), found.variations.end(), std::back_inserter(listed),
                 [](const stock::item& each) { return each.id == 154; });
  BOOST_REQUIRE(listed.size() == 1U);
  BOOST_TEST(stock::same_content(completed(item, listed.front()), listed.front()));
}

BOOST_AUTO_TEST_CASE(slugs_are_percent_encoded_and_names_plain_text) {
  const auto page = catalog_page(recorded("products-page1-first100-anon").response);
  const auto found = std::find_if(page.items.begin(), page.items.end(),
                                  [](const net::found_item& each) { return each.value.id == 122; });
  BOOST_REQUIRE((found != page.items.end()));
  BOOST_TEST(found->value.slug == "%e7%b7%91%e8%8c%b6-%e6%8a%b9%e8%8c%b6");
  BOOST_TEST(found->value.name == "\u7dd1\u8336 \u62b9\u8336");
  BOOST_TEST((found->value.categories ==
              std::vector{stock::category{"%e6%97%a5%e6%9c%ac%e8%8c%b6", "\u65e5\u672c\u8336"}}));
}

BOOST_AUTO_TEST_CASE(names_of_products_come_decoded_and_those_of_variations_do_not) {
  BOOST_TEST(only_item(with_field(simple_node, "name", R"("a &amp; <b>")")).name == "a &amp; <b>");
  const auto page = catalog_page(data_answer(catalog_data(
    {variable_node({with_field(variation_node(140), "name", R"("Salt &amp; Pepper - S")")})})));
  BOOST_TEST(page.items.at(0).variations.at(0).name == "Salt & Pepper - S");
}

BOOST_AUTO_TEST_CASE(every_field_is_read) {
  const auto item = only_item(simple_node);
  using namespace std::chrono;
  auto expected = stock::item{};
  expected.id = 14;
  expected.slug = "tea";
  expected.name = "Tea";
  expected.sku = "T-1";
  expected.price = {"7.5", "8", "7.5"};
  expected.categories = {{"tea", "Tea"}};
  expected.stock = {stock::stock_management::own, 5, stock::stock_status::in_stock,
                    stock::backorders::no};
  expected.modified = sys_days{2026y / November / 22} + 16h + 36min + 11s;
  BOOST_TEST((item == expected));
}

// --- stock ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_managed_quantity_of_null_is_zero) {
  const auto item = only_item(with_field(simple_node, "stockQuantity", "null"));
  BOOST_TEST((item.stock.quantity == 0));
  const auto inherited = only_item(
    with_field(with_field(simple_node, "stockQuantity", "null"), "manageStock", "\"PARENT\""));
  BOOST_TEST((inherited.stock.managed == stock::stock_management::parent));
  BOOST_TEST((inherited.stock.quantity == 0));
}

BOOST_AUTO_TEST_CASE(management_of_null_or_false_is_none_and_has_no_quantity) {
  for (const auto* management : {"null", "\"FALSE\"", "\"\""}) {
    const auto item = only_item(with_field(simple_node, "manageStock", management));
    BOOST_TEST((item.stock.managed == stock::stock_management::none));
    BOOST_TEST(!item.stock.quantity.has_value());
  }
}

BOOST_AUTO_TEST_CASE(quantities_below_zero_fractions_and_large_ones_are_numbers) {
  const auto quantity = [](std::string_view text) {
    return only_item(with_field(simple_node, "stockQuantity", text)).stock.quantity;
  };
  BOOST_TEST((quantity("-7") == -7));
  BOOST_TEST((quantity("2.5") == 2));
  BOOST_TEST((quantity("2147483648") == 2'147'483'648));
  for (const auto* bad : {"\"7\"", "true", "{}", "1e300", "-1e300", "18446744073709551615"})
    BOOST_TEST(unreadable(with_field(simple_node, "stockQuantity", bad)), bad);
}

BOOST_AUTO_TEST_CASE(statuses_and_backorders_have_their_spellings) {
  const auto stock_with = [](const std::string& key, const std::string& value) {
    return only_item(with_field(simple_node, key, value)).stock;
  };
  BOOST_TEST(
    (stock_with("stockStatus", "\"OUT_OF_STOCK\"").status == stock::stock_status::out_of_stock));
  BOOST_TEST(
    (stock_with("stockStatus", "\"ON_BACKORDER\"").status == stock::stock_status::on_backorder));
  BOOST_TEST((stock_with("backorders", "\"NOTIFY\"").backorder == stock::backorders::notify));
  BOOST_TEST((stock_with("backorders", "\"YES\"").backorder == stock::backorders::yes));
  BOOST_TEST((stock_with("backorders", "null").backorder == stock::backorders::no));
  for (const auto* bad : {"null", "\"\"", "\"instock\"", "5"})
    BOOST_TEST(unreadable(with_field(simple_node, "stockStatus", bad)), bad);
  for (const auto* bad : {"\"MAYBE\"", "5", "true"}) {
    BOOST_TEST(unreadable(with_field(simple_node, "backorders", bad)), bad);
    BOOST_TEST(unreadable(with_field(simple_node, "manageStock", bad)), bad);
  }
}

BOOST_AUTO_TEST_CASE(products_without_stock_are_in_stock_and_unmanaged) {
  for (const auto* type : {"\"EXTERNAL\"", "\"GROUPED\""}) {
    auto node = with_field(simple_node, "type", type);
    for (const auto* key : {"stockQuantity", "stockStatus", "manageStock", "backorders"})
      node = without_field(node, key);
    BOOST_TEST((only_item(node).stock == stock::stock_level{}));
    // Another type without them was not read whole.
    BOOST_TEST(unreadable(with_field(node, "type", "\"SIMPLE\"")));
    BOOST_TEST(unreadable(with_field(node, "type", "null")));
  }
}

BOOST_AUTO_TEST_CASE(recorded_zero_negative_and_unmanaged_stock_is_what_rest_says) {
  const auto page = catalog_page(recorded("products-page2-first100-anon").response);
  auto by_id = std::map<stock::product_id, stock::stock_level>{};
  for (const auto& found : page.items)
    by_id[found.value.id] = found.value.stock;
  // recordings product-backorder-notify and product-by-sku-unmanaged
  BOOST_TEST((by_id.at(113) == stock::stock_level{stock::stock_management::own, 0,
                                                  stock::stock_status::on_backorder,
                                                  stock::backorders::notify}));
  const auto first = catalog_page(recorded("products-page1-first100-anon").response);
  for (const auto& found : first.items) {
    if (found.value.id == 112)
      BOOST_TEST((found.value.stock == stock::stock_level{stock::stock_management::none,
                                                          {},
                                                          stock::stock_status::out_of_stock,
                                                          stock::backorders::no}));
  }
}

// --- other fields --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(null_texts_are_empty) {
  const auto item = only_item(with_field(with_field(simple_node, "sku", "null"), "slug", "null"));
  BOOST_TEST(item.sku.empty());
  BOOST_TEST(item.slug.empty());
  for (const auto* key : {"slug", "sku", "name", "price", "salePrice"})
    BOOST_TEST(unreadable(with_field(simple_node, key, "5")), key);
}

BOOST_AUTO_TEST_CASE(a_free_product_costs_nothing_and_one_without_a_price_has_none) {
  const auto priced = [](std::string_view current, std::string_view regular, bool purchasable) {
    auto node = with_field(with_field(simple_node, "price", current), "regularPrice", regular);
    node = with_field(node, "salePrice", "null");
    return only_item(with_field(node, "purchasable", purchasable ? "true" : "null")).price;
  };
  BOOST_TEST((priced("null", "null", true) == stock::prices{"0", "0", ""}));
  BOOST_TEST((priced("null", "\"5.00\"", true) == stock::prices{"0", "5", "0"}));
  BOOST_TEST((priced("null", "null", false) == stock::prices{"", "", ""}));
  BOOST_TEST((priced("\"5.10\"", "\"5.10\"", true) == stock::prices{"5.1", "5.1", ""}));
}

BOOST_AUTO_TEST_CASE(a_variable_product_costs_what_its_cheapest_variation_does) {
  const auto price = [](const std::vector<std::string>& variations, std::string_view list) {
    return only_item(variable_node(variations, list)).price;
  };
  const auto two = std::vector{variation_node(140, "\"12\""), variation_node(141, "\"9\"")};
  BOOST_TEST((price(two, "\"12.00, 9.00, 100.00\"") == stock::prices{"9", "", ""}));
  // Displayed with taxes, or rounded: no variation costs that.
  BOOST_TEST((price(two, "\"10.71, 14.28\"") == stock::prices{"9", "", ""}));
  // One that isn't shown does not count.
  BOOST_TEST((
    price({variation_node(140, "\"12\""), variation_node(141, "\"9\"", "\"private\"")}, "\"12.00\"")
      .current == "12"));
  BOOST_TEST((
    price({variation_node(140, "\"12\""), variation_node(141, "\"9\"", "\"private\"")}, "\"14.28\"")
      .current == "12"));
  BOOST_TEST((price({}, "\"10.00\"").current == "10"));
  BOOST_TEST((price({}, "null").current.empty()));
  BOOST_TEST((price({}, "\", x,,\"").current.empty()));
}

BOOST_AUTO_TEST_CASE(a_grouped_product_has_no_price_of_its_own) {
  const auto node = with_field(with_field(simple_node, "type", "\"GROUPED\""), "price",
                               "\"\u20ac10.00 - \u20ac20.00\"");
  BOOST_TEST((only_item(node).price == stock::prices{}));
}

BOOST_AUTO_TEST_CASE(types_and_statuses_have_their_spellings) {
  const auto type = [](std::string_view text) {
    return only_item(with_field(simple_node, "type", text)).type;
  };
  BOOST_TEST((type("\"EXTERNAL\"") == stock::product_type::external));
  BOOST_TEST((type("\"GROUPED\"") == stock::product_type::grouped));
  BOOST_TEST((type("\"BUNDLE\"") == stock::product_type::other));
  BOOST_TEST((type("null") == stock::product_type::other));
  BOOST_TEST((type("\"VARIATION\"") == stock::product_type::other));
  const auto status = [](std::string_view text) {
    return only_item(with_field(simple_node, "status", text)).status;
  };
  BOOST_TEST((status("\"draft\"") == stock::publication::draft));
  BOOST_TEST((status("\"private\"") == stock::publication::hidden));
  BOOST_TEST((status("\"trash\"") == stock::publication::trashed));
  BOOST_TEST((status("\"gone\"") == stock::publication::other));
  BOOST_TEST(unreadable(with_field(simple_node, "status", "null")));
}

BOOST_AUTO_TEST_CASE(an_item_needs_a_usable_id) {
  for (const auto* bad : {"null", "0", "-1", "\"14\"", "1.5", "9223372036854775808"})
    BOOST_TEST(unreadable(with_field(simple_node, "databaseId", bad)), bad);
  BOOST_TEST(only_item(with_field(simple_node, "databaseId", "9223372036854775807")).id ==
             9'223'372'036'854'775'807ULL);
}

BOOST_AUTO_TEST_CASE(a_missing_utc_date_is_made_of_the_local_one) {
  const auto expected = only_item(simple_node).modified;
  const auto node = with_field(simple_node, "modifiedGmt", "null");
  BOOST_TEST((only_item(node).modified == expected));
  const auto local = [&](std::string_view text) { return with_field(node, "modified", text); };
  BOOST_TEST((only_item(local("\"2026-11-22T16:36:11Z\"")).modified == expected));
  BOOST_TEST((only_item(local("\"2026-11-22T13:06:11-03:30\"")).modified == expected));
  for (const auto* bad : {"null", "\"\"", "\"2026-11-22T17:36:11\"", "\"2026-11-22T17:36:11+1:00\"",
                          "\"2026-13-22T17:36:11+01:00\"", "\"2026-11-22T17:36:11+xx:00\"", "5"})
    BOOST_TEST(unreadable(local(bad)), bad);
}

BOOST_AUTO_TEST_SUITE_END()
