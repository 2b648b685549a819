// Reconciliation from outside: a daemon in front of the emulated shop, whose webhooks go nowhere,
// and `ankkor reconcile` asking it.
#include "base/clock.hpp"
#include "daemon_process.hpp"
#include "emulator/store_server.hpp"
#include "net/io_pool.hpp"

#include <boost/test/unit_test.hpp>

using namespace ankkor;
using namespace ankkor::testing;
using namespace std::chrono_literals;

namespace {

struct silent_shop {
  emulator::store goods{emulator::store_settings{}};
  net::io_pool pool{1};
  std::unique_ptr<emulator::store_server> server;
  temporary_directory data;
  std::optional<daemon_process> daemon;

  silent_shop() {
    auto size = emulator::catalog_size{};
    size.products = 120;
    goods.fill(size, wall_clock() - 24h);
    server = std::move(emulator::store_server::start(pool, goods, "127.0.0.1", 0)).value();
    daemon.emplace(daemon_settings(data.path(), {{"WOOCOMMERCE_STORE_URL", server->url()},
                                                 {"ANKKOR_GRAPHQL_BUDGET", "1000/s"}}));
    BOOST_TEST_REQUIRE(daemon->ready());
    BOOST_TEST_REQUIRE(daemon->wait_for_output("The catalog is loaded."));
  }

  // Of `ankkor reconcile` with these arguments.
  int reconcile(std::vector<std::string> arguments, std::string& output,
                std::optional<std::uint16_t> port = {}) {
    arguments.insert(arguments.begin(), "reconcile");
    const auto listen = "127.0.0.1:" + std::to_string(port.value_or(daemon->admin_port()));
    auto command = daemon_process{{{"ANKKOR_ADMIN_LISTEN", listen}}, arguments};
    const auto status = command.wait();
    output = command.output();
    return status;
  }

  // A published product that counts its stock.
  emulator::post_id product() {
    return goods.with_catalog([](const emulator::catalog& shop) {
      emulator::post_id found = 0;
      shop.walk(emulator::sort_by::date, true, 0, [&](const emulator::item& of) {
        const bool fits = of.type == emulator::kind::simple && of.manages_stock &&
                          of.status == emulator::post_status::publish;
        found = fits ? of.id : 0;
        return found == 0;
      });
      return found;
    });
  }

  std::string stock(emulator::post_id id) {
    return daemon->read("/api/products/" + std::to_string(id) + "/stock").body;
  }
};

raw_answer post(std::uint16_t port, std::string_view body) {
  return answer_to(port, request_text("POST", "/admin/reconcile", {}, body));
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reconciling)

BOOST_AUTO_TEST_CASE(it_mends_what_no_webhook_told_and_says_so) {
  auto shop = silent_shop{};
  const auto id = shop.product();
  auto output = std::string{};
  shop.goods.with_catalog([&](emulator::catalog& goods) { goods.set_stock(id, 77, wall_clock()); });
  BOOST_TEST(!holds(shop.stock(id), R"("stockQuantity":77)"));
  BOOST_TEST(shop.reconcile({}, output) == 0);
  BOOST_TEST(holds(output, "stock    1 found and mended"), output);
  BOOST_TEST(holds(shop.stock(id), R"("stockQuantity":77)"));

  shop.goods.with_catalog([&](emulator::catalog& goods) { goods.write_stock_by_sql(id, 78); });
  BOOST_TEST(shop.reconcile({"--full"}, output) == 0);
  BOOST_TEST(holds(output, "stock    1 found and mended"), output);
  BOOST_TEST(holds(shop.stock(id), R"("stockQuantity":78)"));

  shop.goods.with_catalog([&](emulator::catalog& goods) { goods.write_stock_by_sql(id, 79); });
  BOOST_TEST(shop.reconcile({"--product", std::to_string(id)}, output) == 0);
  BOOST_TEST(holds(output, "stock    1 found and mended"), output);
  BOOST_TEST(shop.reconcile({"--product", std::to_string(id)}, output) == 0);
  BOOST_TEST(holds(output, "The copy was right."), output);

  BOOST_TEST(shop.reconcile({"--json"}, output) == 0);
  BOOST_TEST(holds(output, R"("state":"done")"), output);
  BOOST_TEST(shop.daemon->metric("ankkor_reconcile_drift_total{kind=\"stock\"}") == 2);
  BOOST_TEST(shop.daemon->terminate() == 0);
}

BOOST_AUTO_TEST_CASE(it_says_what_is_wrong_with_the_question_or_the_daemon) {
  auto shop = silent_shop{};
  auto output = std::string{};
  BOOST_TEST(shop.reconcile({"--full", "--product", "3"}, output) == 2);
  BOOST_TEST(shop.reconcile({"--product", "none"}, output) == 2);
  const auto port = shop.daemon->admin_port();
  BOOST_TEST(shop.daemon->ask("/admin/reconcile?id=999").status == 404);
  BOOST_TEST(holds(shop.daemon->ask("/admin/reconcile").body, R"("type":"all-products")"));
  for (const auto* body : {"{", "{}", R"({"type":"all"})", R"({"type":"product"})",
                           R"({"type":"product","id":0})", R"({"type":"inventory","id":3})"}) {
    BOOST_TEST(post(port, body).status == 400, body);
  }
  BOOST_TEST(post(port, R"({"type":"inventory"})").status == 202);
  BOOST_TEST(shop.daemon->terminate() == 0);
  BOOST_TEST(shop.reconcile({}, output, port) == 1);
  BOOST_TEST(holds(output, "The daemon does not answer"), output);
}

BOOST_AUTO_TEST_SUITE_END()
