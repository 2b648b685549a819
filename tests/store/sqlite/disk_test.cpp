// The embedded store on a disk that is full or broken, and a log that must not grow for ever.
#include "faulty_disk.hpp"
#include "place.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <sys/mount.h>

#include <array>
#include <atomic>

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

BOOST_AUTO_TEST_CASE(a_commit_that_is_written_by_half_stores_nothing_and_can_be_tried_again) {
  fail_everywhere(fault::short_write);
}

BOOST_AUTO_TEST_CASE(deliveries_that_could_not_be_deleted_are_duplicates_still) {
  const directory where;
  faulty_disk disk;
  limits tight;
  tight.deliveries_max = 4;
  const auto opened = need(open_sqlite(where.path(), tight));
  commit(*opened, batch(1, 10));
  const std::vector again(batch(1, 10));
  const auto outcomes = [&](std::uint64_t known_from) {
    std::vector<commit_outcome> expected;
    for (std::uint64_t number = 1; number <= 10; ++number)
      expected.push_back(number < known_from ? commit_outcome::committed
                                             : commit_outcome::duplicate);
    return expected;
  };
  disk.fail(fault::full, 1);
  BOOST_TEST(!opened->purge(at(0)).ok());
  disk.mend();
  BOOST_TEST(opened->probe().ok());
  BOOST_TEST((commit(*opened, again) == outcomes(1)));
  BOOST_TEST(opened->purge(at(0)).ok());
  BOOST_TEST((commit(*opened, again) == outcomes(7)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_an_error_and_never_a_part_of_the_truth) {
  const directory where;
  commit(*need(open_sqlite(where.path(), {})), batch(1, 200));
  faulty_disk disk;
  int failures = 0;
  for (int nth = 1;; ++nth) {
    disk.fail(fault::broken_read, nth);
    const auto opened = open_sqlite(where.path(), {});
    std::uint64_t held = 0;
    const auto loaded = opened.ok()
                          ? opened.value()->load_products([&](const stock::product&) { ++held; })
                          : status{opened.failure()};
    const auto jobs = opened.ok() ? opened.value()->load_outbox()
                                  : result<std::vector<outbox_job>>{opened.failure()};
    disk.mend();
    BOOST_TEST((!loaded.ok() || held == 200U));
    BOOST_TEST((!jobs.ok() || jobs.value().size() == 200U));
    for (const auto* failure :
         {loaded.ok() ? nullptr : &loaded.failure(), jobs.ok() ? nullptr : &jobs.failure()}) {
      if (failure != nullptr)
        BOOST_TEST((failure->code == errc::unavailable), nth << ": " << failure->message);
    }
    if (!disk.has_failed())
      break;
    ++failures;
  }
  BOOST_TEST(failures > 20);
  check_holds(*need(open_sqlite(where.path(), {})), 200);
}

BOOST_AUTO_TEST_CASE(a_note_that_cannot_be_kept_costs_nothing_but_its_warning) {
  for (const auto kind :
       {fault::broken_note_write, fault::short_note_write, fault::broken_note_sync}) {
    const directory where;
    faulty_disk disk;
    auto opened = need(open_sqlite(where.path(), {}));
    commit(*opened, batch(1, 10));
    disk.fail(kind, 1);
    for (std::uint64_t first = 11; first <= 100; first += 10)
      commit(*opened, batch(first, 10));
    opened.reset();
    BOOST_TEST(disk.has_failed());
    disk.mend();
    check_holds(*need(open_sqlite(where.path(), {})), 100);
  }
}

// As long as no synced note says that the log is needed, the database must not be half new.
class note_watcher final : public disk_watcher {
public:
  bool write(std::string_view file, std::string_view, std::uint64_t) override {
    if (file == "ankkor.seq")
      is_dirty_ = true;
    if (file == "ankkor.db" && (syncs_ == 0 || broken_))
      too_early_ = true;
    return true;
  }

  void truncate(std::string_view, std::uint64_t) override {}

  void remove(std::string_view) override {}

  // The first fails, and takes what was written with it; the next has nothing to do, and says so.
  bool sync(std::string_view file) override {
    if (file != "ankkor.seq")
      return true;
    broken_ = ++syncs_ == 1 || (broken_ && !is_dirty_);
    is_dirty_ = false;
    return syncs_ != 1;
  }

  [[nodiscard]] bool too_early() const { return too_early_; }

  [[nodiscard]] int syncs() const { return syncs_; }

private:
  std::atomic<bool> is_dirty_{false};
  std::atomic<bool> broken_{false};
  std::atomic<bool> too_early_{false};
  std::atomic<int> syncs_{0};
};

BOOST_AUTO_TEST_CASE(no_page_is_carried_over_before_the_note_of_it_is_synced) {
  const directory where;
  { const auto created = need(open_sqlite(where.path(), {})); }
  note_watcher watcher;
  faulty_disk disk{watcher, where.path()};
  {
    const auto opened = need(open_sqlite(where.path(), {}, stop_process, {2048, {}}));
    for (std::uint64_t round = 0; watcher.syncs() < 3 && round < 500; ++round)
      commit(*opened, batch(1, 100));
  }
  BOOST_TEST(watcher.syncs() >= 3);
  BOOST_TEST(!watcher.too_early());
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

// Changes of what is held, over and over: only the log grows. Much more than any small disk has.
void keep_changing(store& held, std::uint64_t version) {
  for (std::uint64_t round = 0; round < 400; ++round) {
    auto each = make_entry(make_product(round % 20 + 1, version));
    each.jobs = {make_job(round % 20 + 1, version)};
    commit(held, each);
  }
}

// A file system of memory, of that size; nothing where this user may not mount one.
class small_mount {
public:
  explicit small_mount(const char* options) {
    mounted_ = ::mount("tmpfs", where_.path().c_str(), "tmpfs", 0, options) == 0;
    if (!mounted_)
      BOOST_TEST_MESSAGE("skipped: this user may not mount a tmpfs");
  }

  ~small_mount() {
    if (mounted_)
      ::umount2(where_.path().c_str(), MNT_DETACH);
  }

  small_mount(const small_mount&) = delete;
  small_mount& operator=(const small_mount&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }

  [[nodiscard]] std::string data() const { return (where_ / "data").string(); }

  bool grow(const char* options) {
    return ::mount("tmpfs", where_.path().c_str(), "tmpfs", MS_REMOUNT, options) == 0;
  }

private:
  directory where_;
  bool mounted_ = false;
};

BOOST_AUTO_TEST_CASE(a_disk_smaller_than_the_log_is_enough_for_what_is_held) {
  const small_mount disk{"size=2m,mode=0700"};
  if (!disk.mounted())
    return;
  auto opened = need(open_sqlite(disk.data(), {}));
  commit(*opened, batch(1, 50));
  keep_changing(*opened, 50);
  opened.reset();
  check_holds(*need(open_sqlite(disk.data(), {})), 50);
}

BOOST_AUTO_TEST_CASE(room_that_is_made_on_a_disk_smaller_than_the_log_is_enough) {
  small_mount disk{"size=1m,mode=0700"};
  if (!disk.mounted())
    return;
  auto opened = need(open_sqlite(disk.data(), {}));
  std::uint64_t held = 0;
  while (opened->commit(batch(held + 1, 20)).ok())
    held += 20;
  BOOST_TEST(held > 0U);
  check_holds(*opened, held);
  // Far less than the log takes.
  BOOST_REQUIRE(disk.grow("size=1400k,mode=0700"));
  BOOST_TEST(opened->probe().ok());
  keep_changing(*opened, held);
  opened.reset();
  check_holds(*need(open_sqlite(disk.data(), {})), held);
}

BOOST_AUTO_TEST_CASE(a_real_disk_that_is_full_is_survived) {
  small_mount disk{"size=2m,mode=0700"};
  if (!disk.mounted())
    return;
  auto opened = need(open_sqlite(disk.data(), {}));
  std::uint64_t held = 0;
  auto answer = opened->commit(batch(1, 50));
  for (; answer.ok(); answer = opened->commit(batch(held + 1, 50)))
    held += 50;
  BOOST_TEST((answer.failure().code == errc::unavailable), answer.failure().message);
  BOOST_TEST(held > 0U);
  BOOST_TEST(!opened->probe().ok());
  check_holds(*opened, held);
  BOOST_REQUIRE(disk.grow("size=8m,mode=0700"));
  BOOST_TEST(opened->probe().ok());
  commit(*opened, batch(held + 1, 50));
  check_holds(*opened, held + 50);
  opened.reset();
  check_holds(*need(open_sqlite(disk.data(), {})), held + 50);
}

BOOST_AUTO_TEST_CASE(damage_that_is_met_while_running_is_called_damage) {
  const directory where;
  const auto opened = need(open_sqlite(where.path(), {}));
  commit(*opened, batch(1, 20));
  run_sql(where / "ankkor.db", "UPDATE products SET managed = 'perhaps' WHERE id = 3;"
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
