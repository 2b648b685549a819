// A bit that flips on the disk: an error that says so, or the right data. What SQLite can't notice,
// a value that changed within a row of ankkor.db, is counted, so that the documents stay true.
#include "numbered.hpp"
#include "place.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <random>

namespace ankkor::store::testing {

namespace {

using files = std::map<std::string, std::string>;

// All that a start reads.
struct held_data {
  std::vector<stock::product> products;
  std::vector<outbox_job> jobs;
  std::uint64_t version = 0;

  bool operator==(const held_data&) const = default;
};

result<held_data> read_all(const std::string& where) {
  const auto opened = open_sqlite(where, {});
  if (!opened)
    return opened.failure();
  held_data held;
  if (auto loaded = opened.value()->load_products(
        [&](stock::product each) { held.products.push_back(std::move(each)); });
      !loaded)
    return loaded.failure();
  auto jobs = opened.value()->load_outbox();
  if (!jobs)
    return jobs.failure();
  held.jobs = std::move(jobs).value();
  held.version = need(opened.value()->highest_version());
  return held;
}

// As kill -9 leaves it: some commits in the database, some in the log.
files left_behind(const std::string& where) {
  std::uint64_t last = 0;
  for (int part = 0; part < 2; ++part) {
    in_lost_process([&] {
      auto opened = open_sqlite(where, {});
      if (!opened)
        return false;
      auto* const kept = opened.value().release(); // a process that is killed closes nothing
      for (int round = 0; round < 10; ++round, last += 16) {
        if (!kept->commit(numbered_batch(last)).ok())
          return false;
      }
      return true;
    });
    last += 160;
    if (part == 0)
      need(open_sqlite(where, {})).reset(); // carries it over
  }
  return contents(where);
}

struct verdicts {
  int refused = 0;
  int right = 0;
  int wrong = 0;
};

// Flips one bit of that file, each time another, and looks what a start makes of it.
verdicts flip(const files& whole, const std::string& name, int times, const held_data& truth) {
  std::mt19937 random{20'261'125};
  verdicts all;
  for (int round = 0; round < times; ++round) {
    auto flipped = whole;
    auto& content = flipped.at(name);
    const auto at = random() % content.size();
    content[at] = static_cast<char>(static_cast<unsigned char>(content[at]) ^ 1U << random() % 8);
    const directory place;
    fill_with(flipped, place.path());
    const auto found = read_all(place.path());
    if (!found.ok()) {
      ++all.refused;
      BOOST_TEST((found.failure().code == errc::corrupt || found.failure().code == errc::foreign),
                 name << " at " << at << ": " << found.failure().message);
      BOOST_TEST(!found.failure().mend.empty());
    } else if (found.value() == truth) {
      ++all.right;
    } else {
      ++all.wrong;
    }
  }
  return all;
}

struct flipping {
  directory where;
  files whole = left_behind(where.path());
  held_data truth = need(read_all(where.path()));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_flip, flipping)

BOOST_AUTO_TEST_CASE(a_bit_flipped_in_the_log_is_never_taken_for_the_truth) {
  const auto found = flip(whole, "ankkor.db-wal", 150, truth);
  BOOST_TEST(found.wrong == 0);
  BOOST_TEST(found.refused > 100);
}

BOOST_AUTO_TEST_CASE(a_bit_flipped_in_the_note_is_never_taken_for_the_truth) {
  const auto found = flip(whole, "ankkor.seq", 150, truth);
  BOOST_TEST(found.wrong == 0);
  BOOST_TEST(found.right > 0);
}

// SQLite has no checksums of its pages: the structure is looked at, and each value when it is read.
BOOST_AUTO_TEST_CASE(a_bit_flipped_in_the_database_is_refused_or_changes_no_more_than_a_value) {
  // Closed, so that all is read from there.
  const auto found = flip(contents(where.path()), "ankkor.db", 300, truth);
  BOOST_TEST_MESSAGE("of 300 flips in ankkor.db " << found.refused << " were refused, "
                                                  << found.right << " did no harm, " << found.wrong
                                                  << " went unnoticed");
  BOOST_TEST(found.refused > 20);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
