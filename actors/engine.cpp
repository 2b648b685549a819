#include "actors/engine.hpp"

#include "actors/change/catalog.hpp"
#include "actors/change/ledger.hpp"
#include "actors/change/webhook.hpp"
#include "actors/reading/confirmer.hpp"
#include "actors/reading/limiter.hpp"
#include "actors/reading/lookup.hpp"
#include "actors/reading/reconciler.hpp"
#include "actors/telling/mirror.hpp"
#include "actors/telling/revalidator.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/planted_fault.hpp"
#include "base/process.hpp"
#include "net/http/basic_auth.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
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
  caf_config(const config::settings& settings, bool deterministic) {
    if (deterministic)
      set("scheduler.policy", caf::atom("testing"));
    else
      // CAF's own choice, stealing, has idle threads look for work at intervals of up to 10 ms: a
      // message waits for that long, and an idle daemon never sleeps.
      set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads_for(settings.engine_threads));
  }
};

// An engine thread that took the core from the I/O thread that woke it would decide on one
// delivery, and the ledger commit it alone, while more wait in the sockets. The ledger's thread is
// started later: it takes its turns like any other.
caf::actor_system start_engine_threads(caf_config& config) {
  const auto polite = starting_behind_others{};
  return caf::actor_system{config};
}

std::shared_ptr<product_context> make_product_context(const config::settings& settings,
                                                      const view& committed) {
  auto context = std::make_shared<product_context>();
  for (const auto& target : settings.targets)
    context->targets.push_back({target.name, target.paths});
  context->committed = &committed;
  context->alive_max = settings.product_actors_max;
  context->reads_as_stranger = settings.app_user.empty();
  return context;
}

class running_engine final : public engine {
public:
  running_engine(const config::settings& settings, store::store& storage,
                 const engine_surroundings& around)
    : around_(around), storage_(&storage), context_(make_product_context(settings, committed_)),
      config_(settings, around.deterministic), system_(start_engine_threads(config_)) {
    context_->watch = &watch_;
  }

  ~running_engine() override { stop(std::chrono::milliseconds{0}); }

  running_engine(const running_engine&) = delete;
  running_engine& operator=(const running_engine&) = delete;

  ankkor::status load() {
    auto loaded =
      storage_->load_products([this](const stock::product& held) { committed_.publish(held); });
    if (!loaded)
      return loaded;
    const auto version = storage_->highest_version();
    if (!version)
      return version.failure();
    context_->last_version = *version;
    auto events = storage_->load_events(broadcaster::kept_max);
    if (!events)
      return events.failure();
    updates_.load(std::move(*events));
    return done{};
  }

  ankkor::status spawn(const config::settings& settings, const transport& send) {
    metrics::store_up().set(1);
    auto jobs = storage_->load_outbox();
    if (!jobs)
      return jobs.failure();
    auto questions = storage_->load_confirmations();
    if (!questions)
      return questions.failure();
    outlets_ = std::make_shared<ledger_outlets>();
    spawn_ledger();
    catalog_ = system_.spawn(catalog, context_, ledger_);
    webhook_ = system_.spawn(webhook, catalog_, ledger_, &watch_);
    if (auto spawned = spawn_confirmer(settings, send); !spawned)
      return spawned;
    if (auto spawned = spawn_revalidators(settings, send); !spawned)
      return spawned;
    if (around_.mirror)
      spawn_mirror(settings);
    hand_out(std::move(*jobs));
    caf::anon_send(outlets_->confirmer, *questions);
    caf::anon_send(outlets_->reconciler, std::move(*questions));
    return done{};
  }

  void accept(incoming_batch deliveries) override {
    caf::anon_send(webhook_, std::move(deliveries));
  }

  void record(store::entry what, std::shared_ptr<actors::reply> reply) override {
    auto job = std::make_shared<ledger_entry>();
    job->entry = std::move(what);
    job->reply = std::move(reply);
    caf::anon_send(ledger_, ledger_entry_ptr{std::move(job)});
  }

  pass_ticket reconcile(reconcile_type type, stock::product_id product) override {
    const auto ticket = board_.ask(type, product, around_.now());
    if (!ticket.joined)
      caf::anon_send(reconciler_, reconcile_atom::value, type, product);
    return ticket;
  }

  const reconcile_board& reconciliation() const override { return board_; }

  void read(stock::product_id item, read_handler done) override { read_key(item, std::move(done)); }

  void read(std::string slug, read_handler done) override {
    read_key(std::move(slug), std::move(done));
  }

  const view& products() const override { return committed_; }

  broadcaster& updates() override { return updates_; }

  engine_status status() const override {
    auto now = engine_status{};
    now.store_up = health_.up;
    now.commits = health_.commits;
    now.failed_commits = health_.failed_commits;
    now.products = committed_.products();
    now.variations = committed_.variations();
    now.product_actors = context_->alive;
    for (const auto& [target, health] : targets_) {
      now.targets.push_back({target.name, std::string{to_string(target.format)}, health->pending,
                             health->told, health->calls, health->failures, health->circuit_open});
    }
    if (mirror_health_)
      now.mirror =
        mirror_status{mirror_health_->up, mirror_health_->repairing, mirror_health_->pending,
                      mirror_health_->written, mirror_health_->failures};
    return now;
  }

  caf::actor_system& actors() override { return system_; }

  void stop(std::chrono::milliseconds patience) override {
    if (stopped_)
      return;
    stopped_ = true;
    wait_until_committed(patience);
    if (outlets_) {
      for (auto& [name, actor] : outlets_->revalidators)
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(outlets_->confirmer, caf::exit_reason::user_shutdown);
      caf::anon_send_exit(outlets_->reconciler, caf::exit_reason::user_shutdown);
      if (outlets_->mirror)
        caf::anon_send_exit(outlets_->mirror, caf::exit_reason::user_shutdown);
    }
    caf::anon_send_exit(lookup_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(limiter_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(webhook_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(catalog_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(ledger_, caf::exit_reason::user_shutdown);
    webhook_ = nullptr;
    catalog_ = nullptr;
    ledger_ = nullptr;
    limiter_ = nullptr;
    lookup_ = nullptr;
    if (around_.deterministic)
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run();
    system_.await_all_actors_done();
    outlets_.reset(); // not before: the ledger reads it
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

  // Versions begin anew with a new store, so what is known by one needs the store's own name.
  ankkor::status load_store_id() {
    constexpr auto name = "store.id";
    const auto bookmarks = storage_->load_bookmarks();
    if (!bookmarks)
      return bookmarks.failure();
    for (const auto& each : *bookmarks) {
      if (each.name == name)
        store_id_ = each.value;
    }
    if (!store_id_.empty())
      return done{};
    auto random = std::random_device{};
    store_id_ = fmt::format("{:08x}", random());
    auto entry = store::entry{};
    entry.bookmarks.push_back({name, store_id_});
    if (const auto committed = storage_->commit({&entry, 1}); !committed)
      return committed.failure();
    return done{};
  }

  // Once it is stopped, destroying the question answers it.
  void read_key(actors::read_key wanted, read_handler done) {
    auto asked = std::make_shared<open_read>(std::move(wanted), std::move(done));
    if (lookup_)
      caf::anon_send(lookup_, std::move(asked));
  }

  // Every delivery was answered before this is called, so one more record through the ledger is the
  // last.
  void wait_until_committed(std::chrono::milliseconds patience) {
    if (!ledger_ || patience.count() == 0)
      return;
    auto last = std::make_shared<last_reply>();
    record({}, last);
    auto lock = std::unique_lock{last->guard};
    last->change.wait_for(lock, patience, [&] { return last->called; });
  }

  void spawn_ledger() {
    auto context = ledger_context{storage_, &committed_, &health_, around_.now, &updates_};
    if (!around_.deterministic)
      context.sleep = [](std::chrono::nanoseconds time) { std::this_thread::sleep_for(time); };
    // It waits for the disk, so it has a thread to itself.
    ledger_ = around_.deterministic ? system_.spawn(ledger, context, outlets_)
                                    : system_.spawn<caf::detached>(ledger, context, outlets_);
  }

  ankkor::status spawn_confirmer(const config::settings& settings, const transport& send) {
    auto where = net::parse_url(settings.graphql_url);
    if (!where)
      return where.failure();
    auto marks = storage_->load_bookmarks();
    if (!marks)
      return marks.failure();
    auto options = confirmer_options{};
    options.where = std::move(*where);
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
    options.committed = &committed_;
    options.now = around_.now;
    auto limits = budget_options{};
    limits.count = settings.graphql_budget.count;
    limits.window = settings.graphql_budget.window;
    limits.burst = settings.graphql_burst;
    limits.concurrency = settings.graphql_concurrency;
    limiter_ = system_.spawn(limiter, limits);
    spawn_reconciler(settings, send, options, std::move(*marks));
    spawn_lookup(settings, options, send);
    outlets_->confirmer = system_.spawn(confirmer, std::move(options), send, limiter_, catalog_);
    return done{};
  }

  void spawn_reconciler(const config::settings& settings, const transport& send,
                        const confirmer_options& reading, std::vector<store::bookmark> marks) {
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
    options.committed = &committed_;
    options.watch = &watch_;
    options.board = &board_;
    options.now = around_.now;
    reconciler_ = system_.spawn(reconciler, std::move(options), std::move(marks), send, limiter_,
                                catalog_, ledger_);
    outlets_->reconciler = reconciler_;
  }

  // It asks the same shop in the same way as the confirmer.
  void spawn_lookup(const config::settings& settings, const confirmer_options& like,
                    const transport& send) {
    auto options = lookup_options{};
    options.where = like.where;
    options.fields = like.fields;
    options.committed = like.committed;
    options.now = like.now;
    options.patience = settings.read_patience;
    options.absence_ttl = settings.absence_ttl;
    options.requests_max = settings.graphql_concurrency;
    lookup_ = system_.spawn(lookup, std::move(options), send, limiter_, catalog_);
  }

  ankkor::status spawn_revalidators(const config::settings& settings, const transport& send) {
    auto storefronts = std::set<std::string>{};
    for (const auto& target : settings.targets) {
      if (config::is_storefront(target.format))
        storefronts.insert(target.name);
    }
    const bool any_webhook =
      std::any_of(settings.targets.begin(), settings.targets.end(), [](const auto& target) {
        return target.format == config::target_format::webhook;
      });
    if (any_webhook) {
      if (auto loaded = load_store_id(); !loaded)
        return loaded;
    }
    const auto order = std::make_shared<storefronts_first>(std::move(storefronts));
    outlets_->order = order;
    for (const auto& target : settings.targets) {
      auto where = net::parse_url(target.url);
      if (!where)
        return where.failure();
      auto options = revalidator_options{};
      options.target = target;
      options.where = std::move(*where);
      options.window = settings.revalidate_window;
      options.seed = around_.seed ? *around_.seed : std::random_device{}();
      options.now = around_.now;
      options.committed = &committed_;
      options.store_id = store_id_;
      options.order = order;
      auto health = std::make_shared<revalidator_health>();
      targets_.push_back({target, health});
      const auto spawned = system_.spawn(revalidator, std::move(options), health, send, ledger_);
      if (config::is_cdn(target.format))
        order->on_progress(waker(spawned));
      outlets_->revalidators.emplace(target.name, spawned);
    }
    return done{};
  }

  // Weak: the order outlives no actor on account of this.
  static std::function<void()> waker(const revalidator_actor& sleeper) {
    return [address = caf::actor_cast<caf::actor_addr>(sleeper)] {
      if (const auto awake = caf::actor_cast<caf::strong_actor_ptr>(address))
        caf::anon_send(caf::actor_cast<revalidator_actor>(awake), released_atom::value);
    };
  }

  void spawn_mirror(const config::settings& settings) {
    auto options = mirror_options{};
    options.ttl = settings.redis_ttl;
    options.committed = &committed_;
    options.seed = around_.seed ? *around_.seed : std::random_device{}();
    mirror_health_ = std::make_shared<mirror_health>();
    outlets_->mirror = system_.spawn(mirror, options, mirror_health_, around_.mirror);
  }

  // What waits for a target that is not configured any more stays in the store, in case it comes
  // back.
  void hand_out(std::vector<store::outbox_job> waiting) {
    if (is_planted(planted_fault::outbox_not_restored))
      return;
    auto jobs = std::unordered_map<std::string, job_batch>{};
    for (auto& job : waiting)
      jobs[job.target].push_back(std::move(job));
    for (const auto& [name, batch] : jobs)
      outlets_->order->expect(name, batch);
    for (auto& [name, batch] : jobs) {
      const auto found = outlets_->revalidators.find(name);
      if (found != outlets_->revalidators.end()) {
        give(found->second, std::move(batch));
      } else {
        log::warning("Changes wait for a revalidation target that is not configured any more.",
                     {{"target", name}, {"pending", batch.size()}});
      }
    }
  }

  // Returns once they are taken: 100,000 hold up a scheduler's thread for 50 ms, and with it the
  // deliveries, of which none has come yet.
  void give(const revalidator_actor& target, job_batch jobs) {
    if (around_.deterministic) {
      caf::anon_send(target, std::move(jobs));
      return;
    }
    auto self = caf::scoped_actor{system_};
    self->request(target, caf::infinite, std::move(jobs)).receive([] {}, [](const caf::error&) {});
  }

  const engine_surroundings around_;
  store::store* storage_;
  std::string store_id_;
  view committed_;
  broadcaster updates_;
  store_health health_;
  missed_webhooks watch_;
  reconcile_board board_;
  std::shared_ptr<product_context> context_;
  std::vector<std::pair<config::revalidate_target, std::shared_ptr<revalidator_health>>> targets_;
  std::shared_ptr<mirror_health> mirror_health_;
  caf_config config_;
  caf::actor_system system_;
  std::shared_ptr<ledger_outlets> outlets_;
  limiter_actor limiter_;
  lookup_actor lookup_;
  webhook_actor webhook_;
  catalog_actor catalog_;
  ledger_actor ledger_;
  reconciler_actor reconciler_; // not taken away by stop(): a person may still ask
  bool stopped_ = false;
};

} // namespace

result<std::unique_ptr<engine>> engine::start(const config::settings& settings,
                                              store::store& storage, transport send,
                                              const engine_surroundings& around) {
  auto started = std::make_unique<running_engine>(settings, storage, around);
  if (const auto loaded = started->load(); !loaded)
    return loaded.failure();
  if (const auto spawned = started->spawn(settings, send); !spawned)
    return spawned.failure();
  return std::unique_ptr<engine>{std::move(started)};
}

} // namespace ankkor::actors
