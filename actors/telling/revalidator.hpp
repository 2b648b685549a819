// The revalidation actor, one a target: tells it what has changed, gathered over a window, until it
// has heard; a CDN once the storefronts have.
#pragma once

#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/storefronts_first.hpp"
#include "actors/transport.hpp"
#include "config/settings.hpp"
#include "net/targets/purge_formats.hpp"

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
  // A CDN isn't held longer by storefronts that run but don't take what they are told: it is purged
  // without them then, and again once they have.
  std::chrono::minutes hold_max{5};
  std::uint64_t seed = 0;           // of the jitter
  stock::moment (*now)() = nullptr; // this machine's clock: for propagation times and giving up
  const view* committed = nullptr;  // the newest states, for the format `webhook`; or null
  std::string store_id; // `webhook`: makes its IDs others than those of a store that was lost
  std::shared_ptr<storefronts_first> order; // who goes first; null: nobody waits for anybody
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
    ledger_entries records; // for the ledger
  };

  // -- logic, testable without messages ---------------------------------------

  void begin(revalidator_options chosen, std::shared_ptr<revalidator_health> health);

  // Merges with what waits of the same product. A CDN's is held while a storefront hasn't heard.
  void add(store::outbox_job job);
  void add_all(const job_batch& jobs); // and says how many wait

  // Lets those go that are held for storefronts no longer; true if something can be sent.
  bool release();

  // The next call, and from then on its jobs are in flight. Precondition: something is ready and
  // nothing is in flight.
  [[nodiscard]] net::client_request next_call();

  // Decides what the answer to the call in flight means.
  [[nodiscard]] verdict judge(const result<net::client_response>& answer);

  // Something can be sent.
  [[nodiscard]] bool is_ready() const { return !waiting.empty() || !round.empty(); }

  [[nodiscard]] bool idle() const { return !is_ready() && in_flight.empty() && held.empty(); }

  // -- members ----------------------------------------------------------------

  revalidator_options options;
  std::shared_ptr<revalidator_health> health;
  using jobs_by_product = std::map<stock::product_id, store::outbox_job>;

  // A job of version 0 is only a part of what is to be told of its product: it is not acknowledged.
  jobs_by_product waiting; // gathered over the window
  jobs_by_product round;   // the window's, while more calls than one are needed for them
  std::vector<store::outbox_job> in_flight;

  // What a CDN isn't told yet. What changes meanwhile stands behind, so that a product that changes
  // faster than storefronts answer doesn't wait for ever.
  struct held_job {
    store::outbox_job next;
    std::optional<store::outbox_job> behind;
    bool was_told_early = false; // of `next`
  };

  std::map<stock::product_id, held_job> held;
  std::uint32_t failures_in_row = 0;
  bool tick_is_due = false;
  std::mt19937_64 random;
  std::string call_prefix;
  std::uint64_t calls_made = 0;

private:
  using answer_or_failure = result<net::client_response>;

  [[nodiscard]] bool is_cdn() const { return options.order && config::is_cdn(format()); }

  [[nodiscard]] config::target_format format() const { return options.target.format; }

  void queue(store::outbox_job job);
  [[nodiscard]] bool release(held_job& job);
  void take_into(net::purge& call);
  [[nodiscard]] net::client_request request_for(net::purge call);
  [[nodiscard]] verdict delivered();
  [[nodiscard]] verdict failed(const answer_or_failure& answer);
  void count_failure(const std::string& reason, std::chrono::milliseconds wait);
  [[nodiscard]] std::chrono::milliseconds back_off(const answer_or_failure& answer);
  [[nodiscard]] ledger_entries give_up_old(const std::string& reason);
  [[nodiscard]] ledger_entry_ptr give_up(const store::outbox_job& job,
                                         const std::string& reason) const;
  void report(bool running, const ledger_entries& records) const;
  void count_pending();
};

revalidator_actor::behavior_type
revalidator(revalidator_actor::stateful_pointer<revalidator_state> self,
            revalidator_options options, std::shared_ptr<revalidator_health> health, transport send,
            ledger_actor ledger);

} // namespace ankkor::actors
