#include "ankkor/demo.hpp"

#include "ankkor/commands.hpp"
#include "ankkor/daemon.hpp"
#include "ankkor/probe.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/values.hpp"
#include "emulator/answering_server.hpp"
#include "emulator/propagation.hpp"
#include "emulator/store_server.hpp"
#include "emulator/storefront.hpp"
#include "net/io_pool.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

namespace ankkor {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view consumer_key = "ck_demo";
constexpr std::string_view consumer_secret = "cs_demo";
constexpr std::string_view webhook_secret = "demo-webhook-secret";
constexpr std::string_view revalidate_secret = "demo-revalidate-secret";
constexpr auto settle_max = std::chrono::seconds{30};
constexpr auto look_every = milliseconds{50};

class temporary_directory {
public:
  temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "ankkor-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr)
      path_ = pattern;
  }

  ~temporary_directory() {
    auto ignored = std::error_code{};
    if (!path_.empty())
      std::filesystem::remove_all(path_, ignored);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

// What passed while the demo ran. Its methods are called from several threads.
class observed {
public:
  // Of a shop that is filled.
  observed(emulator::store& shop, bool quiet) : shop_(shop), quiet_(quiet) {
    shop_.with_catalog([this](const emulator::catalog& goods) {
      for (emulator::post_id id = 1; id <= goods.highest_id(); ++id) {
        const auto* const found = goods.find(id);
        if (found != nullptr && found->is_variation())
          products_[id] = found->parent;
        else if (found != nullptr)
          propagation_.begins(id, emulator::page_of(goods, id));
      }
    });
  }

  void changed(const emulator::shop_change& change) {
    auto page = shop_.with_catalog(
      [&](const emulator::catalog& goods) { return emulator::page_of(goods, change.product); });
    const std::lock_guard lock{guard_};
    ++changes_;
    propagation_.changed(change.product, change.at, std::move(page));
    if (!quiet_)
      fmt::print("{}  store       {:<12} product {}\n", clock_text(change.at), change.what,
                 change.product);
  }

  void delivered(const emulator::delivery& sent, unsigned status, emulator::moment at) {
    const auto about = products_of(sent);
    const std::lock_guard lock{guard_};
    ++deliveries_;
    if (status == 200) {
      for (const auto product : about)
        propagation_.delivered(product, sent.due, at);
    }
    if (!quiet_ && !sent.ping)
      fmt::print("{}  webhook     {:<12} {} answered {}\n", clock_text(at), "", sent.topic, status);
  }

  void told(const emulator::http_question& call, emulator::moment at) {
    if (quiet_ || call.method != "POST")
      return;
    const std::lock_guard lock{guard_};
    fmt::print("{}  storefront  {:<12} {}\n", clock_text(at), "revalidates", call.body);
    std::fflush(stdout);
  }

  [[nodiscard]] std::uint64_t changes() const {
    const std::lock_guard lock{guard_};
    return changes_;
  }

  [[nodiscard]] emulator::propagation::summary until_told(const emulator::storefront& told) const {
    const std::lock_guard lock{guard_};
    return propagation_.summarize(told);
  }

  [[nodiscard]] std::uint64_t deliveries() const {
    const std::lock_guard lock{guard_};
    return deliveries_;
  }

private:
  // An order's webhook is a hint that its products have changed.
  [[nodiscard]] std::set<emulator::post_id> products_of(const emulator::delivery& sent) {
    if (!sent.topic.starts_with("order.")) {
      const auto variation = products_.find(sent.object);
      return {variation == products_.end() ? sent.object : variation->second};
    }
    return shop_.with_catalog([&](const emulator::catalog& goods) {
      auto all = std::set<emulator::post_id>{};
      if (const auto* const order = goods.find_order(sent.object)) {
        for (const auto& line : order->lines)
          all.insert(line.product);
      }
      return all;
    });
  }

  static std::string clock_text(emulator::moment at) {
    const auto of_day = at - std::chrono::floor<std::chrono::days>(at);
    const auto clock = std::chrono::hh_mm_ss{std::chrono::floor<milliseconds>(of_day)};
    return fmt::format("{:02}:{:02}:{:02}.{:03}", clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count(), clock.subseconds().count());
  }

  emulator::store& shop_;
  const bool quiet_;
  std::map<emulator::post_id, emulator::post_id> products_; // of variations; nobody makes new ones
  mutable std::mutex guard_;                                // of what follows
  std::uint64_t changes_ = 0;
  emulator::propagation propagation_;
  std::uint64_t deliveries_ = 0;
};

emulator::store_settings shop_settings(const demo_options& options) {
  auto made = emulator::store_settings{};
  made.access.keys = {{std::string{consumer_key}, std::string{consumer_secret}, true}};
  made.queue.delay_min = milliseconds{200};
  made.queue.delay_max = milliseconds{2'000};
  made.queue.seed = options.seed;
  made.seed = options.seed;
  return made;
}

config::load_result daemon_settings(const std::string& store_url, const std::string& storefront_url,
                                    const std::string& data_dir, std::uint16_t port,
                                    std::uint16_t admin_port) {
  auto from = config::sources{};
  from.environment = {
    {"WOOCOMMERCE_STORE_URL", store_url},
    {"WOOCOMMERCE_CONSUMER_KEY", std::string{consumer_key}},
    {"WOOCOMMERCE_CONSUMER_SECRET", std::string{consumer_secret}},
    {"WOOCOMMERCE_WEBHOOK_SECRET", std::string{webhook_secret}},
    {"ANKKOR_LISTEN", fmt::format("127.0.0.1:{}", port)},
    {"ANKKOR_ADMIN_LISTEN", fmt::format("127.0.0.1:{}", admin_port)},
    {"ANKKOR_DATA_DIR", data_dir},
    {"ANKKOR_REVALIDATE_URL", storefront_url + "/api/revalidate"},
    {"ANKKOR_REVALIDATE_SECRET", std::string{revalidate_secret}},
    // The emulated store is no shop's server to be spared: no confirmation shall wait for the
    // budget.
    {"ANKKOR_GRAPHQL_BUDGET", "50/s"},
  };
  from.read_file = config::read_text_file;
  return config::load(from);
}

// How the copy of one product stands to the store's truth.
enum class agreement : std::uint8_t { same, differs, not_held };

bool same_stock(simdjson::ondemand::object answer, const emulator::public_item& truth) {
  const std::string_view status = answer["stockStatus"];
  auto quantity = std::optional<stock::quantity>{};
  auto number = answer["stockQuantity"];
  if (!number.is_null()) {
    const std::string_view token = number.raw_json_token();
    quantity = stock::parse_quantity(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
  }
  const bool available = answer["availableForSale"];
  return status == stock::to_string(truth.stock.status) && quantity == truth.stock.quantity &&
         available == truth.available;
}

bool same_variations(simdjson::ondemand::object answer, const emulator::public_product& truth) {
  auto expected = std::set<std::uint64_t>{};
  for (const auto& variation : truth.variations) {
    if (variation.visible)
      expected.insert(variation.id);
  }
  for (simdjson::ondemand::object held : answer["variations"].get_array()) {
    const std::uint64_t id = held["id"];
    const auto found = std::find_if(truth.variations.begin(), truth.variations.end(),
                                    [&](const auto& each) { return each.id == id; });
    if (expected.erase(id) == 0 || found == truth.variations.end() || !same_stock(held, *found))
      return false;
  }
  return true; // a variation that was never heard of is not a wrong one
}

agreement compare(net::http_client& client, const std::string& api,
                  const emulator::public_product& truth) {
  const auto answer = get(client, fmt::format("{}/api/products/{}/stock", api, truth.self.id));
  if (!answer)
    return agreement::differs;
  if (answer->status == 503)
    return truth.self.visible ? agreement::differs : agreement::not_held;
  if (answer->status == 404)
    return truth.self.visible ? agreement::differs : agreement::same;
  if (answer->status != 200 || !truth.self.visible)
    return agreement::differs;
  try {
    auto parser = simdjson::ondemand::parser{};
    const auto body = simdjson::padded_string{answer->body};
    auto document = parser.iterate(body);
    auto object = document.get_object().value();
    if (!same_stock(object, truth.self))
      return agreement::differs;
    object.reset();
    return same_variations(object, truth) ? agreement::same : agreement::differs;
  } catch (const simdjson::simdjson_error&) {
    return agreement::differs;
  }
}

// What still has to happen before store and copy can be compared.
struct unsettled {
  std::size_t deliveries = 0;      // that the store has not made yet
  std::uint64_t confirmations = 0; // questions of the daemon that WooCommerce has not answered yet
  std::uint64_t outbox = 0;        // changes that the storefront has not been told of yet
  bool known = false;              // the daemon could be asked

  [[nodiscard]] bool nothing() const { return known && deliveries + confirmations + outbox == 0; }
};

unsettled look(const emulator::store& shop, net::http_client& client, const std::string& admin) {
  auto seen = unsettled{};
  seen.deliveries = shop.quiet() ? 0 : std::max<std::size_t>(shop.counts().waiting, 1);
  const auto answer = get(client, admin + "/admin/status");
  if (!answer || answer->status != 200)
    return seen;
  try {
    auto parser = simdjson::ondemand::parser{};
    const auto body = simdjson::padded_string{answer->body};
    auto document = parser.iterate(body);
    seen.outbox = document["store"]["outbox"];
    seen.confirmations = document["store"]["confirmations"];
    seen.known = true;
  } catch (const simdjson::simdjson_error&) {
    seen.known = false;
  }
  return seen;
}

struct everything {
  const demo_options& options;
  emulator::store& shop;
  emulator::storefront& front;
  observed& seen;
  net::http_client& client;
  std::string api;
  std::string admin;
};

// "12, p50 620 ms, p99 2050 ms" of times that ascend.
std::string spread(const std::vector<emulator::propagation::milliseconds>& times) {
  if (times.empty())
    return "0";
  const auto at = [&](double share) {
    const auto last = static_cast<double>(times.size() - 1);
    return times[static_cast<std::size_t>(last * share)].count();
  };
  return fmt::format("{}, p50 {:.0f} ms, p99 {:.0f} ms", times.size(), at(0.5), at(0.99));
}

int summarize(const everything& all, const unsettled& left) {
  auto differing = std::vector<std::string>{};
  std::size_t same = 0;
  std::size_t not_held = 0;
  for (const auto& truth : all.shop.truth()) {
    switch (compare(all.client, all.api, truth)) {
    case agreement::same:
      ++same;
      break;
    case agreement::not_held:
      ++not_held;
      break;
    case agreement::differs:
      differing.push_back(std::to_string(truth.self.id));
      break;
    }
  }
  const auto told = all.seen.until_told(all.front);
  fmt::print(
    "\nchanges in the store       {}\n"
    "  that no page shows       {}\n"
    "  near another one's       {} (within {} s, of the same product: whose a call is can't be "
    "told)\n"
    "  told after a webhook     {} (WooCommerce's own delay of 200 to 2000 ms included)\n"
    "  told without a webhook   {} (what reconciliation found first)\n"
    "  not told                 {}\n"
    "deliveries                 {}\n"
    "calls to the storefront    {}\n"
    "copies that agree          {}\n"
    "copies not heard of yet    {}\n"
    "copies that differ         {}{}\n",
    all.seen.changes(), told.unseen, told.crowded, emulator::propagation::alone.count(),
    spread(told.by_webhook), spread(told.without_webhook), told.untold, all.seen.deliveries(),
    all.front.told(), same, not_held, differing.size(),
    differing.empty() ? "" : fmt::format(" (products {})", fmt::join(differing, ", ")));
  if (!left.nothing()) {
    fmt::print("Not settled after {} s: {} deliveries, {} confirmations, {} revalidations wait.\n",
               settle_max.count(), left.deliveries, left.confirmations, left.outbox);
  }
  return differing.empty() && left.nothing() ? exit_success : exit_failed;
}

int run(const everything& all, std::optional<milliseconds> at_most) {
  all.shop.add_webhooks(all.api + "/api/webhooks/woocommerce", std::string{webhook_secret},
                        wall_clock());
  auto shopping = emulator::shopper_settings{};
  shopping.actions_per_second = all.options.changes_per_second;
  shopping.seed = all.options.seed;
  all.shop.start_shoppers(shopping, wall_clock());
  fmt::print("emulated store  {}\nstorefront      {}\nread the copy   {}/api/products/{}/stock\n"
             "operations      {}/admin/status  {}/metrics\nCtrl-C ends it.\n\n",
             all.shop.url(), "told at /api/revalidate; its page lists the latest calls", all.api,
             all.shop.truth().front().self.id, all.admin, all.admin);
  std::fflush(stdout);
  wait_for_signal(at_most);

  all.shop.stop_shoppers();
  const auto until = std::chrono::steady_clock::now() + settle_max;
  auto left = look(all.shop, all.client, all.admin);
  while (!left.nothing() && std::chrono::steady_clock::now() < until) {
    wait_for_signal(look_every);
    left = look(all.shop, all.client, all.admin);
  }
  return summarize(all, left);
}

// Both ports as wished if they are free, else any: a demo shall not fail for a port.
result<std::unique_ptr<daemon>> start_daemon(const demo_options& options,
                                             const std::string& store_url,
                                             const std::string& storefront_url,
                                             const std::string& data_dir) {
  const auto wished =
    daemon_settings(store_url, storefront_url, data_dir, options.port, options.admin_port);
  if (wished.ok()) {
    if (auto started = daemon::start(wished.values))
      return started;
  }
  const auto any = daemon_settings(store_url, storefront_url, data_dir, 0, 0);
  if (!any.ok())
    return error{errc::invalid_input, any.faults.front().what, any.faults.front().mend};
  return daemon::start(any.values);
}

} // namespace

void offer_demo_flags(CLI::App& command, demo_options& options) {
  command.add_option("--for", options.run_for,
                     "End by itself after this long, with a summary (30s, 5m)");
  command.add_option("--products", options.products, "Size of the catalog")->capture_default_str();
  command.add_option("--rate", options.changes_per_second, "Changes a second")
    ->capture_default_str();
  command.add_option("--seed", options.seed, "Of the catalog and the shoppers")
    ->capture_default_str();
  command.add_option("--port", options.port, "Of the public API; if it is taken, any")
    ->capture_default_str();
  command.add_option("--admin-port", options.admin_port, "Of the admin API; likewise")
    ->capture_default_str();
  command.add_flag("--quiet", options.quiet, "Only the summary");
}

int demo(const demo_options& options) {
  auto at_most = std::optional<milliseconds>{};
  if (!options.run_for.empty()) {
    const auto parsed = config::read_duration(options.run_for);
    if (!parsed) {
      complain({errc::invalid_input, "--for takes a duration.", "Write for example --for 30s."});
      return exit_usage;
    }
    at_most = *parsed;
  }
  log::start(options.quiet ? log::level::error : log::level::warning, log::format::text);
  const auto data = temporary_directory{};
  auto pool = net::io_pool{1};
  auto shop = emulator::store{shop_settings(options)};
  auto size = emulator::catalog_size{};
  size.products = options.products;
  size.seed = options.seed;
  shop.fill(size, wall_clock());
  auto seen = observed{shop, options.quiet};
  auto observer = emulator::store_observer{};
  observer.changed = [&](const auto& change) { seen.changed(change); };
  observer.delivered = [&](const auto& sent, unsigned answer, auto at) {
    seen.delivered(sent, answer, at);
  };
  const auto store = emulator::store_server::start(pool, shop, "127.0.0.1", 0, std::move(observer));
  auto front = emulator::storefront{std::string{revalidate_secret}};
  const auto site = emulator::answering_server::start(
    pool, "storefront", "127.0.0.1", 0,
    [&](const emulator::http_question& call, emulator::moment at) {
      seen.told(call, at);
      return front.handle(call, at);
    });
  if (!store || !site) {
    complain(!store ? store.failure() : site.failure());
    return exit_failed;
  }
  auto started = start_daemon(options, (*store)->url(), (*site)->url(), data.path());
  if (!started) {
    complain(started.failure());
    return exit_failed;
  }
  auto client = net::http_client{pool};
  const auto all = everything{options,
                              shop,
                              front,
                              seen,
                              client,
                              fmt::format("http://127.0.0.1:{}", (*started)->public_port()),
                              fmt::format("http://127.0.0.1:{}", (*started)->admin_port())};
  fmt::print("storefront page {}\n", (*site)->url());
  const auto exit_status = run(all, at_most);
  (*started)->stop();
  log::stop();
  return exit_status;
}

} // namespace ankkor
