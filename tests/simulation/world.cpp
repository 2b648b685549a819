// The world's time, the daemon in it, and the run from its beginning to its end.
#include "world.hpp"

#include "actors/reading/marks.hpp"
#include "base/clock.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <cmath>

namespace ankkor::simulation {

namespace {

constexpr auto begin_of_time = moment{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
constexpr auto budget_window = seconds{60};
constexpr auto look_every = seconds{5}; // at a quiet point, whether all is right by now

// This machine's clock, which may be wrong; the engine is given it as a function without a context.
moment machine_time;
forward_clock::steady machine_uptime;
// As base/clock.hpp has it for the real daemon, but that it outlives the process: that a clock is
// set back while the daemon is down isn't simulated.
std::optional<forward_clock> machine_clock;

moment now() {
  return machine_clock->read(machine_time, machine_uptime);
}

// The world itself says who runs next; only an engine that ends is drained.
actors::given_scheduler testing_scheduler() {
  return {
    [](caf::actor_system_config& config) { config.set("scheduler.policy", caf::atom("testing")); },
    [](caf::actor_system& system) {
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run();
    }};
}

std::string clock_of(moment when) {
  const auto passed = std::chrono::floor<std::chrono::milliseconds>(when - begin_of_time).count();
  auto text =
    std::to_string(passed / 1'000) + "." + std::to_string(1'000 + passed % 1'000).substr(1);
  return std::string(text.size() < 10 ? 10 - text.size() : 0, ' ') + text + "  ";
}

emulator::store_settings shop_settings(const chances& from) {
  auto made = emulator::store_settings{};
  made.seed = from.seed;
  made.queue.seed = from.seed;
  made.queue.delay_max = from.built_late_max;
  made.access.users = {{2, "manager", "geheim", emulator::role::shop_manager}};
  made.access.keys = {{"ck_world", "cs_world", false}};
  made.graphql_page_max = from.page_max;
  made.arrivals_kept = 1;
  return made;
}

} // namespace

void tally::add(const tally& other) {
  changes += other.changes;
  deliveries += other.deliveries;
  lost += other.lost;
  requests += other.requests;
  troubled += other.troubled;
  reads += other.reads;
  reads_on_demand += other.reads_on_demand;
  crashes += other.crashes;
  torn_commits += other.torn_commits;
  refused_commits += other.refused_commits;
  slow_commits += other.slow_commits;
  doubtful_commits += other.doubtful_commits;
  calls += other.calls;
  failed_calls += other.failed_calls;
  pipelines += other.pipelines;
  live_events += other.live_events;
  live_returns += other.live_returns;
  clock_jumps += other.clock_jumps;
  switched_off += other.switched_off;
  ids_reused += other.ids_reused;
  quiet_points += other.quiet_points;
  full_passes += other.full_passes;
  lasted += other.lasted;
}

// --- the world -----------------------------------------------------------------------------------

world::world(const chances& from, bool tells)
  : chances_(from), tells_(tells), random_(from.seed), shop_(shop_settings(from)),
    disk_([this](const stock::product* before,
                 const stock::product& after) { take_note(before, after); },
          [this](const store::outbox_job& job) {
            if (job.target == targets_.front().settings.name)
              turns_.owed(job.product, daemon_time());
            tell("  owed to ", job.target, ": product ", job.product, ", version ", job.version);
          },
          commits()),
    live_(from.live_readers), budget_(from.budget, budget_window, from.burst),
    present_(begin_of_time) {
  machine_time = present_;
  machine_uptime = {};
  machine_clock.emplace();
  add_targets();
  open_shop();
}

world::~world() {
  disk_.refuses = true;
  engine_.reset();
}

std::string world::run() {
  tell(chances_.products, " products, budget ", chances_.budget, "/min, burst ", chances_.burst,
       ", reconciliation every ", chances_.reconcile_interval.count(), " s, scrub every ",
       chances_.scrub_interval.count(), " s");
  start_engine();
  if (chances_.warm_start) {
    pass_until(present_ + minutes{2});
    loaded_ = true;
  }
  for (std::size_t at = 0; at < live_.size(); ++at)
    let_reader(at);
  for (cycle_ = 1; cycle_ <= chances_.cycles && broken_.empty(); ++cycle_) {
    be_busy();
    become_quiet();
    loaded_ = true;
  }
  if (chances_.full_pass && broken_.empty())
    wait_for_full_pass();
  counts_.lasted = std::chrono::duration_cast<seconds>(present_ - begin_of_time);
  return broken_;
}

void world::be_busy() {
  tell("shoppers come");
  troubles_allowed_ = true;
  start_shoppers();
  plan(chances_.trouble_every, &world::trouble);
  plan(chances_.target_trouble_every, &world::trouble_target);
  if (chances_.mirrored)
    plan(chances_.redis_trouble_every, &world::trouble_redis);
  plan(chances_.disk_full_every, &world::fill_disk);
  plan(chances_.crash_every, &world::crash);
  plan(chances_.clock_jumps_every, &world::jump);
  plan(chances_.shop_clock_jumps_every, &world::jump_shop);
  plan(chances_.switched_on_every, &world::switch_webhooks_on);
  read();
  pass_until(present_ + chances_.busy);
}

// All troubles end. What must be right then is so within an interval; later only where WooCommerce
// had asked for a pause, or was asked less often for not having kept up.
void world::become_quiet() {
  tell("quiet begins");
  troubles_allowed_ = false;
  dies_after_ = 0;
  shop_.stop_shoppers();
  end_troubles();
  const auto begin = std::max({present_, down_until_, pause_.until(), asked_too_much_until_});
  wait_until_right(begin + settling_takes());
  // And it stays so, whatever is still on its way; what a late delivery tells of for the first time
  // may be over, which is asked for at once.
  pass_until(present_ + 2 * look_every);
  wait_until_right(present_ + settling_takes());
  ++counts_.quiet_points;
}

// An interval, and what lies between: a pass that had begun before has to end first. Where a site
// allows small pages only, the budget decides how long two passes take, and the confirmer, which
// asks what is unsettled, takes every second request of it.
seconds world::settling_takes() const {
  constexpr auto answers_take = seconds{60}; // those that never came are given up
  constexpr std::uint64_t passes = 2;
  constexpr std::uint64_t sharing = 2;
  const auto requests = sharing * passes * (order_.items().size() / chances_.page_max);
  return chances_.reconcile_interval + answers_take + requests * budget_window / chances_.budget;
}

// One may have begun just before.
void world::wait_for_full_pass() {
  tell("a full pass is waited for");
  undated_.clear();
  dates_went_back_ = false;
  wait_until_right(std::max(present_, pause_.until()) + 2 * chances_.scrub_interval + minutes{2});
  ++counts_.full_passes;
}

void world::wait_until_right(moment end) {
  auto wrong = std::string{"nobody has looked"};
  while (!wrong.empty() && present_ < end && broken_.empty()) {
    pass_until(std::min(end, present_ + look_every));
    wrong = what_is_not_right();
  }
  expect(wrong);
}

// --- time ----------------------------------------------------------------------------------------

caf::scheduler::test_coordinator& world::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(engine_->actors().scheduler());
}

moment world::shop_time() const {
  return present_ + shop_ahead_;
}

moment world::daemon_time() const {
  return now();
}

void world::at(moment when, std::function<void()> what) {
  events_.emplace(std::max(when, present_), std::move(what));
}

void world::at_engine(moment when, std::function<void()> what) {
  at(when, [this, born = generation_, what = std::move(what)] {
    if (engine_ && born == generation_)
      what();
  });
}

moment world::next_event(moment end) const {
  auto next = end;
  if (!events_.empty())
    next = std::min(next, events_.begin()->first);
  if (const auto due = shop_.next_due(); due && *due != moment::min())
    next = std::min(next, *due - shop_ahead_);
  else if (due)
    next = present_;
  if (engine_) {
    const auto& clock = scheduler().clock();
    if (!clock.schedule().empty()) {
      const auto left = clock.schedule().begin()->first - clock.now();
      next = std::min(next, present_ + std::chrono::ceil<std::chrono::microseconds>(left));
    }
  }
  return std::max(next, present_);
}

void world::advance(moment to) {
  const auto passed = to - present_;
  present_ = to;
  machine_time += passed;
  machine_uptime += passed;
  if (engine_)
    scheduler().advance_time(passed);
}

void world::pass_until(moment end) {
  const auto goes_on = [&] { return broken_.empty() && !(committing_ != 0 && is_dying_); };
  while (present_ < end && goes_on()) {
    advance(next_event(end));
    run_actors();
    let_shop();
    deliver();
    while (!events_.empty() && events_.begin()->first <= present_ && goes_on()) {
      const auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    run_actors();
  }
}

// Whoever has a message may be the next: no order between actors is promised.
void world::run_actors() {
  while (engine_ && !is_dying_ && !scheduler().jobs.empty())
    run_one_actor();
  if (engine_ && is_dying_ && committing_ == 0)
    stop_engine();
}

void world::run_one_actor() {
  auto& jobs = scheduler().jobs;
  most_mailboxes_ = std::max(most_mailboxes_, jobs.size());
  std::swap(jobs.front(), jobs.at(among(0, jobs.size() - 1)));
  scheduler().run_once();
  if (dies_after_ != 0 && --dies_after_ == 0)
    is_dying_ = true;
}

// This machine's clock is set.
void world::jump() {
  const auto by = some_jump();
  machine_time += by;
  ++counts_.clock_jumps;
  tell("this machine's clock is set by ", std::chrono::duration_cast<milliseconds>(by).count(),
       " ms");
}

std::chrono::microseconds world::some_jump() {
  const auto most = std::chrono::microseconds{chances_.clock_jump_max};
  return some(std::chrono::microseconds{0}, 2 * most) - most;
}

// --- the daemon ----------------------------------------------------------------------------------

config::settings world::settings() const {
  auto made = config::settings{};
  made.store_url = "http://127.0.0.1:" + std::to_string(shop_port);
  made.consumer_key = "ck_world";
  made.consumer_secret = "cs_world";
  made.graphql_url = "http://127.0.0.1:" + std::to_string(shop_port) + "/graphql";
  if (chances_.signed_in) {
    made.app_user = "manager";
    made.app_password = "geheim";
  }
  made.graphql_budget = {chances_.budget, budget_window};
  made.graphql_burst = chances_.burst;
  made.reconcile_interval = chances_.reconcile_interval;
  made.scrub_interval = chances_.scrub_interval;
  made.product_actors_max = chances_.product_actors_max;
  made.redis_ttl = milliseconds{0};
  for (const auto& each : targets_)
    made.targets.push_back(each.settings);
  return made;
}

void world::start_engine() {
  tell("the daemon starts");
  ++generation_;
  auto around = actors::engine_surroundings{};
  around.now = &now;
  around.seed = random_();
  around.scheduler = testing_scheduler();
  if (chances_.mirrored)
    around.mirror = [this, born = generation_](redis::pipeline what,
                                               std::function<void(result<redis::answer>)> done) {
      if (born == generation_)
        ask_redis(std::move(what), std::move(done));
    };
  auto started = actors::engine::start(settings(), disk_, way_out(), around);
  if (!started) {
    expect("the daemon does not start: " + started.failure().message);
    return;
  }
  engine_ = std::move(started).value();
  listen();
  constexpr std::uint64_t early = 600; // among them those of the initial load
  if ((troubles_allowed_ || cycle_ == 0) && chance(chances_.dies_early))
    die_within(early);
  run_actors();
}

// Between any two messages, or in the middle of a commit. What comes after is not the dying
// process's to do.
void world::crash() {
  if (!engine_ || is_dying_)
    return;
  if (committing_ == 0 && chance(0.7)) {
    die_soon();
    return;
  }
  is_dying_ = true;
  if (committing_ == 0)
    stop_engine();
}

void world::die_soon() {
  constexpr std::uint64_t soon = 60;
  die_within(soon);
}

void world::die_within(std::uint64_t messages) {
  dies_after_ = among(1, messages);
}

void world::stop_engine() {
  tell("the daemon crashes");
  ++counts_.crashes;
  ++generation_;
  disk_.refuses = true;
  engine_.reset();
  disk_.process_ends();
  disk_.refuses = disk_full_;
  is_dying_ = false;
  dies_after_ = 0;
  pause_.forget();
  for (auto& each : targets_)
    each.pause.forget();
  const auto left = disk_.load_outbox().value();
  for (const auto& job : left) {
    if (job.target != targets_.front().settings.name)
      turns_.restarted(job.product);
  }
  for (auto& reader : live_)
    reader.connected = false;
  down_until_ = present_ + some(milliseconds{1}, chances_.down_for_max);
  at(down_until_, [this] { start_engine(); });
}

actors::transport world::way_out() {
  return [this, born = generation_](net::client_request what,
                                    std::function<void(result<net::client_response>)> done) {
    if (born != generation_)
      return;
    const auto request = std::make_shared<net::client_request>(std::move(what));
    if (request->where.port == shop_port)
      ask_shop(request, done);
    else
      tell_target(targets_.at(request->where.port - first_target_port), request, done);
  };
}

// --- the disk ------------------------------------------------------------------------------------

durable_store::chance_of_commit world::commits() {
  auto made = durable_store::chance_of_commit{};
  made.fate_of = [this] { return fate_of_commit(); };
  made.dies = [this] {
    // From now on nothing of this process reaches anybody.
    tell("  the process dies in a commit");
    ++counts_.torn_commits;
    ++generation_;
    is_dying_ = true;
    disk_.refuses = true;
  };
  made.is_settled = [this] { return present_ >= doubt_until_; };
  made.doubt_ends_stored = [this] { return chance(0.5); };
  return made;
}

durable_store::fate world::fate_of_commit() {
  using fate = durable_store::fate;
  if (!troubles_allowed_)
    return fate::stored;
  if (chance(chances_.commit_slow)) {
    ++counts_.slow_commits;
    ++committing_;
    run_actors(); // the others don't wait for the ledger
    pass_until(present_ + some(milliseconds{1}, chances_.commit_takes_max));
    --committing_;
  }
  if (is_dying_ || chance(chances_.commit_torn))
    return chance(0.5) ? fate::dies_stored : fate::dies_refused;
  if (chance(chances_.commit_fails)) {
    ++counts_.refused_commits;
    tell("  a commit fails");
    return fate::refused;
  }
  if (chance(chances_.commit_in_doubt)) {
    ++counts_.doubtful_commits;
    doubt_until_ = present_ + some(milliseconds{100}, seconds{10});
    tell("  a commit is in doubt");
    return fate::in_doubt;
  }
  return fate::stored;
}

void world::take_note(const stock::product* before, const stock::product& after) {
  tell("  committed: product ", after.id, ", version ", after.version);
  // What the initial load finds is told to nobody: it is what the pages show. A large catalog, read
  // in small pages by a process that dies, takes longer than the shoppers wait.
  if (!loaded_ || !disk_.has_bookmark(actors::last_scrub_name))
    return;
  for (auto& each : targets_)
    each.telling.committed(before, after, present_);
}

// --- chance --------------------------------------------------------------------------------------

void world::plan(seconds every, void (world::*what)()) {
  if (every.count() == 0)
    return;
  const double even = static_cast<double>((random_() >> 11U) + 1) * 0x1.0p-53;
  const auto wait = std::chrono::microseconds{
    static_cast<std::int64_t>(-std::log(even) * static_cast<double>(every.count()) * 1e6)};
  at(present_ + wait, [this, every, what, planned = cycle_] {
    if (!troubles_allowed_ || planned != cycle_)
      return;
    (this->*what)();
    plan(every, what);
  });
}

bool world::chance(double of) {
  return of > 0 && static_cast<double>(random_() >> 11U) * 0x1.0p-53 < of;
}

std::uint64_t world::among(std::uint64_t least, std::uint64_t most) {
  return least + random_() % (most - least + 1);
}

std::chrono::microseconds world::some(std::chrono::microseconds least,
                                      std::chrono::microseconds most) {
  return std::chrono::microseconds{
    static_cast<std::int64_t>(among(static_cast<std::uint64_t>(least.count()),
                                    static_cast<std::uint64_t>(std::max(least, most).count())))};
}

void world::tell_line(const std::string& line) {
  story_.push_back(clock_of(present_) + line);
}

} // namespace ankkor::simulation
