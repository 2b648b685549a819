// How the daemon starts and stops, and that it keeps its secrets.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "storefront.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

using namespace ankkor::testing;

BOOST_AUTO_TEST_SUITE(lifecycle)

BOOST_AUTO_TEST_CASE(sigterm_under_load_ends_it_in_order_and_every_200_is_durable) {
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data");
  constexpr std::size_t senders = 4;
  std::array<std::vector<made_product>, senders> taken;
  std::atomic<std::size_t> answers{0};
  {
    auto daemon = daemon_process{settings};
    BOOST_TEST_REQUIRE(daemon.ready());
    auto threads = std::vector<std::thread>{};
    for (std::size_t sender = 0; sender != senders; ++sender) {
      threads.emplace_back([&, sender] {
        for (unsigned second = 0;; ++second) {
          const auto product =
            made_product{.id = 100 + sender, .quantity = second + 1, .second = second};
          if (deliver(daemon.port(), product) != "applied")
            return;
          taken[sender].push_back(product);
          ++answers;
        }
      });
    }
    BOOST_TEST(eventually([&] { return answers > 100; }));
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(daemon.terminate() == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds{10}));
    for (auto& thread : threads)
      thread.join();
    BOOST_TEST(daemon.wait_for_output("ankkor has stopped."));
  }
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  for (const auto& products : taken) {
    const auto& last = products.back();
    const auto path = "/api/products/" + std::to_string(last.id) + "/stock";
    BOOST_TEST(std::stol(daemon.read(path).at("/stockQuantity")) >= last.quantity);
    for (const auto& product : products)
      BOOST_TEST(deliver(daemon.port(), product) == "duplicate");
  }
}

BOOST_AUTO_TEST_CASE(sigterm_ends_it_while_peers_say_nothing) {
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data")};
  BOOST_TEST_REQUIRE(daemon.ready());
  auto silent = raw_connection{daemon.port()};
  auto halfway = raw_connection{daemon.port()};
  halfway.send(std::string{"POST "} + webhook_path +
               " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  BOOST_TEST(daemon.read(webhook_path).status == 200U);
  BOOST_TEST(daemon.terminate() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_daemon_on_the_same_data_is_refused) {
  const auto place = temporary_directory{};
  const auto settings = daemon_settings(place.path() + "/data");
  auto first = daemon_process{settings};
  BOOST_TEST_REQUIRE(first.ready());
  BOOST_TEST(deliver(first.port(), made_product{}) == "applied");
  auto second = daemon_process{settings};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.wait_for_output("is in use by another ankkor"));
  // What to do about it stands on a line of its own.
  BOOST_TEST(second.wait_for_output("\n  stop that one first"));
  BOOST_TEST(first.read("/api/products/34/stock").status == 200U);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_said_and_ends_the_start) {
  const auto place = temporary_directory{};
  auto first = daemon_process{daemon_settings(place.path() + "/first")};
  BOOST_TEST_REQUIRE(first.ready());
  const auto taken = "127.0.0.1:" + std::to_string(first.port());
  auto second =
    daemon_process{daemon_settings(place.path() + "/second", {{"ANKKOR_LISTEN", taken}})};
  BOOST_TEST(second.wait() == 1);
  BOOST_TEST(second.wait_for_output(std::to_string(first.port())));
}

BOOST_AUTO_TEST_CASE(every_fault_of_the_configuration_is_said_at_once) {
  const auto place = temporary_directory{};
  auto settings = daemon_settings(
    place.path() + "/data",
    {{"ANKKOR_MAX_BODY", "much"}, {"ANKKOR_LISTEN", "everywhere"}, {"ANKKOR_STORE", "stone"}});
  settings.erase("WOOCOMMERCE_STORE_URL");
  auto daemon = daemon_process{settings};
  BOOST_TEST(daemon.wait() == 2);
  for (const auto* name :
       {"ANKKOR_MAX_BODY", "ANKKOR_LISTEN", "ANKKOR_STORE", "WOOCOMMERCE_STORE_URL"})
    BOOST_TEST(daemon.wait_for_output(name), name);
  BOOST_TEST(!std::filesystem::exists(place / "data"));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_2_and_help_and_version_are_0) {
  const auto status = [](const std::vector<std::string>& arguments) {
    return daemon_process{{}, arguments}.wait();
  };
  BOOST_TEST(status({}) == 2);
  BOOST_TEST(status({"fly"}) == 2);
  BOOST_TEST(status({"serve", "--no-such-flag"}) == 2);
  BOOST_TEST(status({"no-such-command", "--help"}) == 2);
  BOOST_TEST(status({"--help"}) == 0);
  BOOST_TEST(status({"serve", "--help"}) == 0);
  BOOST_TEST(status({"--version"}) == 0);
}

BOOST_AUTO_TEST_CASE(a_crash_leaves_no_memory_in_a_file) {
  const auto place = temporary_directory{};
  auto daemon = daemon_process{daemon_settings(place.path() + "/data")};
  BOOST_REQUIRE(daemon.ready());
  auto limits = rlimit{1, 1};
  BOOST_REQUIRE(::prlimit(daemon.pid(), RLIMIT_CORE, nullptr, &limits) == 0);
  BOOST_TEST(limits.rlim_cur == 0U);
  BOOST_TEST(limits.rlim_max == 0U);
}

// Everything that a run says, with work of all kinds in it.
BOOST_AUTO_TEST_CASE(no_secret_is_in_any_log_or_answer) {
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  const auto token = std::string{"admin-token-9d2f"};
  auto daemon = daemon_process{
    daemon_settings(place.path() + "/data",
                    receiver.settings({{"ANKKOR_ADMIN_TOKEN", token}, {"ANKKOR_LOG", "debug"}}))};
  BOOST_TEST_REQUIRE(daemon.ready());
  receiver.answer_with(500);
  auto said = std::string{};
  auto forged = delivery_of({.second = 5});
  forged.secret = "guessed";
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  BOOST_TEST(receiver.wait_for_calls(1));
  receiver.answer_with(200);
  BOOST_TEST(receiver.wait_for_tag("product-34"));
  said += answer_to(daemon.port(), forged.text()).body;
  const auto bearer = header_fields{{"Authorization", "Bearer " + token}};
  for (const auto* path : {"/healthz", "/readyz", "/metrics", "/admin/status", "/admin/deliveries",
                           "/admin/deadletters", "/admin/outbox", "/admin/products/34"}) {
    const auto answer = daemon.ask(path, bearer);
    BOOST_TEST(answer.status == 200U, path);
    said += answer.body;
  }
  said += daemon.ask("/admin/status", {{"Authorization", "Bearer wrong"}}).body;
  said += daemon.read("/api/products/34/stock").body;
  BOOST_TEST(daemon.terminate() == 0);
  said += daemon.output();
  auto shown = daemon_process{
    daemon_settings(place.path() + "/data", receiver.settings({{"ANKKOR_ADMIN_TOKEN", token}})),
    {"config", "show"}};
  BOOST_TEST(shown.wait() == 0);
  BOOST_TEST(shown.wait_for_output("ANKKOR_DATA_DIR"));
  said += shown.output();
  for (const auto& secret : {std::string{webhook_secret}, std::string{revalidate_secret},
                             std::string{consumer_key}, std::string{consumer_secret}, token})
    BOOST_TEST(said.find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_SUITE_END()
