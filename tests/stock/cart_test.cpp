// Whether a cart can be sold: lines that share a stock, backorders, and what is never sold.
#include "examples.hpp"
#include "stock/cart.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

product nothing_of(product_id id) {
  auto held = product{};
  held.id = id;
  return held;
}

product simple(std::int64_t quantity) {
  return with_item(nothing_of(34), held_as(webhook(simple_item(34, quantity), 1s)));
}

// 34 counts five for 35 and 36; 37 has two of its own.
product with_variations() {
  auto parent = variable_item(34, {35, 36, 37});
  parent.stock = {stock_management::own, 5, stock_status::in_stock, backorders::no};
  auto held = with_item(nothing_of(34), held_as(webhook(parent, 1s)));
  for (const product_id id : {35U, 36U, 37U}) {
    auto variation = variation_item(id, 34, 2);
    if (id != 37)
      variation.stock.managed = stock_management::parent;
    held = with_item(held, held_as(webhook(variation, 2s)));
  }
  return held;
}

struct wish {
  product_id item;
  std::int64_t quantity;
};

std::vector<cart_verdict> check(const product& held, const std::vector<wish>& wishes) {
  auto lines = std::vector<cart_line>{};
  for (const auto& each : wishes)
    lines.push_back({&held, held.find(each.item), each.quantity});
  return check_cart(lines);
}

void check_verdict(const cart_verdict& verdict, bool available, cart_remark remark,
                   std::optional<std::int64_t> left) {
  BOOST_TEST(verdict.available == available);
  BOOST_TEST(to_string(verdict.remark) == to_string(remark));
  BOOST_TEST((verdict.left == left));
}

} // namespace

BOOST_AUTO_TEST_SUITE(stock_cart)

BOOST_AUTO_TEST_CASE(an_empty_cart_has_no_verdicts) {
  BOOST_TEST(check_cart({}).empty());
}

BOOST_AUTO_TEST_CASE(as_many_as_there_are_can_be_sold_and_not_one_more) {
  check_verdict(check(simple(5), {{34, 5}})[0], true, cart_remark::none, 5);
  check_verdict(check(simple(5), {{34, 6}})[0], false, cart_remark::insufficient_stock, 5);
  check_verdict(check(simple(0), {{34, 1}})[0], false, cart_remark::out_of_stock, 0);
}

BOOST_AUTO_TEST_CASE(a_line_that_can_not_be_sold_takes_nothing) {
  const auto verdicts = check(simple(5), {{34, 3}, {34, 3}, {34, 2}, {34, 1}});
  check_verdict(verdicts[0], true, cart_remark::none, 5);
  check_verdict(verdicts[1], false, cart_remark::insufficient_stock, 2);
  check_verdict(verdicts[2], true, cart_remark::none, 2);
  check_verdict(verdicts[3], false, cart_remark::insufficient_stock, 0);
}

BOOST_AUTO_TEST_CASE(inherited_stock_is_shared_and_own_stock_is_not) {
  const auto verdicts = check(with_variations(), {{35, 3}, {37, 2}, {36, 3}, {36, 2}, {37, 1}});
  check_verdict(verdicts[0], true, cart_remark::none, 5);
  check_verdict(verdicts[1], true, cart_remark::none, 2);
  check_verdict(verdicts[2], false, cart_remark::insufficient_stock, 2);
  check_verdict(verdicts[3], true, cart_remark::none, 2);
  check_verdict(verdicts[4], false, cart_remark::insufficient_stock, 0);
}

BOOST_AUTO_TEST_CASE(what_may_be_sold_on_backorder_is_available_and_says_so) {
  for (const auto policy : {backorders::yes, backorders::notify}) {
    auto held = simple(2);
    held.self->value.stock.backorder = policy;
    const auto verdicts = check(held, {{34, 1}, {34, 2}, {34, 9}});
    check_verdict(verdicts[0], true, cart_remark::none, 2);
    check_verdict(verdicts[1], true, cart_remark::backorder, 1);
    check_verdict(verdicts[2], true, cart_remark::backorder, 0);
    held.self->value.stock.quantity = -7;
    held.self->value.stock.status = stock_status::on_backorder;
    check_verdict(check(held, {{34, 1}})[0], true, cart_remark::backorder, 0);
  }
}

BOOST_AUTO_TEST_CASE(what_nobody_counts_goes_by_its_status) {
  auto held = simple(1);
  held.self->value.stock = {};
  check_verdict(check(held, {{34, 1'000'000'000}})[0], true, cart_remark::none, std::nullopt);
  held.self->value.stock.status = stock_status::on_backorder;
  check_verdict(check(held, {{34, 1}})[0], true, cart_remark::backorder, std::nullopt);
  held.self->value.stock.status = stock_status::out_of_stock;
  check_verdict(check(held, {{34, 1}})[0], false, cart_remark::out_of_stock, std::nullopt);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_not_sold_here_is_said_so) {
  check_verdict(check_cart({{cart_line{}}})[0], false, cart_remark::not_found, std::nullopt);
  check_verdict(check(simple(5), {{99, 1}})[0], false, cart_remark::not_found, std::nullopt);
  check_verdict(check(with_variations(), {{34, 1}})[0], false, cart_remark::variation_required,
                std::nullopt);
  for (const auto type : {product_type::grouped, product_type::external}) {
    auto held = simple(5);
    held.self->value.type = type;
    check_verdict(check(held, {{34, 1}})[0], false, cart_remark::not_purchasable, std::nullopt);
  }
  auto draft = simple(5);
  draft.self->value.status = publication::draft;
  check_verdict(check(draft, {{34, 1}})[0], false, cart_remark::not_found, std::nullopt);
}

BOOST_AUTO_TEST_SUITE_END()
