// The actors of an engine, put together: loads what the store holds, spawns every actor in the one
// right order, joins them, and stops them. The daemon, the simulated worlds and the tests of the
// actors all run this; what differs is what they give it.
#pragma once

#include "actors/change/broadcaster.hpp"
#include "actors/change/ledger.hpp"
#include "actors/change/missed_webhooks.hpp"
#include "actors/change/product.hpp"
#include "actors/change/view.hpp"
#include "actors/interfaces.hpp"
#include "actors/reading/confirmer.hpp"
#include "actors/reading/lookup.hpp"
#include "actors/reading/reconciler.hpp"
#include "actors/reconciliation.hpp"
#include "actors/telling/mirror.hpp"
#include "actors/telling/revalidator.hpp"
#include "actors/transport.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::actors {

// Which actors there are, and all that they take of the world around them. What one actor's options
// name of another (the committed view, the clock, the board, the store's ID) the assembly fills in.
struct assembly_options {
  store::store* storage = nullptr;  // outlives the assembly
  stock::moment (*now)() = nullptr; // this machine's clock
  transport send;                   // to WooCommerce and to the targets
  redis_transport redis;            // for the mirror

  // Actors run on threads of the system's own; the ledger, which waits for the disk, gets one to
  // itself. Else whoever drives the scheduler lets them run.
  bool has_threads = false;
  void (*ledger_sleep)(std::chrono::nanoseconds) = nullptr; // null: commits never wait for more

  // Those that changes are told to. Each of `revalidators` is one of them.
  std::vector<product_context::target> targets;
  std::size_t product_actors_max = 20'000;
  bool reads_as_stranger = true; // without an application password

  budget_options budget;
  std::optional<confirmer_options> confirmer;
  std::optional<reconciler_options> reconciler;
  std::optional<lookup_options> lookup;
  std::vector<revalidator_options> revalidators;
  std::optional<mirror_options> mirror;
};

// Thread affinity: as each member says; start(), stop() and destruction on one thread. It outlives
// its actors: it is destroyed once it was stopped and they have ended.
class assembly {
public:
  // Loads, then spawns. Failures: the store's; nothing is spawned then.
  static result<std::unique_ptr<assembly>> start(caf::actor_system& system,
                                                 assembly_options options);

  assembly(const assembly&) = delete;
  assembly& operator=(const assembly&) = delete;
  ~assembly() = default;

  // -- what is asked of it; from any thread, never blocks; nothing happens once it is stopped -----

  // As engine's.
  void accept(incoming_batch deliveries);
  void record(store::entry what, std::shared_ptr<reply> reply);
  pass_ticket reconcile(reconcile_type type, stock::product_id product);
  void read(read_key wanted, read_handler done);

  // Tells every actor to end; they have ended once the scheduler has let them.
  void stop();

  // -- parts that others look at, each from any thread as it says itself --------------------------

  struct told_target {
    config::revalidate_target settings;
    std::shared_ptr<const revalidator_health> health;
  };

  view committed;
  broadcaster updates;
  store_health health;
  missed_webhooks watch;
  reconcile_board board;
  std::shared_ptr<product_context> context = std::make_shared<product_context>();
  std::vector<told_target> targets;
  std::shared_ptr<mirror_health> mirrored; // null: nothing is mirrored

  // Null if there is none.
  ledger_actor ledger;
  catalog_actor catalog;
  webhook_actor webhook;
  limiter_actor limiter;
  lookup_actor lookup;
  std::shared_ptr<ledger_outlets> outlets = std::make_shared<ledger_outlets>();

private:
  assembly(caf::actor_system& system, assembly_options options);

  // What the store holds and actors begin with.
  struct beginnings {
    std::vector<store::outbox_job> jobs;
    std::vector<store::confirmation> confirmations;
    std::vector<store::bookmark> bookmarks;
  };

  result<beginnings> load();
  status load_store_id(const std::vector<store::bookmark>& bookmarks);
  void spawn_core();
  void spawn_readers(std::vector<store::bookmark> bookmarks);
  void spawn_revalidators();
  void spawn_mirror();
  void hand_out(std::vector<store::outbox_job> pending);
  void give(const revalidator_actor& target, job_batch jobs);

  caf::actor_system& system_;
  assembly_options options_;
  std::string store_id_;
  reconciler_actor reconciler_; // not taken away by stop(): a person may still ask
};

} // namespace ankkor::actors
