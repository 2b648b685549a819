// The embedded store on a disk that is full or broken, and a log that must not grow for ever.
#include "faulty_disk.hpp"
#include "place.hpp"
#include "store/checkpointer.hpp"
#include "store/sqlite_store.hpp"
#include "suite.hpp"

#include <sys/mount.h>

#include <array>

namespace ankkor::store::testing {

namespace {

namespace fs = std::filesystem;

std::vector<entry> batch(std::uint64_t first, std::uint64_t count) {
  std::vector<entry> made;
  for (auto number = first; number < first + count; ++number) {
    auto each = make_entry(make_product(number, number));
    each.delivery = make_delivery(number);
    each.history = {make_history(number, number)};
    each.jobs = {make_job(number, number)};
    made.push_back(std::move(each));
  }
  return made;
}

void check_holds(store& held, std::uint64_t count) {
  BOOST_TEST(load(held).size() == count);
  BOOST_TEST(need(held.highest_version()) == count);
  BOOST_TEST(need(held.load_outbox()).size() == count);
  BOOST_TEST(need(need(held.open_reader())->count()).deliveries == count);
}

// Fails the first operation of a commit, then the second, and so on, until a commit needs no more.
void fail_everywhere(fault kind) {
  const directory where;
  faulty_disk disk;
  auto opened = need(open_sqlite(where.path(), {}));
  commit(*opened, batch(1, 10));
  int nth = 1;
  for (;; ++nth) {
    disk.fail(kind, nth);
    const auto answer = opened->commit(batch(11, 5));
    if (!disk.has_failed())
      break;
    BOOST_REQUIRE(!answer.ok());
    BOOST_TEST((answer.failure().code == errc::unavailable));
    BOOST_TEST(!opened->probe().ok());
    disk.mend();
    check_holds(*opened, 10);
    BOOST_TEST(opened->probe().ok());
  }
  disk.mend();
  BOOST_TEST(nth > (kind == fault::broken_sync ? 1 : 10));
  check_holds(*opened, 15);
  opened.reset();
  check_holds(*need(open_sqlite(where.path(), {})), 15);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_disk)

BOOST_AUTO_TEST_CASE(a_commit_on_a_full_disk_stores_nothing_and_can_be_tried_again) {
  fail_everywhere(fault::full);
}

BOOST_AUTO_TEST_CASE(a_commit_that_cannot_be_written_stores_nothing_and_can_be_tried_again) {
  fail_everywhere(fault::broken_write);
}

BOOST_AUTO_TEST_CASE(a_commit_that_cannot_be_synced_stores_nothing_and_can_be_tried_again) {
  fail_everywhere(fault::broken_sync);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_while_a_store_is_created_leaves_no_half_store) {
  const directory where;
  faulty_disk disk;
  for (int nth = 1;; ++nth) {
    disk.fail(fault::full, nth);
    const auto answer = open_sqlite(where.path(), {});
    disk.mend();
    if (!disk.has_failed())
      break;
    BOOST_TEST_CONTEXT("write " << nth) {
      if (!answer.ok())
        BOOST_TEST((answer.failure().code == errc::unavailable), answer.failure().message);
    }
  }
  commit(*need(open_sqlite(where.path(), {})), batch(1, 3));
  check_holds(*need(open_sqlite(where.path(), {})), 3);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_fails_loses_nothing_and_is_made_later) {
  const directory where;
  faulty_disk disk;
  auto opened = need(open_sqlite(where.path(), {}));
  commit(*opened, batch(1, 100));
  disk.fail(fault::full, 1);
  opened.reset(); // its last checkpoint fails
  BOOST_TEST(disk.has_failed());
  disk.mend();
  check_holds(*need(open_sqlite(where.path(), {})), 100);
}

BOOST_AUTO_TEST_CASE(a_real_disk_that_is_full_is_survived) {
  const directory where;
  if (::mount("tmpfs", where.path().c_str(), "tmpfs", 0, "size=2m,mode=0700") != 0) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  const std::unique_ptr<const std::string, void (*)(const std::string*)> unmount{
    new std::string{where.path()}, [](const std::string* path) {
      ::umount2(path->c_str(), MNT_DETACH);
      delete path;
    }};
  const auto data = (where / "data").string();
  auto opened = need(open_sqlite(data, {}));
  std::uint64_t held = 0;
  auto answer = opened->commit(batch(1, 50));
  for (; answer.ok(); answer = opened->commit(batch(held + 1, 50)))
    held += 50;
  BOOST_TEST((answer.failure().code == errc::unavailable), answer.failure().message);
  BOOST_TEST(held > 0U);
  BOOST_TEST(!opened->probe().ok());
  check_holds(*opened, held);
  BOOST_REQUIRE(::mount("tmpfs", where.path().c_str(), "tmpfs", MS_REMOUNT, "size=8m,mode=0700") ==
                0);
  BOOST_TEST(opened->probe().ok());
  commit(*opened, batch(held + 1, 50));
  check_holds(*opened, held + 50);
  opened.reset();
  check_holds(*need(open_sqlite(data, {})), held + 50);
}

BOOST_AUTO_TEST_CASE(damage_that_is_met_while_running_is_called_damage) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), {}));
  commit(*opened, batch(1, 20));
  run_sql(where / "ankkor.db", "UPDATE products SET stock_status = 'perhaps' WHERE id = 3;"
                               "UPDATE outbox SET tags = '[1' WHERE product = 4");
  const auto products = opened->load_products([](const stock::product&) {});
  BOOST_REQUIRE(!products.ok());
  BOOST_TEST((products.failure().code == errc::corrupt));
  const auto jobs = opened->load_outbox();
  BOOST_REQUIRE(!jobs.ok());
  BOOST_TEST((jobs.failure().code == errc::corrupt));
  entry merging;
  merging.jobs = {make_job(4, 99)};
  const auto merged = opened->commit(std::span{&merging, 1});
  BOOST_REQUIRE(!merged.ok());
  BOOST_TEST((merged.failure().code == errc::corrupt));
}

BOOST_AUTO_TEST_CASE(the_log_stays_bounded_under_a_load_without_pause) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), {}));
  const auto people = need(opened->open_reader());
  for (std::uint64_t round = 0; round < 150; ++round) {
    commit(*opened, batch(1, 100));
    if (round % 50 == 0)
      BOOST_TEST(need(people->count()).products == 100U);
  }
  const auto frame = std::uintmax_t{4096 + 24};
  BOOST_TEST(fs::file_size(where / "ankkor.db-wal") < (wal_frames_hard + 1024) * frame);
  BOOST_TEST(fs::file_size(where / "ankkor.db") > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
