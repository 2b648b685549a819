// The budget as the shop sees it: by the emulated store's own log of arrivals, with
// real daemons that are killed and started again in the middle of a storm.
#include "daemon_process.hpp"
#include "deliveries.hpp"
#include "emulator/store_server.hpp"
#include "net/io_pool.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::int64_t rate = 10; // a second
constexpr std::int64_t burst = 3;
// How much later than the one before a request may have been on its way from the grant to the
// store's log, on a machine that does other things too.
constexpr auto travel = milliseconds{150};

struct shop_and_daemon {
  net::io_pool pool{1};
  emulator::store shop{emulator::store_settings{}};
  result<std::unique_ptr<emulator::store_server>> server =
    emulator::store_server::start(pool, shop, "127.0.0.1", 0);
  temporary_directory place;
  std::uint64_t deleted = 100'000;

  [[nodiscard]] environment settings() const {
    return daemon_settings(place.path() + "/data",
                           {{"WOOCOMMERCE_STORE_URL", server.value()->url()},
                            {"ANKKOR_GRAPHQL_BUDGET", std::to_string(rate) + "/s"},
                            {"ANKKOR_GRAPHQL_BURST", std::to_string(burst)}});
  }

  // More than the budget allows is always wanted: each deletion has to be confirmed.
  void storm(const daemon_process& daemon, milliseconds how_long) {
    const auto end = steady_clock::now() + how_long;
    while (steady_clock::now() < end) {
      const auto id = std::to_string(++deleted);
      auto hint = made_delivery{};
      hint.body = R"({"id":)" + id + "}";
      hint.id = "deletion-" + id;
      hint.topic = "product.deleted";
      BOOST_TEST_REQUIRE(deliver(daemon.port(), hint) == "queued");
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(the_store_never_sees_more_than_the_budget_however_often_the_daemon_restarts) {
  auto run = shop_and_daemon{};
  BOOST_TEST_REQUIRE(run.server.ok());
  const auto begun = steady_clock::now();
  for (const auto how_long : {900, 250, 0, 400, 0, 900}) {
    auto daemon = daemon_process{run.settings()};
    BOOST_TEST_REQUIRE(daemon.ready());
    run.storm(daemon, milliseconds{how_long});
    daemon.kill();
  }
  const auto lasted = std::chrono::duration<double>{steady_clock::now() - begun}.count();

  auto times = std::vector<emulator::moment>{};
  for (const auto& each : run.shop.arrivals()) {
    if (each.which == emulator::api::graphql)
      times.push_back(each.at);
  }
  // The budget was used, or all that follows says nothing; starting takes time, too.
  BOOST_TEST(static_cast<double>(times.size()) > 0.3 * lasted * rate);
  for (std::size_t last = 0; last < times.size(); ++last) {
    for (std::size_t first = 0; first <= last; ++first) {
      const auto requests = static_cast<std::int64_t>(last - first + 1);
      const auto window = times[last] - times[first] + travel;
      // requests <= burst + rate x window, without a division
      BOOST_TEST_REQUIRE((requests - burst) * std::chrono::microseconds{1'000'000} <= rate * window,
                         requests << " requests in " << window.count() << " us");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
