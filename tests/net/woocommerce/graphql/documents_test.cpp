// The HTTP bodies that ankkor sends; tests/graphql-schema validates their documents.
#include "net/woocommerce/graphql_documents.hpp"

#include <boost/test/unit_test.hpp>
#include <simdjson.h>

#include <array>
#include <string>

using namespace ankkor;
using namespace std::chrono;
namespace json = simdjson::dom;

namespace {

// A body, parsed; it must be {"query":…,"variables":{…}} and nothing else.
class asked {
public:
  explicit asked(const std::string& body) {
    root_ = parser_.parse(body);
    BOOST_TEST(root_.get_object().size() == 2U);
    BOOST_TEST(root_["variables"].is_object());
  }

  [[nodiscard]] std::string query() const { return std::string{std::string_view{root_["query"]}}; }

  // The variable at a JSON pointer, as JSON; "" if there is none.
  [[nodiscard]] std::string variable(const std::string& pointer) const {
    json::element found;
    if (root_["variables"].at_pointer(pointer).get(found) != simdjson::SUCCESS)
      return {};
    return simdjson::minify(found);
  }

private:
  json::parser parser_;
  json::element root_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr auto noon = sys_days{2026y / November / 22} + 12h;

std::string date(int day, int hour, int minute, int second) {
  return "{\"year\":2026,\"month\":11,\"day\":" + std::to_string(day) +
         ",\"hour\":" + std::to_string(hour) + ",\"minute\":" + std::to_string(minute) +
         ",\"second\":" + std::to_string(second) + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(items_are_asked_for_one_by_one_as_what_they_may_be) {
  const auto wanted = std::array{net::wanted_item{14, net::item_kind::product},
                                 net::wanted_item{140, net::item_kind::variation},
                                 net::wanted_item{9'223'372'036'854'775'807ULL, {}}};
  const auto query = asked{net::items_by_id_body(wanted)}.query();
  BOOST_TEST(contains(query, R"(p14:product(id:"14",idType:DATABASE_ID){...P})"));
  BOOST_TEST(!contains(query, "v14:"));
  BOOST_TEST(contains(query, R"(v140:productVariation(id:"140",idType:DATABASE_ID){...S})"));
  BOOST_TEST(!contains(query, "p140:"));
  BOOST_TEST(contains(query, R"(p9223372036854775807:product(id:"9223372036854775807",)"));
  BOOST_TEST(contains(query, R"(v9223372036854775807:productVariation()"));
  // An `include` that comes out empty would mean the whole catalog.
  BOOST_TEST(!contains(query, "include"));
}

BOOST_AUTO_TEST_CASE(a_slug_travels_as_a_variable_whatever_is_in_it) {
  const auto slugs = std::array<std::string, 2>{"tea", "\"){viewer{id}} #\\\n"};
  const auto wanted = std::array{net::wanted_item{14, net::item_kind::variation}};
  const auto body = asked{net::items_by_id_body(wanted, slugs)};
  BOOST_TEST(contains(body.query(), "query ItemsById($s0:ID!,$s1:ID!){"));
  BOOST_TEST(contains(body.query(), "s1:product(id:$s1,idType:SLUG){...P}"));
  BOOST_TEST(!contains(body.query(), "viewer"));
  BOOST_TEST(contains(body.query(), "fragment P"));
  BOOST_TEST(body.variable("/s0") == "\"tea\"");
  BOOST_TEST(body.variable("/s1") == R"("\"){viewer{id}} #\\\n")");
}

BOOST_AUTO_TEST_CASE(a_document_has_no_fragment_that_it_does_not_use) {
  const auto products = std::array{net::wanted_item{14, net::item_kind::product}};
  BOOST_TEST(!contains(net::items_by_id_body(products), "fragment S"));
  const auto variations = std::array{net::wanted_item{14, net::item_kind::variation}};
  BOOST_TEST(!contains(net::items_by_id_body(variations), "fragment P"));
}

BOOST_AUTO_TEST_CASE(changes_are_asked_for_in_the_sites_time_with_the_first_second_included) {
  const auto body = asked{net::modified_since_body({noon, noon + 1min, 1h, false, ""})};
  BOOST_TEST(body.variable("/changed/dateQuery/after") == date(22, 12, 59, 59));
  BOOST_TEST(body.variable("/changed/dateQuery/column") == "\"MODIFIED\"");
  BOOST_TEST(body.variable("/changed/dateQuery/before") == "");
  BOOST_TEST(body.variable("/changed/contentTypes") == R"(["PRODUCT","PRODUCT_VARIATION"])");
  BOOST_TEST(body.variable("/changed/orderby") == R"([{"field":"DATE","order":"DESC"}])");
  BOOST_TEST(body.variable("/changed/stati") == "");
  BOOST_TEST(body.variable("/after") == "");
  const auto west = asked{net::modified_since_body({noon, noon + 1min, -12h - 30min, false, ""})};
  BOOST_TEST(west.variable("/changed/dateQuery/after") == date(21, 23, 29, 59));
}

BOOST_AUTO_TEST_CASE(an_hour_earlier_is_looked_at_for_a_clock_that_was_set_back) {
  const auto body = asked{net::modified_since_body({noon, noon + 90s, 1h, true, ""})};
  BOOST_TEST(body.variable("/look_back") == "true");
  BOOST_TEST(body.variable("/folded/dateQuery/after") == date(22, 11, 59, 59));
  BOOST_TEST(body.variable("/folded/dateQuery/before") == date(22, 12, 2, 30));
  BOOST_TEST(body.variable("/folded/stati") == body.variable("/changed/stati"));
  // After a long time down, what lies behind `since` is in the first list anyway.
  const auto late = asked{net::modified_since_body({noon, noon + 48h, 1h, false, ""})};
  BOOST_TEST(late.variable("/folded/dateQuery/before") == date(22, 13, 0, 0));
}

BOOST_AUTO_TEST_CASE(further_pages_look_back_no_more) {
  const auto body = asked{net::modified_since_body({noon, noon + 1min, 1h, false, "Y3Vy\"c29y"})};
  BOOST_TEST(body.variable("/after") == R"("Y3Vy\"c29y")");
  BOOST_TEST(body.variable("/look_back") == "false");
  BOOST_TEST(body.variable("/folded") == "");
}

BOOST_AUTO_TEST_CASE(who_is_signed_in_asks_for_what_is_not_published_too) {
  const auto body = asked{net::modified_since_body({noon, noon + 1min, 1h, true, ""})};
  BOOST_TEST(body.variable("/changed/stati") ==
             R"(["PUBLISH","DRAFT","PENDING","PRIVATE","FUTURE","TRASH"])");
}

BOOST_AUTO_TEST_CASE(the_catalog_is_paged_by_date) {
  const auto first = asked{net::catalog_page_body("")};
  BOOST_TEST(contains(first.query(), "orderby:[{field:DATE,order:DESC}]"));
  BOOST_TEST(first.variable("/after") == "");
  BOOST_TEST(asked{net::catalog_page_body("abc")}.variable("/after") == "\"abc\"");
}

BOOST_AUTO_TEST_CASE(more_variations_are_asked_for_behind_their_cursor) {
  const auto body = asked{net::more_variations_body(139, "abc")};
  BOOST_TEST(body.variable("/id") == "\"139\"");
  BOOST_TEST(body.variable("/after") == "\"abc\"");
}

BOOST_AUTO_TEST_CASE(no_list_is_paged_in_menu_order) {
  const auto wanted = std::array{net::wanted_item{14, {}}};
  for (const auto& body :
       {net::items_by_id_body(wanted), net::more_variations_body(1, "x"),
        net::catalog_page_body("x"), net::modified_since_body({noon, noon, 1h, false, "x"})}) {
    const auto query = asked{body}.query();
    for (auto at = query.find("variations("); at != std::string::npos;
         at = query.find("variations(", at + 1))
      BOOST_TEST(contains(query.substr(at, 90), "orderby:[{field:DATE,order:DESC}]"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
