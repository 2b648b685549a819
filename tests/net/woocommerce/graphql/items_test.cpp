// WooGraphQL's answers read into stock/ values: equal to REST's, the traps of
// tests/recordings/FACTS.md section 6, and answers that no shop should give.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using net::item_kind;
using net::item_presence;
using std::chrono::seconds;

namespace {

net::graphql_reader& reader() {
  static auto one = net::graphql_reader{};
  return one;
}

net::items_page catalog_page(const net::client_response& response) {
  auto read = reader().catalog_page(response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  return std::move(*read);
}

net::items_page modified_since(const net::client_response& response) {
  auto read = reader().modified_since(response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  return std::move(*read);
}

net::items_answer items_by_id(const std::vector<net::wanted_item>& wanted,
                              const net::client_response& response) {
  auto read = reader().items_by_id(wanted, response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  BOOST_REQUIRE(read->items.size() == wanted.size());
  return std::move(*read);
}

net::item_answer product_by_id(stock::product_id id, const net::client_response& response) {
  return items_by_id({{id, item_kind::product}}, response).items.front();
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  const auto at = text.find(old);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, "nothing to replace: " << old);
  return text.replace(at, old.size(), by);
}

// A member's value in an object of one line of JSON, from its key to the next comma.
std::string with_field(const std::string& object, const std::string& key, std::string_view value) {
  const auto begin = object.find("\"" + key + "\":");
  BOOST_REQUIRE_MESSAGE(begin != std::string::npos, "no field " << key);
  const auto end = object.find_first_of(",}", begin);
  return object.substr(0, begin) + "\"" + key + "\":" + std::string{value} + object.substr(end);
}

std::string without_field(const std::string& object, const std::string& key) {
  const auto begin = object.find("\"" + key + "\":");
  BOOST_REQUIRE_MESSAGE(begin != std::string::npos, "no field " << key);
  return object.substr(0, begin) + object.substr(object.find_first_of(",}", begin) + 1);
}

const std::string simple_node =
  R"({"__typename":"SimpleProduct","databaseId":14,"slug":"tea","sku":"T-1","name":"Tea","type":"SIMPLE",)"
  R"("status":"publish","modified":"2026-11-22T17:36:11+01:00","modifiedGmt":"2026-11-22T16:36:11",)"
  R"("purchasable":true,"stockQuantity":5,"stockStatus":"IN_STOCK","manageStock":"TRUE","backorders":"NO",)"
  R"("price":"7.50","regularPrice":"8","salePrice":"7.50","productCategories":{"nodes":[{"slug":"tea","name":"Tea"}]}})";

std::string variation_node(stock::product_id id, std::string_view price = "\"10\"",
                           std::string_view status = "\"publish\"") {
  return R"({"databaseId":)" + std::to_string(id) +
         R"(,"slug":"shirt-s","name":"Shirt - S","sku":"S","status":)" + std::string{status} +
         R"(,"modified":"2026-11-22T17:36:11+01:00","modifiedGmt":"2026-11-22T16:36:11","purchasable":true,)"
         R"("stockQuantity":3,"stockStatus":"IN_STOCK","manageStock":"TRUE","backorders":"NO",)"
         R"("price":)" +
         std::string{price} + R"(,"regularPrice":"20","salePrice":null})";
}

std::string variable_node(const std::vector<std::string>& variations,
                          std::string_view price = "\"10.00, 12.00\"",
                          std::string_view page = R"({"hasNextPage":false,"endCursor":"x"})") {
  auto nodes = std::string{};
  for (const auto& each : variations)
    nodes += (nodes.empty() ? "" : ",") + each;
  return R"({"__typename":"VariableProduct","databaseId":139,"slug":"shirt","sku":null,"name":"Shirt",)"
         R"("type":"VARIABLE","status":"publish","modified":"2026-11-22T17:36:11+01:00",)"
         R"("modifiedGmt":"2026-11-22T16:36:11","purchasable":true,"stockQuantity":null,)"
         R"("stockStatus":"IN_STOCK","manageStock":null,"backorders":"NO","price":)" +
         std::string{price} +
         R"(,"regularPrice":"20.00","salePrice":"10.00","productCategories":{"nodes":[]},)"
         R"("variations":{"pageInfo":)" +
         std::string{page} + R"(,"nodes":[)" + nodes + "]}}";
}

// products(...) with these nodes.
std::string catalog_data(const std::vector<std::string>& nodes, const std::string& found = "null") {
  auto joined = std::string{};
  for (const auto& each : nodes)
    joined += (joined.empty() ? "" : ",") + each;
  return R"({"products":{"found":)" + found +
         R"(,"pageInfo":{"hasNextPage":true,"endCursor":"abc"},"nodes":[)" + joined + "]}}";
}

stock::item only_item(const std::string& node) {
  const auto page = catalog_page(data_answer(catalog_data({node})));
  BOOST_REQUIRE(page.items.size() == 1U);
  return page.items.front().value;
}

bool unreadable(const std::string& node) {
  const auto page = catalog_page(data_answer(catalog_data({node})));
  return page.items.empty() && page.failed.size() + page.nameless_failures == 1U;
}

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

// --- pages ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_page_says_whether_it_goes_on_and_where) {
  const auto first = catalog_page(recorded("products-page1-first100-anon").response);
  BOOST_TEST(first.more);
  BOOST_TEST(first.cursor == "YXJyYXljb25uZWN0aW9uOjMz");
  BOOST_TEST((first.total == 140U)); // hidden products are counted, too
  BOOST_TEST(first.items.size() <= 100U);
  const auto second = catalog_page(recorded("products-page2-first100-anon").response);
  BOOST_TEST(!second.more);
  BOOST_TEST(!second.total.has_value());
  BOOST_TEST((first.utc_offset == seconds{3600}));
}

BOOST_AUTO_TEST_CASE(an_empty_page_is_no_failure) {
  const auto page = catalog_page(recorded("cursor-product-modified-between-pages").response);
  BOOST_TEST(page.items.empty());
  BOOST_TEST(!page.more);
  BOOST_TEST(page.cursor.empty());
  BOOST_TEST(!page.utc_offset.has_value());
}

BOOST_AUTO_TEST_CASE(a_page_that_goes_on_without_saying_where_is_a_failure) {
  for (const auto* info :
       {R"({"hasNextPage":true,"endCursor":null})", R"({"hasNextPage":true,"endCursor":""})",
        R"({"endCursor":"abc"})", R"({"hasNextPage":null,"endCursor":"x"})", "null", "5"}) {
    const auto data =
      replaced(catalog_data({simple_node}), R"({"hasNextPage":true,"endCursor":"abc"})", info);
    const auto read = reader().catalog_page(data_answer(data), judged_at);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.failure().kind == net::answer_kind::transient));
    BOOST_TEST(!read.failure().what.message.empty());
  }
}

BOOST_AUTO_TEST_CASE(an_answer_to_another_question_is_a_failure) {
  for (const auto* data :
       {"{}", R"({"product":null})", R"({"products":null})", R"({"products":{"nodes":[]}})",
        R"({"products":{"pageInfo":{"hasNextPage":false},"nodes":null}})"}) {
    BOOST_TEST(!reader().catalog_page(data_answer(data), judged_at), data);
    BOOST_TEST(!reader().modified_since(data_answer(data), judged_at), data);
    const bool says_gone = std::string_view{data} == R"({"product":null})";
    if (!says_gone)
      BOOST_TEST(!reader().more_variations(1, data_answer(data), judged_at), data);
    BOOST_TEST(!reader().viewer(data_answer(data), judged_at), data);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_item_fails_alone) {
  const auto other = with_field(simple_node, "databaseId", "15");
  const auto page = catalog_page(
    data_answer(catalog_data({simple_node, other, "null"}),
                R"([{"message":"Internal server error","path":["products","nodes",0,"sku"]},
        {"message":"Internal server error","path":["products","nodes",2]}])"));
  BOOST_REQUIRE(page.items.size() == 1U);
  BOOST_TEST(page.items[0].value.id == 15U);
  BOOST_TEST((page.failed == std::vector<stock::product_id>{14}));
  BOOST_TEST(page.nameless_failures == 1U);
}

BOOST_AUTO_TEST_CASE(the_tenth_items_error_is_not_the_first_ones) {
  auto nodes = std::vector<std::string>{};
  for (int id = 1; id != 13; ++id)
    nodes.push_back(with_field(simple_node, "databaseId", std::to_string(id)));
  const auto page = catalog_page(
    data_answer(catalog_data(nodes),
                R"([{"message":"Internal server error","path":["products","nodes",10,"sku"]}])"));
  BOOST_TEST((page.failed == std::vector<stock::product_id>{11}));
  BOOST_TEST(page.items.size() == 11U);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_list_itself_spoils_the_page) {
  for (const auto* path : {R"(["products"])", R"(["products","pageInfo"])",
                           R"(["products","pageInfo","endCursor"])", R"(["products","found"])"})
    BOOST_TEST(!reader().catalog_page(
      data_answer(catalog_data({simple_node}),
                  std::string{R"([{"message":"Internal server error","path":)"} + path + "}]"),
      judged_at));
}

// --- variations ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_private_variation_is_listed_for_those_who_may_see_it) {
  const auto ids = [](const char* file) {
    const auto page = catalog_page(recorded(file).response);
    for (const auto& found : page.items) {
      if (found.value.id == 139)
        return found.value.variations;
    }
    return std::vector<stock::product_id>{};
  };
  BOOST_TEST((ids("products-page1-first100-anon") ==
              std::vector<stock::product_id>{140, 141, 142, 143, 144}));
  const auto page = catalog_page(data_answer(catalog_data(
    {variable_node({variation_node(140), variation_node(165, "\"10\"", "\"private\"")})})));
  BOOST_TEST((page.items.at(0).variations.at(1).status == stock::publication::hidden));
  BOOST_TEST((page.items.at(0).value.variations == std::vector<stock::product_id>{140, 165}));
}

BOOST_AUTO_TEST_CASE(a_damaged_variation_fails_alone_and_stays_listed) {
  const auto page = catalog_page(data_answer(
    catalog_data({variable_node({variation_node(140), variation_node(141)})}),
    R"([{"message":"Internal server error","path":["products","nodes",0,"variations","nodes",1,"sku"]}])"));
  BOOST_REQUIRE(page.items.size() == 1U);
  const auto& found = page.items[0];
  BOOST_TEST(found.variations.size() == 1U);
  BOOST_TEST((found.failed_variations == std::vector<stock::product_id>{141}));
  BOOST_TEST((found.value.variations == std::vector<stock::product_id>{140, 141}));
}

BOOST_AUTO_TEST_CASE(a_list_of_variations_with_a_hole_fails_with_its_product) {
  const auto page = catalog_page(data_answer(
    catalog_data({variable_node({variation_node(140), "null"})}),
    R"([{"message":"Internal server error","path":["products","nodes",0,"variations","nodes",1]}])"));
  BOOST_TEST(page.items.empty());
  BOOST_TEST((page.failed == std::vector<stock::product_id>{139}));
  for (const auto* path : {R"(["products","nodes",0,"variations"])",
                           R"(["products","nodes",0,"variations","pageInfo"])",
                           R"(["products","nodes",0,"productCategories","nodes",0,"name"])"}) {
    const auto spoiled = catalog_page(
      data_answer(catalog_data({variable_node({variation_node(140)})}),
                  std::string{R"([{"message":"Internal server error","path":)"} + path + "}]"));
    BOOST_TEST(spoiled.items.empty(), path);
  }
  auto headless = variable_node({variation_node(140)});
  headless = headless.substr(0, headless.find(",\"variations\"")) + "}";
  BOOST_TEST(unreadable(headless));
}

BOOST_AUTO_TEST_CASE(a_product_with_more_variations_is_completed_page_by_page) {
  auto page = catalog_page(data_answer(catalog_data(
    {variable_node({variation_node(142, "\"12\""), variation_node(141, "\"13\"")},
                   "\"9.52, 14.00\"", R"({"hasNextPage":true,"endCursor":"here"})")})));
  auto& product = page.items.at(0);
  BOOST_TEST(product.more_variations == "here");
  BOOST_TEST(product.value.price.current == "9.52"); // not settled yet
  const auto more = [](const std::vector<std::string>& nodes, const char* info) {
    auto joined = std::string{};
    for (const auto& each : nodes)
      joined += (joined.empty() ? "" : ",") + each;
    auto read =
      reader().more_variations(139,
                               data_answer(R"({"product":{"variations":{"pageInfo":)" +
                                           std::string{info} + R"(,"nodes":[)" + joined + "]}}}"),
                               judged_at);
    BOOST_REQUIRE(!!read);
    return std::move(*read);
  };
  net::add_variations(product, more({variation_node(140, "\"11\""), variation_node(141, "\"13\"")},
                                    R"({"hasNextPage":true,"endCursor":"there"})"));
  BOOST_TEST(product.more_variations == "there");
  net::add_variations(product, more({variation_node(139'000, "\"8\"")},
                                    R"({"hasNextPage":false,"endCursor":"end"})"));
  BOOST_TEST(product.more_variations.empty());
  BOOST_TEST((product.value.variations == std::vector<stock::product_id>{140, 141, 142, 139'000}));
  BOOST_REQUIRE(product.variations.size() == 4U);
  for (std::size_t at = 0; at != 4; ++at) {
    BOOST_TEST(product.variations[at].id == product.value.variations[at]);
    BOOST_TEST(product.variations[at].parent == 139U);
  }
  BOOST_TEST(product.value.price.current == "8");
}

BOOST_AUTO_TEST_CASE(the_later_reading_of_a_repeated_variation_counts) {
  auto page = catalog_page(data_answer(catalog_data(
    {variable_node({variation_node(140)}, "null", R"({"hasNextPage":true,"endCursor":"x"})")})));
  auto repeated = net::variations_page{};
  repeated.variations = page.items.at(0).variations;
  repeated.variations.at(0).stock.quantity = 77;
  net::add_variations(page.items.at(0), std::move(repeated));
  BOOST_REQUIRE(page.items.at(0).variations.size() == 1U);
  BOOST_TEST((page.items.at(0).variations[0].stock.quantity == 77));
}

// Not a failure of the shop's: it is asked as often as before.
BOOST_AUTO_TEST_CASE(variations_of_a_product_that_is_gone_make_it_to_be_read_anew) {
  for (const auto& answer :
       {data_answer(
          R"({"product":null})",
          R"([{"message":"No product exists with the database_id: 139","path":["product"]}])"),
        data_answer(R"({"product":null})"), data_answer(R"({"product":{}})")}) {
    const auto page = reader().more_variations(139, answer, judged_at);
    BOOST_REQUIRE(static_cast<bool>(page));
    BOOST_TEST(page->nameless_failures == 1U);
    BOOST_TEST(page->variations.empty());
    BOOST_TEST(!page->more);
  }
}

// --- items by ID ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(recorded_aliases_are_answered_one_by_one) {
  auto body = recorded("product-alias-one-missing").response.body;
  // As ankkor names them. The item that is there was asked for its ID only, so it can't be read.
  body = replaced(body, R"("path":["b"])", R"("path":["p999999"])");
  body = replaced(replaced(replaced(body, "\"a\":", "\"p14\":"), "\"b\":", "\"p999999\":"),
                  "\"c\":", "\"p132\":");
  const auto items = items_by_id({{14, item_kind::product},
                                  {999'999, item_kind::product},
                                  {132, item_kind::product},
                                  {77, item_kind::product}},
                                 answer(body))
                       .items;
  BOOST_TEST((items[0].presence == item_presence::failed));
  BOOST_TEST(!items[0].reason.empty());
  BOOST_TEST((items[1].presence == item_presence::absent));
  BOOST_TEST((items[2].presence == item_presence::absent)); // a draft: null, and no error
  BOOST_TEST((items[3].presence == item_presence::failed)); // not answered at all
}

BOOST_AUTO_TEST_CASE(a_found_item_is_found_as_product_or_variation) {
  const auto with_parent =
    replaced(variation_node(140), "\"sku\"", R"("parent":{"node":{"databaseId":139}},"sku")");
  const auto data =
    R"({"p14":)" + simple_node + R"(,"v14":null,"p140":null,"v140":)" + with_parent + "}";
  const auto answered = items_by_id(
    {{14, {}}, {140, {}}},
    data_answer(
      data,
      R"([{"message":"No product variation exists with the database_id: 14","path":["v14"]},
          {"message":"No product exists with the database_id: 140","path":["p140"]}])"));
  BOOST_TEST((answered.items[0].presence == item_presence::found));
  BOOST_TEST(answered.items[0].found.value.id == 14U);
  BOOST_TEST((answered.items[1].presence == item_presence::found));
  BOOST_TEST(answered.items[1].found.value.parent == 139U);
  BOOST_TEST((answered.utc_offset == seconds{3600}));
}

BOOST_AUTO_TEST_CASE(absence_must_be_said) {
  const auto presence = [](const std::string& product_error, const std::string& variation_error) {
    auto errors = std::string{};
    const auto add = [&](const char* alias, const std::string& message) {
      if (message.empty())
        return;
      errors += errors.empty() ? "" : ",";
      errors += R"({"message":")" + message + R"(","path":[")" + alias + "\"]}";
    };
    add("p14", product_error);
    add("v14", variation_error);
    return items_by_id({{14, {}}}, data_answer(R"({"p14":null,"v14":null})",
                                               errors.empty() ? "" : "[" + errors + "]"))
      .items[0]
      .presence;
  };
  const std::string no_product = "No product exists with the database_id: 14";
  const std::string no_variation = "No product variation exists with the database_id: 14";
  BOOST_TEST((presence(no_product, no_variation) == item_presence::absent));
  BOOST_TEST((presence("", no_variation) == item_presence::absent));
  BOOST_TEST((presence(no_product, "") == item_presence::absent));
  for (const auto& other : {std::string{"Internal server error"}, no_product + "0",
                            std::string{"No product exists with the database_id: 1"}, no_variation,
                            std::string{"The \\\"bundle\\\" product type is not supported"}}) {
    BOOST_TEST((presence(other, no_variation) == item_presence::failed), other);
    BOOST_TEST((presence(other, "") == item_presence::failed), other);
  }
  BOOST_TEST((presence(no_product, "Internal server error") == item_presence::failed));
}

BOOST_AUTO_TEST_CASE(an_item_with_a_broken_field_is_failed_and_not_half_read) {
  for (const auto* path : {R"(["p14"])", R"(["p14","sku"])", R"(["p14","stockQuantity"])",
                           R"(["p14","productCategories","nodes",0,"slug"])"}) {
    const auto errors = std::string{R"([{"message":"Internal server error","path":)"} + path + "}]";
    for (const auto& data : {R"({"p14":)" + simple_node + "}", std::string{R"({"p14":null})"}}) {
      const auto found = product_by_id(14, data_answer(data, errors));
      BOOST_TEST((found.presence == item_presence::failed), path);
      BOOST_TEST(found.reason.find("Internal server error") != std::string::npos);
    }
  }
  const auto recorded_one =
    replaced(replaced(recorded("error-internal-exception").response.body, "\"product\"", "\"p14\""),
             "\"product\":", "\"p14\":");
  BOOST_TEST((product_by_id(14, answer(recorded_one)).presence == item_presence::failed));
}

BOOST_AUTO_TEST_CASE(an_alias_that_holds_another_item_is_failed) {
  BOOST_TEST((product_by_id(15, data_answer(R"({"p15":)" + simple_node + "}")).presence ==
              item_presence::failed));
  for (const auto* value : {"5", "[]", "\"x\"", "true", "{}"})
    BOOST_TEST((product_by_id(15, data_answer(std::string{R"({"p15":)"} + value + "}")).presence ==
                item_presence::failed));
}

BOOST_AUTO_TEST_CASE(a_variation_whose_product_is_hidden_is_hidden) {
  for (const auto* parent : {"null", R"({"node":null})"}) {
    const auto node =
      replaced(variation_node(140), "\"sku\"", std::string{R"("parent":)"} + parent + R"(,"sku")");
    BOOST_TEST((items_by_id({{140, item_kind::variation}}, data_answer(R"({"v140":)" + node + "}"))
                  .items[0]
                  .presence == item_presence::absent));
  }
  const auto own_parent =
    replaced(variation_node(140), "\"sku\"", R"("parent":{"node":{"databaseId":140}},"sku")");
  BOOST_TEST(
    (items_by_id({{140, item_kind::variation}}, data_answer(R"({"v140":)" + own_parent + "}"))
       .items[0]
       .presence == item_presence::failed));
}

BOOST_AUTO_TEST_CASE(a_failed_answer_answers_for_no_item) {
  const auto wanted = std::array{net::wanted_item{14, {}}};
  for (const auto* file : {"error-maintenance-mode", "error-syntax", "batch-array-2"})
    BOOST_TEST(!reader().items_by_id(wanted, recorded(file).response, judged_at), file);
}

// --- changes -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(changes_hold_products_and_variations) {
  const auto variation =
    replaced(variation_node(140), "\"sku\"",
             R"("__typename":"SimpleProductVariation","parent":{"node":{"databaseId":139}},"sku")");
  const auto page = modified_since(data_answer(
    R"({"changed":{"pageInfo":{"hasNextPage":false,"endCursor":"x"},"nodes":[)" + simple_node +
    "," + variation + "," + variable_node({variation_node(140)}) + "]}}"));
  BOOST_REQUIRE(page.items.size() == 3U);
  BOOST_TEST((page.items[0].value.type == stock::product_type::simple));
  BOOST_TEST(page.items[1].value.parent == 139U);
  BOOST_TEST((page.items[2].value.variations == std::vector<stock::product_id>{140}));
}

BOOST_AUTO_TEST_CASE(the_offset_is_that_of_the_last_change) {
  const auto node = [](const char* local, const char* utc) {
    return std::string{R"({"databaseId":1,"modified":)"} + local + R"(,"modifiedGmt":)" + utc + "}";
  };
  const auto offset = [](const std::string& folded) {
    return modified_since(
             data_answer(
               R"({"changed":{"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[]},)"
               R"("folded":{"nodes":[)" +
               folded + "]}}"))
      .utc_offset;
  };
  BOOST_TEST(!offset("").has_value());
  const auto summer = node("\"2026-10-25T02:50:00+02:00\"", "\"2026-10-25T00:50:00\"");
  const auto winter = node("\"2026-10-25T02:10:00+01:00\"", "\"2026-10-25T01:10:00\"");
  BOOST_TEST((offset(summer) == seconds{7200}));
  BOOST_TEST((offset(summer + "," + winter) == seconds{3600}));
  BOOST_TEST((offset(winter + "," + summer) == seconds{3600}));
  BOOST_TEST(
    (offset(node("\"2026-10-25T06:35:00\"", "\"2026-10-25T01:05:00\"")) == seconds{19'800}));
  // No time zone has these.
  for (const auto& odd :
       {node("\"2026-10-25T02:10:07\"", "\"2026-10-25T01:10:00\""),
        node("\"2026-10-26T02:10:00\"", "\"2026-10-25T01:10:00\""),
        node("null", "\"2026-10-25T01:10:00\""), node("5", "\"x\""), std::string{"null"}})
    BOOST_TEST(!offset(odd).has_value(), odd);
}

BOOST_AUTO_TEST_CASE(recorded_changes_tell_the_sites_offset) {
  auto body = recorded("contentNodes-products-and-variations-modified").response.body;
  const auto page = modified_since(answer(replaced(body, "\"contentNodes\"", "\"changed\"")));
  BOOST_TEST((page.utc_offset == seconds{3600}));
  // That recording's query asked for too little to make items of.
  BOOST_TEST(page.items.empty());
  BOOST_TEST(page.failed.size() > 50U);
}

BOOST_AUTO_TEST_CASE(the_viewer_is_known_or_a_stranger) {
  const auto viewer = [](const char* file) {
    const auto read = reader().viewer(recorded(file).response, judged_at);
    BOOST_REQUIRE(!!read);
    return *read;
  };
  BOOST_TEST((viewer("viewer-shopmgr") == 2U));
  BOOST_TEST((viewer("viewer-admin") == 1U));
  for (const auto* stranger : {"viewer-key", "auth-bad-app-password", "auth-app-password-over-http",
                               "auth-bad-consumer-key", "auth-bearer-garbage"})
    BOOST_TEST(!viewer(stranger).has_value(), stranger);
}

// --- garbage -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_of_any_shape_is_read_or_refused) {
  const auto whole = std::string{
    data_answer(catalog_data({simple_node, variable_node({variation_node(140)})})).body};
  const auto read_all = [](const net::client_response& response) {
    const auto wanted = std::array{net::wanted_item{14, {}}};
    const auto page = reader().catalog_page(response, judged_at);
    const auto changes = reader().modified_since(response, judged_at);
    const auto items = reader().items_by_id(wanted, response, judged_at);
    const auto more = reader().more_variations(139, response, judged_at);
    const auto viewer = reader().viewer(response, judged_at);
    for (const auto* failure :
         {page ? nullptr : &page.failure(), items ? nullptr : &items.failure()})
      BOOST_TEST((failure == nullptr || !failure->what.message.empty()));
    return !!page;
  };
  BOOST_TEST(read_all(answer(whole)));
  for (std::size_t size = 0; size != whole.size(); ++size)
    BOOST_TEST(!read_all(answer(std::string_view{whole}.substr(0, size))));
  // Each value in turn replaced by one of another type.
  std::size_t damaged = 0;
  for (auto at = whole.find(':'); at != std::string::npos; at = whole.find(':', at + 1)) {
    if (whole[at - 1] != '"')
      continue;
    const auto end = whole.find_first_of(",}", at);
    for (const auto* value : {"null", "[]", "{}", "[[[5]]]", "-1e400", "\"\\u0000\"", "1e308"}) {
      read_all(answer(whole.substr(0, at + 1) + value + whole.substr(end)));
      ++damaged;
    }
  }
  BOOST_TEST(damaged > 300U);
}

BOOST_AUTO_TEST_CASE(a_slug_is_absent_only_in_the_shops_own_words) {
  const auto presence = [](const std::string& message) {
    const auto slugs = std::array<std::string, 1>{"tea"};
    const auto errors =
      message.empty() ? std::string{} : R"([{"message":")" + message + R"(","path":["s0"]}])";
    const auto read =
      reader().items_by_id({}, slugs, data_answer(R"({"s0":null})", errors), judged_at);
    BOOST_REQUIRE(!!read);
    return (*read).by_slug.at(0).presence;
  };
  BOOST_TEST((presence("") == item_presence::absent)); // a draft: null, and no error
  BOOST_TEST(
    (presence("No product ID was found corresponding to the slug: tea") == item_presence::absent));
  BOOST_TEST((presence("No product exists with the slug: tea") == item_presence::absent));
  BOOST_TEST((presence("Internal server error") == item_presence::failed));
}

BOOST_AUTO_TEST_CASE(a_reader_that_was_moved_still_reads) {
  auto first = net::graphql_reader{};
  BOOST_TEST(!!first.viewer(recorded("viewer-admin").response, judged_at));
  auto second = std::move(first);
  BOOST_TEST(!!second.viewer(recorded("viewer-admin").response, judged_at));
}

BOOST_AUTO_TEST_SUITE_END()
