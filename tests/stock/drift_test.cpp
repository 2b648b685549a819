// How a copy was wrong, and which of it a webhook should have told.
#include "stock/drift.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace std::chrono_literals;

namespace {

item tea() {
  auto made = item{};
  made.id = 34;
  made.name = "Tea";
  made.price = {"5", "5", ""};
  made.stock = {stock_management::own, 7, stock_status::in_stock, backorders::no};
  made.modified = store_time{std::chrono::hours{24 * 20'000}};
  return made;
}

// The same a while later, as `change` makes it.
template <class F>
item later(const item& from, F change) {
  auto made = from;
  made.modified += 10min;
  change(made);
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(drifting)

BOOST_AUTO_TEST_CASE(one_kind_an_item_and_the_gravest) {
  const auto held = tea();
  const auto kind = [&](auto change) { return drift_of(&held, later(held, change)); };
  BOOST_TEST((drift_of(nullptr, held) == drift::missing));
  BOOST_TEST((kind([](item& of) { of.status = publication::gone; }) == drift::gone));
  BOOST_TEST((kind([](item& of) {
                of.status = publication::draft;
                of.stock.quantity = 3;
              }) == drift::status));
  BOOST_TEST((kind([](item& of) {
                of.stock.quantity = 3;
                of.price.current = "4";
              }) == drift::stock));
  BOOST_TEST((kind([](item& of) { of.price.sale = "4"; }) == drift::price));
  BOOST_TEST((kind([](item& of) { of.name = "Green tea"; }) == drift::other));
  const auto gone = later(held, [](item& of) { of.status = publication::gone; });
  BOOST_TEST((drift_of(&gone, held) == drift::missing));
}

BOOST_AUTO_TEST_CASE(what_moves_no_date_is_told_by_no_webhook) {
  const auto held = tea();
  auto raw = held;
  raw.stock.quantity = 99;
  BOOST_TEST(!is_told_by_webhook(&held, raw));
  BOOST_TEST(is_told_by_webhook(&held, later(raw, [](item&) {})));
  BOOST_TEST(is_told_by_webhook(nullptr, held));
}

BOOST_AUTO_TEST_CASE(what_a_variable_product_takes_from_its_variations_is_told_by_theirs) {
  auto held = tea();
  held.type = product_type::variable;
  held.stock = {};
  held.variations = {35};
  const auto told = [&](auto change) { return is_told_by_webhook(&held, later(held, change)); };
  BOOST_TEST(!told([](item& of) { of.stock.status = stock_status::out_of_stock; }));
  BOOST_TEST(!told([](item& of) { of.price.current = "4"; }));
  BOOST_TEST(!told([](item& of) { of.variations = {35, 36}; }));
  BOOST_TEST(told([](item& of) { of.name = "Shirt"; }));
}

BOOST_AUTO_TEST_CASE(a_renamed_product_renames_its_variations_untold) {
  auto held = tea();
  held.parent = 12;
  held.type = product_type::variation;
  BOOST_TEST(!is_told_by_webhook(&held, later(held, [](item& of) { of.name = "Shirt - S"; })));
  BOOST_TEST(is_told_by_webhook(&held, later(held, [](item& of) { of.stock.quantity = 1; })));
}

BOOST_AUTO_TEST_SUITE_END()
