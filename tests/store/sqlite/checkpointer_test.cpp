// How the log is carried over beside the commits: slowly, and at once for who waits.
#include "faulty_disk.hpp"
#include "place.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace ankkor::store::testing {

namespace {

// Longer than any test: who waits for the end of such a pause never comes back.
constexpr auto for_ever = std::chrono::hours{24};

// Counts what is done to each file.
class counting_watcher final : public disk_watcher {
public:
  bool write(std::string_view file, std::string_view, std::uint64_t) override {
    const std::lock_guard hold{guard_};
    ++writes_[std::string{file}];
    changed_.notify_all();
    return true;
  }

  void truncate(std::string_view, std::uint64_t) override {}

  void remove(std::string_view) override {}

  bool sync(std::string_view file) override {
    const std::lock_guard hold{guard_};
    ++syncs_[std::string{file}];
    return true;
  }

  int writes(const char* file) {
    const std::lock_guard hold{guard_};
    return writes_[file];
  }

  int syncs(const char* file) {
    const std::lock_guard hold{guard_};
    return syncs_[file];
  }

  bool wait_for_writes(const char* file, int count) {
    std::unique_lock hold{guard_};
    return changed_.wait_for(hold, std::chrono::seconds{30},
                             [&] { return writes_[file] >= count; });
  }

private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::string, int> writes_;
  std::map<std::string, int> syncs_;
};

// A database with a writer and a checkpointer, as a store has them.
class scene {
  directory where_;
  std::optional<data_files> files_;
  std::optional<faulty_disk> disk_;
  std::unique_ptr<marker> notes_;
  sqlite::connection database_;
  int frames_ = 0;

public:
  counting_watcher watcher;
  std::mutex writer;
  std::unique_ptr<checkpointer> carrier; // goes first: its thread uses the others

  explicit scene(checkpoint_plan plan) {
    { const auto created = need(open_sqlite(where_.path(), {})); }
    files_.emplace(where_.path());
    disk_.emplace(watcher, where_.path());
    notes_ = need(marker::open(files_->marker, {}));
    database_ = need(sqlite::connection::open(files_->database, SQLITE_OPEN_READWRITE));
    BOOST_REQUIRE(database_.execute("PRAGMA synchronous = FULL") == SQLITE_OK);
    sqlite3_wal_hook(
      database_.raw(),
      [](void* frames, sqlite3*, const char*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
      },
      &frames_);
    carrier = need(checkpointer::start(
      *files_, writer, *notes_, [] {}, plan));
  }

  // A commit of more than so many pages.
  void commit_pages(int pages) {
    const std::lock_guard hold{writer};
    const auto sql = fmt::format("CREATE TABLE IF NOT EXISTS filler (bytes);"
                                 "INSERT INTO filler VALUES (zeroblob({}))",
                                 pages * 4096);
    BOOST_REQUIRE(database_.execute(sql.c_str()) == SQLITE_OK);
    carrier->committed(frames_);
  }

  std::string run_of_log() { return std::to_string(wal_run(files_->wal)); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(checkpointers)

BOOST_AUTO_TEST_CASE(the_log_is_carried_over_in_small_pieces_and_commits_pass_in_between) {
  scene one{{64, for_ever}};
  one.commit_pages(100);
  BOOST_REQUIRE(one.watcher.wait_for_writes("ankkor.db", 16));
  one.commit_pages(10);
  one.commit_pages(10);
  BOOST_TEST(one.watcher.writes("ankkor.db") == 16);
}

BOOST_AUTO_TEST_CASE(a_writer_that_waits_for_the_log_ends_the_pauses) {
  scene one{{64, for_ever}};
  one.commit_pages(100);
  BOOST_REQUIRE(one.watcher.wait_for_writes("ankkor.db", 16));
  const std::lock_guard hold{one.writer};
  BOOST_TEST(one.carrier->settle());
  BOOST_TEST(one.watcher.writes("ankkor.db") > 100);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_pauses) {
  scene one{{64, for_ever}};
  one.commit_pages(100);
  BOOST_REQUIRE(one.watcher.wait_for_writes("ankkor.db", 16));
  one.carrier->stop();
  BOOST_TEST(one.watcher.writes("ankkor.db") > 100);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_carried_over_begins_anew) {
  scene one{{64, std::chrono::microseconds{1}}};
  one.commit_pages(100);
  // The note of the beginning, and that of the end, which is written with the writer held.
  BOOST_REQUIRE(one.watcher.wait_for_writes("ankkor.seq", 2));
  const auto before = one.run_of_log();
  one.commit_pages(10);
  BOOST_TEST(one.run_of_log() != before);
}

BOOST_AUTO_TEST_CASE(commits_wait_for_no_sync_of_the_log_or_of_a_note) {
  scene one{{64, std::chrono::microseconds{1}}};
  one.commit_pages(100);
  const int by_commits = one.watcher.syncs("ankkor.db-wal");
  BOOST_REQUIRE(one.watcher.wait_for_writes("ankkor.seq", 2));
  one.carrier->stop();
  // One each, before the first page is carried over.
  BOOST_TEST(one.watcher.syncs("ankkor.db-wal") - by_commits <= 1);
  BOOST_TEST(one.watcher.syncs("ankkor.seq") == 1);
  BOOST_TEST(one.watcher.syncs("ankkor.db") >= 1);
}

BOOST_AUTO_TEST_CASE(a_log_whose_room_is_reserved_is_found_again_by_any_start) {
  const directory where;
  constexpr int frames = 512;
  const auto whole = [&] { return std::filesystem::file_size(where / "ankkor.db-wal"); };
  const auto open = [&](bool reserve) {
    return need(open_sqlite(where.path(), {}, stop_process, {frames, {}, reserve}));
  };
  in_lost_process([&] {
    auto* const reserved = open(true).release(); // isn't closed
    return whole() > frames * 4096 && reserved->commit({{make_entry(make_product(1, 1))}}).ok();
  });
  BOOST_TEST(whole() > frames * 4096);
  in_lost_process([&] {
    auto* const reserved = open(true).release();
    return reserved->commit({{make_entry(make_product(2, 2))}}).ok();
  });
  BOOST_TEST(load(*open(false)).size() == 2U);
  BOOST_TEST(load(*open(true)).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
