// Sources that say less than others change nothing by it.
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

item hidden_item(product_id id) {
  auto made = simple_item(id, 7);
  made.details.listed = listing::nowhere;
  made.details.learn(detail::listed);
  made.details.sold_individually = true;
  made.details.learn(detail::sold_individually);
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(details)

BOOST_AUTO_TEST_CASE(what_one_source_leaves_out_stays_as_another_said) {
  const auto held = held_as(webhook(hidden_item(34), 1s));
  const auto fresh = decide(&held, read(simple_item(34, 6, 5s), 8s, 9s));
  BOOST_TEST((fresh.outcome == verdict::applied));
  BOOST_TEST((fresh.next->value.details == held.value.details));
  BOOST_TEST(*fresh.next->value.stock.quantity == 6);
}

BOOST_AUTO_TEST_CASE(learning_more_of_an_item_is_no_change) {
  const auto held = held_as(read(simple_item(34, 7), 1s, 2s));
  for (const auto& seen : {webhook(hidden_item(34), 3s), read(hidden_item(34), 3s, 4s)}) {
    const auto decided = decide(&held, seen);
    BOOST_TEST((decided.outcome == verdict::unchanged));
    BOOST_TEST((decided.next->value.details == hidden_item(34).details));
  }
}

BOOST_AUTO_TEST_CASE(what_both_know_differs_if_it_does) {
  auto other = hidden_item(34);
  other.details.listed = listing::search;
  BOOST_TEST(!same_content(hidden_item(34), other));
  other.modified += 5s;
  const auto held = held_as(webhook(hidden_item(34), 1s));
  BOOST_TEST((decide(&held, webhook(other, 8s)).next->value.details.listed == listing::search));
}

BOOST_AUTO_TEST_CASE(a_status_of_the_shops_own_is_in_stock_and_kept) {
  auto level = stock_level{};
  for (const auto* word : {"preorder", "on-request", "discontinued"}) {
    set_status(level, word);
    BOOST_TEST((level.status == stock_status::in_stock));
    BOOST_TEST(status_word(level) == word);
  }
  set_status(level, "Pre order");
  BOOST_TEST(status_word(level) == "Pre%20order");
  set_status(level, "outofstock");
  BOOST_TEST((level.status == stock_status::out_of_stock));
  BOOST_TEST(level.own_status.empty());
  set_status(level, std::string(1'000, 'x'));
  BOOST_TEST(status_word(level) == "instock");
}

BOOST_AUTO_TEST_CASE(types_of_extensions_are_known_by_their_names) {
  BOOST_TEST((parse_product_type("subscription_variation") == product_type::variation));
  BOOST_TEST((parse_product_type("product_variation") == product_type::variation));
  BOOST_TEST((parse_product_type("variable-subscription") == product_type::variable));
  BOOST_TEST((parse_product_type("bundle") == product_type::other));
}

BOOST_AUTO_TEST_SUITE_END()
