// The power goes at any moment, on a disk that keeps no more than it has to (forgetful_disk.hpp):
// every commit that had returned is there, and nothing by half.
#include "forgetful_disk.hpp"
#include "numbered.hpp"
#include "place.hpp"
#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/store.hpp"
#include "suite.hpp"

#include <atomic>
#include <chrono>
#include <thread>

namespace ankkor::store::testing {

namespace {

// Small, so that there are many checkpoints, and many cuts within them.
constexpr checkpoint_plan often{512, std::chrono::microseconds{20}};

// Files as they were left, and what had been answered by then.
struct remains {
  forgetful_disk::files files;
  std::uint64_t committed = 0;
};

// A store that lives through all that `disk` does, and looks at what each cut would have left.
class life {
public:
  explicit life(unsigned seed) : random_(seed) {
    last_ = commit_first();
    disk_.emplace(where_.path(), seed);
    disk_->before_database_writes([this] { let_commit(); });
    faulty_.emplace(*disk_, where_.path());
  }

  ~life() {
    disk_->cut_power(0, {});
    store_.reset();
  }

  life(const life&) = delete;
  life& operator=(const life&) = delete;

  forgetful_disk& disk() { return *disk_; }

  // Commits so many batches, each until it is taken; closes and opens now and then.
  void live(int batches) {
    disk_->cut_power(0.002, [this](forgetful_disk::files files) {
      if (remains_.size() < 4)
        remains_.push_back({std::move(files), last_});
    });
    while (batches > 0) {
      open();
      if (commit_next())
        --batches;
      if (random_() % 40 == 0)
        store_.reset();
      examine();
    }
    disk_->cut_power(0, {});
    remains_.push_back({disk_->after_power_cut(), last_});
    examine();
  }

  [[nodiscard]] int examined() const { return examined_; }

  [[nodiscard]] int restarts() const { return restarts_; }

private:
  std::uint64_t commit_first() {
    const auto first = need(open_sqlite(where_.path(), {}));
    commit(*first, numbered_batch(0));
    return need(first->highest_version());
  }

  // As the next process would, after one that stopped.
  void open() {
    for (int attempts = 0; !store_; ++attempts) {
      lost_ = false;
      auto opened = open_sqlite(
        where_.path(), {}, [this](const error&) { lost_ = true; }, often);
      if (!opened.ok()) {
        BOOST_REQUIRE_MESSAGE(opened.failure().code == errc::unavailable, opened.failure().message);
        BOOST_REQUIRE(attempts < 100);
        continue;
      }
      ++restarts_;
      store_ = std::move(opened).value();
      last_ = std::max<std::uint64_t>(last_, need(store_->highest_version()));
    }
  }

  bool commit_next() {
    const auto batch = numbered_batch(last_);
    const auto answer = store_->commit(batch);
    ++attempts_;
    if (answer.ok())
      last_ += batch.size();
    else if (lost_ || random_() % 2 == 0)
      die();
    return answer.ok();
  }

  // As if killed: nothing is carried over on closing.
  void die() {
    faulty_->fail(fault::full, 1);
    store_.reset();
    faulty_->mend();
  }

  // A checkpoint lets a commit pass now and then, so that it ends with a part of the log only.
  void let_commit() {
    if (std::this_thread::get_id() == committing_ || ++database_writes_ % 64 != 1)
      return;
    const auto before = attempts_.load();
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{5};
    while (attempts_ < before + 2 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }

  void examine() {
    std::vector<remains> found;
    disk_->with_power([&] { found.swap(remains_); });
    for (const auto& each : found) {
      ++examined_;
      const directory place;
      fill_with(each.files, place.path());
      const auto opened = open_sqlite(place.path(), {});
      BOOST_REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.failure().message));
      BOOST_TEST_REQUIRE(check_whole(*opened.value()) >= each.committed);
    }
  }

  directory where_;
  std::mt19937 random_;
  const std::thread::id committing_ = std::this_thread::get_id();
  std::atomic<bool> lost_{false};
  std::atomic<std::uint64_t> attempts_{0};
  std::atomic<std::uint64_t> database_writes_{0};
  std::atomic<std::uint64_t> last_{0};
  std::vector<remains> remains_; // guarded by the disk's lock
  int examined_ = 0;
  int restarts_ = 0;
  std::optional<forgetful_disk> disk_;
  std::optional<faulty_disk> faulty_;
  std::unique_ptr<store> store_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_power)

BOOST_AUTO_TEST_CASE(after_a_power_cut_at_any_write_every_commit_is_there_and_nothing_by_half) {
  int examined = 0;
  for (const unsigned seed : {1U, 2U, 3U}) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      life one{seed};
      one.live(250);
      examined += one.examined();
    }
  }
  BOOST_TEST(examined > 30);
}

BOOST_AUTO_TEST_CASE(what_a_failed_sync_dropped_is_never_built_on) {
  int examined = 0;
  std::uint64_t failed = 0;
  for (const unsigned seed : {11U, 12U, 13U}) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      life one{seed};
      one.disk().fail_syncs(0.5, 0.05);
      one.live(250);
      examined += one.examined();
      failed += one.disk().failed_syncs();
    }
  }
  BOOST_TEST(examined > 30);
  BOOST_TEST(failed > 30U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace ankkor::store::testing
