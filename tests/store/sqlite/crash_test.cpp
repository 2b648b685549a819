// kill -9 at any moment: what was reported as committed is there, and nothing is there by half.
#include "numbered.hpp"
#include "place.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

namespace ankkor::store::testing {

namespace {

// Commits batch after batch from what is held on, and reports each batch's last number.
void commit_for_ever(const std::string& where, int reports) {
  const auto opened = open_sqlite(where, {});
  if (!opened.ok())
    ::_exit(1);
  auto number = opened.value()->highest_version().value();
  while (true) {
    const auto batch = numbered_batch(number);
    number += batch.size();
    if (!opened.value()->commit(batch).ok() ||
        ::write(reports, &number, sizeof number) != sizeof number)
      ::_exit(2);
  }
}

struct victim {
  pid_t process = -1;
  int reports = -1;
};

victim start_victim(const std::string& where) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    commit_for_ever(where, ends[1]);
  }
  ::close(ends[1]);
  return {child, ends[0]};
}

// Kills it after so many reports and some more work, and answers the last number it reported.
std::uint64_t kill_after(const victim& of, std::size_t reports, std::size_t spins) {
  std::uint64_t last = 0;
  while (reports-- > 0)
    BOOST_REQUIRE(::read(of.reports, &last, sizeof last) == sizeof last);
  // Not a wait for anything: it moves the moment of death within a commit.
  for (std::size_t spin = 0; spin < spins; ++spin)
    static_cast<void>(::getppid());
  ::kill(of.process, SIGKILL);
  std::uint64_t late = 0;
  while (::read(of.reports, &late, sizeof late) == sizeof late)
    last = late;
  int ended = 0;
  BOOST_REQUIRE(::waitpid(of.process, &ended, 0) == of.process);
  BOOST_REQUIRE_MESSAGE(WIFSIGNALED(ended), "the committing process ended by itself");
  ::close(of.reports);
  return last;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_crash)

BOOST_AUTO_TEST_CASE(after_kill_9_everything_reported_is_there_and_nothing_by_half) {
  std::mt19937 random{20'261'122};
  const directory where;
  std::uint64_t before = 0;
  for (int round = 0; round < 30; ++round) {
    const auto child = start_victim(where.path());
    const auto reported = kill_after(child, random() % 40, random() % 20'000);
    const auto held = check_whole(*need(open_sqlite(where.path(), {})));
    BOOST_TEST(held >= std::max(reported, before));
    before = held;
  }
  BOOST_TEST(before > 1'000U);
}

BOOST_AUTO_TEST_CASE(a_log_lost_while_the_database_was_brought_up_to_date_is_noticed) {
  const directory where;
  const data_files files{where.path()};
  in_lost_process([&] {
    auto opened = open_sqlite(where.path(), {});
    const std::array batch{numbered_entry(1), numbered_entry(2)};
    // Released: a process that is killed closes nothing.
    return opened.ok() && opened.value().release()->commit(batch).ok();
  });
  // As if killed after the last page was carried over, but before that was noted.
  auto note = need(marker::read(files.marker)).value();
  note.unsettled_run = wal_run(files.wal);
  BOOST_REQUIRE(note.unsettled_run != 0U);
  BOOST_REQUIRE(need(marker::open(files.marker, {}))->write(note));
  const auto crashed = contents(where.path());
  run_sql(files.database, "PRAGMA wal_checkpoint");
  for (const std::uintmax_t size : {0U, 31U, 32U, 4'000U}) {
    fill_with(crashed, where.path());
    run_sql(files.database, "PRAGMA wal_checkpoint"); // and the log is deleted as the shell closes
    write_file(files.wal, crashed.at("ankkor.db-wal").substr(0, size));
    const auto answer = open_sqlite(where.path(), {});
    BOOST_REQUIRE(!answer.ok());
    BOOST_TEST((answer.failure().code == errc::corrupt));
  }
  fill_with(crashed, where.path());
  BOOST_TEST(load(*need(open_sqlite(where.path(), {}))).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
