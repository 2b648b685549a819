// A product and its variations as a shopper meets them, and the spellings of WooCommerce's values.
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

stock_level inherited(std::int64_t quantity, stock_status status) {
  return {stock_management::parent, quantity, status, backorders::no};
}

// Product 152 of the recordings: it counts for its variations, 153 to 156.
product counting_parent(std::int64_t quantity) {
  auto parent = variable_item(152, {153, 154, 155, 156});
  parent.stock = simple_item(152, quantity).stock;
  auto held = with_item(product{}, held_as(webhook(parent, 10s)));
  for (product_id id = 153; id <= 156; ++id) {
    auto variation = variation_item(id, 152, 90);
    variation.stock = inherited(90, stock_status::in_stock);
    held = with_item(std::move(held), held_as(webhook(variation, 5s)));
  }
  return held;
}

// Product 157 of the recordings: its variations, 158 to 162, count for themselves.
product uncounting_parent(const std::vector<std::int64_t>& quantities) {
  auto ids = std::vector<product_id>{};
  for (std::size_t at = 0; at != quantities.size(); ++at)
    ids.push_back(158 + at);
  auto held = with_item(product{}, held_as(webhook(variable_item(157, ids), 10s)));
  for (std::size_t at = 0; at != quantities.size(); ++at)
    held = with_item(std::move(held),
                     held_as(webhook(variation_item(ids[at], 157, quantities[at]), 12s)));
  return held;
}

stock_status parent_status(const product& held) {
  return effective_stock(held, *held.self).status;
}

product with_changed(product held, product_id id, auto change) {
  auto changed = *held.find(id);
  change(changed);
  return with_item(std::move(held), changed);
}

} // namespace

BOOST_AUTO_TEST_SUITE(effective)

// Recording 033: an order of variation 154 brings a delivery for the parent alone.
BOOST_AUTO_TEST_CASE(variations_follow_the_parent_that_counts_for_them) {
  const auto held = counting_parent(61);
  for (const auto& variation : held.variations)
    BOOST_TEST((effective_stock(held, variation) == inherited(61, stock_status::in_stock)));
  BOOST_TEST(effective_stock(held, *held.self).quantity.value() == 61);
}

// Recording 190: the parent to 0.
BOOST_AUTO_TEST_CASE(variations_are_out_of_stock_with_the_parent_that_counts_for_them) {
  const auto held = counting_parent(0);
  for (const auto& variation : held.variations) {
    BOOST_TEST((effective_stock(held, variation) == inherited(0, stock_status::out_of_stock)));
    BOOST_TEST(!available_for_sale(held, variation));
  }
}

BOOST_AUTO_TEST_CASE(a_variation_that_counts_itself_does_not_follow) {
  const auto held =
    with_item(counting_parent(0), held_as(webhook(variation_item(153, 152, 4), 9s)));
  BOOST_TEST(effective_stock(held, *held.find(153)).quantity.value() == 4);
  BOOST_TEST(available_for_sale(held, *held.find(153)));
}

// Recording 189: a variation says itself that its parent counts, and the number of that moment.
BOOST_AUTO_TEST_CASE(a_variation_whose_parent_is_unknown_is_shown_by_its_own_copy) {
  auto variation = variation_item(154, 152, 90);
  variation.stock = inherited(90, stock_status::in_stock);
  const auto held = with_item(product{}, held_as(webhook(variation, 1s)));
  BOOST_TEST((effective_stock(held, held.variations[0]) == variation.stock));
  BOOST_TEST(is_public(held, held.variations[0]));
}

BOOST_AUTO_TEST_CASE(a_variation_that_says_it_is_uncounted_follows_a_parent_that_counts) {
  const auto held = with_changed(counting_parent(61), 154, [](record& r) { r.value.stock = {}; });
  BOOST_TEST((effective_stock(held, *held.find(154)) == inherited(61, stock_status::in_stock)));
}

BOOST_AUTO_TEST_CASE(when_the_parent_stops_counting_the_inherited_number_goes) {
  const auto held =
    with_changed(counting_parent(61), 152, [](record& r) { r.value.stock = stock_level{}; });
  const auto stock = effective_stock(held, *held.find(154));
  BOOST_TEST(stock.managed == stock_management::none);
  BOOST_TEST(!stock.quantity.has_value());
  BOOST_TEST(stock.status == stock_status::in_stock);
}

// Recordings 037 to 041: every variation to 0; the parent flips without a delivery.
BOOST_AUTO_TEST_CASE(an_uncounting_parent_is_out_of_stock_with_its_last_variation) {
  BOOST_TEST(parent_status(uncounting_parent({0, 0, 0, 0, 0})) == stock_status::out_of_stock);
  BOOST_TEST(parent_status(uncounting_parent({0, 0, 0, 0, 1})) == stock_status::in_stock);
}

BOOST_AUTO_TEST_CASE(an_uncounting_parent_is_as_available_as_its_best_variation) {
  const auto set = [](product held, product_id id, stock_status status) {
    return with_changed(std::move(held), id, [&](record& r) { r.value.stock.status = status; });
  };
  auto held = uncounting_parent({0, 0, 0});
  for (const product_id id : {158U, 159U, 160U})
    BOOST_TEST(parent_status(set(held, id, stock_status::on_backorder)) ==
               stock_status::on_backorder);
  held = set(uncounting_parent({0, 0, 0}), 158, stock_status::on_backorder);
  for (const product_id id : {159U, 160U})
    BOOST_TEST(parent_status(set(held, id, stock_status::in_stock)) == stock_status::in_stock);
}

BOOST_AUTO_TEST_CASE(hidden_variations_dont_make_a_parent_available_but_private_ones_do) {
  const auto with_status = [](publication status) {
    return with_changed(uncounting_parent({0, 7}), 159,
                        [&](record& r) { r.value.status = status; });
  };
  for (const auto status : {publication::draft, publication::trashed, publication::gone})
    BOOST_TEST(parent_status(with_status(status)) == stock_status::out_of_stock);
  // WooCommerce counts a disabled variation (recording 200) as a child.
  BOOST_TEST(parent_status(with_status(publication::hidden)) == stock_status::in_stock);
}

BOOST_AUTO_TEST_CASE(a_parents_own_word_stands_while_a_variation_is_unknown_or_all_are_older) {
  auto held = uncounting_parent({0, 0});
  held.variations.pop_back();
  BOOST_TEST(parent_status(held) == stock_status::in_stock);
  held = uncounting_parent({0, 0});
  held.self->read.end = after(20s);
  BOOST_TEST(parent_status(held) == stock_status::in_stock);
}

// Recording 036: a new variation brings nothing for the parent, whose list doesn't name it yet.
BOOST_AUTO_TEST_CASE(a_new_variation_makes_its_parent_available) {
  auto fresh = variation_item(204, 157, 8);
  fresh.modified = start + 15s;
  const auto held = with_item(uncounting_parent({0, 0}), held_as(webhook(fresh, 16s)));
  BOOST_TEST(is_public(held, *held.find(204)));
  BOOST_TEST(parent_status(held) == stock_status::in_stock);
}

BOOST_AUTO_TEST_CASE(a_simple_product_is_as_it_says) {
  const auto held = with_item(product{}, held_as(webhook(simple_item(34, 5), 1s)));
  BOOST_TEST((effective_stock(held, *held.self) == held.self->value.stock));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(publicity)

BOOST_AUTO_TEST_CASE(only_what_is_published_is_public) {
  for (const auto status :
       {publication::published, publication::draft, publication::pending, publication::hidden,
        publication::scheduled, publication::trashed, publication::other, publication::gone}) {
    auto value = simple_item(34, 5);
    value.status = status;
    const auto held = with_item(product{}, held_as(webhook(value, 1s)));
    BOOST_TEST(is_public(held, *held.self) == (status == publication::published));
    BOOST_TEST(available_for_sale(held, *held.self) == (status == publication::published));

    auto whole = uncounting_parent({1, 1});
    whole.self->value.status = status;
    BOOST_TEST(is_public(whole, whole.variations[0]) == (status == publication::published));
    whole =
      with_changed(uncounting_parent({1, 1}), 158, [&](record& r) { r.value.status = status; });
    BOOST_TEST(is_public(whole, whole.variations[0]) == (status == publication::published));
  }
}

// Deleting a variation sends nothing (facts, section 4); only the parent's list tells.
BOOST_AUTO_TEST_CASE(a_variation_that_the_parents_newer_list_lacks_is_not_public) {
  auto held = uncounting_parent({1, 1});
  auto shortened = variable_item(157, {158});
  shortened.modified = start + 20s;
  held = with_item(std::move(held), held_as(read(shortened, 20s, 21s)));
  BOOST_TEST(is_public(held, *held.find(158)));
  BOOST_TEST(!is_public(held, *held.find(159)));
}

BOOST_AUTO_TEST_CASE(a_late_delivery_of_a_deleted_variation_doesnt_show_it_again) {
  auto held = uncounting_parent({1, 1});
  auto shortened = variable_item(157, {158});
  shortened.modified = start + 20s;
  held = with_item(std::move(held), held_as(read(shortened, 20s, 21s)));
  const auto late = decide(held.find(159), webhook(variation_item(159, 157, 1), 22s));
  BOOST_TEST(late.outcome == verdict::unchanged);
  held = with_item(std::move(held), late.next.value());
  BOOST_TEST(!is_public(held, *held.find(159)));
}

BOOST_AUTO_TEST_CASE(out_of_stock_is_not_for_sale_and_backorder_is) {
  for (const auto& [status, expected] :
       {std::pair{stock_status::in_stock, true}, std::pair{stock_status::on_backorder, true},
        std::pair{stock_status::out_of_stock, false}}) {
    auto value = simple_item(34, 5);
    value.stock.status = status;
    const auto held = with_item(product{}, held_as(webhook(value, 1s)));
    BOOST_TEST(available_for_sale(held, *held.self) == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(spellings)

BOOST_AUTO_TEST_CASE(one_price_has_one_spelling) {
  const auto table = std::vector<std::pair<std::string_view, std::string_view>>{
    {"", ""},           {"10", "10"},  {"10.00", "10"},       {"10.50", "10.5"}, {"10.05", "10.05"},
    {"100", "100"},     {"0", "0"},    {"0.00", "0"},         {".00", "0"},      {".50", "0.5"},
    {"0.50", "0.5"},    {"10.", "10"}, {"1000.10", "1000.1"}, {"7.77", "7.77"},  {"-1.50", "-1.5"},
    {"0.001", "0.001"},
  };
  for (const auto& [given, expected] : table) {
    BOOST_TEST(canonical_price(given) == expected, given);
    BOOST_TEST(canonical_price(canonical_price(given)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(every_value_is_read_back_from_its_spelling) {
  for (const auto value : {product_type::simple, product_type::variable, product_type::variation,
                           product_type::grouped, product_type::external, product_type::other})
    BOOST_TEST((parse_product_type(to_string(value)) == value));
  for (const auto value :
       {publication::published, publication::draft, publication::pending, publication::hidden,
        publication::scheduled, publication::trashed, publication::other, publication::gone})
    BOOST_TEST((parse_publication(to_string(value)) == value));
  for (const auto value :
       {stock_status::in_stock, stock_status::out_of_stock, stock_status::on_backorder})
    BOOST_TEST((parse_stock_status(to_string(value)) == value));
  for (const auto value : {stock_management::none, stock_management::own, stock_management::parent})
    BOOST_TEST((parse_stock_management(to_string(value)) == value));
  for (const auto value : {backorders::no, backorders::notify, backorders::yes})
    BOOST_TEST((parse_backorders(to_string(value)) == value));
}

BOOST_AUTO_TEST_CASE(the_spellings_are_woocommerces) {
  BOOST_TEST(to_string(publication::published) == "publish");
  BOOST_TEST(to_string(publication::hidden) == "private");
  BOOST_TEST(to_string(publication::scheduled) == "future");
  BOOST_TEST(to_string(publication::trashed) == "trash");
  BOOST_TEST(to_string(stock_status::in_stock) == "instock");
  BOOST_TEST(to_string(stock_status::out_of_stock) == "outofstock");
  BOOST_TEST(to_string(stock_status::on_backorder) == "onbackorder");
}

BOOST_AUTO_TEST_CASE(an_unknown_spelling_is_other_or_nothing) {
  for (const auto* text : {"", "Publish", "publish ", "subscription", "IN_STOCK"}) {
    BOOST_TEST((parse_product_type(text) == product_type::other));
    BOOST_TEST((parse_publication(text) == publication::other));
    BOOST_TEST(!parse_stock_status(text).has_value());
    BOOST_TEST(!parse_stock_management(text).has_value());
    BOOST_TEST(!parse_backorders(text).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_slug_can_stand_in_a_tag_a_path_and_a_header) {
  BOOST_TEST(canonical_slug("t-shirt_2.0~x") == "t-shirt_2.0~x");
  BOOST_TEST(canonical_slug("%e6%97%a5") == "%e6%97%a5"); // as WordPress keeps it
  BOOST_TEST(canonical_slug("日") == "%e6%97%a5");        // as WooGraphQL gives a category's
  // Fastly and Varnish part keys at blanks, Cloudflare at commas; a line break ends a header.
  BOOST_TEST(canonical_slug("a b,c\r\nd\"/?#") == "a%20b%2cc%0d%0ad%22%2f%3f%23");
  for (int byte = 0; byte != 256; ++byte) {
    const auto text = canonical_slug(std::string(1, static_cast<char>(byte)));
    BOOST_TEST(std::all_of(text.begin(), text.end(),
                           [](char c) { return c > ' ' && c < 0x7F && c != ',' && c != '"'; }));
    BOOST_TEST(canonical_slug(text) == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
