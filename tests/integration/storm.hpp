// A storm of deliveries from several shops' workers at once, and what the daemon said to each: so
// that a test can ask afterwards for everything that was promised.
#pragma once

#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "storefront.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace ankkor::testing {

// One delivery that was sent, and when.
struct sent_delivery {
  made_product product;
  std::chrono::steady_clock::time_point at;
};

// All that was ever sent of one product. Each delivery is one second newer than the one before and
// has another quantity, so the held state tells which of them it is.
struct sent_history {
  std::vector<sent_delivery> all; // in order; `second` counts from 0
  std::size_t promised = 0;       // up to here (exclusive) the last one answered 200 "applied"
};

class storm {
public:
  explicit storm(unsigned seed) : random_(seed) {}

  // Sends from several threads at once until `answers` were answered 200 (any number of them may be
  // refused in between), or the daemon is gone; then calls `end`, and waits for the threads.
  template <class End>
  void blow(const daemon_process& daemon, std::size_t answers, End end) {
    begin(daemon, answers);
    wait_for_answers();
    end();
    finish();
  }

  // Asks a daemon that runs again for all that was promised; reports to Boost.Test.
  void check(const daemon_process& daemon);

  // The same of a daemon that may not be able to commit: only what it serves.
  void check_held(const daemon_process& daemon);

  // Whether the storefront was told of every change that is held, since it was made.
  [[nodiscard]] bool is_told(const daemon_process& daemon, const storefront& receiver) const;

  // Deliveries answered 200 in all, and answered 503.
  [[nodiscard]] std::size_t promises() const { return promises_; }

  [[nodiscard]] std::size_t refusals() const { return refusals_; }

  [[nodiscard]] unsigned random(unsigned below) { return static_cast<unsigned>(random_() % below); }

private:
  static constexpr std::size_t workers = 3;
  static constexpr std::size_t products_per_worker = 4;

  void begin(const daemon_process& daemon, std::size_t answers);
  void wait_for_answers();
  void finish();
  void work(std::uint16_t port, std::size_t worker, unsigned seed);
  bool send_next(std::uint16_t port, sent_history& history, std::uint64_t id);

  std::mt19937 random_;
  std::map<std::uint64_t, sent_history> products_; // made before the threads; each worker its own
  std::atomic<std::size_t> promises_{0};
  std::atomic<std::size_t> refusals_{0};
  std::atomic<std::size_t> working_{0};
  std::atomic<bool> over_{false};
  std::size_t promises_wanted_ = 0;
  std::vector<std::thread> threads_;
};

} // namespace ankkor::testing
