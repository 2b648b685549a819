// ankkor-emulated-store: the emulated WooCommerce shop by itself, to point a daemon or a browser
// at.
#include "base/clock.hpp"
#include "emulator/answering_server.hpp"
#include "emulator/store_server.hpp"
#include "net/io_pool.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

using namespace ankkor; // NOLINT(google-build-using-namespace): a program of its own

struct options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8088;
  std::size_t products = 500;
  double rate = 5;
  int delay_min = 200;
  int delay_max = 2'000;
  std::uint64_t seed = 1;
  std::string webhook_url;
  std::string webhook_secret = "emulated-webhook-secret";
};

constexpr std::string_view key = "ck_emulated";
constexpr std::string_view secret = "cs_emulated";

emulator::store_settings settings_from(const options& given) {
  emulator::store_settings made;
  made.access.keys = {{std::string(key), std::string(secret), true}};
  made.access.users = {
    {1, "admin", "emulated application password", emulator::role::administrator}};
  made.queue.delay_min = std::chrono::milliseconds(given.delay_min);
  made.queue.delay_max = std::chrono::milliseconds(given.delay_max);
  made.queue.seed = made.seed = given.seed;
  return made;
}

int run(const options& given) {
  // Taken by sigwait below, so that stopping is an ordinary return.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  emulator::store shop(settings_from(given));
  emulator::catalog_size size;
  size.products = given.products;
  size.seed = given.seed;
  // As a shop is found: its products weren't all edited this very minute.
  shop.fill(size, wall_clock() - std::chrono::hours(24));
  net::io_pool pool(1);
  const auto server = emulator::store_server::start(pool, shop, given.host, given.port);
  if (!server) {
    fmt::print(stderr, "{}\n{}\n", server.failure().message, server.failure().mend);
    return 1;
  }
  if (!given.webhook_url.empty())
    shop.add_webhooks(given.webhook_url, given.webhook_secret, wall_clock());
  if (given.rate > 0) {
    emulator::shopper_settings shopping;
    shopping.actions_per_second = given.rate;
    shopping.seed = given.seed;
    shop.start_shoppers(shopping, wall_clock());
  }
  fmt::print(
    "emulated store  {0}\nGraphQL         {0}/graphql\nREST            {0}/wp-json/wc/v3/products\n"
    "consumer key    {1}\nconsumer secret {2}\nCtrl-C ends it.\n",
    server.value()->url(), key, secret);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    options given;
    CLI::App app("An emulated WooCommerce store: GraphQL, REST, webhooks, and shoppers who buy.");
    app.add_option("--host", given.host, "Address to listen on")->capture_default_str();
    app.add_option("--port", given.port, "Port; 0: any")->capture_default_str();
    app.add_option("--products", given.products, "Size of the catalog")->capture_default_str();
    app.add_option("--rate", given.rate, "Shoppers' actions a second; 0: none")
      ->capture_default_str();
    app.add_option("--delay-min", given.delay_min, "Least delay of a delivery, ms")
      ->capture_default_str();
    app.add_option("--delay-max", given.delay_max, "Greatest delay of a delivery, ms")
      ->capture_default_str();
    app.add_option("--seed", given.seed, "Of catalog and shoppers")->capture_default_str();
    app.add_option("--webhook-url", given.webhook_url, "Where webhooks go; none without it");
    app.add_option("--webhook-secret", given.webhook_secret, "Their secret")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return run(given);
  } catch (const std::exception& error) {
    fmt::print(stderr, "the emulated store stopped: {}\n", error.what());
    return 1;
  }
}
