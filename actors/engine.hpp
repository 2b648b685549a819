// The running engine behind a plain interface: whoever uses it compiles no CAF.
#pragma once

#include "actors/change/broadcaster.hpp"
#include "actors/change/view.hpp"
#include "actors/incoming.hpp"
#include "actors/read_request.hpp"
#include "actors/reconciliation.hpp"
#include "actors/transport.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace caf {
class actor_system;
class actor_system_config;
} // namespace caf

namespace ankkor::actors {

// How one revalidation target is doing.
struct target_status {
  std::string name;
  std::string format;
  std::uint64_t pending = 0;
  std::uint64_t told = 0;
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  bool circuit_open = false;
};

// How the mirror in Redis is doing.
struct mirror_status {
  bool up = false;
  bool repairing = false;    // all of it is being written
  std::uint64_t pending = 0; // changed products that are not written
  std::uint64_t written = 0; // products, each time
  std::uint64_t failures = 0;
};

// How actors get to run where they have no threads of their own: nothing of them runs, and no time
// passes for them, before whoever holds engine::actors() lets it.
struct given_scheduler {
  std::function<void(caf::actor_system_config&)> choose; // makes the system have it
  std::function<void(caf::actor_system&)> drain;         // lets actors run until none has a message
};

// What an engine takes of the world around it; tests and the simulation give it another world.
struct engine_surroundings {
  stock::moment (*now)() = &wall_clock;
  std::optional<std::uint64_t> seed;        // of what is left to chance; nothing: the system's
  std::optional<given_scheduler> scheduler; // nothing: threads of the engine's own
  redis_transport mirror;                   // to Redis; null: nothing is mirrored
};

struct engine_status {
  bool store_up = true;
  std::uint64_t commits = 0;
  std::uint64_t failed_commits = 0;
  std::size_t products = 0;
  std::size_t variations = 0;
  std::size_t product_actors = 0;
  std::vector<target_status> targets;
  std::optional<mirror_status> mirror;
};

class engine {
public:
  // Loads what the store holds and starts the actors. The store must outlive the engine.
  static result<std::unique_ptr<engine>> start(const config::settings& settings,
                                               store::store& storage, transport send,
                                               const engine_surroundings& around = {});
  virtual ~engine() = default;

  // Takes verified deliveries; each one's reply is called once it is committed. From any thread,
  // never blocks.
  virtual void accept(incoming_batch deliveries) = 0;

  // Puts something into the store that no delivery brought: what a person asked for. Its jobs are
  // handed to their targets. `reply` may be null. From any thread, never blocks. Precondition: it
  // holds no state.
  virtual void record(store::entry what, std::shared_ptr<actors::reply> reply) = 0;

  // Asks for a pass of reconciliation; how far it is says reconciliation().find(). `product` is for
  // reconcile_type::product, else 0. From any thread, never blocks.
  virtual pass_ticket reconcile(reconcile_type type, stock::product_id product) = 0;
  [[nodiscard]] virtual const reconcile_board& reconciliation() const = 0;
  // Reads at WooCommerce what isn't held, once for however many ask at that moment: a product or a
  // variation by its ID, or a product by its slug (as kept or decoded, of any bytes). `done` is
  // called once, from any thread, after a few seconds at most; it must not block. From any thread,
  // never blocks.
  virtual void read(stock::product_id item, read_handler done) = 0;
  virtual void read(std::string slug, read_handler done) = 0;

  [[nodiscard]] virtual const view& products() const = 0;
  // What live readers are told.
  [[nodiscard]] virtual broadcaster& updates() = 0;
  [[nodiscard]] virtual engine_status status() const = 0;

  // For who has given the scheduler.
  [[nodiscard]] virtual caf::actor_system& actors() = 0;

  // Lets what was accepted be committed, then stops the actors. Blocks; at most for `patience`.
  virtual void stop(std::chrono::milliseconds patience) = 0;
};

} // namespace ankkor::actors
