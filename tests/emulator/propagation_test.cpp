// How the demo measures the time from a change to the storefront's being told.
#include "emulator/propagation.hpp"
#include "tests/emulator/emulated_shop.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::emulator;
using namespace ankkor::emulator::test;
using namespace std::chrono_literals;

namespace {

constexpr post_id tea = 34;

// A history of one product, by seconds since its beginning.
struct history {
  history() { passed.begins(tea, "7 pieces"); }

  void changes(std::chrono::milliseconds at, const char* page) {
    passed.changed(tea, begin() + at, page);
  }

  void is_delivered(std::chrono::milliseconds at) {
    passed.delivered(tea, begin() + at, begin() + at + 20ms);
  }

  void is_told(std::chrono::milliseconds at, const char* tag = "product-34") {
    const auto body =
      R"({"id":")" + std::to_string(++calls) + R"(","tags":[")" + tag + R"("],"paths":[]})";
    auto call = http_question{};
    call.method = "POST";
    call.path = "/api/revalidate";
    call.authorization = "Bearer secret";
    call.content_type = "application/json";
    call.body = body;
    BOOST_TEST_REQUIRE(front.handle(call, begin() + at).status == 200U);
  }

  [[nodiscard]] propagation::summary summary() const { return passed.summarize(front); }

  propagation passed;
  storefront front{"secret"};
  int calls = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(propagation_of_changes)

BOOST_FIXTURE_TEST_CASE(a_change_took_as_long_as_it_was_until_the_next_call, history) {
  changes(10s, "6 pieces");
  is_delivered(11s);
  is_told(11'100ms);
  changes(20s, "5 pieces");
  is_delivered(20'500ms);
  is_told(20'600ms);
  is_told(20'700ms);
  const auto made = summary();
  BOOST_TEST_REQUIRE(made.by_webhook.size() == 2U);
  BOOST_TEST(made.by_webhook.front().count() == 600);
  BOOST_TEST(made.by_webhook.back().count() == 1'100);
  BOOST_TEST(made.without_webhook.empty());
  BOOST_TEST(made.unseen + made.untold + made.crowded == 0U);
}

// As when goods are bought whose stock nobody counts: it took until the next one by mistake.
BOOST_FIXTURE_TEST_CASE(a_change_that_no_page_shows_does_not_wait_for_anothers_call, history) {
  changes(10s, "7 pieces");
  is_delivered(11s);
  changes(34s, "6 pieces");
  is_delivered(35s);
  is_told(35s);
  const auto made = summary();
  BOOST_TEST(made.unseen == 1U);
  BOOST_TEST_REQUIRE(made.by_webhook.size() == 1U);
  BOOST_TEST(made.by_webhook.front().count() == 1'000);
}

BOOST_FIXTURE_TEST_CASE(a_change_that_was_not_told_is_not_given_the_next_ones_call, history) {
  changes(10s, "6 pieces");
  changes(34s, "5 pieces");
  is_delivered(35s);
  is_told(35s);
  changes(60s, "4 pieces");
  is_told(61s, "product-345");
  const auto made = summary();
  BOOST_TEST(made.untold == 2U);
  BOOST_TEST(made.by_webhook.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(changes_so_near_that_their_calls_can_not_be_told_apart_are_left_out,
                        history) {
  changes(10s, "6 pieces");
  changes(14s, "7 pieces"); // both built late: nobody was told, and rightly
  changes(30s, "5 pieces");
  is_delivered(31s);
  is_told(31s);
  const auto made = summary();
  BOOST_TEST(made.crowded == 2U);
  BOOST_TEST(made.untold == 0U);
  BOOST_TEST(made.by_webhook.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_reconciliation_found_is_counted_apart, history) {
  changes(10s, "6 pieces");
  is_delivered(9s); // of what was before
  is_told(40s);
  is_delivered(41s);
  const auto made = summary();
  BOOST_TEST(made.by_webhook.empty());
  BOOST_TEST_REQUIRE(made.without_webhook.size() == 1U);
  BOOST_TEST(made.without_webhook.front().count() == 30'000);
}

BOOST_AUTO_TEST_CASE(a_page_is_another_one_exactly_when_a_shopper_sees_a_difference) {
  auto shop = store{lab_settings()};
  shop.with_catalog([](catalog& goods) {
    auto what = new_item{};
    what.name = "Tea";
    what.regular_price = "5.00";
    const auto loose = goods.seed_product(what, begin()); // nobody counts it
    what.manages_stock = true;
    what.quantity = 7;
    const auto counted = goods.seed_product(what, begin());
    auto pages = std::pair{page_of(goods, loose), page_of(goods, counted)};
    const auto differ = [&] {
      const auto now = std::pair{page_of(goods, loose), page_of(goods, counted)};
      const auto made = std::pair{now.first != pages.first, now.second != pages.second};
      pages = now;
      return made;
    };
    auto order = std::vector<order_line>(2);
    order[0].product = loose;
    order[1].product = counted;
    goods.create_order(order, order_status::processing, true, begin());
    BOOST_TEST((differ() == std::pair{false, true}));
    auto priced = item_change{};
    priced.regular_price = "6.00";
    goods.edit(loose, priced, begin());
    BOOST_TEST((differ() == std::pair{true, false}));
    auto hidden = item_change{};
    hidden.status = post_status::draft;
    goods.edit(loose, hidden, begin());
    BOOST_TEST((differ() == std::pair{true, false}));
    priced.regular_price = "7.00";
    goods.edit(loose, priced, begin()); // nobody sees it
    BOOST_TEST((differ() == std::pair{false, false}));
    BOOST_TEST(page_of(goods, loose) == page_of(goods, 10'000)); // there is none
  });
}

BOOST_AUTO_TEST_SUITE_END()
