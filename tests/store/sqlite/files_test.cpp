// The embedded store's files: whose they are, whether they are whole, and that a refusal changes
// none.
#include "place.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <random>

namespace ankkor::store::testing {

namespace {

namespace fs = std::filesystem;

// Refused with this code, a message, a mend, and every file as it was.
void check_refused(const std::string& directory, errc code) {
  const auto before = contents(directory);
  const auto answer = open_sqlite(directory, {});
  BOOST_REQUIRE(!answer.ok());
  BOOST_TEST((answer.failure().code == code), answer.failure().message);
  BOOST_TEST(!answer.failure().message.empty());
  BOOST_TEST(!answer.failure().mend.empty());
  BOOST_TEST((contents(directory) == before), "a refusal changed a file");
}

entry numbered_entry(std::uint64_t number) {
  auto made = make_entry(make_product(number % 40 + 1, number));
  made.delivery = make_delivery(number);
  made.history = {make_history(number % 40 + 1, number)};
  made.jobs = {make_job(number % 40 + 1, number)};
  return made;
}

bool commit_numbers(store& into, std::uint64_t first, std::uint64_t last) {
  for (auto number = first; number <= last; ++number) {
    const auto each = numbered_entry(number);
    if (!into.commit(std::span{&each, 1}).ok())
      return false;
  }
  return true;
}

// A directory that a killed daemon left: `count` commits, the last of them in the log only.
void leave_behind(const std::string& directory, std::uint64_t first, std::uint64_t last) {
  in_lost_process([&] {
    auto opened = open_sqlite(directory, {});
    // Released: a process that is killed closes nothing.
    return opened.ok() && commit_numbers(*opened.value().release(), first, last);
  });
}

// All of the commits up to this one, and nothing else.
bool holds_exactly(store& held, std::uint64_t last) {
  const auto versions = held.highest_version();
  const auto people = held.open_reader();
  if (!versions.ok() || versions.value() != last || !people.ok())
    return false;
  const auto seen = people.value()->count();
  if (!seen.ok() || seen.value().deliveries != last)
    return false;
  bool right = true;
  const auto loaded = held.load_products([&](const stock::product& each) {
    const auto newest = last - (last + 41 - each.id) % 40;
    right = right && each == make_product(each.id, newest);
  });
  return loaded.ok() && right && seen.value().products == std::min<std::uint64_t>(last, 40);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_files)

BOOST_AUTO_TEST_CASE(a_new_store_is_for_its_owner_only) {
  const directory where;
  const auto opened = need(open_sqlite(where.path() + "/deep/data", {}));

  struct stat found {};

  BOOST_REQUIRE(::stat((where.path() + "/deep/data").c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 0777U) == 0700U);
  commit(*opened, numbered_entry(1));
  int files = 0;
  for (const auto& each : fs::directory_iterator{where.path() + "/deep/data"}) {
    BOOST_REQUIRE(::stat(each.path().c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0600U, each.path());
    ++files;
  }
  BOOST_TEST(files == 5);
}

BOOST_AUTO_TEST_CASE(a_store_that_was_closed_leaves_one_database_and_no_log) {
  const directory where;
  commit(*need(open_sqlite(where.path(), {})), numbered_entry(1));
  const auto files = contents(where.path());
  BOOST_TEST(files.size() == 2U);
  BOOST_TEST(files.contains("ankkor.db"));
  BOOST_TEST(files.contains("ankkor.seq"));
}

BOOST_AUTO_TEST_CASE(a_second_daemon_is_told_who_has_the_directory) {
  const directory where;
  auto first = need(open_sqlite(where.path(), {}));
  const auto second = open_sqlite(where.path(), {});
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST((second.failure().code == errc::conflict));
  BOOST_TEST(second.failure().message.find(std::to_string(::getpid())) != std::string::npos);
  commit(*first, numbered_entry(1));
  first.reset();
  BOOST_TEST(open_sqlite(where.path(), {}).ok());
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_left_alone) {
  const directory where;
  write_file(where / "ankkor.db",
             "a shopping list, and a long one at that: " + std::string(200, '-'));
  check_refused(where.path(), errc::foreign);
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_left_alone) {
  const directory where;
  run_sql(where / "ankkor.db", "CREATE TABLE meta (name, value); INSERT INTO meta VALUES ('a', 1)");
  check_refused(where.path(), errc::foreign);
  run_sql(where / "ankkor.db", "PRAGMA journal_mode = WAL; CREATE TABLE more (a)");
  check_refused(where.path(), errc::foreign);
}

BOOST_AUTO_TEST_CASE(a_database_of_a_newer_ankkor_is_left_alone) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  const auto crashed = contents(where.path());
  run_sql(where / "ankkor.db", "PRAGMA user_version = 99");
  check_refused(where.path(), errc::foreign);
  // The same while the newer version's number is in the log only.
  fill_with(crashed, where.path());
  in_lost_process([&] {
    run_sql(where / "ankkor.db", "PRAGMA wal_autocheckpoint = 0");
    sqlite3* raw = nullptr;
    return sqlite3_open((where / "ankkor.db").c_str(), &raw) == SQLITE_OK &&
           sqlite3_exec(raw, "PRAGMA user_version = 99", nullptr, nullptr, nullptr) == SQLITE_OK;
  });
  check_refused(where.path(), errc::foreign);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_a_file_is_refused) {
  const directory where;
  write_file(where / "data", "");
  const auto answer = open_sqlite((where / "data").string(), {});
  BOOST_REQUIRE(!answer.ok());
  BOOST_TEST((answer.failure().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_database_that_is_empty_missing_or_overwritten_is_a_loss) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  const auto crashed = contents(where.path());
  write_file(where / "ankkor.db", "");
  check_refused(where.path(), errc::corrupt);
  write_file(where / "ankkor.db", std::string(8192, '\0'));
  check_refused(where.path(), errc::corrupt);
  fs::remove(where / "ankkor.db");
  check_refused(where.path(), errc::corrupt);
  fs::remove(where / "ankkor.seq");
  check_refused(where.path(), errc::corrupt); // the log is there still
  fill_with(crashed, where.path());
  BOOST_TEST(holds_exactly(*need(open_sqlite(where.path(), {})), 3));
}

BOOST_AUTO_TEST_CASE(a_deleted_log_is_a_loss) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  fs::remove(where / "ankkor.db-wal");
  check_refused(where.path(), errc::corrupt);
}

BOOST_AUTO_TEST_CASE(an_old_database_beside_a_newer_log_is_a_loss) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  { const auto closed = need(open_sqlite(where.path(), {})); }
  const auto old = read_file(where / "ankkor.db");
  { commit(*need(open_sqlite(where.path(), {})), numbered_entry(4)); }
  leave_behind(where.path(), 5, 6);
  write_file(where / "ankkor.db", old);
  check_refused(where.path(), errc::corrupt);
}

BOOST_AUTO_TEST_CASE(a_backup_of_the_database_alone_is_taken_as_it_is) {
  const directory where;
  commit(*need(open_sqlite(where.path(), {})), numbered_entry(1));
  const auto backup = read_file(where / "ankkor.db");
  const directory elsewhere;
  write_file(elsewhere / "ankkor.db", backup);
  auto restored = need(open_sqlite(elsewhere.path(), {}));
  BOOST_TEST(holds_exactly(*restored, 1));
  commit(*restored, numbered_entry(2));
  restored.reset();
  BOOST_TEST(contents(elsewhere.path()).contains("ankkor.seq"));
  // One made with VACUUM INTO isn't in WAL mode.
  const directory third;
  run_sql(elsewhere / "ankkor.db", fmt::format("VACUUM INTO '{}/ankkor.db'", third.path()));
  BOOST_TEST(holds_exactly(*need(open_sqlite(third.path(), {})), 2));
}

BOOST_AUTO_TEST_CASE(a_damaged_note_of_what_was_committed_is_noticed) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  const auto crashed = contents(where.path());
  const auto good = crashed.at("ankkor.seq");
  for (const auto& bad : {std::string{}, std::string(1024, '\0'), good.substr(0, 40)}) {
    write_file(where / "ankkor.seq", bad);
    check_refused(where.path(), errc::corrupt);
  }
  // One of the two notes is enough: a process may die while it writes the other.
  for (const std::size_t place : {20U, 512U + 20U}) {
    auto half = good;
    half[place] = static_cast<char>(half[place] ^ 1);
    fill_with(crashed, where.path());
    write_file(where / "ankkor.seq", half);
    BOOST_TEST(holds_exactly(*need(open_sqlite(where.path(), {})), 3));
  }
}

BOOST_AUTO_TEST_CASE(another_programs_unfinished_write_is_left_to_it) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  write_file(where / "ankkor.db-journal", "something");
  check_refused(where.path(), errc::corrupt);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_damaged_is_found_at_the_start) {
  const directory where;
  leave_behind(where.path(), 1, 200);
  { const auto closed = need(open_sqlite(where.path(), {})); }
  auto database = read_file(where / "ankkor.db");
  for (std::size_t at = database.size() - 8192; at < database.size() - 4096; ++at)
    database[at] = static_cast<char>(at * 7);
  write_file(where / "ankkor.db", database);
  check_refused(where.path(), errc::corrupt);
}

BOOST_AUTO_TEST_CASE(an_administrator_may_look_while_ankkor_runs_and_while_it_starts) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  sqlite3* shell = nullptr;
  BOOST_REQUIRE(sqlite3_open((where / "ankkor.db").c_str(), &shell) == SQLITE_OK);
  BOOST_REQUIRE(sqlite3_exec(shell, "BEGIN; SELECT count(*) FROM stock", nullptr, nullptr,
                             nullptr) == SQLITE_OK);
  {
    const auto opened = need(open_sqlite(where.path(), {}));
    commit(*opened, numbered_entry(4));
    BOOST_TEST(holds_exactly(*opened, 4));
    BOOST_TEST(run_sql(where / "ankkor.db", "SELECT quantity FROM stock WHERE id = 5") == "4");
    BOOST_TEST(run_sql(where / "ankkor.db", "SELECT received FROM recent_deliveries") ==
               "1970-01-01 00:00:00");
    BOOST_REQUIRE(sqlite3_exec(shell, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  sqlite3_close(shell);
  BOOST_TEST(holds_exactly(*need(open_sqlite(where.path(), {})), 4));
}

// The one case where ankkor can't tell a lost log from one that was finished with: it says so.
BOOST_AUTO_TEST_CASE(a_log_that_another_program_finished_is_asked_about) {
  const directory where;
  leave_behind(where.path(), 1, 3);
  sqlite3* shell = nullptr;
  BOOST_REQUIRE(sqlite3_open((where / "ankkor.db").c_str(), &shell) == SQLITE_OK);
  BOOST_REQUIRE(sqlite3_exec(shell, "BEGIN; SELECT count(*) FROM stock", nullptr, nullptr,
                             nullptr) == SQLITE_OK);
  commit(*need(open_sqlite(where.path(), {})), numbered_entry(4));
  sqlite3_close(shell);
  check_refused(where.path(), errc::corrupt);
  BOOST_TEST(open_sqlite(where.path(), {}).failure().mend.find("ankkor.seq") != std::string::npos);
  fs::remove(where / "ankkor.seq");
  BOOST_TEST(holds_exactly(*need(open_sqlite(where.path(), {})), 4));
}

// -- migrations ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_database_of_schema_version_1_is_read) {
  const directory where;
  run_sql(where / "ankkor.db", read_file(ANKKOR_SOURCE_DIR "/tests/store/schema-1.sql"));
  const auto opened = need(open_sqlite(where.path(), {}));
  auto expected = make_product(34, 5);
  expected.variations = {make_record(35, 34, 6)};
  BOOST_TEST((load(*opened) == std::vector{expected}));
  BOOST_TEST(need(opened->highest_version()) == 5U);
  BOOST_TEST((need(opened->load_outbox()) == std::vector{make_job(34, 5)}));
  BOOST_TEST(
    (need(opened->load_confirmations()) == std::vector{confirmation{0, "order", at(1), at(2)}}));
  const auto people = need(opened->open_reader());
  BOOST_TEST((need(people->deliveries({})) == std::vector{make_delivery(5)}));
  BOOST_TEST((need(people->history(34, 9)) == std::vector{make_history(34, 5)}));
  BOOST_TEST(need(people->dead_letters(9)).at(0).id == 9);
}

BOOST_AUTO_TEST_CASE(a_database_of_schema_version_2_goes_on) {
  const directory where;
  run_sql(where / "ankkor.db", read_file(ANKKOR_SOURCE_DIR "/tests/store/schema-1.sql"));
  run_sql(where / "ankkor.db", read_file(ANKKOR_SOURCE_DIR "/tests/store/schema-2.sql"));
  auto late = make_delivery(6);
  late.received = at(4'500);
  auto stale = make_delivery(4);
  stale.result = outcome::stale;
  std::vector expected{make_delivery(5), late, stale, make_delivery(3)};
  std::vector lines{make_history(34, 6), make_history(34, 5)};
  {
    const auto opened = need(open_sqlite(where.path(), {}));
    const auto people = need(opened->open_reader());
    BOOST_TEST((need(people->deliveries({})) == expected));
    BOOST_TEST((need(people->history(34, 9)) == lines));
    BOOST_TEST(need(opened->load_events(9)).at(0).sequence == 41U);
    BOOST_TEST((need(opened->load_bookmarks()) == std::vector{bookmark{"a", "b"}}));
    entry again;
    again.delivery = late;
    auto next = make_entry(make_product(34, 7));
    next.delivery = make_delivery(7);
    next.history = {make_history(34, 7)};
    BOOST_TEST((commit(*opened, std::vector{again, next}) ==
                std::vector{commit_outcome::duplicate, commit_outcome::committed}));
  }
  const auto opened = need(open_sqlite(where.path(), {}));
  const auto people = need(opened->open_reader());
  expected.insert(expected.begin(), make_delivery(7));
  lines.insert(lines.begin(), make_history(34, 7));
  BOOST_TEST((need(people->deliveries({})) == expected));
  BOOST_TEST((need(people->history(34, 9)) == lines));
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_leaves_the_version_before_it) {
  const directory where;
  auto database = need(sqlite::connection::open((where / "x.db").string(),
                                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  const std::array<sqlite::migration, 3> broken{"CREATE TABLE a (x)", "CREATE TABLE b (x)",
                                                "CREATE TABLE c (x); CREATE TABLE a (again)"};
  const auto failed = sqlite::migrate(database, broken);
  BOOST_REQUIRE(!failed.ok());
  BOOST_TEST(failed.failure().message.find("version 3") != std::string::npos);
  BOOST_TEST(database.integer("PRAGMA user_version").value() == 2);
  BOOST_TEST(database.integer("SELECT count(*) FROM sqlite_schema").value() == 2);
  const std::array<sqlite::migration, 3> mended{"", "", "CREATE TABLE c (x)"};
  BOOST_TEST(sqlite::migrate(database, mended).ok());
  BOOST_TEST(sqlite::migrate(database, mended).ok());
  BOOST_TEST(database.integer("PRAGMA user_version").value() == 3);
}

// -- truncation ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_is_never_taken_for_a_shorter_history) {
  std::mt19937 random{4711};
  const directory where;
  std::vector<std::pair<std::map<std::string, std::string>, std::uint64_t>> states;
  leave_behind(where.path(), 1, 60); // all in the log
  states.emplace_back(contents(where.path()), 60);
  { const auto closed = need(open_sqlite(where.path(), {})); }
  states.emplace_back(contents(where.path()), 60); // all in the database
  leave_behind(where.path(), 61, 100);
  states.emplace_back(contents(where.path()), 100); // some in each
  int refused = 0;
  int whole = 0;
  for (int round = 0; round < 100; ++round) {
    const auto& [files, last] = states[random() % states.size()];
    const bool log = files.contains("ankkor.db-wal") && random() % 2 == 0;
    const auto* name = log ? "ankkor.db-wal" : "ankkor.db";
    fill_with(files, where.path());
    const auto size = files.at(name).size();
    fs::resize_file(where / name, random() % 8 == 0 ? size : random() % size);
    const auto before = contents(where.path());
    const auto answer = open_sqlite(where.path(), {});
    if (answer.ok()) {
      ++whole;
      BOOST_TEST(holds_exactly(*answer.value(), last));
    } else {
      ++refused;
      BOOST_TEST((answer.failure().code == errc::corrupt), answer.failure().message);
      BOOST_TEST((contents(where.path()) == before), "a refusal changed a file");
    }
  }
  BOOST_TEST(refused > 50);
  BOOST_TEST(whole > 5);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
