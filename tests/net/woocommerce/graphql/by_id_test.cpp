// WooGraphQL's answers about items by their IDs, about changes, and answers that no shop should
// give.
#include "made_answers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace ankkor;
using namespace ankkor::testing;
using net::item_kind;
using net::item_presence;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(items_by_id_of_answers)

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
