// What a change of a product is to those who follow its stock live.
#include "examples.hpp"
#include "stock/live.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

product nothing_of(product_id id) {
  auto held = product{};
  held.id = id;
  return held;
}

// 34 counts seven for 35, which inherits; 36 counts its own.
product shop() {
  auto parent = variable_item(34, {35, 36});
  parent.stock = {stock_management::own, 7, stock_status::in_stock, backorders::no};
  auto held = with_item(nothing_of(34), held_as(webhook(parent, 1s)));
  auto heir = variation_item(35, 34, 0);
  heir.stock.managed = stock_management::parent;
  held = with_item(held, held_as(webhook(heir, 2s)));
  return with_item(held, held_as(webhook(variation_item(36, 34, 2), 2s)));
}

std::vector<product_id> changed(const product& before, const product& after) {
  auto items = std::vector<product_id>{};
  for (const auto& change : stock_changes(before, after))
    items.push_back(change.item);
  return items;
}

using ids = std::vector<product_id>;

} // namespace

BOOST_AUTO_TEST_SUITE(stock_live)

BOOST_AUTO_TEST_CASE(nothing_is_told_where_nothing_of_the_stock_changed) {
  auto after = shop();
  after.self->value.name = "Another tea";
  after.self->value.price = {"1", "1", ""};
  after.version = 9;
  BOOST_TEST(stock_changes(shop(), after).empty());
}

BOOST_AUTO_TEST_CASE(a_products_stock_changes_the_variations_that_inherit_it) {
  auto after = shop();
  after.self->value.stock.quantity = 6;
  BOOST_TEST((changed(shop(), after) == ids{34, 35}));
  const auto changes = stock_changes(shop(), after);
  BOOST_TEST((changes[1].now.level.quantity == 6));
  BOOST_TEST(!changes[1].first_known);
}

BOOST_AUTO_TEST_CASE(a_variations_own_stock_changes_it_alone) {
  auto after = shop();
  after.variations[1].value.stock.quantity = 1;
  BOOST_TEST((changed(shop(), after) == ids{36}));
}

BOOST_AUTO_TEST_CASE(unpublishing_takes_the_product_and_all_its_variations) {
  auto after = shop();
  after.self->value.status = publication::draft;
  const auto changes = stock_changes(shop(), after);
  BOOST_TEST((changed(shop(), after) == ids{34, 35, 36}));
  for (const auto& change : changes) {
    BOOST_TEST(!change.now.available);
    BOOST_TEST(change.now.level.status == stock_status::out_of_stock);
    BOOST_TEST(!change.now.level.quantity);
  }
  // What happens to a draft is nobody's business.
  auto sold = after;
  sold.self->value.stock.quantity = 1;
  BOOST_TEST(stock_changes(after, sold).empty());
  BOOST_TEST((changed(after, shop()) == ids{34, 35, 36}));
}

BOOST_AUTO_TEST_CASE(a_variation_that_goes_is_told_and_its_siblings_are_not) {
  auto after = shop();
  after.variations.pop_back();
  const auto changes = stock_changes(shop(), after);
  BOOST_TEST_REQUIRE(changes.size() == 1U);
  BOOST_TEST(changes[0].item == 36U);
  BOOST_TEST(!changes[0].now.available);
}

BOOST_AUTO_TEST_CASE(what_is_known_for_the_first_time_is_marked) {
  for (const auto& change : stock_changes(nothing_of(34), shop()))
    BOOST_TEST(change.first_known);
  BOOST_TEST((changed(nothing_of(34), shop()) == ids{34, 35, 36}));
}

BOOST_AUTO_TEST_SUITE_END()
