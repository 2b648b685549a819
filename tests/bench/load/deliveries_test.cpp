// What the load generator sends: deliveries that the daemon's own reader verifies and understands.
#include "bench/load/deliveries.hpp"
#include "net/woocommerce/payload.hpp"

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

BOOST_AUTO_TEST_CASE(each_product_has_a_slug_of_its_own) {
  auto deliveries = make_deliveries();
  auto request = std::string{};
  deliveries.make({12, 5, {}}, request);
  const auto item = read_item(request);
  BOOST_TEST(item.slug == "simple-product-12");
  BOOST_TEST(item.sku == "SIM-12");
  BOOST_TEST(item.categories.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_repeated_delivery_has_the_same_bytes) {
  auto deliveries = make_deliveries();
  auto first = std::string{};
  auto again = std::string{};
  deliveries.make({1, 5, {}}, first);
  const auto number = deliveries.last_number();
  deliveries.make({2, 6, {}}, again);
  BOOST_TEST(again != first);
  deliveries.repeat({1, 5, {}}, number, again);
  BOOST_TEST(again == first);
}

BOOST_AUTO_TEST_CASE(a_forged_delivery_is_well_formed_and_signed_wrong) {
  auto deliveries = make_deliveries();
  auto request = std::string{};
  deliveries.forge({1, 5, {}}, request);
  const auto signature = field(request, "X-WC-Webhook-Signature");
  BOOST_TEST(signature.size() == 44U);
  auto checker = net::signature_checker{{"secret"}};
  BOOST_TEST(!checker.check(deliveries.last_body(), signature).has_value());
  BOOST_TEST(checker.check("", signature).has_value());
}

BOOST_AUTO_TEST_CASE(a_signature_can_be_written_in_hexadecimal_digits) {
  auto deliveries = make_deliveries();
  auto request = std::string{};
  deliveries.sign_in_hex();
  // HMAC-SHA256 of nothing with the key "secret", as `openssl dgst -sha256 -hmac secret` has it.
  deliveries.forge({1, 5, {}}, request);
  BOOST_TEST(field(request, "X-WC-Webhook-Signature") ==
             "f9e66e179b6747ae54108f82f8ade8b3c25d76fd30afde6c395822c530196169");
}

BOOST_AUTO_TEST_CASE(a_padded_body_has_the_wanted_size_and_is_read_as_before) {
  const auto body = load::read_body(recorded);
  BOOST_REQUIRE(body.ok());
  BOOST_TEST(load::padded(*body, 100) == *body);
  for (const std::size_t size : {6'000U, 32'000U}) {
    const auto longer = load::padded(*body, size);
    BOOST_TEST(longer.size() == size);
    auto made = load::delivery_maker::from(longer, "secret", "h", 7);
    BOOST_REQUIRE(made.ok());
    auto request = std::string{};
    made->make({3, 9, {}}, request);
    BOOST_TEST(read_item(request).stock.quantity.value() == 9);
  }
}

BOOST_AUTO_TEST_CASE(a_body_without_managed_stock_is_refused) {
  const auto made = load::delivery_maker::from(
    R"({"id":1,"slug":"s","sku":"k","date_modified":"x","date_modified_gmt":"x","stock_quantity":null})",
    "secret", "h", 7);
  BOOST_REQUIRE(!made.ok());
  BOOST_TEST(made.failure().message.find("stock_quantity") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_there_or_is_no_json_is_refused) {
  BOOST_TEST(!load::read_body(ANKKOR_RECORDINGS "/nothing.json").ok());
  BOOST_TEST(!load::read_body(ANKKOR_SOURCE_DIR "/CMakeLists.txt").ok());
}
