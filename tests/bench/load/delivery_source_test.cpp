// What a load of deliveries expects, remembers and finds wrong.
#include "bench/load/delivery_source.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ankkor;
using namespace std::chrono_literals;
using load::delivery_kind;

constexpr auto recorded = ANKKOR_RECORDINGS "/webhooks/008-stock-rest-put.json";
constexpr auto start = load::time_point{} + 1h;

load::delivery_options options(load::mix_shares shares, std::size_t products) {
  auto made = load::delivery_options{};
  made.products = products;
  made.first_modified = stock::store_time{std::chrono::seconds{1'764'000'000}};
  made.shares = shares;
  return made;
}

load::delivery_source make_source(load::mix_shares shares = {}, std::size_t products = 1) {
  const auto body = load::read_body(recorded);
  BOOST_REQUIRE(body.ok());
  auto deliveries = load::delivery_maker::from(*body, "secret", "h", 7);
  BOOST_REQUIRE(deliveries.ok());
  return load::delivery_source{options(shares, products), *deliveries};
}

load::answer answered(std::string_view outcome, unsigned status = 200) {
  auto made = load::answer{};
  made.status = status;
  made.body = "{\"status\":\"" + std::string{outcome} + "\"}";
  return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_fresh_delivery_is_newer_and_changes_the_stock) {
  auto source = make_source();
  auto request = std::string{};
  const auto first = source.make(request, start);
  const auto second = source.make(request, start);
  BOOST_TEST((second.state.modified > first.state.modified));
  BOOST_TEST(second.state.quantity != first.state.quantity);
}

BOOST_AUTO_TEST_CASE(quantities_count_up_from_the_first) {
  auto request = std::string{};
  const auto body = load::read_body(recorded);
  auto deliveries = load::delivery_maker::from(*body, "secret", "h", 7);
  auto given = options({}, 1);
  given.first_quantity = 998;
  auto source = load::delivery_source{given, *deliveries};
  for (const std::int64_t expected : {998, 999, 0, 1})
    BOOST_TEST(source.make(request, start).state.quantity == expected);
}

BOOST_AUTO_TEST_CASE(what_was_answered_last_is_what_must_be_read_back) {
  auto source = make_source();
  auto request = std::string{};
  const auto first = source.make(request, start);
  const auto second = source.make(request, start);
  // In the other order: the newer state stays.
  BOOST_TEST(source.take(second, answered("applied")).expected);
  BOOST_TEST(source.take(first, answered("stale")).expected);
  BOOST_REQUIRE(source.expected().size() == 1U);
  BOOST_TEST(source.expected().front().quantity == second.state.quantity);
}

BOOST_AUTO_TEST_CASE(a_fresh_delivery_that_nothing_overtook_must_be_applied) {
  for (const auto* outcome : {"stale", "unchanged", "duplicate", "queued", ""}) {
    auto source = make_source();
    auto request = std::string{};
    BOOST_TEST(!source.take(source.make(request, start), answered(outcome)).expected);
  }
}

BOOST_AUTO_TEST_CASE(other_statuses_are_failures_and_change_nothing) {
  auto source = make_source();
  auto request = std::string{};
  BOOST_TEST(!source.take(source.make(request, start), answered("applied", 503)).expected);
  BOOST_TEST(source.expected().empty());
}

BOOST_AUTO_TEST_CASE(
  a_product_whose_delivery_was_lost_is_not_verified_until_a_newer_one_is_answered) {
  auto source = make_source();
  auto request = std::string{};
  source.take(source.make(request, start), answered("applied"));
  source.lose(source.make(request, start));
  BOOST_TEST(source.expected().empty());
  source.take(source.make(request, start), answered("applied"));
  BOOST_TEST(source.expected().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_duplicate_is_the_bytes_of_what_was_answered_and_must_be_called_so) {
  auto source = make_source({1, 0, 0});
  auto first = std::string{};
  auto again = std::string{};
  // Nothing to repeat yet.
  const auto fresh = source.make(first, start);
  BOOST_TEST((fresh.kind == delivery_kind::fresh));
  source.take(fresh, answered("applied"));
  const auto repeated = source.make(again, start);
  BOOST_TEST((repeated.kind == delivery_kind::duplicate));
  BOOST_TEST(again == first);
  BOOST_TEST(source.take(repeated, answered("duplicate")).expected);
  BOOST_TEST(!source.take(source.make(again, start), answered("applied")).expected);
}

BOOST_AUTO_TEST_CASE(a_stale_one_is_older_with_an_id_of_its_own_and_changes_nothing) {
  auto source = make_source({0, 1, 0});
  auto request = std::string{};
  const auto fresh = source.make(request, start);
  source.take(fresh, answered("applied"));
  const auto stale = source.make(request, start);
  BOOST_TEST((stale.state.modified < fresh.state.modified));
  BOOST_TEST(source.take(stale, answered("stale")).expected);
  BOOST_TEST(source.expected().front().quantity == fresh.state.quantity);
  BOOST_TEST(!source.take(source.make(request, start), answered("applied")).expected);
}

BOOST_AUTO_TEST_CASE(a_forged_one_must_be_refused) {
  auto source = make_source({0, 0, 1});
  auto request = std::string{};
  BOOST_TEST(source.take(source.make(request, start), answered("", 401)).expected);
  BOOST_TEST(!source.take(source.make(request, start), answered("applied")).expected);
  BOOST_TEST(source.expected().empty());
}

BOOST_AUTO_TEST_CASE(a_change_is_untold_until_a_storefront_hears_of_it_after_it_was_sent) {
  auto source = make_source({}, 2);
  auto request = std::string{};
  for (int at = 0; at < 2; ++at)
    source.take(source.make(request, start), answered("applied"));
  BOOST_TEST(source.untold() == 2U);
  source.tell(1, start + 40ms);
  source.tell(99, start + 40ms);
  BOOST_TEST(source.untold() == 1U);
  source.tell(2, start + 60ms);
  BOOST_TEST(source.untold() == 0U);
  BOOST_TEST(source.propagation().count() == 2U);
  BOOST_TEST((source.propagation().max() == 60ms));
  // Told again, and changed again.
  source.tell(1, start + 70ms);
  BOOST_TEST(source.propagation().count() == 2U);
  source.take(source.make(request, start + 80ms), answered("applied"));
  BOOST_TEST(source.untold() == 1U);
}
