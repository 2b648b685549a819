#include "ankkor/daemon.hpp"

#include "actors/engine.hpp"
#include "api/admin/admin_api.hpp"
#include "api/admin/alert_sender.hpp"
#include "api/admin/monitor.hpp"
#include "api/public_api.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/process.hpp"
#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/io_pool.hpp"
#include "net/redis/client.hpp"
#include "store/redis/store.hpp"
#include "store/sqlite/store.hpp"

#include <algorithm>
#include <thread>

namespace ankkor {

namespace {

using std::chrono::milliseconds;

// Together they stay below the 10 s that a stop may take.
constexpr auto public_patience = milliseconds{5'000};
constexpr auto engine_patience = milliseconds{2'500};
constexpr auto admin_patience = milliseconds{1'000};

std::size_t io_threads(const config::settings& settings) {
  if (settings.io_threads != 0)
    return settings.io_threads;
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

net::server_options public_options(const config::settings& settings) {
  auto options = net::server_options{};
  options.name = "public";
  options.host = settings.listen.host;
  options.port = settings.listen.port;
  options.limits.body_bytes_max = settings.max_body;
  options.limits.inflight_bytes_max =
    std::max<std::size_t>(options.limits.inflight_bytes_max, 4 * settings.max_body);
  options.limits.connections_max = settings.connections_max;
  options.answered = &api::public_api::count;
  if (!settings.tls_cert.empty())
    options.tls = net::server_tls{settings.tls_cert, settings.tls_key};
  return options;
}

net::server_options admin_listener_options(const config::settings& settings) {
  auto options = net::server_options{};
  options.name = "admin";
  options.host = settings.admin_listen.host;
  options.port = settings.admin_listen.port;
  options.limits.connections_max = 256;
  options.answered = &api::admin_api::count;
  options.limits.body_bytes_max = std::size_t{64} * 1024;
  return options;
}

api::monitor_options monitor_options(const config::settings& settings) {
  auto options = api::monitor_options{};
  options.certificate_file = settings.tls_cert;
  options.budget_burst = settings.graphql_burst;
  options.budget_per_minute =
    60.0 * settings.graphql_budget.count /
    static_cast<double>(std::max<std::int64_t>(1, settings.graphql_budget.window.count()));
  auto& limits = options.thresholds;
  const auto in_seconds = [](milliseconds span) {
    return std::chrono::ceil<std::chrono::seconds>(span);
  };
  limits.incremental_age_max =
    std::max(limits.incremental_age_max, 10 * in_seconds(settings.reconcile_interval));
  limits.scrub_age_max = std::max(limits.scrub_age_max, 2 * in_seconds(settings.scrub_interval));
  return options;
}

// The store's way to Redis. An answer is waited for less long than WooCommerce waits for its own.
class redis_channel final : public store::command_channel {
public:
  redis_channel(net::io_pool& pool, config::redis_url where, net::redis_options options)
    : client_(pool, std::move(where), std::move(options)) {}

  result<redis::answer> exchange(const redis::pipeline& commands) override {
    return client_.exchange(commands);
  }

private:
  net::redis_client client_;
};

net::redis_options redis_client_options(const config::settings& settings) {
  auto options = net::redis_options{};
  options.dial.ca_file = settings.redis_ca;
  options.dial.ca_setting = "ANKKOR_REDIS_CA";
  options.connect_timeout = milliseconds{1'500};
  options.answer_timeout = milliseconds{3'000};
  return options;
}

class running_daemon final : public daemon {
public:
  explicit running_daemon(const config::settings& settings)
    : public_pool_(io_threads(settings)), side_pool_(1) {}

  ~running_daemon() override { close(milliseconds{0}, milliseconds{0}, milliseconds{0}); }

  running_daemon(const running_daemon&) = delete;
  running_daemon& operator=(const running_daemon&) = delete;

  status begin(const config::settings& settings) {
    metrics::build_info(version).set(1);
    raise_file_limit();
    show_targets(settings);
    if (auto opened = open(settings); !opened)
      return opened;
    if (auto listening = listen(settings); !listening)
      return listening;
    log::info("ankkor takes webhooks and answers reads.",
              {{"version", version},
               {"listen", settings.listen.host},
               {"port", public_server_->port()},
               {"admin_listen", settings.admin_listen.host},
               {"admin_port", admin_server_->port()},
               {"products", engine_->products().products()}});
    if (settings.targets.empty()) {
      log::warning("No storefront is told of changes: no revalidation target is configured.",
                   {{"fix", "Set ANKKOR_REVALIDATE_URL and ANKKOR_REVALIDATE_SECRET."}});
    }
    return done{};
  }

  std::uint16_t public_port() const override { return public_server_->port(); }

  std::uint16_t admin_port() const override { return admin_server_->port(); }

  void stop() override {
    log::info("ankkor stops: it answers what is in flight.");
    close(public_patience, engine_patience, admin_patience);
    log::info("ankkor has stopped.");
  }

private:
  // A target's metrics are there from the start, with 0.
  static void show_targets(const config::settings& settings) {
    auto names = std::vector<std::string>{};
    for (const auto& target : settings.targets)
      names.push_back(target.name);
    metrics::expect("target", names);
  }

  static void show_mirror_metrics() {
    metrics::redis_up().set(0);
    metrics::redis_pending().set(0);
    metrics::redis_writes().add(0);
    metrics::redis_failures().add(0);
  }

  status open(const config::settings& settings) {
    if (auto opened = open_store(settings); !opened)
      return opened;
    auto reader = store_->open_reader();
    if (!reader)
      return reader.failure();
    reader_ = std::move(*reader);
    auto calls = net::client_options{};
    calls.public_only = settings.outgoing == config::outgoing_addresses::on_internet;
    client_ = std::make_unique<net::http_client>(side_pool_, calls);
    auto around = actors::engine_surroundings{};
    around.mirror = mirror();
    auto engine = actors::engine::start(
      settings, *store_,
      [this](net::client_request call, net::http_client::handler answer) {
        client_->send(std::move(call), std::move(answer));
      },
      around);
    if (!engine)
      return engine.failure();
    engine_ = std::move(*engine);
    return done{};
  }

  // The store, and where products are mirrored to.
  status open_store(const config::settings& settings) {
    auto where = config::redis_url{};
    if (!settings.redis_url.empty()) {
      auto parsed = config::parse_redis_url(settings.redis_url);
      if (!parsed)
        return parsed.failure();
      where = *std::move(parsed);
      redis_pool_ = std::make_unique<net::io_pool>(1);
    }
    const auto options = redis_client_options(settings);
    const bool on_redis = settings.store == config::store_kind::redis;
    auto opened =
      on_redis
        ? store::open_redis(std::make_shared<redis_channel>(*redis_pool_, where, options), {})
        : store::open_sqlite(settings.data_dir, {}, store::stop_process, {.reserve = true});
    if (!opened)
      return opened.failure();
    store_ = std::move(*opened);
    if (redis_pool_ && !on_redis)
      mirror_client_ = std::make_unique<net::redis_client>(*redis_pool_, where, options);
    if (mirror_client_)
      show_mirror_metrics();
    if (redis_pool_)
      log::info(on_redis ? "Redis is the store." : "Products are mirrored to Redis.",
                {{"redis", where.shown()}, {"database", where.database}});
    return done{};
  }

  // Null if nothing is mirrored.
  actors::redis_transport mirror() {
    if (!mirror_client_)
      return nullptr;
    return [this](const redis::pipeline& commands, net::redis_client::handler done) {
      mirror_client_->send(commands, std::move(done));
    };
  }

  status listen(const config::settings& settings) {
    if (auto watching = watch(settings); !watching)
      return watching;
    admin_api_ = std::make_unique<api::admin_api>(
      *engine_, *reader_,
      api::admin_options{settings.admin_token, version, std::chrono::system_clock::now(),
                         monitor_.get()});
    auto admin =
      net::http_server::start(side_pool_, admin_listener_options(settings),
                              [this](const auto& exchange) { admin_api_->handle(exchange); });
    if (!admin)
      return admin.failure();
    admin_server_ = std::move(*admin);

    auto options = api::public_options{settings.webhook_secrets, settings.cors_origins, {}};
    options.live.streams_max = settings.streams_max;
    public_api_ = std::make_unique<api::public_api>(*engine_, public_pool_, options);
    auto server =
      net::http_server::start(public_pool_, public_options(settings),
                              [this](const auto& exchange) { public_api_->handle(exchange); });
    if (!server)
      return server.failure();
    public_server_ = std::move(*server);
    admin_api_->set_public_server(public_server_.get());
    return done{};
  }

  // Alerts, and what the dashboard shows.
  status watch(const config::settings& settings) {
    auto options = monitor_options(settings);
    if (!settings.alert_url.empty()) {
      auto where = net::parse_url(settings.alert_url);
      if (!where)
        return where.failure();
      auto around = api::alert_sender::surroundings{};
      around.send = [this](net::client_request call, net::http_client::handler answer) {
        client_->send(std::move(call), std::move(answer));
      };
      around.after = [this](milliseconds wait, std::function<void()> task) {
        side_pool_.post_after(0, wait, std::move(task));
      };
      around.now = &wall_clock;
      alert_sender_ = std::make_unique<api::alert_sender>(
        api::alert_target{settings.alerts, *std::move(where), settings.alert_secret,
                          settings.store_url},
        std::move(around));
      options.raise = [this](const api::alert_change& what) { alert_sender_->raise(what); };
    }
    monitor_ = std::make_unique<api::monitor>(*engine_, side_pool_, std::move(options));
    monitor_->start();
    return done{};
  }

  // The way of a change from its start: first nothing comes in, then what came in is committed.
  void close(milliseconds for_public, milliseconds for_engine, milliseconds for_admin) {
    if (admin_api_)
      admin_api_->set_draining();
    if (public_server_)
      public_server_->drain(for_public);
    if (engine_)
      engine_->stop(for_engine);
    if (admin_api_)
      admin_api_->set_public_server(nullptr);
    if (admin_server_)
      admin_server_->drain(for_admin);
    client_.reset();
    mirror_client_.reset();
    public_pool_.stop();
    side_pool_.stop();
    public_server_.reset();
    admin_server_.reset();
    public_api_.reset();
    admin_api_.reset();
    monitor_.reset();
    alert_sender_.reset();
    engine_.reset();
    reader_.reset();
    store_.reset();
    redis_pool_.reset();
  }

  net::io_pool public_pool_; // webhooks and reads
  net::io_pool side_pool_;   // the admin listener, and everything outgoing
  // Apart from the others: the store's callers wait for it.
  std::unique_ptr<net::io_pool> redis_pool_; // null without REDIS_URL
  std::unique_ptr<net::redis_client> mirror_client_;
  std::unique_ptr<store::store> store_;
  std::unique_ptr<store::reader> reader_;
  std::unique_ptr<net::http_client> client_;
  std::unique_ptr<actors::engine> engine_;
  std::unique_ptr<api::alert_sender> alert_sender_; // null without ANKKOR_ALERT_URL
  std::unique_ptr<api::monitor> monitor_;
  std::unique_ptr<api::admin_api> admin_api_;
  std::unique_ptr<api::public_api> public_api_;
  std::unique_ptr<net::http_server> admin_server_;
  std::unique_ptr<net::http_server> public_server_;
};

} // namespace

result<std::unique_ptr<daemon>> daemon::start(const config::settings& settings) {
  auto started = std::make_unique<running_daemon>(settings);
  if (const auto begun = started->begin(settings); !begun)
    return begun.failure();
  return std::unique_ptr<daemon>{std::move(started)};
}

} // namespace ankkor
