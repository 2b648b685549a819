// decide() and with_item() by example: each rule once, in the words of invariant I2.
#include "examples.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor::stock;
using namespace ankkor::stock::testing;

namespace {

decision decide_after(const observation& first, const observation& second) {
  const auto held = held_as(first);
  return decide(&held, second);
}

item with_inherited_quantity(std::int64_t quantity, std::chrono::seconds modified) {
  auto value = variation_item(154, 152, quantity);
  value.stock.managed = stock_management::parent;
  value.modified = start + modified;
  return value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deciding)

BOOST_AUTO_TEST_CASE(what_nothing_is_known_of_is_taken_as_it_comes) {
  const auto seen = webhook(simple_item(34, 5), 1s);
  const auto made = decide(nullptr, seen);
  BOOST_TEST(made.outcome == verdict::applied);
  BOOST_TEST((made.next == held_as(seen)));
}

BOOST_AUTO_TEST_CASE(a_newer_date_wins_and_an_older_one_is_stale) {
  const auto older = webhook(simple_item(34, 5, 10s), 12s);
  const auto newer = webhook(simple_item(34, 4, 11s), 11s + 500ms);
  const auto applied = decide_after(older, newer);
  BOOST_TEST(applied.outcome == verdict::applied);
  BOOST_TEST((applied.next == held_as(newer)));
  const auto stale = decide_after(newer, older);
  BOOST_TEST(stale.outcome == verdict::stale);
  BOOST_TEST(!stale.next.has_value());
}

BOOST_AUTO_TEST_CASE(the_same_said_again_changes_nothing_but_when_it_was_known) {
  const auto first = webhook(simple_item(34, 5, 10s), 12s);
  const auto again = webhook(simple_item(34, 5, 10s), 14s);
  const auto duplicate = decide_after(first, first);
  BOOST_TEST(duplicate.outcome == verdict::unchanged);
  BOOST_TEST(!duplicate.next.has_value());
  const auto later = decide_after(first, again);
  BOOST_TEST(later.outcome == verdict::unchanged);
  BOOST_TEST((later.next == held_as(again)));
  BOOST_TEST(!decide_after(again, first).next.has_value());
}

// Recordings 009 and 172: a save of the same value, and an empty one.
BOOST_AUTO_TEST_CASE(a_save_that_moves_only_the_date_is_unchanged_and_its_date_is_kept) {
  const auto saved =
    decide_after(webhook(simple_item(92, 81, 10s), 12s), webhook(simple_item(92, 81, 13s), 15s));
  BOOST_TEST(saved.outcome == verdict::unchanged);
  BOOST_TEST((saved.next->value.modified == start + 13s));
  BOOST_TEST(
    decide_after(webhook(simple_item(92, 81, 13s), 15s), webhook(simple_item(92, 80, 11s), 16s))
      .outcome == verdict::stale);
}

// Recording 096: five values in one second.
BOOST_AUTO_TEST_CASE(two_states_of_one_second_are_read_again_after_that_second) {
  const auto made = decide_after(webhook(simple_item(61, 4, 10s), 10s + 700ms),
                                 webhook(simple_item(61, 5, 10s), 10s + 900ms));
  BOOST_TEST(made.outcome == verdict::confirm);
  BOOST_TEST(!made.next.has_value());
  BOOST_TEST((made.read_not_before >= after(11s)));
  BOOST_TEST((made.read_not_before <= after(12s)));
}

BOOST_AUTO_TEST_CASE(an_ambiguous_second_long_past_is_read_again_at_once) {
  const auto made =
    decide_after(webhook(simple_item(61, 4, 10s), 60s), webhook(simple_item(61, 5, 10s), 61s));
  BOOST_TEST(made.outcome == verdict::confirm);
  BOOST_TEST((made.read_not_before == after(61s + 1us)));
}

BOOST_AUTO_TEST_CASE(a_confirmation_may_begin_only_when_what_is_held_was_seen_too) {
  const auto made =
    decide_after(read(simple_item(61, 4, 10s), 59s, 70s), webhook(simple_item(61, 5, 10s), 61s));
  BOOST_TEST(made.outcome == verdict::confirm);
  BOOST_TEST((made.read_not_before > after(70s)));
}

// Recording 100: raw SQL moves no date.
BOOST_AUTO_TEST_CASE(within_a_second_a_read_that_is_certainly_later_wins) {
  const auto before = read(simple_item(64, 1, 10s), 20s, 21s);
  const auto now = read(simple_item(64, 999, 10s), 21s + 1us, 22s);
  BOOST_TEST(decide_after(before, now).outcome == verdict::applied);
  BOOST_TEST(decide_after(now, before).outcome == verdict::stale);
  const auto overlapping = read(simple_item(64, 999, 10s), 21s, 22s);
  BOOST_TEST(decide_after(before, overlapping).outcome == verdict::confirm);
  BOOST_TEST(decide_after(overlapping, before).outcome == verdict::confirm);
}

BOOST_AUTO_TEST_CASE(a_delivery_that_arrived_before_a_read_began_is_stale_in_the_same_second) {
  BOOST_TEST(
    decide_after(read(simple_item(64, 999, 10s), 12s, 13s), webhook(simple_item(64, 1, 10s), 11s))
      .outcome == verdict::stale);
}

BOOST_AUTO_TEST_CASE(a_later_page_with_an_older_date_is_confirmed_and_a_direct_read_believed) {
  const auto held = webhook(simple_item(34, 5, 10s), 12s);
  const auto restored = simple_item(34, 9, 4s);
  BOOST_TEST(decide_after(held, read(restored, 13s, 14s)).outcome == verdict::confirm);
  const auto made = decide_after(held, confirmation(restored, 15s, 16s));
  BOOST_TEST(made.outcome == verdict::applied);
  BOOST_TEST((made.next->value == restored));
  BOOST_TEST(decide_after(held, webhook(restored, 14s)).outcome == verdict::stale);
}

BOOST_AUTO_TEST_CASE(a_newer_date_read_before_what_is_held_is_stale) {
  BOOST_TEST(
    decide_after(read(simple_item(34, 5, 4s), 20s, 21s), webhook(simple_item(34, 9, 10s), 12s))
      .outcome == verdict::stale);
}

BOOST_AUTO_TEST_CASE(that_an_item_is_gone_counts_once_a_direct_read_says_so) {
  const auto held = webhook(simple_item(34, 5, 10s), 12s);
  const auto missed = decide_after(held, read(gone_item(34), 13s, 14s));
  BOOST_TEST(missed.outcome == verdict::confirm);
  BOOST_TEST((missed.read_not_before > after(14s)));
  const auto made = decide_after(held, confirmation(gone_item(34), 15s, 16s));
  BOOST_TEST(made.outcome == verdict::applied);
  BOOST_TEST((made.next->value.status == publication::gone));
  BOOST_TEST(decide_after(held, confirmation(gone_item(34), 11s, 13s)).outcome == verdict::confirm);
}

BOOST_AUTO_TEST_CASE(a_delivery_of_an_item_that_is_gone_is_confirmed) {
  const auto held = confirmation(gone_item(34), 15s, 16s);
  BOOST_TEST(decide_after(held, webhook(simple_item(34, 5, 20s), 21s)).outcome == verdict::confirm);
  BOOST_TEST(decide_after(held, webhook(simple_item(34, 5, 10s), 14s)).outcome == verdict::stale);
  BOOST_TEST(decide_after(held, confirmation(simple_item(34, 5, 20s), 21s, 22s)).outcome ==
             verdict::applied);
  BOOST_TEST(decide_after(held, read(gone_item(34), 21s, 22s)).outcome == verdict::unchanged);
}

BOOST_AUTO_TEST_CASE(that_an_unknown_item_is_gone_is_remembered_only_from_a_direct_read) {
  const auto page = decide(nullptr, read(gone_item(34), 1s, 2s));
  BOOST_TEST(page.outcome == verdict::unchanged);
  BOOST_TEST(!page.next.has_value());
  const auto direct = decide(nullptr, confirmation(gone_item(34), 1s, 2s));
  BOOST_TEST(direct.outcome == verdict::unchanged);
  BOOST_TEST((direct.next == held_as(confirmation(gone_item(34), 1s, 2s))));
}

// The parent's numbers in a variation change without its date: recording 190 and its siblings.
BOOST_AUTO_TEST_CASE(inherited_numbers_alone_are_no_change_and_never_go_back) {
  const auto early = read(with_inherited_quantity(90, 5s), 10s, 11s);
  const auto late = read(with_inherited_quantity(61, 5s), 12s, 13s);
  const auto forward = decide_after(early, late);
  BOOST_TEST(forward.outcome == verdict::unchanged);
  BOOST_TEST((forward.next == held_as(late)));
  const auto backward = decide_after(late, early);
  BOOST_TEST(backward.outcome == verdict::unchanged);
  BOOST_TEST(!backward.next.has_value());
  const auto delivered = decide_after(late, webhook(with_inherited_quantity(90, 5s), 14s));
  BOOST_TEST(delivered.outcome == verdict::unchanged);
  BOOST_TEST(delivered.next->value.stock.quantity.value() == 61);
}

// WooCommerce's variation gives its parent's backorders setting too while the parent counts.
BOOST_AUTO_TEST_CASE(an_inherited_backorders_setting_is_no_change_of_the_variation) {
  auto other = with_inherited_quantity(90, 5s);
  other.stock.backorder = backorders::notify;
  BOOST_TEST(same_content(with_inherited_quantity(61, 5s), other));
  other.stock.managed = stock_management::own;
  BOOST_TEST(!same_content(with_inherited_quantity(90, 5s), other));
}

// A save that moves only the date proves that the state is newer than the read it confirms.
BOOST_AUTO_TEST_CASE(a_newer_date_doesnt_forget_when_the_content_was_read) {
  const auto held = held_as(read(simple_item(34, 5, 10s), 20s, 21s));
  const auto saved = decide(&held, webhook(simple_item(34, 5, 22s), 24s));
  BOOST_TEST_REQUIRE(saved.next.has_value());
  BOOST_TEST((saved.next->read.begin == after(20s)));
  BOOST_TEST((saved.next->read.end == after(24s)));
}

BOOST_AUTO_TEST_CASE(every_field_but_the_date_is_content) {
  const auto same = simple_item(34, 5);
  const auto differs = [&](auto change) {
    auto other = same;
    change(other);
    return !same_content(same, other);
  };
  BOOST_TEST(!differs([](item& i) { i.modified += 1s; }));
  BOOST_TEST(differs([](item& i) { i.type = product_type::external; }));
  BOOST_TEST(differs([](item& i) { i.status = publication::draft; }));
  BOOST_TEST(differs([](item& i) { i.slug = "x"; }));
  BOOST_TEST(differs([](item& i) { i.name = "x"; }));
  BOOST_TEST(differs([](item& i) { i.sku = "x"; }));
  BOOST_TEST(differs([](item& i) { i.price.sale = "x"; }));
  BOOST_TEST(differs([](item& i) { i.categories.pop_back(); }));
  BOOST_TEST(differs([](item& i) { i.variations = {35}; }));
  BOOST_TEST(differs([](item& i) { i.stock.quantity = 4; }));
  BOOST_TEST(differs([](item& i) { i.stock.quantity.reset(); }));
  BOOST_TEST(differs([](item& i) { i.stock.status = stock_status::on_backorder; }));
  BOOST_TEST(differs([](item& i) { i.stock.backorder = backorders::yes; }));
  BOOST_TEST(differs([](item& i) { i.stock.managed = stock_management::none; }));
}

BOOST_AUTO_TEST_CASE(items_find_their_place_in_the_product) {
  auto held = product{};
  for (const product_id id : {37U, 35U, 36U})
    held = with_item(held, held_as(webhook(variation_item(id, 34, 1), 1s)));
  BOOST_TEST(held.id == 34U);
  BOOST_TEST(!held.self.has_value());
  held = with_item(held, held_as(webhook(variable_item(34, {35, 36, 37}), 2s)));
  held = with_item(held, held_as(webhook(variation_item(36, 34, 9), 3s)));
  BOOST_TEST_REQUIRE(held.variations.size() == 3U);
  BOOST_TEST(held.variations[0].value.id == 35U);
  BOOST_TEST(held.variations[1].value.id == 36U);
  BOOST_TEST(held.variations[1].value.stock.quantity.value() == 9);
  BOOST_TEST(held.variations[2].value.id == 37U);
  BOOST_TEST(held.find(34) == &*held.self);
  BOOST_TEST(held.find(37) == &held.variations[2]);
  BOOST_TEST(held.find(38) == nullptr);
  BOOST_TEST(product{}.find(0) == nullptr);
}

BOOST_AUTO_TEST_CASE(verdicts_have_names) {
  BOOST_TEST(to_string(verdict::applied) == "applied");
  BOOST_TEST(to_string(verdict::unchanged) == "unchanged");
  BOOST_TEST(to_string(verdict::stale) == "stale");
  BOOST_TEST(to_string(verdict::confirm) == "confirm");
}

BOOST_AUTO_TEST_SUITE_END()
