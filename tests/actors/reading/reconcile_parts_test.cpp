// What the reconciler is made of: the way through pages whose cursors betray, what it remembers
// over a restart, and the board of its passes.
#include "actors/change/missed_webhooks.hpp"
#include "actors/reading/marks.hpp"
#include "actors/reading/page_receipt.hpp"
#include "actors/reconciliation.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::actors;
using namespace std::chrono_literals;

namespace {

using step = page_walk::step;

// A page with the items first to last, and the cursor behind it; "" for the last page.
net::items_page page_of(stock::product_id first, stock::product_id last, std::string cursor) {
  auto page = net::items_page{};
  for (auto id = first; id <= last; ++id) {
    auto found = net::found_item{};
    found.value.id = id;
    page.items.push_back(std::move(found));
  }
  page.more = !cursor.empty();
  page.cursor = std::move(cursor);
  return page;
}

net::items_page empty_page() {
  return page_of(1, 0, "");
}

const auto noon = stock::moment{std::chrono::hours{24 * 20'000 + 12}};

} // namespace

BOOST_AUTO_TEST_SUITE(walking_pages)

BOOST_AUTO_TEST_CASE(a_page_leads_to_the_next_until_one_says_that_it_is_the_last) {
  auto walk = page_walk{};
  BOOST_TEST(walk.cursor() == "");
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST(walk.cursor() == "a");
  BOOST_TEST((walk.take(page_of(101, 103, "b")) == step::next)); // short, and not the end
  auto nothing_seen = empty_page();
  nothing_seen.more = true;
  nothing_seen.cursor = "c";
  BOOST_TEST((walk.take(nothing_seen) == step::next));
  BOOST_TEST((walk.take(page_of(201, 300, "")) == step::whole));
  BOOST_TEST(walk.pages() == 4U);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_starts_over_has_the_page_before_it_read_again) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(page_of(101, 200, "b")) == step::next));
  BOOST_TEST((walk.take(page_of(1, 99, "a")) == step::repeat));
  BOOST_TEST(walk.cursor() == "a");
  BOOST_TEST((walk.take(page_of(101, 199, "b2")) == step::next));
  BOOST_TEST((walk.take(page_of(201, 250, "")) == step::whole));
}

BOOST_AUTO_TEST_CASE(a_cursor_that_starts_over_with_the_last_page_is_not_the_end) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(page_of(2, 100, "")) == step::repeat));
  BOOST_TEST(walk.cursor() == "");
  BOOST_TEST((walk.take(page_of(2, 100, "")) == step::whole));
}

BOOST_AUTO_TEST_CASE(an_empty_last_page_is_believed_when_it_was_found_twice) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(empty_page()) == step::repeat));
  BOOST_TEST(walk.cursor() == "");
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(empty_page()) == step::whole));
}

BOOST_AUTO_TEST_CASE(what_an_empty_page_hid_is_found_behind_the_page_read_again) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(empty_page()) == step::repeat));
  BOOST_TEST((walk.take(page_of(2, 101, "b")) == step::next));
  BOOST_TEST((walk.take(page_of(102, 150, "")) == step::whole));
}

BOOST_AUTO_TEST_CASE(a_page_that_leads_to_where_it_came_from_is_read_again) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(page_of(101, 200, "a")) == step::repeat));
}

BOOST_AUTO_TEST_CASE(a_list_that_goes_in_circles_is_given_up) {
  auto walk = page_walk{};
  auto last = step::next;
  for (auto at = 0; at < 100 && last != step::lost; ++at)
    last = walk.take(page_of(1, 100, "a"));
  BOOST_TEST((last == step::lost));
}

BOOST_AUTO_TEST_CASE(a_page_with_items_that_have_no_id_is_read_again_twice) {
  auto walk = page_walk{};
  auto damaged = page_of(1, 100, "a");
  damaged.nameless_failures = 1;
  BOOST_TEST((walk.take(damaged) == step::repeat));
  BOOST_TEST((walk.take(damaged) == step::repeat));
  BOOST_TEST((walk.take(damaged) == step::next));
}

BOOST_AUTO_TEST_CASE(a_walk_goes_on_from_its_place_and_still_knows_the_first_page) {
  auto walk = page_walk{};
  BOOST_TEST((walk.take(page_of(1, 100, "a")) == step::next));
  BOOST_TEST((walk.take(page_of(101, 200, "b")) == step::next));
  auto later = page_walk{walk.where()};
  BOOST_TEST(later.cursor() == "b");
  BOOST_TEST(later.pages() == 2U);
  BOOST_TEST((later.take(page_of(1, 99, "x")) == step::repeat));
  BOOST_TEST(later.cursor() == "a");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(marks)

BOOST_AUTO_TEST_CASE(what_is_remembered_comes_back_as_it_was) {
  auto mark = watermark{};
  mark.at = std::chrono::floor<std::chrono::seconds>(noon);
  mark.utc_offset = -3h;
  mark.next_offset = -2h;
  mark.next_since = mark.at + 7s;
  auto scrub = scrub_mark{noon, 950, 400, {{"Y3Vyc29y", "bW9yZQ=="}, {1, 2, 3}, 4}};
  auto seen = item_set{};
  BOOST_TEST(seen.insert(3));
  BOOST_TEST(seen.insert(1'000'000));
  BOOST_TEST(!seen.insert(3));
  auto kept = seen.take_changes(seen_prefix);
  BOOST_TEST(kept.size() == 2U);
  BOOST_TEST(seen.take_changes(seen_prefix).empty());
  kept.push_back(to_bookmark(mark));
  kept.push_back(to_bookmark(scrub));
  kept.push_back(last_scrub_bookmark(noon));
  for (const auto& each : kept)
    BOOST_TEST(each.value.size() <= 4096U);

  const auto read = read_marks(kept);
  BOOST_TEST_REQUIRE(read.modified.has_value());
  BOOST_TEST((read.modified->at == mark.at));
  BOOST_TEST((read.modified->utc_offset == mark.utc_offset));
  BOOST_TEST((read.modified->next_offset == mark.next_offset));
  BOOST_TEST((read.modified->next_since == mark.next_since));
  BOOST_TEST((read.last_scrub == noon));
  BOOST_TEST_REQUIRE(read.scrub.has_value());
  BOOST_TEST((read.scrub->begun == noon));
  BOOST_TEST(read.scrub->total.value() == 950U);
  BOOST_TEST(read.scrub->done == 400U);
  BOOST_TEST((read.scrub->place.cursors == scrub.place.cursors));
  BOOST_TEST((read.scrub->place.first_ids == scrub.place.first_ids));
  BOOST_TEST(read.scrub->place.pages == 4U);
  BOOST_TEST(read.seen.contains(3));
  BOOST_TEST(read.seen.contains(1'000'000));
  BOOST_TEST(!read.seen.contains(4));
}

BOOST_AUTO_TEST_CASE(a_pass_without_pages_yet_and_one_of_unknown_size_come_back_too) {
  const auto read = read_marks({to_bookmark(scrub_mark{noon, std::nullopt, 0, {}})});
  BOOST_TEST_REQUIRE(read.scrub.has_value());
  BOOST_TEST(!read.scrub->total);
  BOOST_TEST(read.scrub->place.cursors.empty());
}

BOOST_AUTO_TEST_CASE(a_cursor_that_can_not_be_kept_has_the_pass_begin_anew_after_a_restart) {
  const auto mark = to_bookmark(scrub_mark{noon, 1, 1, {{"with a space"}, {}, 1}});
  BOOST_TEST(mark.value.empty());
  BOOST_TEST(to_bookmark(scrub_mark{noon, 1, 1, {{std::string(301, 'a')}, {}, 1}}).value.empty());
}

BOOST_AUTO_TEST_CASE(the_largest_place_fits_a_bookmark) {
  auto place = page_walk::place{};
  place.cursors.assign(3, std::string(300, 'a'));
  for (std::size_t at = 0; at < net::graphql_page_size; ++at)
    place.first_ids.push_back(~stock::product_id{0} - at);
  BOOST_TEST(to_bookmark(scrub_mark{noon, 1, 1, place}).value.size() <= 4096U);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_left_out) {
  const auto read = read_marks({{std::string{watermark_name}, "x"},
                                {std::string{scrub_name}, "12 5 3 2 2 onlyone"},
                                {std::string{last_scrub_name}, ""},
                                {std::string{seen_prefix} + "0", "zz"}});
  BOOST_TEST(!read.modified);
  BOOST_TEST(!read.scrub);
  BOOST_TEST(!read.last_scrub);
  BOOST_TEST(!read.seen.contains(1));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(board)

BOOST_AUTO_TEST_CASE(who_asks_joins_what_waits_and_a_full_pass_that_was_asked_for_and_runs) {
  auto passes = reconcile_board{};
  const auto first = passes.ask(reconcile_type::inventory, 0, noon);
  BOOST_TEST(passes.ask(reconcile_type::inventory, 0, noon).id == first.id);
  BOOST_TEST(passes.begin(reconcile_type::inventory, 0, false, noon) == first.id);
  // What runs may have looked already: who asks now wants a later look.
  BOOST_TEST(passes.ask(reconcile_type::inventory, 0, noon).id != first.id);

  const auto full = passes.ask(reconcile_type::all_products, 0, noon);
  BOOST_TEST(!full.joined);
  BOOST_TEST(passes.begin(reconcile_type::all_products, 0, true, noon) == full.id);
  const auto joined = passes.ask(reconcile_type::all_products, 0, noon);
  BOOST_TEST(joined.joined);
  BOOST_TEST(joined.id == full.id);
  passes.end(full.id, pass_state::done, noon + 1s);
  BOOST_TEST(passes.ask(reconcile_type::all_products, 0, noon).id != full.id);
}

BOOST_AUTO_TEST_CASE(it_forgets_the_oldest_that_ended) {
  auto passes = reconcile_board{};
  const auto runs = passes.begin(reconcile_type::all_products, 0, false, noon);
  for (auto at = 0; at < 200; ++at)
    passes.end(passes.begin(reconcile_type::inventory, 0, false, noon), pass_state::done, noon);
  BOOST_TEST(passes.all().size() == 64U);
  BOOST_TEST(passes.find(runs).has_value());
  BOOST_TEST(!passes.find(2));
}

BOOST_AUTO_TEST_CASE(the_time_left_follows_from_the_time_taken) {
  auto pass = pass_progress{};
  pass.state = pass_state::running;
  pass.begun = noon;
  BOOST_TEST(!time_left(pass, noon + 10s));
  pass.total = 100;
  pass.done = 25;
  BOOST_TEST((time_left(pass, noon + 10s) == 30s));
  pass.state = pass_state::done;
  BOOST_TEST((time_left(pass, noon + 10s) == 0s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(following)

BOOST_AUTO_TEST_CASE(a_receipt_is_finished_by_its_last_part_and_counts_what_was_committed) {
  auto finished = 0;
  auto receipt = std::make_shared<page_receipt>(7, 3, [&](const auto&) { ++finished; });
  const auto first = receipt->part(0);
  const auto second = receipt->part(1);
  const auto third = receipt->part(2);
  first->drifted(stock::drift::stock);
  second->drifted(stock::drift::price);
  first->done(store::outcome::applied);
  second->done(error{errc::unavailable, "The disk is full.", ""});
  BOOST_TEST(finished == 0);
  third->done(store::outcome::unchanged);
  BOOST_TEST(finished == 1);
  BOOST_TEST(receipt->refused() == 1U);
  BOOST_TEST(receipt->drift(stock::drift::stock) == 1U);
  BOOST_TEST(receipt->drift(stock::drift::price) == 0U);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_comes_late_is_not_missed) {
  auto watch = missed_webhooks{};
  watch.expect(1, noon);
  watch.expect(2, noon);
  watch.expect(3, noon + 5min);
  watch.told(2);
  BOOST_TEST(watch.take_missed(noon) == 0U);
  BOOST_TEST(watch.take_missed(noon + 1s) == 1U);
  BOOST_TEST(watch.take_missed(noon + 1s) == 0U);
  BOOST_TEST(watch.take_missed(noon + 6min) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
