// How each kind of revalidation target is called, byte for byte.
#include "net/targets/purge_formats.hpp"
#include "net/woocommerce/signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::net;
using config::target_format;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

const fields json_fields{{"Content-Type", "application/json"}, {"Accept", "application/json"}};

client_request call_of(target_format format, const purge& what,
                       const std::string& secret = "canary", bool soft = false) {
  auto target = config::revalidate_target{};
  target.format = format;
  target.secret = secret;
  target.soft = soft;
  return purge_call(target, parse_url("https://cdn.example/purge?x=1").value(), what);
}

fields with(fields more) {
  auto all = json_fields;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const purge two_tags{"c-1", {"category-drinks", "product-34"}, {"/product/tea"}, "", {}};

stock::product tea(stock::publication status = stock::publication::published) {
  auto held = stock::product{};
  held.id = 34;
  held.version = 812;
  held.changed = stock::moment{std::chrono::seconds{1'000'000'000}};
  held.self.emplace();
  held.self->value.id = 34;
  held.self->value.slug = "tea";
  held.self->value.status = status;
  held.self->value.price = {"4", "4", ""};
  held.self->value.stock = {stock::stock_management::own, 7, stock::stock_status::in_stock,
                            stock::backorders::no};
  held.self->value.modified = stock::store_time{std::chrono::seconds{999'999'999}};
  return held;
}

} // namespace

BOOST_AUTO_TEST_SUITE(purge_formats)

BOOST_AUTO_TEST_CASE(next_is_told_tags_and_paths_with_a_bearer) {
  const auto call = call_of(target_format::next, two_tags);
  BOOST_TEST(call.method == "POST");
  BOOST_TEST(call.where.target == "/purge?x=1");
  BOOST_TEST((call.fields == with({{"Authorization", "Bearer canary"}})));
  BOOST_TEST(call.body ==
             R"({"id":"c-1","tags":["category-drinks","product-34"],"paths":["/product/tea"]})");
}

BOOST_AUTO_TEST_CASE(ankkor_is_told_one_handle) {
  const auto call = call_of(target_format::ankkor, {"c-1", {"product-tea"}, {}, "", {}}, "");
  BOOST_TEST(call.method == "POST");
  BOOST_TEST((call.fields == json_fields));
  BOOST_TEST(call.body == R"({"type":"product","handle":"tea"})");
  const auto guarded = call_of(target_format::ankkor, {"c-1", {"product-tea"}, {}, "", {}});
  BOOST_TEST((guarded.fields == with({{"Authorization", "Bearer canary"}})));
}

BOOST_AUTO_TEST_CASE(ankkor_needs_the_slugs_of_a_product_old_and_new) {
  using texts = std::vector<std::string>;
  const auto of = [](texts tags) { return tags_for(target_format::ankkor, 34, std::move(tags)); };
  BOOST_TEST((of({"category-tea", "product-34", "product-new", "product-old"}) ==
              texts{"product-new", "product-old"}));
  BOOST_TEST((of({"product-34"}) == texts{"product-34"})); // nothing is known of it but its ID
  BOOST_TEST((tags_for(target_format::fastly, 34, {"category-tea", "product-34"}) ==
              texts{"category-tea", "product-34"}));
}

BOOST_AUTO_TEST_CASE(fastly_is_told_surrogate_keys_and_softly_if_set) {
  const auto call = call_of(target_format::fastly, two_tags);
  BOOST_TEST(call.method == "POST");
  BOOST_TEST((call.fields == with({{"Fastly-Key", "canary"}})));
  BOOST_TEST(call.body == R"({"surrogate_keys":["category-drinks","product-34"]})");
  const auto soft = call_of(target_format::fastly, two_tags, "canary", true);
  BOOST_TEST((soft.fields == with({{"Fastly-Key", "canary"}, {"Fastly-Soft-Purge", "1"}})));
}

BOOST_AUTO_TEST_CASE(cloudflare_and_vercel_are_told_tags_with_a_bearer) {
  for (const auto format : {target_format::cloudflare, target_format::vercel}) {
    const auto call = call_of(format, two_tags);
    BOOST_TEST(call.method == "POST");
    BOOST_TEST(call.where.target == "/purge?x=1"); // Vercel's project stands in the query
    BOOST_TEST((call.fields == with({{"Authorization", "Bearer canary"}})));
    BOOST_TEST(call.body == R"({"tags":["category-drinks","product-34"]})");
  }
}

BOOST_AUTO_TEST_CASE(varnish_is_told_keys_in_a_header) {
  const auto call = call_of(target_format::varnish, two_tags, "");
  BOOST_TEST(call.method == "PURGE");
  BOOST_TEST((call.fields == fields{{"xkey", "category-drinks product-34"}}));
  BOOST_TEST(call.body.empty());
}

// The example of the specification's own libraries: secret, id, time and body as they test them.
BOOST_AUTO_TEST_CASE(a_webhook_is_signed_as_standard_webhooks_say) {
  constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const auto sent = std::chrono::sys_seconds{std::chrono::seconds{1'614'265'330}};
  const auto body = std::string{R"({"test": 2432232314})"};
  BOOST_TEST(sign_standard_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", sent, body) ==
             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const auto call = call_of(target_format::webhook,
                            {"msg_p5jXN8AQM9LWM0D4loKWxJek", {"t"}, {}, body, sent}, secret);
  BOOST_TEST((call.fields ==
              with({{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                    {"webhook-timestamp", "1614265330"},
                    {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}})));
  BOOST_TEST(call.body == body);
}

// 32 bytes in base64 end in one "=", 25 bytes in two: neither may become part of the key.
BOOST_AUTO_TEST_CASE(padding_is_no_part_of_the_key) {
  const auto at = std::chrono::sys_seconds{};
  BOOST_TEST(sign_standard_webhook("whsec_" + std::string(43, 'A') + "=", "i", at, "b") ==
             "v1," + sign("i.0.b", std::string(32, '\0')));
  // HMAC pads keys with zeros, so a key must differ in more than those to show it.
  BOOST_TEST(sign_standard_webhook("whsec_" + std::string(33, '/') + "w==", "i", at, "b") ==
             "v1," + sign("i.0.b", std::string(25, '\xFF')));
}

BOOST_AUTO_TEST_CASE(a_change_is_told_with_the_products_newest_state) {
  const auto held = tea();
  BOOST_TEST(
    change_event(34, &held, {"product-34", "product-tea"}, {"/product/tea"},
                 std::chrono::sys_seconds{std::chrono::seconds{1'000'000'000}}) ==
    R"({"type":"product.updated","timestamp":"2001-09-09T01:46:40Z","data":{"id":34,"slug":"tea",)"
    R"("tags":["product-34","product-tea"],"paths":["/product/tea"],"stock":{"id":34,)"
    R"("type":"product","stockStatus":"instock","stockQuantity":7,"manageStock":true,)"
    R"("availableForSale":true,"variations":[],"lastUpdated":"2001-09-09T01:46:40Z",)"
    R"("modified":"2001-09-09T01:46:39Z","version":"812"}}})");
}

BOOST_AUTO_TEST_CASE(a_product_that_is_shown_no_more_is_told_as_removed) {
  const auto held = tea(stock::publication::draft);
  const auto at = std::chrono::sys_seconds{std::chrono::seconds{1'000'000'000}};
  BOOST_TEST(change_event(34, &held, {"product-34"}, {}, at) ==
             R"({"type":"product.removed","timestamp":"2001-09-09T01:46:40Z",)"
             R"("data":{"id":34,"slug":"tea","tags":["product-34"],"paths":[],"stock":null}})");
  BOOST_TEST(change_event(34, nullptr, {"product-34"}, {}, at) ==
             R"({"type":"product.removed","timestamp":"2001-09-09T01:46:40Z",)"
             R"("data":{"id":34,"slug":null,"tags":["product-34"],"paths":[],"stock":null}})");
}

BOOST_AUTO_TEST_SUITE_END()
