// The checkers of the chaos runs by themselves: each is shown a history in which its promise is
// kept and others in which it is broken.
#include "base/clock.hpp"
#include "outside_checkers.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

using namespace ankkor;
using namespace ankkor::chaos;

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

testing::raw_answer answer(unsigned status, std::string body = {}) {
  return {status, {}, std::move(body)};
}

// A shop with one product that has so many pieces, under ID 34.
struct tea_shop {
  explicit tea_shop(std::int64_t quantity) {
    shop.with_catalog([&](emulator::catalog& goods) {
      auto what = emulator::new_item{};
      what.id = tea;
      what.name = "Tea";
      what.manages_stock = true;
      what.quantity = quantity;
      goods.seed_product(what, wall_clock() - 1h);
    });
  }

  static constexpr post_id tea = 34;
  emulator::store shop{emulator::store_settings{}};
};

constexpr auto seven_in_stock =
  R"("stockStatus":"instock","stockQuantity":7,"availableForSale":true)";
constexpr auto none_in_stock =
  R"("stockStatus":"outofstock","stockQuantity":0,"availableForSale":false)";

// A daemon that holds this of product 34 and nothing else.
admin_answers holds(std::string stock, std::string history = "") {
  return [body = R"({"id":34,"stock":)" + std::move(stock) + R"(,"history":[)" +
                 std::move(history) + "]}"](const std::string& target) {
    return target == "/admin/products/34" ? answer(200, body) : answer(404);
  };
}

std::string held(const char* stock) {
  return std::string{"{"} + stock + R"(,"variations":[]})";
}

// A line of the history: from one quantity to another, some seconds ago.
std::string change(std::chrono::seconds ago, int before, int after,
                   const char* status = "publish") {
  const auto at = std::chrono::system_clock::now() - ago;
  return fmt::format(
    R"({{"item":34,"at":"{:%Y-%m-%dT%H:%M:%S}.000Z","before":{{"status":"{}","stockQuantity":{}}},)"
    R"("after":{{"status":"{}","stockQuantity":{}}}}})",
    fmt::gmtime(std::chrono::system_clock::to_time_t(at)), status, before, status, after);
}

testing::storefront_call call(std::chrono::seconds ago, const char* tag, unsigned answered = 200) {
  auto made = testing::storefront_call{};
  made.tags = {"category-drinks", tag};
  made.answered = answered;
  made.at = steady::now() - ago;
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(outside_checkers)

BOOST_AUTO_TEST_CASE(a_reader_who_sees_what_was_before_what_he_saw_is_noticed) {
  auto history = shop_history{};
  for (const auto* state : {"7", "6", "5", "6"})
    history.shop_is(34, state);
  auto reader = shop_history::reader{};
  BOOST_TEST(history.sees(reader, 34, "7"));
  BOOST_TEST(history.sees(reader, 34, "5")); // he needn't see each
  BOOST_TEST(history.sees(reader, 34, "5"));
  BOOST_TEST(!history.sees(reader, 34, "7"));
  BOOST_TEST(history.sees(reader, 34, "6")); // it did come again
  BOOST_TEST(!history.sees(reader, 34, "5"));
  auto another = shop_history::reader{};
  BOOST_TEST(history.sees(another, 34, "7"));
}

BOOST_AUTO_TEST_CASE(a_reader_who_sees_what_never_was_is_noticed) {
  auto history = shop_history{};
  history.shop_is(34, "7");
  history.shop_is(35, "8");
  auto reader = shop_history::reader{};
  BOOST_TEST(!history.sees(reader, 34, "8"));
  BOOST_TEST(!history.sees(reader, 36, "7"));
  BOOST_TEST(history.sees(reader, 34, "7"));
}

BOOST_AUTO_TEST_CASE(what_a_shopper_sees_is_the_same_text_from_the_shop_an_answer_and_an_event) {
  const auto shop = tea_shop{7};
  const auto all = shop.shop.truth();
  const auto body = held(seven_in_stock);
  BOOST_TEST(shown(all.at(0).self) == shown(answer(200, body)));
  BOOST_TEST(shown(all.at(0).self) == shown_by_event(body));
  BOOST_TEST(shown(all.at(0).self) != shown(answer(200, held(none_in_stock))));
  BOOST_TEST(shown(answer(404)) == shown(emulator::public_item{})); // unpublished
  BOOST_TEST(shown(answer(503)) == "");
}

BOOST_AUTO_TEST_CASE(a_streams_number_that_goes_back_is_noticed) {
  auto numbers = stream_numbers{};
  BOOST_TEST(numbers.got(0) == "");
  BOOST_TEST(numbers.got(5) == "");
  BOOST_TEST(numbers.got(5) == "");
  BOOST_TEST(numbers.got(9) == "");
  BOOST_TEST(numbers.last() == 9U);
  BOOST_TEST(numbers.got(8) != "");
}

BOOST_AUTO_TEST_CASE(one_request_more_than_the_budget_allows_is_noticed_in_any_window) {
  constexpr auto request = "POST /graphql HTTP/1.1\r\nHost: shop\r\n\r\n";
  const auto begin = steady::now();
  auto kept = request_counter{};
  for (int at = 0; at < 3; ++at)
    kept.heard(request, begin);
  for (int at = 1; at < 20; ++at)
    kept.heard(request, begin + at * 500ms);
  BOOST_TEST(kept.count() == 22U);
  BOOST_TEST(kept.check(2, 3) == "");
  kept.heard("GET /wp-json/wc/v3/products HTTP/1.1\r\n\r\n", begin + 9'600ms);
  BOOST_TEST(kept.check(2, 3) != "");
  auto at_once = request_counter{};
  at_once.heard(std::string{request} + request + request + request, begin);
  BOOST_TEST(at_once.check(2, 3) != "");
}

BOOST_AUTO_TEST_CASE(a_copy_that_differs_from_the_shop_is_noticed) {
  const auto shop = tea_shop{7};
  BOOST_TEST(check_equal(shop.shop, holds(held(seven_in_stock)), false) == "");
  BOOST_TEST(check_equal(shop.shop, holds(held(none_in_stock)), false) != "");
  BOOST_TEST(check_equal(shop.shop, holds("null"), false) != "");
  const auto nothing = [](const std::string&) { return answer(404); };
  BOOST_TEST(check_equal(shop.shop, nothing, false) != "");
  const auto variation =
    std::string{"{"} + seven_in_stock + R"(,"variations":[{"id":35,)" + seven_in_stock + "}]}";
  BOOST_TEST(check_equal(shop.shop, holds(variation), false) != "");
}

BOOST_AUTO_TEST_CASE(a_copy_that_still_shows_what_was_unpublished_is_noticed_after_a_full_pass) {
  auto shop = tea_shop{7};
  shop.shop.with_catalog([](emulator::catalog& goods) {
    auto what = emulator::item_change{};
    what.status = emulator::post_status::draft;
    goods.edit(tea_shop::tea, what, wall_clock());
  });
  const auto shows_it = holds(held(seven_in_stock));
  BOOST_TEST(check_equal(shop.shop, shows_it, true) == "");
  BOOST_TEST(check_equal(shop.shop, shows_it, false) != "");
  BOOST_TEST(check_equal(shop.shop, holds("null"), false) == "");
}

BOOST_AUTO_TEST_CASE(a_change_that_no_call_told_of_is_noticed) {
  const auto shop = tea_shop{7};
  const auto load = change(60s, 0, 9);
  const auto daemon = holds(held(seven_in_stock), change(20s, 9, 7) + "," + load);
  const auto told = [&](std::vector<testing::storefront_call> calls) {
    return check_told(shop.shop, daemon, calls);
  };
  BOOST_TEST(told({call(10s, "product-34")}) == "");
  BOOST_TEST(told({}) != "");
  BOOST_TEST(told({call(30s, "product-34")}) != "");      // of what was before
  BOOST_TEST(told({call(10s, "product-345")}) != "");     // of another
  BOOST_TEST(told({call(10s, "product-34", 500)}) != ""); // it didn't take it
  BOOST_TEST(told({call(10s, "product-34", 500), call(9s, "product-34")}) == "");
}

BOOST_AUTO_TEST_CASE(what_no_page_shows_need_not_be_told) {
  const auto shop = tea_shop{7};
  const auto check = [&](const std::string& history) {
    return check_told(shop.shop, holds(held(seven_in_stock), history), {});
  };
  const auto load = change(60s, 0, 7);
  BOOST_TEST(check(load) == "");
  BOOST_TEST(check(change(20s, 7, 7) + "," + load) == ""); // a line without a visible change
  BOOST_TEST(check(change(20s, 7, 6, "draft") + "," + load) == "");
  BOOST_TEST(check(change(10s, 7, 7) + "," + change(20s, 6, 7) + "," + load) != "");
  BOOST_TEST(check(R"({"item":34,"at":"?","before":{"status":"publish"},"after":{}},)" + load) !=
             "");
}

BOOST_AUTO_TEST_CASE(an_answered_delivery_that_is_not_held_is_noticed) {
  const auto daemon = [](const std::string& target) {
    return target.starts_with("/admin/deliveries")
             ? answer(200, R"({"deliveries":[{"id":"ab12"},{"id":"cd345"}]})")
             : answer(404);
  };
  BOOST_TEST(check_deliveries({}, daemon) == "");
  BOOST_TEST(check_deliveries({"ab12", "cd345"}, daemon) == "");
  BOOST_TEST(check_deliveries({"ab12", "cd34"}, daemon) != "");
  BOOST_TEST(check_deliveries({"ab12"}, [](const std::string&) { return answer(0); }) != "");
}

BOOST_AUTO_TEST_CASE(a_job_that_stays_in_the_outbox_is_noticed) {
  const auto says = [](const char* body) {
    return check_outbox([body](const std::string&) { return answer(200, body); });
  };
  BOOST_TEST(says(R"({"outbox":[]})") == "");
  BOOST_TEST(says(R"({"outbox":[{"target":"next","product":34}]})") != "");
  BOOST_TEST(says("") != "");
}

BOOST_AUTO_TEST_CASE(a_mirror_that_lacks_or_keeps_something_is_noticed) {
  BOOST_TEST(check_mirrored(answer(200, "{7}"), "{7}") == "");
  BOOST_TEST(check_mirrored(answer(200, "{7}"), "{6}") != "");
  BOOST_TEST(check_mirrored(answer(200, "{7}"), "") != "");
  BOOST_TEST(check_mirrored(answer(404, "{}"), "") == "");
  BOOST_TEST(check_mirrored(answer(404, "{}"), "{7}") != "");
}

BOOST_AUTO_TEST_CASE(a_process_that_grows_out_of_its_bounds_is_noticed) {
  BOOST_TEST(check_bounds({200, 512 * 1024}) == "");
  BOOST_TEST(check_bounds({201, 1'000}) != "");
  BOOST_TEST(check_bounds({40, 512 * 1024 + 1}) != "");
  BOOST_TEST(check_bounds(footprint_of(0)) != ""); // there is no such process
}

BOOST_AUTO_TEST_CASE(what_a_process_has_open_and_in_memory_is_counted) {
  const auto before = footprint_of(::getpid());
  BOOST_TEST(check_bounds(before) == "");
  auto opened = std::vector<int>{};
  for (int at = 0; at < 250; ++at)
    opened.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  constexpr std::size_t some_memory = 64 << 20U;
  const auto written = std::string(some_memory, 'x');
  const auto after = footprint_of(::getpid());
  BOOST_TEST(after.descriptors == before.descriptors + opened.size());
  BOOST_TEST(after.memory_kib > before.memory_kib + written.size() / 1024 / 2);
  BOOST_TEST(check_bounds(after) != "");
  for (const auto each : opened)
    ::close(each);
  BOOST_TEST(footprint_of(::getpid()).descriptors == before.descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
