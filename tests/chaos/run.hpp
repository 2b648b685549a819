// One run of real processes from a seed: a daemon, an emulated shop with shoppers, a storefront and
// perhaps a Redis, with proxies between them; everything that can be broken is broken at random.
// Then the faults stop, and what must hold is looked at.
#pragma once

#include "emulator/store_server.hpp"
#include "net/io_pool.hpp"
#include "outside_checkers.hpp"
#include "proxy.hpp"
#include "tests/redis_server.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace ankkor::chaos {

enum class storage : std::uint8_t { sqlite, sqlite_with_mirror, redis };

struct run_options {
  unsigned seed = 1;
  storage where = storage::sqlite;
  std::chrono::milliseconds lasts{6'000}; // the time of the faults
};

class run {
public:
  explicit run(run_options options);
  ~run();
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  // All of it; what was broken, in words, nothing if every promise was kept.
  std::vector<std::string> live();

  // What was done, a line each.
  [[nodiscard]] std::string story() const;

private:
  struct trouble {
    std::chrono::steady_clock::time_point until;
    std::function<void()> end;
  };

  // -- the processes --------------------------------------------------------------------------
  [[nodiscard]] testing::environment settings() const;
  void start_shop();
  bool start_daemon();
  void restart_daemon();
  void look_after_daemon();

  // -- what goes wrong ------------------------------------------------------------------------
  void cause_trouble();
  void end_troubles(bool all);
  void trouble_for(std::function<void()> end);
  void break_network();
  void break_shop();
  void break_storefront();
  void break_redis();
  void fill_disk();
  void stop_daemon_for_a_moment();

  // -- who looks ------------------------------------------------------------------------------
  void note_shop(post_id product);
  void note_delivery(const emulator::delivery& what, unsigned status);
  void read_for_ever();
  void follow_for_ever();
  [[nodiscard]] admin_answers asking() const;
  void check_in_the_end();
  void wait_for(const std::function<std::string()>& wrong);
  void check_mirror();

  void tell(const std::string& what);
  void fail(const std::string& what);

  [[nodiscard]] unsigned random(unsigned below) { return static_cast<unsigned>(random_() % below); }

  [[nodiscard]] bool saw(shop_history::reader& who, post_id product, const std::string& state);

  run_options options_;
  std::mt19937 random_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  mutable std::mutex guard_; // of what follows, up to the empty line
  std::vector<std::string> story_;
  std::vector<std::string> failures_;
  std::deque<std::string> answered_; // the latest deliveries answered 200 by this daemon

  shop_history history_;
  request_counter requests_;
  testing::temporary_directory place_;
  std::optional<testing::redis_server> redis_;
  testing::storefront storefront_;
  proxy to_daemon_;
  proxy to_storefront_;
  proxy to_redis_;
  proxy to_shop_{
    [this](std::string_view bytes) { requests_.heard(bytes, std::chrono::steady_clock::now()); }};
  net::io_pool pool_{1};
  emulator::store shop_;
  std::unique_ptr<emulator::store_server> server_;
  std::vector<post_id> watched_; // simple products
  std::unique_ptr<testing::daemon_process> daemon_;
  std::atomic<std::uint16_t> port_{0};
  std::vector<trouble> troubles_;
  bool redis_is_down_ = false;
  int kills_ = 0;
  std::atomic<std::uint64_t> readings_{0};
  std::atomic<std::uint64_t> updates_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> readers_;
};

} // namespace ankkor::chaos
