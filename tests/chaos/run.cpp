#include "run.hpp"

#include "base/clock.hpp"
#include "event_stream.hpp"
#include "waiting.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace ankkor::chaos {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using testing::daemon_process;
using testing::environment;
using testing::eventually;

constexpr double requests_a_second = 40;
constexpr double requests_burst = 10;
// Granted, and held up on their way by a process that was stopped: as many as may be in flight.
constexpr double requests_in_flight = 4;

// How long the copy may take to be right once all works again: an incremental pass (2 s), the
// longest back-off, and a slow machine.
constexpr auto convergence = 30s;

std::string name_of(storage where) {
  switch (where) {
  case storage::sqlite:
    return "SQLite";
  case storage::sqlite_with_mirror:
    return "SQLite with a mirror in Redis";
  case storage::redis:
    return "Redis";
  }
  return {};
}

emulator::store_settings shop_settings(unsigned seed) {
  auto made = emulator::store_settings{};
  made.seed = made.queue.seed = seed;
  made.access.users = {{1, "ankkor", "app password", emulator::role::administrator}};
  made.queue.delay_max = 400ms;
  made.queue.timeout = 2s;
  return made;
}

emulator::shopper_settings shopper_settings(unsigned seed) {
  auto made = emulator::shopper_settings{};
  made.seed = seed;
  made.actions_per_second = 25;
  return made;
}

std::string field(const emulator::delivery& of, std::string_view name) {
  for (const auto& [key, value] : of.fields) {
    if (key == name)
      return value;
  }
  return {};
}

// 0 where there is none: the present state of a stream's first moment may have no ID.
std::uint64_t number_of(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 10);
}

} // namespace

run::run(run_options options)
  : options_(options), random_(options.seed), shop_(shop_settings(options.seed)) {
  if (options.where != storage::sqlite) {
    redis_.emplace(testing::redis_server_options{.tcp = true});
    to_redis_.lead_to(redis_->port());
  }
  to_storefront_.lead_to(static_cast<std::uint16_t>(
    std::stoi(storefront_.url().substr(storefront_.url().rfind(':') + 1))));
}

run::~run() {
  over_ = true;
  daemon_.reset(); // ends the streams
  for (auto& each : readers_)
    each.join();
  server_.reset();
}

std::string run::story() const {
  const std::lock_guard lock{guard_};
  auto all = fmt::format("seed {}, {}:\n", options_.seed, name_of(options_.where));
  for (const auto& line : story_)
    all += line + "\n";
  return all;
}

void run::tell(const std::string& what) {
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begun_);
  const std::lock_guard lock{guard_};
  story_.push_back(fmt::format("{:8.3f}  {}", static_cast<double>(at.count()) / 1000, what));
}

void run::fail(const std::string& what) {
  if (what.empty())
    return;
  tell("BROKEN: " + what);
  const std::lock_guard lock{guard_};
  failures_.push_back(what);
}

std::vector<std::string> run::live() {
  start_shop();
  if (!start_daemon()) {
    fail("the daemon did not start: " + (daemon_ ? daemon_->output() : ""));
    return failures_;
  }
  if (!eventually([&] { return check_equal(shop_, asking(), false).empty(); }, convergence))
    fail("the first load: " + check_equal(shop_, asking(), false));
  shop_.start_shoppers(shopper_settings(options_.seed), wall_clock());
  readers_.emplace_back([this] { read_for_ever(); });
  readers_.emplace_back([this] { follow_for_ever(); });
  const auto end = steady::now() + options_.lasts;
  while (steady::now() < end && failures_.empty()) {
    cause_trouble();
    const auto next = steady::now() + std::chrono::milliseconds{50 + random(350)};
    eventually([&] { return steady::now() >= next; });
    end_troubles(false);
    look_after_daemon();
  }
  end_troubles(true);
  look_after_daemon();
  tell("the faults stop");
  shop_.stop_shoppers();
  if (failures_.empty())
    check_in_the_end();
  const std::lock_guard lock{guard_};
  return failures_;
}

// -- the processes --------------------------------------------------------------------------------

void run::start_shop() {
  auto size = emulator::catalog_size{};
  size.products = 60;
  size.seed = options_.seed;
  shop_.fill(size, wall_clock() - 24h);
  for (const auto& each : shop_.truth()) {
    const auto simple = shop_.with_catalog([&](const emulator::catalog& goods) {
      const auto* found = goods.find(each.self.id);
      return found != nullptr && found->type == emulator::kind::simple;
    });
    if (simple)
      watched_.push_back(each.self.id);
    note_shop(each.self.id);
  }
  auto observer = emulator::store_observer{};
  observer.changed = [this](const emulator::shop_change& change) { note_shop(change.product); };
  observer.delivered = [this](const emulator::delivery& what, unsigned status, emulator::moment) {
    note_delivery(what, status);
  };
  auto started = emulator::store_server::start(pool_, shop_, "127.0.0.1", 0, std::move(observer));
  if (!started)
    throw std::runtime_error{started.failure().message};
  server_ = std::move(started).value();
  to_shop_.lead_to(server_->port());
  shop_.add_webhooks(fmt::format("http://127.0.0.1:{}/api/webhooks/woocommerce", to_daemon_.port()),
                     testing::webhook_secret, wall_clock());
}

environment run::settings() const {
  auto made = testing::daemon_settings(
    place_.path() + "/data",
    {{"WOOCOMMERCE_STORE_URL", fmt::format("http://127.0.0.1:{}", to_shop_.port())},
     {"WOOCOMMERCE_APP_USER", "ankkor"},
     {"WOOCOMMERCE_APP_PASSWORD", "app password"},
     {"ANKKOR_REVALIDATE_URL",
      fmt::format("http://127.0.0.1:{}/api/revalidate", to_storefront_.port())},
     {"ANKKOR_REVALIDATE_SECRET", testing::revalidate_secret},
     {"ANKKOR_REVALIDATE_WINDOW", "20ms"},
     {"ANKKOR_GRAPHQL_BUDGET", fmt::format("{}/s", requests_a_second)},
     {"ANKKOR_GRAPHQL_BURST", fmt::format("{}", requests_burst)},
     {"ANKKOR_RECONCILE_INTERVAL", "2s"},
     {"ANKKOR_SCRUB_INTERVAL", "60s"}});
  if (options_.where != storage::sqlite)
    made["REDIS_URL"] = fmt::format("redis://127.0.0.1:{}", to_redis_.port());
  if (options_.where == storage::redis)
    made["ANKKOR_STORE"] = "redis";
  return made;
}

bool run::start_daemon() {
  port_ = 0;
  daemon_ = std::make_unique<daemon_process>(settings());
  if (!daemon_->ready())
    return false;
  port_ = daemon_->port();
  to_daemon_.lead_to(daemon_->port());
  return true;
}

void run::restart_daemon() {
  auto answered = std::deque<std::string>{};
  {
    const std::lock_guard lock{guard_};
    answered.swap(answered_);
  }
  to_daemon_.lead_to(0);
  // Where its own store is away it can't start, and whoever supervises it would try for ever.
  if (options_.where == storage::redis)
    end_troubles(true);
  if (!start_daemon()) {
    fail("the daemon did not start again: " + daemon_->output());
    return;
  }
  tell("the daemon is ready again");
  fail(check_deliveries(answered, asking()));
}

void run::look_after_daemon() {
  if (daemon_->wait(0ms) == -1 && daemon_->pid() > 0)
    return fail(check_bounds(footprint_of(daemon_->pid())));
  fail("the daemon ended by itself: " + daemon_->output());
}

// -- what goes wrong ------------------------------------------------------------------------------

void run::trouble_for(std::function<void()> end) {
  troubles_.push_back(
    {steady::now() + std::chrono::milliseconds{100 + random(1'400)}, std::move(end)});
}

void run::end_troubles(bool all) {
  const auto now = steady::now();
  auto going_on = std::vector<trouble>{};
  auto ended = std::exchange(troubles_, {});
  for (auto& each : ended) {
    if (all || each.until <= now)
      each.end();
    else
      going_on.push_back(std::move(each));
  }
  troubles_ = std::move(going_on);
}

void run::cause_trouble() {
  switch (random(9)) {
  case 0:
    tell("kill -9 the daemon");
    ++kills_;
    daemon_->kill();
    return restart_daemon();
  case 1:
    return stop_daemon_for_a_moment();
  case 2:
  case 3:
    return break_network();
  case 4:
    return break_shop();
  case 5:
    return break_storefront();
  case 6:
    return break_redis();
  case 7:
    return fill_disk();
  default:
    // An administrator looks after webhooks that WooCommerce has switched off.
    shop_.with_webhooks([](emulator::webhook_queue& queue) {
      auto change = emulator::webhook_queue::change{};
      change.status = emulator::webhook_status::active;
      for (const auto& [id, hook] : queue.webhooks()) {
        if (hook.status == emulator::webhook_status::disabled)
          queue.edit(id, change, wall_clock());
      }
    });
  }
}

void run::stop_daemon_for_a_moment() {
  tell("SIGSTOP the daemon");
  daemon_->signal(SIGSTOP);
  const auto end = steady::now() + std::chrono::milliseconds{100 + random(900)};
  eventually([&] { return steady::now() >= end; });
  daemon_->signal(SIGCONT);
  tell("SIGCONT");
}

void run::break_network() {
  struct line {
    proxy* by;
    const char* name;
  };

  auto lines = std::vector<line>{{&to_shop_, "to WooCommerce"},
                                 {&to_daemon_, "of the webhooks"},
                                 {&to_storefront_, "to the storefront"}};
  if (redis_)
    lines.push_back({&to_redis_, "to Redis"});
  const auto [by, name] = lines[random(static_cast<unsigned>(lines.size()))];
  switch (random(4)) {
  case 0:
    tell(fmt::format("the connections {} are cut", name));
    return by->cut();
  case 1: {
    const bool forth = random(2) == 0;
    tell(fmt::format("the line {} is stalled, {}", name, forth ? "forth" : "back"));
    by->set_flow(forth ? flow::stalled : flow::open, forth ? flow::open : flow::stalled);
    break;
  }
  case 2:
    tell(fmt::format("the line {} is slow", name));
    by->set_flow(flow::slow, flow::slow);
    break;
  default:
    tell(fmt::format("the line {} is a black hole", name));
    by->swallow(true);
  }
  trouble_for([this, by = by, name = name] {
    tell(fmt::format("the line {} is mended", name));
    by->mend();
    by->cut(); // what went into the hole stays there
  });
}

void run::break_shop() {
  auto faults = emulator::faults{};
  switch (random(6)) {
  case 0:
    faults.latency = std::chrono::milliseconds{random(1'500)};
    break;
  case 1:
    faults.refuse = 429;
    break;
  case 2:
    // Not WordPress's maintenance page: that gets a minute, which is long for a test.
    faults.refuse = 503;
    break;
  case 3:
    faults.html = true;
    break;
  case 4:
    faults.silent = true;
    faults.share = 0.5;
    break;
  default:
    faults.cut = true;
  }
  tell(fmt::format("WooCommerce: latency {} ms, refuses {}, HTML {}, silent {}, cut {}",
                   faults.latency.count(), faults.refuse, faults.html, faults.silent, faults.cut));
  shop_.set_faults(faults);
  trouble_for([this] {
    tell("WooCommerce is well");
    shop_.set_faults({});
  });
}

void run::break_storefront() {
  const bool silent = random(3) == 0;
  tell(silent ? "the storefront is silent" : "the storefront answers 500");
  storefront_.answer_with(silent ? 0 : 500);
  trouble_for([this] {
    tell("the storefront is well");
    storefront_.answer_with(200);
  });
}

void run::break_redis() {
  if (!redis_ || redis_is_down_)
    return;
  redis_is_down_ = true;
  if (random(2) == 0) {
    tell("SIGSTOP Redis");
    redis_->freeze();
    return trouble_for([this] {
      tell("SIGCONT Redis");
      redis_->thaw();
      redis_is_down_ = false;
    });
  }
  tell("kill -9 Redis");
  redis_->kill();
  trouble_for([this] {
    redis_->start();
    tell("Redis runs again");
    redis_is_down_ = false;
  });
}

void run::fill_disk() {
  if (options_.where == storage::redis)
    return;
  auto failure = std::error_code{};
  const auto log = std::filesystem::file_size(place_ / "data/ankkor.db-wal", failure);
  const auto limit = (failure ? 0 : log) + random(30'000);
  tell(fmt::format("no file may grow over {} bytes", limit));
  daemon_->limit_file_size(limit);
  trouble_for([this] {
    tell("files may grow again");
    daemon_->limit_file_size(std::nullopt); // of a daemon that was started since, without effect
  });
}

// -- who looks ------------------------------------------------------------------------------------

void run::note_shop(post_id product) {
  history_.shop_is(product, shop_.with_catalog([&](const emulator::catalog& goods) {
    const auto* found = goods.find(product);
    return found == nullptr ? shown(emulator::public_item{})
                            : shown(emulator::truth_of(goods, *found));
  }));
}

void run::note_delivery(const emulator::delivery& what, unsigned status) {
  if (status != 200 || what.topic != "product.updated")
    return;
  // The admin API lists the newest 500 deliveries, of all topics.
  constexpr std::size_t asked_for_max = 100;
  const std::lock_guard lock{guard_};
  answered_.push_back(field(what, "X-WC-Webhook-Delivery-ID"));
  if (answered_.size() > asked_for_max)
    answered_.pop_front();
}

// What the shop is has to be noted first, by another thread.
bool run::saw(shop_history::reader& who, post_id product, const std::string& state) {
  return eventually([&] { return history_.sees(who, product, state); }, 1s);
}

void run::read_for_ever() {
  auto seen = shop_history::reader{};
  for (std::size_t turn = 0; !over_; ++turn) {
    const auto product = watched_[turn % watched_.size()];
    const auto port = port_.load();
    const auto state =
      port == 0 ? "" : shown(testing::get(port, fmt::format("/api/products/{}/stock", product)));
    if (state.empty()) {
      eventually([] { return false; }, 5ms);
      continue;
    }
    ++readings_;
    const auto reached = seen[product];
    if (!saw(seen, product, state))
      return fail(fmt::format("a reader of product {} saw \"{}\" after state {} of: {}", product,
                              state, reached, history_.describe(product)));
  }
}

void run::follow_for_ever() {
  auto ids = std::string{};
  for (const auto product : watched_)
    ids += (ids.empty() ? "" : ",") + std::to_string(product);
  auto seen = shop_history::reader{};
  auto numbers = stream_numbers{};
  while (!over_) {
    const auto port = port_.load();
    auto fields = testing::header_fields{};
    if (numbers.last() != 0)
      fields.emplace_back("Last-Event-ID", std::to_string(numbers.last()));
    if (port == 0) {
      eventually([] { return false; }, 5ms);
      continue;
    }
    auto stream = testing::event_stream{port, "/api/stock-updates?products=" + ids, fields};
    for (auto event = stream.next(); event; event = stream.next()) {
      if (event->at("/type") != "stock_update")
        continue;
      if (const auto wrong = numbers.got(number_of(event->id)); !wrong.empty())
        return fail(wrong);
      ++updates_;
      const auto product = number_of(event->at("/productId"));
      if (!saw(seen, product, shown_by_event(event->data)))
        return fail(
          fmt::format("a stream told of product {} \"{}\", of which the shop has been: {}", product,
                      event->data, history_.describe(product)));
    }
  }
}

// Waits until there is nothing that `wrong` finds, or the time is over.
void run::wait_for(const std::function<std::string()>& wrong) {
  const auto since = steady::now();
  auto found = std::string{};
  eventually([&] { return (found = wrong()).empty(); }, convergence);
  tell(fmt::format("right after {:.1f} s",
                   std::chrono::duration<double>{steady::now() - since}.count()));
  fail(found);
}

admin_answers run::asking() const {
  return [this](const std::string& target) { return daemon_->ask(target); };
}

void run::check_in_the_end() {
  wait_for([&] { return check_equal(shop_, asking(), true); });
  const auto asked =
    testing::answer_to(daemon_->admin_port(), testing::request_text("POST", "/admin/reconcile", {},
                                                                    R"({"type":"all-products"})"));
  if (asked.status != 202)
    fail("no full pass: " + asked.body);
  wait_for([&] { return check_equal(shop_, asking(), false); });
  wait_for([&] { return check_told(shop_, asking(), storefront_.calls()); });
  wait_for([&] { return check_outbox(asking()); });
  const auto webhooks = shop_.counts();
  tell(
    fmt::format("{} webhooks taken, {} failed; {} readings, {} live updates; {} kills; {} requests "
                "to WooCommerce",
                webhooks.delivered, webhooks.failed, readings_.load(), updates_.load(), kills_,
                requests_.count()));
  // A run in which nobody saw anything proves nothing.
  if (webhooks.delivered == 0 || readings_ == 0 || updates_ == 0)
    fail("nothing happened");
  if (!failures_.empty())
    tell("the daemon says: " + daemon_->ask("/admin/status").body + "\n" + daemon_->output());
  fail(requests_.check(requests_a_second, requests_burst + requests_in_flight));
  // Those that came by another way, or more than once.
  if (shop_.arrivals(emulator::api::graphql, {}) > requests_.count())
    fail("WooCommerce had more requests than were sent");
  auto answered = std::deque<std::string>{};
  {
    const std::lock_guard lock{guard_};
    answered = answered_;
  }
  fail(check_deliveries(answered, asking()));
  fail(check_bounds(footprint_of(daemon_->pid())));
  if (options_.where == storage::sqlite_with_mirror)
    check_mirror();
  if (daemon_->terminate() != 0)
    fail("the daemon did not end well: " + daemon_->output());
}

void run::check_mirror() {
  for (const auto product : watched_) {
    const auto id = std::to_string(product);
    auto wrong = std::string{};
    const auto same = [&] {
      wrong = check_mirrored(daemon_->read("/api/products/" + id),
                             redis_->ask({"GET", "ankkor:product:" + id}).text);
      return wrong.empty();
    };
    if (!eventually(same, convergence))
      fail("of product " + id + ": " + wrong);
  }
}

} // namespace ankkor::chaos
