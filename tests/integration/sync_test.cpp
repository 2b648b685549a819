// A disk whose syncs fail (failing_sync.cpp), below the real binary. docs/architecture.md, "What
// happens when a part fails", says what it does then.
#include "storm.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace ankkor;
using namespace ankkor::testing;

namespace {

struct disk_that_fails {
  disk_that_fails() {
    settings = daemon_settings(
      data(), receiver.settings({{"ANKKOR_REVALIDATE_WINDOW", "20ms"},
                                 {"LD_PRELOAD", ANKKOR_FAILING_SYNC},
                                 {"ANKKOR_TEST_SYNCS_FAIL", (place / "victim").string()}}));
  }

  [[nodiscard]] std::string data() const { return place.path() + "/data"; }

  void fail(const char* which) const { std::ofstream{place / "victim"} << which; }

  void mend() const { std::filesystem::remove(place / "victim"); }

  temporary_directory place;
  storefront receiver;
  environment settings;
};

} // namespace

BOOST_AUTO_TEST_SUITE(failed_syncs)

// What follows a failed sync of ankkor.db on Linux: the pages count as written, and are not on the
// disk. So the next process gets the file as it was synced last.
BOOST_FIXTURE_TEST_CASE(a_failed_sync_of_the_database_ends_the_process_and_loses_nothing,
                        disk_that_fails) {
  auto sent = storm{10};
  for (int round = 0; round != 3; ++round) {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.check(daemon);
    const auto database = data() + "/ankkor.db";
    const auto synced = (place / "synced").string();
    fail("once ankkor.db");
    // From here on nothing more of it is synced.
    std::filesystem::copy_file(database, synced, std::filesystem::copy_options::overwrite_existing);
    constexpr std::size_t more_than_the_log_takes = 20'000;
    sent.blow(daemon, more_than_the_log_takes, [] {});
    BOOST_TEST(daemon.wait() == -1); // it aborts
    const auto all = daemon.output();
    const auto output = all.substr(all.size() - std::min<std::size_t>(all.size(), 2'000));
    for (const auto* said : {"ankkor stops: it can't rely on its disk any more. A restart is safe.",
                             "the disk failed to sync ankkor.db", "check the disk"})
      BOOST_TEST(output.find(said) != std::string::npos, output);
    std::filesystem::rename(synced, database);
  }
  BOOST_TEST(sent.promises() > 100U);
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  sent.check(daemon);
}

BOOST_FIXTURE_TEST_CASE(while_commits_can_not_be_synced_no_delivery_is_answered_200,
                        disk_that_fails) {
  auto sent = storm{11};
  {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
    sent.blow(daemon, 30, [&] {
      fail("always ankkor.db-wal");
      const auto refusals = sent.refusals();
      BOOST_TEST(eventually([&] { return sent.refusals() > refusals + 10; }));
      const auto promises = sent.promises();
      BOOST_TEST(eventually([&] { return sent.refusals() > refusals + 100; }));
      BOOST_TEST(sent.promises() == promises);
      BOOST_TEST(daemon.ask("/readyz").status == 503);
      mend();
      BOOST_TEST(eventually([&] { return sent.promises() > promises + 30; }));
      BOOST_TEST(eventually([&] { return daemon.ask("/readyz").status == 200; }));
      daemon.kill();
    });
  }
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready(), daemon.output());
  sent.check(daemon);
}

BOOST_AUTO_TEST_SUITE_END()
