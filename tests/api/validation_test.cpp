// Cart validation over a real listener; the rules themselves are tests/stock's.
#include "served_api.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace ankkor;
using namespace ankkor::api;
using namespace ankkor::api::testing;

namespace {

struct cart_example : served_api {
  cart_example() {
    auto mug = product_of(some_item(34, 5));
    add_variation(mug, 35);
    add_variation(mug, 36);
    engine.publish(mug);
    engine.publish(product_of(some_item(40, 2)));
    auto late = some_item(41, 1);
    late.stock.backorder = stock::backorders::notify;
    engine.publish(product_of(late));
  }

  [[nodiscard]] raw_answer check(const std::string& items) const {
    return send("POST", "/api/stock/validate", {{"Content-Type", "application/json"}},
                R"({"items":)" + items + "}");
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_validation)

BOOST_AUTO_TEST_CASE(each_line_is_answered_in_its_order_with_what_was_asked) {
  const auto run = cart_example{};
  const auto answer = run.check(
    R"([{"productId":40,"quantity":2},{"productId":"34","variationId":"35","quantity":3}])");
  BOOST_TEST(answer.status == 200U);
  BOOST_TEST(answer.field("cache-control") == "no-store");
  BOOST_TEST(answer.body ==
             R"({"valid":true,"items":[{"productId":40,"variationId":null,"quantity":2,)"
             R"("available":true,"reason":null,"stockStatus":"instock","stockQuantity":2,)"
             R"("availableQuantity":2},{"productId":"34","variationId":"35","quantity":3,)"
             R"("available":true,"reason":null,"stockStatus":"instock","stockQuantity":5,)"
             R"("availableQuantity":5}]})");
}

BOOST_AUTO_TEST_CASE(lines_of_one_stock_add_up) {
  const auto run = cart_example{};
  const auto answer = run.check(R"([{"productId":34,"variationId":35,"quantity":3},)"
                                R"({"productId":34,"variationId":36,"quantity":3},)"
                                R"({"productId":40,"variationId":0,"quantity":1},)"
                                R"({"productId":40,"variationId":null,"quantity":1},)"
                                R"({"productId":40,"quantity":1}])");
  BOOST_TEST(answer.at("/valid") == "false");
  BOOST_TEST(answer.at("/items/0/available") == "true");
  BOOST_TEST(answer.at("/items/1/available") == "false");
  BOOST_TEST(answer.at("/items/1/reason") == "insufficient_stock");
  BOOST_TEST(answer.at("/items/1/availableQuantity") == "2");
  BOOST_TEST(answer.at("/items/3/available") == "true");
  BOOST_TEST(answer.at("/items/4/reason") == "insufficient_stock");
  BOOST_TEST(answer.at("/items/4/availableQuantity") == "0");
}

BOOST_AUTO_TEST_CASE(a_backorder_is_available_and_says_so) {
  const auto run = cart_example{};
  const auto answer = run.check(R"([{"productId":41,"quantity":9}])");
  BOOST_TEST(answer.at("/valid") == "true");
  BOOST_TEST(answer.at("/items/0/available") == "true");
  BOOST_TEST(answer.at("/items/0/reason") == "backorder");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_together_is_not_found) {
  auto run = cart_example{};
  run.engine.answer_reads_with({actors::read_outcome::absent, 0, {}});
  const auto answer = run.check(R"([{"productId":40,"variationId":35,"quantity":1},)"
                                R"({"productId":99,"quantity":1},{"productId":34,"quantity":1}])");
  BOOST_TEST(answer.at("/valid") == "false");
  BOOST_TEST(answer.at("/items/0/reason") == "not_found");
  BOOST_TEST(answer.at("/items/1/reason") == "not_found");
  BOOST_TEST(answer.at("/items/1/stockStatus") == "null");
  BOOST_TEST(answer.at("/items/2/reason") == "variation_required");
}

BOOST_AUTO_TEST_CASE(what_is_not_held_is_read_once_for_all_its_lines) {
  auto run = cart_example{};
  auto answer = raw_answer{};
  auto asking = std::thread{[&] {
    answer = run.check(R"([{"productId":50,"quantity":1},{"productId":51,"quantity":1},)"
                       R"({"productId":50,"quantity":1}])");
  }};
  const auto reads = run.engine.take_reads(2);
  BOOST_TEST(reads.size() == 2U);
  run.engine.publish(product_of(some_item(50, 1)));
  reads[0].done({actors::read_outcome::held, 50, {}});
  reads[1].done({actors::read_outcome::unavailable, 0, std::chrono::seconds{1}});
  asking.join();
  BOOST_TEST(answer.at("/items/0/available") == "true");
  BOOST_TEST(answer.at("/items/1/reason") == "unavailable");
  BOOST_TEST(answer.at("/items/2/reason") == "insufficient_stock");
}

BOOST_AUTO_TEST_CASE(what_is_no_cart_is_refused_with_the_reason) {
  const auto run = cart_example{};
  const auto status = [&](std::string_view body) {
    const auto answer = run.send("POST", "/api/stock/validate", {}, body);
    BOOST_TEST(!answer.at("/error/message").empty(), body);
    return answer.status;
  };
  for (const auto* body : {"",
                           "{",
                           "[]",
                           "{}",
                           R"({"items":{}})",
                           R"({"items":[]} x)",
                           R"({"items":[1]})",
                           R"({"items":[{}]})",
                           R"({"items":[{"productId":1}]})",
                           R"({"items":[{"quantity":1}]})",
                           R"({"items":[{"productId":0,"quantity":1}]})",
                           R"({"items":[{"productId":-1,"quantity":1}]})",
                           R"({"items":[{"productId":1.5,"quantity":1}]})",
                           R"({"items":[{"productId":"x","quantity":1}]})",
                           R"({"items":[{"productId":"","quantity":1}]})",
                           R"({"items":[{"productId":9223372036854775808,"quantity":1}]})",
                           R"({"items":[{"productId":1,"variationId":"a","quantity":1}]})",
                           R"({"items":[{"productId":1,"variationId":[],"quantity":1}]})",
                           R"({"items":[{"productId":1,"quantity":0}]})",
                           R"({"items":[{"productId":1,"quantity":1.5}]})",
                           R"({"items":[{"productId":1,"quantity":"1"}]})",
                           R"({"items":[{"productId":1,"quantity":1000000001}]})"})
    BOOST_TEST(status(body) == 400U, body);
  auto lines = std::string{R"({"productId":40,"quantity":1})"};
  for (int more = 1; more < 200; ++more)
    lines += R"(,{"productId":40,"quantity":1})";
  BOOST_TEST(run.check("[" + lines + "]").status == 200U);
  BOOST_TEST(status(R"({"items":[)" + lines + R"(,{"productId":40,"quantity":1}]})") == 413U);
  BOOST_TEST(status(R"({"items":[],"more":")" + std::string(65'536, 'a') + R"("})") == 413U);
  BOOST_TEST(run.check("[]").body == R"({"valid":true,"items":[]})");
  const auto read = run.read("/api/stock/validate");
  BOOST_TEST(read.status == 405U);
  BOOST_TEST(read.field("allow") == "POST, OPTIONS");
}

BOOST_AUTO_TEST_SUITE_END()
