// A simulated world from a seed: the engine as it is, with its own actors, under CAF's
// deterministic scheduler and virtual time; the emulated WooCommerce, a network, a storefront, a
// disk and readers around it; and chances of everything to go wrong. The checkers look on.
#pragma once

#include "actors/engine.hpp"
#include "bench/emulator/store.hpp"
#include "chances.hpp"
#include "checkers.hpp"
#include "durable_store.hpp"
#include "net/woocommerce_rest.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace caf::scheduler {
class test_coordinator;
}

namespace ankkor::simulation {

using stock::moment;

// What happened in a world, to see that the things that can happen do.
struct tally {
  std::uint64_t changes = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t lost = 0;
  std::uint64_t requests = 0; // to GraphQL
  std::uint64_t troubled = 0; // of them, answered otherwise than asked
  std::uint64_t reads = 0;
  std::uint64_t reads_on_demand = 0;
  std::uint64_t crashes = 0;
  std::uint64_t calls = 0; // to the storefront
  std::uint64_t refused_commits = 0;
  std::chrono::hours lasted{0};
};

// One at a time in a process: the clock that the engine is given is a function without a context.
class world {
public:
  explicit world(const chances& from, bool tell = false);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  // Until its end, or until a promise is broken: which one, "" if none.
  std::string run();

  [[nodiscard]] const tally& counts() const { return counts_; }

  // Line by line, if it was to be told.
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

private:
  class delivery_reply;

  // --- time
  void pass_until(moment end);
  [[nodiscard]] moment next_event(moment end) const;
  void advance(moment to);
  void run_actors();
  void at(moment when, std::function<void()> what);
  // Nothing of a daemon that has crashed meanwhile.
  void at_engine(moment when, std::function<void()> what);
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() const;

  // --- the daemon
  void start_engine();
  void crash();
  [[nodiscard]] config::settings settings() const;
  [[nodiscard]] actors::transport way_out();

  // --- WooCommerce
  void let_shop();
  void deliver();
  void pass_on(const std::shared_ptr<emulator::delivery>& what, std::optional<std::uint64_t> waits);
  void answered(std::uint64_t number, unsigned status);
  void ask_shop(std::shared_ptr<net::client_request> what,
                std::function<void(result<net::client_response>)> done);
  void tell_storefront(const std::shared_ptr<net::client_request>& what,
                       const std::function<void(result<net::client_response>)>& done);

  // --- trouble
  void plan(seconds every, void (world::*what)());
  void trouble();
  void calm();
  void break_storefront();
  void fill_disk();
  void crash_and_restart();

  // --- readers and checks
  void read();
  [[nodiscard]] stock::product_id some_item();
  void read_on_demand(stock::product_id item);
  void expect(const std::string& wrong);
  void check_quiet(bool after_full_pass);
  void note_change(stock::product_id product, std::string_view what);

  // --- chance
  bool chance(double of);
  std::uint64_t among(std::uint64_t least, std::uint64_t most);
  std::chrono::microseconds some(std::chrono::microseconds least, std::chrono::microseconds most);
  void tell(const std::string& line);

  chances chances_;
  bool tells_;
  std::mt19937_64 random_;
  emulator::store shop_;
  durable_store disk_;
  order_checker order_;
  budget_checker budget_;
  telling_checker telling_;
  std::unique_ptr<actors::engine> engine_;
  std::uint64_t generation_ = 0; // of the daemon
  std::multimap<moment, std::function<void()>> events_;
  net::payload_reader payloads_;
  std::set<stock::product_id> undated_; // changed in a way that only a full pass finds
  bool away_ = false;                   // WooCommerce can't be reached
  bool storefront_down_ = false;
  bool troubles_allowed_ = false;
  bool loaded_ = false; // the catalog was read once
  std::uint64_t cycle_ = 0;
  std::string broken_; // the first promise that was
  tally counts_;
  std::vector<std::string> story_;
};

} // namespace ankkor::simulation
