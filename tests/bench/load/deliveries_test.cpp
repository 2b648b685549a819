// What the load loop sends: deliveries that the daemon's own reader verifies and understands.
#include "bench/load/deliveries.hpp"
#include "net/woocommerce_rest.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ankkor;

constexpr auto recorded = ANKKOR_RECORDINGS "/webhooks/008-stock-rest-put.json";

load::delivery_maker make_deliveries() {
  const auto body = load::read_body(recorded);
  BOOST_REQUIRE(body.ok());
  auto made = load::delivery_maker::from(*body, "secret", "127.0.0.1:1", 7);
  BOOST_REQUIRE(made.ok());
  return *made;
}

std::string field(const std::string& request, const std::string& name) {
  const auto begin = request.find("\r\n" + name + ": ");
  BOOST_REQUIRE(begin != std::string::npos);
  const auto value = begin + name.size() + 4;
  return request.substr(value, request.find("\r\n", value) - value);
}

stock::item read_item(const std::string& request) {
  auto body = request.substr(request.find("\r\n\r\n") + 4);
  const auto size = body.size();
  BOOST_TEST(field(request, "Content-Length") == std::to_string(size));
  auto checker = net::signature_checker{{"secret"}};
  BOOST_TEST(checker.check(body, field(request, "X-WC-Webhook-Signature")).has_value());
  body.append(64, ' ');
  auto reader = net::payload_reader{};
  auto read = reader.read(net::topic_kind::product, std::string_view{body}.substr(0, size));
  BOOST_REQUIRE(read.ok());
  BOOST_REQUIRE(std::holds_alternative<stock::item>(*read));
  return std::get<stock::item>(*read);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_delivery_is_signed_and_brings_the_state_it_is_given) {
  auto deliveries = make_deliveries();
  const auto modified = stock::store_time{std::chrono::seconds{1'764'000'000}};
  auto request = std::string{};
  for (const auto& state :
       {load::product_state{1, 5, modified}, {1'000'000, 0, modified + std::chrono::seconds{1}}}) {
    deliveries.make(state, request);
    const auto item = read_item(request);
    BOOST_TEST(item.id == state.id);
    BOOST_TEST(item.stock.quantity.value() == state.quantity);
    BOOST_TEST((item.modified == state.modified));
  }
}

BOOST_AUTO_TEST_CASE(no_two_deliveries_have_one_id) {
  auto deliveries = make_deliveries();
  auto first = std::string{};
  auto second = std::string{};
  deliveries.make({1, 5, {}}, first);
  deliveries.make({1, 5, {}}, second);
  BOOST_TEST(field(first, "X-WC-Webhook-Delivery-ID") != field(second, "X-WC-Webhook-Delivery-ID"));
  BOOST_TEST(field(first, "X-WC-Webhook-Delivery-ID").size() == 32U);
}

BOOST_AUTO_TEST_CASE(a_body_without_managed_stock_is_refused) {
  const auto made = load::delivery_maker::from(
    R"({"id":1,"date_modified":"x","date_modified_gmt":"x","stock_quantity":null})", "secret", "h",
    7);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST(made.failure().message.find("stock_quantity") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_there_or_is_no_json_is_refused) {
  BOOST_TEST(!load::read_body(ANKKOR_RECORDINGS "/nothing.json").ok());
  BOOST_TEST(!load::read_body(ANKKOR_SOURCE_DIR "/CMakeLists.txt").ok());
}
