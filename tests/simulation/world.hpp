// A simulated world from a seed: the engine as it is, with its own actors, under CAF's
// deterministic scheduler and virtual time; the emulated WooCommerce, a network, a storefront and a
// CDN, Redis, a disk, clocks and readers around it; and chances of everything to go wrong. The
// checkers look on.
#pragma once

#include "actors/engine.hpp"
#include "chances.hpp"
#include "checkers.hpp"
#include "durable_store.hpp"
#include "emulator/store.hpp"
#include "net/woocommerce/payload.hpp"
#include "simulated_redis.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
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
  std::uint64_t torn_commits = 0;
  std::uint64_t refused_commits = 0;
  std::uint64_t slow_commits = 0;
  std::uint64_t doubtful_commits = 0;
  std::uint64_t calls = 0; // to storefronts and CDNs
  std::uint64_t failed_calls = 0;
  std::uint64_t pipelines = 0; // to Redis
  std::uint64_t live_events = 0;
  std::uint64_t live_returns = 0; // of live readers who had been away
  std::uint64_t clock_jumps = 0;
  std::uint64_t switched_off = 0; // webhooks, by WooCommerce
  std::uint64_t ids_reused = 0;
  std::uint64_t quiet_points = 0;
  std::uint64_t full_passes = 0; // waited for and compared
  std::chrono::seconds lasted{0};

  void add(const tally& other);
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

  static constexpr std::uint16_t shop_port = 1;
  static constexpr std::uint16_t first_target_port = 2;

  // Somebody who is told of changes.
  struct target {
    config::revalidate_target settings;
    std::uint16_t port = 0;
    telling_checker telling{"next"};
    pause_checker pause;
    enum class mood : std::uint8_t { well, fails, busy, silent, takes_and_fails, cut, away };
    mood present = mood::well;
  };

  // A follower of live updates.
  struct live_reader {
    live_checker checker;
    bool connected = false;
    bool ever = false;
  };

  // --- the run
  void be_busy();
  void become_quiet();
  void wait_for_full_pass();
  void wait_until_right(moment end);
  [[nodiscard]] seconds settling_takes() const;

  // --- time
  void pass_until(moment end);
  [[nodiscard]] moment next_event(moment end) const;
  void advance(moment to);
  void run_actors();
  void run_one_actor();
  void at(moment when, std::function<void()> what);
  // Nothing of a daemon that has crashed meanwhile.
  void at_engine(moment when, std::function<void()> what);
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() const;
  [[nodiscard]] moment shop_time() const;
  [[nodiscard]] moment daemon_time() const;
  void jump();
  void jump_shop();
  std::chrono::microseconds some_jump();

  // --- the daemon and its disk
  [[nodiscard]] config::settings settings() const;
  void start_engine();
  void stop_engine();
  void crash();
  void die_soon();
  void die_within(std::uint64_t messages);
  [[nodiscard]] actors::transport way_out();
  [[nodiscard]] durable_store::chance_of_commit commits();
  [[nodiscard]] durable_store::fate fate_of_commit();
  void take_note(const stock::product* before, const stock::product& after);
  void fill_disk();
  void empty_disk();

  // --- WooCommerce
  void open_shop();
  void start_shoppers();
  void let_shop();
  void note_change(stock::product_id product, std::string_view what);
  void reuse_id(stock::product_id erased);
  void deliver();
  void pass_on(const std::shared_ptr<emulator::delivery>& what, std::optional<std::uint64_t> waits);
  void answered(std::uint64_t number, unsigned status);
  void switch_webhooks_on();
  void ask_shop(const std::shared_ptr<net::client_request>& what,
                const std::function<void(result<net::client_response>)>& done);
  [[nodiscard]] emulator::http_answer answer_of_shop(const net::client_request& what);
  void note_pause(const result<net::client_response>& answer);
  void trouble();
  void calm();

  // --- those who are told
  void add_targets();
  void tell_target(target& whom, const std::shared_ptr<net::client_request>& what,
                   const std::function<void(result<net::client_response>)>& done);
  [[nodiscard]] result<net::client_response> answer_of_target(target& whom, target::mood mood);
  void trouble_target();
  void ask_redis(redis::pipeline what, std::function<void(result<redis::answer>)> done);
  void trouble_redis();
  void end_troubles();

  // --- readers and checks
  void read();
  [[nodiscard]] stock::product_id some_item();
  void read_on_demand(stock::product_id item);
  void let_reader(std::size_t which);
  void connect(live_reader& who);
  void catch_up(live_reader& who);
  void listen();
  void tell_live(live_reader& who, const store::live_event& event);
  void expect(const std::string& wrong);
  [[nodiscard]] std::string what_is_not_right();
  [[nodiscard]] std::string where_copy_differs() const;
  [[nodiscard]] queue_lengths lengths() const;

  // --- chance
  // Over and over while it is busy, at random.
  void plan(seconds every, void (world::*what)());
  bool chance(double of);
  std::uint64_t among(std::uint64_t least, std::uint64_t most);
  std::chrono::microseconds some(std::chrono::microseconds least, std::chrono::microseconds most);

  template <class... Parts>
  void tell(const Parts&... parts) {
    if (!tells_)
      return;
    auto line = std::ostringstream{};
    (line << ... << parts);
    tell_line(line.str());
  }

  void tell_line(const std::string& line);

  chances chances_;
  bool tells_;
  std::mt19937_64 random_;
  emulator::store shop_;
  durable_store disk_;
  simulated_redis redis_;
  std::vector<target> targets_; // the storefront first
  std::vector<live_reader> live_;
  order_checker order_;
  budget_checker budget_;
  pause_checker pause_;
  turn_checker turns_;
  moment present_;
  std::unique_ptr<actors::engine> engine_;
  std::uint64_t generation_ = 0; // of the daemon
  std::uint64_t committing_ = 0; // the ledger is in the midst of it
  bool is_dying_ = false;
  std::uint64_t dies_after_ = 0; // so many messages; 0: it lives
  moment doubt_until_{};
  moment down_until_{};
  std::multimap<moment, std::function<void()>> events_;
  net::payload_reader payloads_;
  std::set<stock::product_id> undated_; // changed in a way that only a full pass finds
  std::chrono::microseconds shop_ahead_{0};
  bool dates_went_back_ = false; // the shop's: only a full pass makes sure
  bool away_ = false;            // WooCommerce can't be reached
  bool redis_away_ = false;
  bool disk_full_ = false;
  moment asked_too_much_until_{}; // WooCommerce was in trouble: until then the pace is low
  bool troubles_allowed_ = false;
  bool loaded_ = false; // the catalog was read once
  bool redis_loses_answers_ = false;
  std::uint64_t cycle_ = 0;
  std::uint64_t visits_ = 0; // of shoppers
  std::size_t most_mailboxes_ = 0;
  std::string broken_; // the first promise that was
  tally counts_;
  std::vector<std::string> story_;
};

} // namespace ankkor::simulation
