// REST's list of products by date, against what a real shop answered and what none should.
#include "net/woocommerce/product_list.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

using namespace ankkor;
using namespace std::chrono_literals;
using net::answer_kind;
using net::listed_status;

namespace {

const auto today =
  std::chrono::system_clock::time_point{std::chrono::sys_days{std::chrono::year_month_day{
    std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{22}}}};

auto read(unsigned status, const std::string& body,
          std::vector<std::pair<std::string, std::string>> fields = {}) {
  static auto reader = net::product_list_reader{};
  constexpr std::size_t padding = 64; // simdjson's
  auto response = net::client_response{};
  response.status = status;
  response.fields = std::move(fields);
  response.body.reserve(body.size() + padding);
  response.body = body;
  return reader.read(response, today);
}

// A recorded answer: its status, and its body, which the file ends with.
auto read_recorded(const std::string& name) {
  auto file = std::ifstream{std::string{ANKKOR_RECORDINGS} + "/rest/" + name + ".json"};
  const auto text = std::string{std::istreambuf_iterator<char>{file}, {}};
  const auto number = text.find("\"status\": ");
  const auto body = text.find("\"response\": ");
  BOOST_TEST_REQUIRE((number != std::string::npos && body != std::string::npos));
  const auto begin = body + std::string_view{"\"response\": "}.size();
  auto answer = text.substr(begin, text.rfind('}') - begin);
  // Long lists were shortened when they were recorded: a text says how long they were.
  if (const auto cut = answer.find("\"... "); cut != std::string::npos)
    answer = answer.substr(0, answer.rfind(',', cut)) + "]";
  return read(static_cast<unsigned>(std::stoul(text.substr(number + 10, 3))), answer);
}

stock::store_time at(std::string_view text) {
  return stock::store_time{std::chrono::sys_days{std::chrono::year_month_day{
           std::chrono::year{2026}, std::chrono::month{11}, std::chrono::day{22}}}} +
         std::chrono::hours{std::stoi(std::string{text.substr(0, 2)})} +
         std::chrono::minutes{std::stoi(std::string{text.substr(3, 2)})} +
         std::chrono::seconds{std::stoi(std::string{text.substr(6, 2)})};
}

} // namespace

BOOST_AUTO_TEST_SUITE(product_list)

BOOST_AUTO_TEST_CASE(it_is_asked_for_in_utc_and_with_the_fields_that_are_needed) {
  BOOST_TEST(net::product_list_target("/shop/wp-json/wc/v3/products",
                                      {listed_status::any, at("16:05:09"), 1}) ==
             "/shop/wp-json/wc/v3/products?per_page=100&orderby=modified&order=asc"
             "&dates_are_gmt=true&_fields=id,status,date_modified_gmt"
             "&modified_after=2026-11-22T16:05:09");
  const auto third = net::product_list_target("/p", {listed_status::trash, at("00:00:00"), 3});
  BOOST_TEST(third.ends_with("&modified_after=2026-11-22T00:00:00&status=trash&page=3"));
}

BOOST_AUTO_TEST_CASE(a_recorded_list_is_read_whatever_else_is_in_it) {
  const auto list = read_recorded("products-page1");
  BOOST_TEST_REQUIRE(static_cast<bool>(list));
  BOOST_TEST_REQUIRE(list->size() == 5U);
  BOOST_TEST((*list)[0].id == 215U);
  BOOST_TEST((*list)[0].published);
  BOOST_TEST(((*list)[0].modified == at("16:45:17")));
  const auto end = read_recorded("products-page3-past-end");
  BOOST_TEST_REQUIRE(static_cast<bool>(end));
  BOOST_TEST(end->empty());
}

BOOST_AUTO_TEST_CASE(what_is_in_the_trash_or_a_draft_is_not_published) {
  const auto list =
    read(200, R"([{"id":1,"status":"publish","date_modified_gmt":"2026-11-22T16:36:11"},)"
              R"({"status":"draft","date_modified_gmt":"2026-11-22T16:36:12","id":2},)"
              R"({"id":3,"date_modified_gmt":"2026-11-22T16:36:13","status":"trash"}])");
  BOOST_TEST_REQUIRE(static_cast<bool>(list));
  BOOST_TEST_REQUIRE(list->size() == 3U);
  BOOST_TEST((*list)[0].published);
  BOOST_TEST(!(*list)[1].published);
  BOOST_TEST(!(*list)[2].published);
  BOOST_TEST((*list)[2].id == 3U);
  BOOST_TEST(((*list)[1].modified == at("16:36:12")));
}

BOOST_AUTO_TEST_CASE(refusals_need_a_person_and_say_what_to_mend) {
  for (const auto* name : {"auth-bad-secret", "auth-bad", "auth-none", "auth-http-no-tls"}) {
    const auto refused = read_recorded(name);
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST_REQUIRE(!refused);
      BOOST_TEST((refused.failure().kind == answer_kind::permanent));
      BOOST_TEST(refused.failure().what.mend.find("WOOCOMMERCE_CONSUMER_KEY") != std::string::npos);
    }
  }
  const auto missing = read(404, R"({"code":"rest_no_route"})");
  BOOST_TEST_REQUIRE(!missing);
  BOOST_TEST((missing.failure().what.code == errc::not_found));
  BOOST_TEST((read(301, "").failure().kind == answer_kind::permanent));
}

BOOST_AUTO_TEST_CASE(what_may_be_over_later_is_told_from_that) {
  const auto busy = read(429, "", {{"retry-after", "7"}});
  BOOST_TEST_REQUIRE(!busy);
  BOOST_TEST((busy.failure().kind == answer_kind::transient));
  BOOST_TEST((busy.failure().retry_after == 7s));
  BOOST_TEST((read(503, "<html>").failure().kind == answer_kind::transient));
}

BOOST_AUTO_TEST_CASE(a_part_of_a_list_is_none) {
  const auto whole =
    std::string{R"([{"id":1,"status":"publish","date_modified_gmt":"2026-11-22T16:36:11"},)"
                R"({"id":2,"status":"draft","date_modified_gmt":"2026-11-22T16:36:12"}])"};
  BOOST_TEST(static_cast<bool>(read(200, whole)));
  for (std::size_t size = 0; size != whole.size(); ++size) {
    const auto cut = read(200, whole.substr(0, size));
    BOOST_TEST_REQUIRE(!cut, "taken when cut after " << size);
    BOOST_TEST((cut.failure().kind == answer_kind::transient));
  }
  for (const auto* body :
       {"<html></html>", "{}", "[1]", R"([{"id":1,"status":"publish"}])",
        R"([{"id":"x","status":"publish","date_modified_gmt":"2026-11-22T16:36:11"}])",
        R"([{"id":1,"status":7,"date_modified_gmt":"2026-11-22T16:36:11"}])",
        R"([{"id":1,"status":"publish","date_modified_gmt":"yesterday"}])", "[] []", "[],"})
    BOOST_TEST(!read(200, body), body);
}

BOOST_AUTO_TEST_SUITE_END()
