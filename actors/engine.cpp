#include "actors/engine.hpp"

#include "actors/assembly.hpp"
#include "base/clock.hpp"
#include "base/process.hpp"
#include "net/http/basic_auth.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace ankkor::actors {

namespace {

std::size_t threads_for(std::uint32_t chosen) {
  if (chosen != 0)
    return chosen;
  // Half of the cores decide, half of them read and write bytes.
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

// CAF's own configuration files are never read: they ignore unknown keys and bad values.
class caf_config : public caf::actor_system_config {
public:
  caf_config(const config::settings& settings, const engine_surroundings& around) {
    // CAF's own choice, stealing, has idle threads look for work at intervals of up to 10 ms: a
    // message waits for that long, and an idle daemon never sleeps.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads_for(settings.engine_threads));
    if (around.scheduler)
      around.scheduler->choose(*this);
  }
};

// An engine thread that took the core from the I/O thread that woke it would decide on one
// delivery, and the ledger commit it alone, while more wait in the sockets. The ledger's thread is
// started later: it takes its turns like any other.
caf::actor_system start_engine_threads(caf_config& config) {
  const auto polite = starting_behind_others{};
  return caf::actor_system{config};
}

// -- from settings to the actors' options ---------------------------------------------------------

confirmer_options confirming(const config::settings& settings, net::url graphql) {
  auto options = confirmer_options{};
  options.where = std::move(graphql);
  // WooGraphQL ignores WooCommerce's keys; it takes WordPress's application passwords (facts,
  // section 6).
  const bool has_password = !settings.app_user.empty();
  options.fields = {
    {"Content-Type", "application/json"},
    {"Accept", "application/json"},
    {"Accept-Encoding", "identity"}, // see docs/decisions.md: compression doesn't pay
    {"Authorization",
     has_password ? net::basic_authorization(settings.app_user, settings.app_password)
                  : net::basic_authorization(settings.consumer_key, settings.consumer_secret)}};
  return options;
}

reconciler_options reconciling(const config::settings& settings, const confirmer_options& reading) {
  auto options = reconciler_options{};
  options.where = reading.where;
  options.fields = reading.fields;
  options.signed_in = !settings.app_user.empty();
  // By its keys REST shows what GraphQL, for which they are nobody's, hides.
  if (auto list = net::parse_url(settings.store_url + "/wp-json/wc/v3/products");
      list && !options.signed_in)
    options.product_list = std::move(*list);
  options.interval = settings.reconcile_interval;
  options.scrub_interval = settings.scrub_interval;
  return options;
}

lookup_options looking_up(const config::settings& settings, const confirmer_options& reading) {
  auto options = lookup_options{};
  options.where = reading.where;
  options.fields = reading.fields;
  options.patience = settings.read_patience;
  options.absence_ttl = settings.absence_ttl;
  options.requests_max = settings.graphql_concurrency;
  return options;
}

budget_options budget_of(const config::settings& settings) {
  auto options = budget_options{};
  options.count = settings.graphql_budget.count;
  options.window = settings.graphql_budget.window;
  options.burst = settings.graphql_burst;
  options.concurrency = settings.graphql_concurrency;
  return options;
}

std::uint64_t some_seed(const engine_surroundings& around) {
  return around.seed ? *around.seed : std::random_device{}();
}

result<std::vector<revalidator_options>> revalidating(const config::settings& settings,
                                                      const engine_surroundings& around) {
  auto all = std::vector<revalidator_options>{};
  for (const auto& target : settings.targets) {
    auto where = net::parse_url(target.url);
    if (!where)
      return where.failure();
    auto& options = all.emplace_back();
    options.target = target;
    options.where = std::move(*where);
    options.window = settings.revalidate_window;
    options.seed = some_seed(around);
  }
  return all;
}

result<assembly_options> options_of(const config::settings& settings,
                                    const engine_surroundings& around) {
  auto graphql = net::parse_url(settings.graphql_url);
  if (!graphql)
    return graphql.failure();
  auto revalidators = revalidating(settings, around);
  if (!revalidators)
    return revalidators.failure();
  auto options = assembly_options{};
  options.now = around.now;
  options.has_threads = !around.scheduler;
  if (options.has_threads)
    options.ledger_sleep = [](std::chrono::nanoseconds time) { std::this_thread::sleep_for(time); };
  for (const auto& target : settings.targets)
    options.targets.push_back({target.name, target.paths});
  options.product_actors_max = settings.product_actors_max;
  options.reads_as_stranger = settings.app_user.empty();
  options.budget = budget_of(settings);
  options.confirmer = confirming(settings, std::move(*graphql));
  options.reconciler = reconciling(settings, *options.confirmer);
  options.lookup = looking_up(settings, *options.confirmer);
  options.revalidators = std::move(*revalidators);
  if (around.mirror) {
    options.redis = around.mirror;
    options.mirror.emplace();
    options.mirror->ttl = settings.redis_ttl;
    options.mirror->seed = some_seed(around);
  }
  return options;
}

// -- the engine -----------------------------------------------------------------------------------

class running_engine final : public engine {
public:
  running_engine(const config::settings& settings, const engine_surroundings& around)
    : scheduler_(around.scheduler), config_(settings, around),
      system_(start_engine_threads(config_)) {}

  ~running_engine() override { stop(std::chrono::milliseconds{0}); }

  running_engine(const running_engine&) = delete;
  running_engine& operator=(const running_engine&) = delete;

  ankkor::status start(assembly_options options) {
    auto started = assembly::start(system_, std::move(options));
    if (!started)
      return started.failure();
    all_ = std::move(*started);
    return done{};
  }

  void accept(incoming_batch deliveries) override { all_->accept(std::move(deliveries)); }

  void record(store::entry what, std::shared_ptr<actors::reply> reply) override {
    all_->record(std::move(what), std::move(reply));
  }

  pass_ticket reconcile(reconcile_type type, stock::product_id product) override {
    return all_->reconcile(type, product);
  }

  const reconcile_board& reconciliation() const override { return all_->board; }

  void read(stock::product_id item, read_handler done) override {
    all_->read(item, std::move(done));
  }

  void read(std::string slug, read_handler done) override {
    all_->read(std::move(slug), std::move(done));
  }

  const view& products() const override { return all_->committed; }

  broadcaster& updates() override { return all_->updates; }

  engine_status status() const override {
    auto now = engine_status{};
    now.store_up = all_->health.up;
    now.commits = all_->health.commits;
    now.failed_commits = all_->health.failed_commits;
    now.products = all_->committed.products();
    now.variations = all_->committed.variations();
    now.product_actors = all_->context->alive;
    for (const auto& [target, health] : all_->targets) {
      now.targets.push_back({target.name, std::string{to_string(target.format)}, health->pending,
                             health->told, health->calls, health->failures, health->circuit_open});
    }
    if (const auto& mirror = all_->mirrored)
      now.mirror = mirror_status{mirror->up, mirror->repairing, mirror->pending, mirror->written,
                                 mirror->failures};
    return now;
  }

  caf::actor_system& actors() override { return system_; }

  void stop(std::chrono::milliseconds patience) override {
    if (stopped_)
      return;
    stopped_ = true;
    if (all_) {
      wait_until_committed(patience);
      all_->stop();
    }
    if (scheduler_)
      scheduler_->drain(system_);
    system_.await_all_actors_done();
  }

private:
  struct last_reply final : actors::reply {
    void done(const result<store::outcome>&) override {
      const std::lock_guard lock{guard};
      called = true;
      change.notify_all();
    }

    std::mutex guard;
    std::condition_variable change;
    bool called = false;
  };

  // Every delivery was answered before this is called, so one more entry through the ledger is the
  // last.
  void wait_until_committed(std::chrono::milliseconds patience) {
    if (patience.count() == 0)
      return;
    auto last = std::make_shared<last_reply>();
    all_->record({}, last);
    auto lock = std::unique_lock{last->guard};
    last->change.wait_for(lock, patience, [&] { return last->called; });
  }

  const std::optional<given_scheduler> scheduler_;
  caf_config config_;
  caf::actor_system system_;
  std::unique_ptr<assembly> all_;
  bool stopped_ = false;
};

} // namespace

result<std::unique_ptr<engine>> engine::start(const config::settings& settings,
                                              store::store& storage, transport send,
                                              const engine_surroundings& around) {
  auto options = options_of(settings, around);
  if (!options)
    return options.failure();
  options->storage = &storage;
  options->send = std::move(send);
  auto started = std::make_unique<running_engine>(settings, around);
  if (const auto status = started->start(std::move(*options)); !status)
    return status.failure();
  return std::unique_ptr<engine>{std::move(started)};
}

} // namespace ankkor::actors
