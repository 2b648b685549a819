// What the real daemon does with secrets and with addresses that its settings should not lead to.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "storefront.hpp"
#include "waiting.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace ankkor::testing;
namespace fs = std::filesystem;

namespace {

unsigned rights_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions() & fs::perms::mask);
}

std::string write_file(const fs::path& path, std::string_view text, unsigned rights) {
  std::ofstream{path} << text;
  fs::permissions(path, static_cast<fs::perms>(rights));
  return path.string();
}

} // namespace

BOOST_AUTO_TEST_SUITE(security)

// Whatever rights the one who starts it leaves to new files.
BOOST_AUTO_TEST_CASE(every_file_of_the_data_directory_is_for_its_owner_only) {
  const auto place = temporary_directory{};
  const auto usual = ::umask(0);
  auto daemon = daemon_process{daemon_settings(place.path() + "/data")};
  ::umask(usual);
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  BOOST_TEST(rights_of(place / "data") == 0700U);
  auto files = std::size_t{0};
  for (const auto& each : fs::recursive_directory_iterator{place / "data"}) {
    BOOST_TEST(rights_of(each.path()) == 0600U, each.path());
    ++files;
  }
  BOOST_TEST(files >= 4U);
}

BOOST_AUTO_TEST_CASE(secrets_that_everybody_can_read_are_warned_of_at_the_start) {
  const auto place = temporary_directory{};
  fs::permissions(place.path(), static_cast<fs::perms>(0755));
  auto settings = daemon_settings(place.path() + "/data");
  settings.erase("WOOCOMMERCE_WEBHOOK_SECRET");
  settings["WOOCOMMERCE_WEBHOOK_SECRET_FILE"] =
    write_file(place / "open-secret", webhook_secret, 0644);
  settings.erase("WOOCOMMERCE_CONSUMER_SECRET");
  settings["WOOCOMMERCE_CONSUMER_SECRET_FILE"] =
    write_file(place / "closed-secret", consumer_secret, 0600);
  auto daemon = daemon_process{settings};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  BOOST_TEST(daemon.wait_for_output("open-secret"));
  BOOST_TEST(daemon.wait_for_output("every user of this machine can read"));
  BOOST_TEST(daemon.output().find("closed-secret") == std::string::npos);
}

// The storefront and the shop of these settings are on this machine.
BOOST_AUTO_TEST_CASE(with_public_addresses_only_nothing_on_this_machine_is_called) {
  const auto place = temporary_directory{};
  auto receiver = storefront{};
  auto daemon = daemon_process{daemon_settings(
    place.path() + "/data", receiver.settings({{"ANKKOR_OUTGOING_ADDRESSES", "public"},
                                               {"WOOCOMMERCE_STORE_URL", receiver.url()},
                                               {"WOOCOMMERCE_GRAPHQL_URL", receiver.url()}}))};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  // It says why.
  BOOST_TEST(daemon.wait_for_output("is within a private network or on this machine"));
  BOOST_TEST(daemon.wait_for_output("ANKKOR_OUTGOING_ADDRESSES is public"));
  BOOST_TEST(eventually([&] {
    return daemon.metric(R"(ankkor_revalidations_total{outcome="failed",target="next"})") >= 1;
  }));
  BOOST_TEST(daemon.read("/api/products/77/stock").status == 503U);
  BOOST_TEST(receiver.calls().empty());
}

BOOST_AUTO_TEST_CASE(a_storefront_that_sends_us_elsewhere_is_not_followed) {
  const auto place = temporary_directory{};
  auto elsewhere = storefront{};
  auto receiver = storefront{};
  receiver.answer_with([&](std::size_t, const storefront_call&) {
    auto answer = ankkor::net::response{};
    answer.status = 307;
    answer.fields = {{"Location", elsewhere.url()}};
    return answer;
  });
  auto daemon = daemon_process{daemon_settings(place.path() + "/data", receiver.settings())};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  BOOST_TEST(receiver.wait_for_calls(2)); // it is tried again, since it is no success
  BOOST_TEST(elsewhere.calls().empty());
}

// Secrets of every kind, in a run in which everything that they are for fails.
BOOST_AUTO_TEST_CASE(no_secret_is_told_when_what_it_is_for_fails) {
  const auto place = temporary_directory{};
  auto refusing = storefront{};
  refusing.answer_with(401);
  const auto secrets = environment{{"WOOCOMMERCE_APP_PASSWORD", "app-password-71f0"},
                                   {"REDIS_URL", "redis://ankkor:redis-password-88aa@127.0.0.1:1"},
                                   {"ANKKOR_ADMIN_TOKEN", "admin-token-9d2f"}};
  auto changes = refusing.settings({{"WOOCOMMERCE_STORE_URL", refusing.url()},
                                    {"WOOCOMMERCE_GRAPHQL_URL", refusing.url()},
                                    {"WOOCOMMERCE_APP_USER", "ankkor"},
                                    {"ANKKOR_LOG", "debug"}});
  changes.insert(secrets.begin(), secrets.end());
  auto daemon = daemon_process{daemon_settings(place.path() + "/data", changes)};
  BOOST_TEST_REQUIRE(daemon.ready());
  BOOST_TEST(deliver(daemon.port(), made_product{}) == "applied");
  BOOST_TEST(daemon.wait_for_output("did not take a revalidation"));
  BOOST_TEST(daemon.wait_for_output("Redis does not take the mirrored products"));
  auto said = daemon.read("/api/products/77/stock").body + daemon.ask("/metrics").body +
              daemon.ask("/admin/status", {{"Authorization", "Bearer admin-token-9d2f"}}).body;
  BOOST_TEST(daemon.terminate() == 0);
  said += daemon.output();
  for (const auto* secret : {"app-password-71f0", "redis-password-88aa", "admin-token-9d2f",
                             revalidate_secret, webhook_secret, consumer_key, consumer_secret})
    BOOST_TEST(said.find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_SUITE_END()
