// The ledger actor: the only one that writes the store. It commits what came in while the last
// commit ran as one transaction, and only then publishes it: invariant I1.
#pragma once

#include "actors/change/broadcaster.hpp"
#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/storefronts_first.hpp"
#include "base/keyed_hash.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <unordered_map>

namespace ankkor::actors {

// What the ledger says of itself to other threads.
struct store_health {
  std::atomic<bool> up{true};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> failed_commits{0};
};

struct ledger_context {
  store::store* storage = nullptr;
  view* committed = nullptr;
  store_health* health = nullptr;
  stock::moment (*now)() =
    nullptr; // this machine's clock: for purging, and for what a failure leaves to do
  broadcaster* updates = nullptr; // null: nobody follows live
  // Takes up the ledger's thread for so long; null: it has none of its own, and never gathers.
  void (*sleep)(std::chrono::nanoseconds) = nullptr;
};

struct ledger_state {
  static inline const char* name = "ledger";

  // -- logic, testable without messages ---------------------------------------

  // A product actor's decision that was not committed.
  struct rejection {
    caf::strong_actor_ptr decided_by;
    std::uint64_t version = 0; // of the state that it decided
  };

  // What a commit leaves to be done by the actor.
  struct committed_group {
    std::unordered_map<std::string, job_batch, keyed_hash> jobs; // by target
    confirmation_batch wanted;
    std::vector<rejection> rejected;
    product_batch changed; // products that were published
  };

  // Takes a record into the next group.
  void take(ledger_entry_ptr record) { waiting.push_back(std::move(record)); }

  // How long the next commit should wait for more to come: under load it begins no sooner than
  // commit_interval after the last. Not after a pause, and not where the last one had few records:
  // their senders may be waiting for it before they send more.
  [[nodiscard]] std::chrono::nanoseconds gathering(caf::actor_clock::time_point now) const;

  // Commits the group (at most group_max records of it) and answers each delivery.
  committed_group commit();

  // Asks the store what became of a group that is in doubt. Deliveries in it that have waited for
  // longer than doubt_patience are answered as refused.
  committed_group settle();

  // Asks a failed store whether it is back, and stores what must be read again because something
  // was refused; answers that.
  confirmation_batch probe();

  // Deletes a little of what is over the store's limits. True if there is more.
  bool purge();

  // -- members ----------------------------------------------------------------

  // More than that in one transaction lets the first wait longer than the sync costs.
  static constexpr std::size_t group_max = 256;

  // A small commit costs nearly as much as a large one.
  static constexpr auto commit_interval = std::chrono::microseconds{800};
  static constexpr std::size_t gather_from = 4; // records in the last group
  static constexpr std::size_t gather_to = 64;  // records that wait

  // WooCommerce gives an answer up after 5 s.
  static constexpr auto doubt_patience = std::chrono::seconds{4};

  // A group that may be committed and may not (errc::in_doubt).
  struct doubtful_group {
    std::vector<ledger_entry_ptr> records;
    confirmation_batch again;
    std::vector<store::live_event> events;
    stock::moment since;
  };

  ledger_context context;
  std::vector<ledger_entry_ptr> waiting;
  std::optional<doubtful_group> doubtful; // nothing else is committed before it is settled
  bool flush_is_due = false;
  bool has_gathered = false; // the flush that is due has slept for it
  caf::actor_clock::time_point last_commit{};
  std::size_t last_group = 0; // records that waited for it
  std::uint64_t ticks = 0;
  bool purge_is_due = false;
  std::vector<ledger_entry_ptr>
    kept; // refused, but not to be forgotten; bounded by what the outbox holds
  // What was refused and nobody will send again must be read again: a product whose reading was
  // lost, or everything (0) after a delivery. Bounded by the shop's products.
  std::set<stock::product_id> lost;

private:
  [[nodiscard]] std::vector<ledger_entry_ptr> next_group();
  std::vector<store::live_event> number_events(std::vector<store::entry>& entries) const;
  [[nodiscard]] bool is_based_on_committed(
    const ledger_entry& record,
    std::unordered_map<stock::product_id, std::uint64_t, keyed_hash>& versions) const;
  void leave_out_planted(std::vector<store::entry>& entries) const;
  void show(const std::vector<ledger_entry_ptr>& group) const;
  void publish(const std::vector<ledger_entry_ptr>& group,
               const std::vector<store::commit_outcome>& outcomes,
               std::vector<store::live_event> events, committed_group& after);
  void refuse(const ledger_entry& record, const error& failure, committed_group& after);
  void answer_doubtful();
  void store_is_down(const error& failure);
  void store_is_back();
  [[nodiscard]] confirmation_batch read_again() const;
};

// Where the ledger sends what is committed.
struct ledger_outlets {
  std::unordered_map<std::string, revalidator_actor, keyed_hash> revalidators; // by target
  std::shared_ptr<storefronts_first> order; // knows of every job before any target does; or null
  confirmer_actor confirmer;
  reconciler_actor reconciler;
  mirror_actor mirror; // null if there is none
};

ledger_actor::behavior_type ledger(ledger_actor::stateful_pointer<ledger_state> self,
                                   ledger_context context, std::shared_ptr<ledger_outlets> outlets);

} // namespace ankkor::actors
