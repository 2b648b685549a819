// What the embedded store appends: that rows go once nothing needs them, and not before.
#include "place.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <cstdint>

namespace ankkor::store::testing {

namespace {

std::uint64_t rows(const directory& where) {
  return std::stoull(run_sql(where / "ankkor.db", "SELECT count(*) FROM journal"));
}

void purge_all(store& of) {
  for (int calls = 0; need(of.purge(at(0))); ++calls)
    BOOST_REQUIRE_MESSAGE(calls < 1'000, "purge has always more to do");
}

// A delivery that changed the product's stock, of which live readers were told.
entry change(product_id product, std::uint64_t number) {
  auto made = make_entry(make_product(product, number));
  made.delivery = make_delivery(number);
  made.history = {make_history(product, number)};
  made.events = {{number, product, product, made.history[0].at, made.history[0].after, true}};
  return made;
}

// As a reconciliation leaves it.
entry change_without_delivery(product_id product, std::uint64_t number) {
  auto made = change(product, number);
  made.delivery.reset();
  return made;
}

void commit_changes(store& into, std::uint64_t first, std::uint64_t last,
                    entry (*make)(product_id, std::uint64_t) = change) {
  std::vector<entry> batch;
  for (auto number = first; number <= last; ++number)
    batch.push_back(make(number % 3 + 1, number));
  commit(into, batch);
}

limits tight_limits() {
  limits tight;
  tight.deliveries_max = 10;
  tight.events_max = 20;
  tight.history_per_product = 15;
  return tight;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_journal)

BOOST_AUTO_TEST_CASE(what_came_of_one_delivery_is_one_row) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), {}));
  commit_changes(*opened, 1, 30);
  BOOST_TEST(rows(where) == 30U);
  const auto twice =
    run_sql(where / "ankkor.db", "SELECT count(*) FROM journal"
                                 " WHERE cause IS NOT NULL OR reference IS NOT NULL");
  BOOST_TEST(twice == "0", "what the delivery says already is kept twice");
}

// A pass begins once so many were added.
constexpr std::uint64_t pass_rows = 1'000;

BOOST_AUTO_TEST_CASE(sweeps_leave_what_is_needed_and_little_else) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), tight_limits()));
  commit(*opened, change(7, 1));
  for (std::uint64_t number = 2; number < 20'000; number += 1'500) {
    commit_changes(*opened, number, number + 1'499);
    purge_all(*opened);
    // The newest 15 lines of three products, and the one of a product that hardly changes.
    BOOST_TEST(rows(where) >= 46U);
    BOOST_TEST(rows(where) <= 46U + 10U + pass_rows);
  }
  const auto people = need(opened->open_reader());
  BOOST_TEST((need(people->history(7, 9)) == std::vector{make_history(7, 1)}));
  BOOST_TEST(need(people->history(2, 500)).size() == 15U);
  BOOST_TEST(need(people->deliveries({{}, "", 0, 500})).size() == 10U);
  BOOST_TEST(need(opened->load_events(500)).size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_start_goes_on_with_what_was_swept_and_with_what_was_not) {
  const directory where;
  limits none;
  none.deliveries_max = 0;
  none.events_max = 0;
  none.history_per_product = 0;
  for (const auto& kept : {none, tight_limits(), none}) {
    const auto first = 1 + need(need(open_sqlite(where.path(), kept))->highest_version());
    {
      const auto opened = need(open_sqlite(where.path(), kept));
      commit_changes(*opened, first, first + 1'999);
      purge_all(*opened);
      purge_all(*opened);
    }
    const auto opened = need(open_sqlite(where.path(), kept));
    const auto expected =
      kept.deliveries_max == 0 ? commit_outcome::committed : commit_outcome::duplicate;
    BOOST_TEST((commit(*opened, change(1, first + 1'999)).at(0) == expected));
    auto next = change(2, first + 2'000);
    BOOST_TEST((commit(*opened, next).at(0) == commit_outcome::committed));
    BOOST_TEST((commit(*opened, next).at(0) == commit_outcome::duplicate));
    BOOST_TEST(need(opened->load_events(1)).at(0).sequence == first + 2'000);
  }
}

BOOST_AUTO_TEST_CASE(what_came_without_a_delivery_is_bounded_too) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), tight_limits()));
  commit(*opened, change(7, 1));
  for (std::uint64_t number = 2; number < 9'000; number += 1'500) {
    commit_changes(*opened, number, number + 1'499, change_without_delivery);
    purge_all(*opened);
  }
  BOOST_TEST(rows(where) <= 46U + 40U + pass_rows);
  BOOST_TEST((commit(*opened, change(7, 1)).at(0) == commit_outcome::committed));
}

BOOST_AUTO_TEST_CASE(a_delivery_is_kept_among_many_rows_that_are_none) {
  const directory where;
  limits roomy = tight_limits();
  roomy.deliveries_max = 2'000;
  const auto opened = need(open_sqlite(where.path(), roomy));
  commit(*opened, change(7, 1));
  commit_changes(*opened, 2, 3'000, change_without_delivery);
  purge_all(*opened);
  purge_all(*opened);
  BOOST_TEST((commit(*opened, change(7, 1)).at(0) == commit_outcome::duplicate));
}

BOOST_AUTO_TEST_CASE(a_sweep_that_finds_nothing_writes_nothing) {
  const directory where;
  limits roomy = tight_limits();
  roomy.history_per_product = 1'000'000;
  {
    const auto opened = need(open_sqlite(where.path(), roomy));
    commit_changes(*opened, 1, 3'000);
    purge_all(*opened);
    purge_all(*opened);
  }
  const auto opened = need(open_sqlite(where.path(), roomy));
  const auto commits = [&] {
    return run_sql(where / "ankkor.db", "SELECT value FROM meta WHERE name = 'commits'");
  };
  const auto before = commits();
  purge_all(*opened);
  BOOST_TEST(commits() == before);
  BOOST_TEST(rows(where) == 3'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
