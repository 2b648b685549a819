// Pages of WooGraphQL's answers, of products and of a product's variations.
#include "made_answers.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(pages_of_answers)

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

BOOST_AUTO_TEST_SUITE_END()
