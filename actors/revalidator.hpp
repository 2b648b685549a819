// The revalidation actor, one a target: tells it what has changed, gathered over a window, until it
// has heard.
#pragma once

#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "config/settings.hpp"

#include <functional>
#include <map>
#include <random>
#include <set>

namespace ankkor::actors {

struct revalidator_options {
  config::revalidate_target target;
  net::url where;
  std::chrono::milliseconds window{100};
  std::chrono::milliseconds backoff_first{500};  // the first retry comes within this, at random
  std::chrono::milliseconds backoff_max{60'000}; // doubled each time up to this
  std::chrono::seconds retry_after_max{3'600};   // a Retry-After above it is cut to it
  std::uint32_t failures_to_open = 5;   // in a row: then the circuit opens, and single jobs probe
  std::chrono::hours give_up_after{24}; // then a job goes to the dead letters
  std::size_t products_per_call_max = 250;
  std::uint64_t seed = 0;           // of the jitter
  stock::moment (*now)() = nullptr; // this machine's clock: for propagation times and giving up
};

// What a revalidator says of itself to other threads.
struct revalidator_health {
  std::atomic<std::uint64_t> pending{0};
  std::atomic<std::uint64_t> told{0};     // jobs
  std::atomic<std::uint64_t> calls{0};    // that were answered 2xx
  std::atomic<std::uint64_t> failures{0}; // calls that were not
  std::atomic<bool> circuit_open{false};
};

struct revalidator_state {
  static inline const char* name = "revalidator";

  // What is to happen after an answer: wait that long, then call again.
  struct verdict {
    bool delivered = false;
    std::chrono::milliseconds wait{0};
    work_batch records; // for the ledger
  };

  // -- logic, testable without messages ---------------------------------------

  void begin(revalidator_options chosen, std::shared_ptr<revalidator_health> health);

  // Merges with what waits of the same product.
  void add(store::outbox_job job);

  // The next call, and from then on its jobs are in flight. Precondition: something waits and
  // nothing is in flight.
  [[nodiscard]] net::client_request next_call();

  // Decides what the answer to the call in flight means.
  [[nodiscard]] verdict judge(const result<net::client_response>& answer);

  [[nodiscard]] bool idle() const { return waiting.empty() && in_flight.empty(); }

  // -- members ----------------------------------------------------------------

  revalidator_options options;
  std::shared_ptr<revalidator_health> health;
  std::map<stock::product_id, store::outbox_job> waiting;
  std::vector<store::outbox_job> in_flight;
  std::uint32_t failures_in_row = 0;
  bool tick_is_due = false;
  std::mt19937_64 random;
  std::string call_prefix;
  std::uint64_t calls_made = 0;

private:
  [[nodiscard]] verdict delivered();
  [[nodiscard]] verdict failed(const result<net::client_response>& answer);
  [[nodiscard]] std::chrono::milliseconds back_off(const result<net::client_response>& answer);
  [[nodiscard]] work_batch give_up_old(const std::string& reason);
  [[nodiscard]] work_ptr give_up(const store::outbox_job& job, const std::string& reason) const;
  void count_pending();
};

revalidator_actor::behavior_type
revalidator(revalidator_actor::stateful_pointer<revalidator_state> self,
            revalidator_options options, std::shared_ptr<revalidator_health> health, transport send,
            ledger_actor ledger);

} // namespace ankkor::actors
