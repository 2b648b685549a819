// What the dashboard and the alerts are made of: series, webhook success, search, and the files.
#include "api/admin/dashboard.hpp"
#include "api/admin/monitor.hpp"
#include "api/http.hpp"
#include "event_stream.hpp"
#include "served_api.hpp"

#include <boost/test/unit_test.hpp>
#include <simdjson.h>

namespace {

using namespace ankkor;
using namespace ankkor::api;
using namespace ankkor::api::testing;
using namespace std::chrono_literals;

const stock::moment noon{std::chrono::seconds{1795348800}};

metrics::distribution observed(std::vector<std::uint64_t> counts) {
  auto made = metrics::distribution{};
  made.bounds = {0.1, 1, std::numeric_limits<double>::infinity()};
  made.count = counts.back();
  made.counts = std::move(counts);
  return made;
}

figures with(delivery_kind kind, std::uint64_t count, stock::moment at) {
  auto made = figures{};
  made.at = at;
  made.deliveries[static_cast<std::size_t>(kind)] = count;
  return made;
}

std::vector<double> numbers(const std::string& json, std::string_view group,
                            std::string_view name) {
  auto parser = simdjson::dom::parser{};
  auto found = std::vector<double>{};
  for (const auto each : parser.parse(json)[group][name].get_array())
    found.push_back(each.is_null() ? -1 : double{each});
  return found;
}

// The admin listener with the routes of the monitor and the dashboard alone.
struct watched {
  watched() : watch{engine, pool, often()} {
    auto started = net::http_server::start(pool, {}, [this](const auto& exchange) {
      const auto path = exchange->req().path;
      if (path.starts_with("/admin/") && watch.answer(path.substr(7), exchange))
        return;
      if (!answer_dashboard(*exchange))
        exchange->respond(not_found("Nothing is here."));
    });
    server = std::move(*started);
  }

  ~watched() {
    pool.stop();
    server.reset();
  }

  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;

  static monitor_options often() {
    auto made = monitor_options{};
    made.period = 20ms;
    return made;
  }

  [[nodiscard]] raw_answer read(std::string_view target, const header_fields& fields = {}) const {
    return get(server->port(), target, fields);
  }

  fake_engine engine;
  net::io_pool pool{1};
  monitor watch;
  std::unique_ptr<net::http_server> server;
};

std::vector<std::uint64_t> hits(const watched& of, std::string_view query) {
  const auto answer = of.read("/admin/search?q=" + std::string{query});
  auto parser = simdjson::dom::parser{};
  auto found = std::vector<std::uint64_t>{};
  for (const auto each : parser.parse(answer.body)["hits"].get_array())
    found.push_back(std::uint64_t{each["id"]});
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(distributions)

BOOST_AUTO_TEST_CASE(a_quantile_is_interpolated_within_its_bucket) {
  const auto half = observed({10, 20, 20}).quantile(0.75);
  BOOST_TEST(half.value() == 0.55, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(observed({0, 0, 5}).quantile(0.5).value() == 1); // above the last finite bound
  BOOST_TEST(!observed({0, 0, 0}).quantile(0.5).has_value());
}

BOOST_AUTO_TEST_CASE(what_came_since_an_earlier_reading_is_the_difference) {
  const auto since = observed({10, 20, 21}).since(observed({10, 12, 12}));
  BOOST_TEST(since.count == 9U);
  BOOST_TEST(since.counts == (std::vector<std::uint64_t>{0, 8, 9}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(last_hour)

BOOST_AUTO_TEST_CASE(counts_are_those_of_each_period) {
  auto ring = series_ring{};
  for (const std::uint64_t total : {100U, 103U, 103U, 107U})
    ring.add(with(delivery_kind::applied, total, noon + total * 1s));
  BOOST_TEST(numbers(ring.render(), "deliveries", "applied") == (std::vector<double>{3, 0, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(numbers(ring.render_newest(), "deliveries", "applied") == (std::vector<double>{4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_is_kept_than_an_hour) {
  auto ring = series_ring{};
  for (std::uint64_t at = 0; at < 2 * series_ring::points_max; ++at)
    ring.add(with(delivery_kind::applied, at, noon + at * 5s));
  BOOST_TEST(ring.size() == series_ring::points_max);
}

BOOST_AUTO_TEST_CASE(quantiles_are_of_the_last_minute) {
  auto ring = series_ring{};
  for (std::uint64_t at = 0; at < 30; ++at) {
    auto seen = with(delivery_kind::applied, 0, noon + at * 5s);
    seen.propagation = at == 0 ? observed({0, 0, 0}) : observed({10, 10, 10});
    ring.add(seen);
  }
  const auto p50 = numbers(ring.render(), "propagation", "p50");
  BOOST_TEST(p50.front() == 0.05, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(p50.back() == -1); // nothing was observed lately
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(webhook_delivery_success)

BOOST_AUTO_TEST_CASE(an_hour_and_a_day_are_told_apart) {
  auto success = webhook_success{};
  for (int minute = 0; minute <= 600; ++minute) // ten hours: one missed in the first of them
    success.add(static_cast<std::uint64_t>(minute), minute >= 30 ? 1 : 0, noon + minute * 1min);
  BOOST_TEST(success.over(1h).delivered == 60U);
  BOOST_TEST(success.over(1h).missed == 0U);
  BOOST_TEST(success.over(24h).delivered == 600U);
  BOOST_TEST(success.over(24h).ratio().value() == 600.0 / 601);
}

BOOST_AUTO_TEST_CASE(without_changes_there_is_no_share) {
  auto success = webhook_success{};
  success.add(5, 0, noon);
  BOOST_TEST(!success.over(1h).ratio().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_older_than_a_day_is_not_counted) {
  auto success = webhook_success{};
  for (int hour = 0; hour < 72; ++hour)
    success.add(static_cast<std::uint64_t>(hour), 0, noon + hour * 1h);
  BOOST_TEST(success.over(24h).delivered == 24U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(product_searching)

BOOST_AUTO_TEST_CASE(products_are_found_by_id_sku_slug_and_name) {
  auto served = watched{};
  auto green = some_item(34, 5);
  green.name = "Grüner Tee";
  served.engine.publish(product_of(green));
  served.engine.publish(product_of(some_item(340, 5)));
  using found = std::vector<std::uint64_t>;
  BOOST_TEST(hits(served, "34") == (found{34, 340}), boost::test_tools::per_element());
  BOOST_TEST(hits(served, "t-340") == (found{340}), boost::test_tools::per_element());
  BOOST_TEST(hits(served, "tea-34") == (found{34}), boost::test_tools::per_element());
  BOOST_TEST(hits(served, "GR%C3%9CNER") == (found{34}), boost::test_tools::per_element());
  BOOST_TEST(hits(served, "coffee").empty());
  BOOST_TEST(served.read("/admin/search").status == 400);
  BOOST_TEST(served.read("/admin/search?q=%20").status == 400);
}

BOOST_AUTO_TEST_CASE(of_a_large_catalog_the_best_hits_are_answered) {
  auto served = watched{};
  for (stock::product_id id = 1; id <= 1'500; ++id)
    served.engine.publish(product_of(some_item(id, 5)));
  const auto found = hits(served, "tea");
  BOOST_TEST(found.size() == product_search::hits_max);
  BOOST_TEST(found.front() == 1U);
  BOOST_TEST(found.back() == 20U);
}

BOOST_AUTO_TEST_CASE(a_variation_is_found_with_its_product) {
  auto served = watched{};
  auto shirt = product_of(some_item(50, 5));
  add_variation(shirt, 51);
  served.engine.publish(shirt);
  const auto answer = served.read("/admin/search?q=T-51");
  auto parser = simdjson::dom::parser{};
  const auto hit = parser.parse(answer.body)["hits"].at(0);
  BOOST_TEST(std::uint64_t{hit["id"]} == 51U);
  BOOST_TEST(std::uint64_t{hit["product"]} == 50U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dashboard)

BOOST_AUTO_TEST_CASE(its_files_are_served_with_a_strict_policy) {
  const auto served = watched{};
  for (const auto* path : {"/", "/dashboard/main.js", "/dashboard/style.css", "/dashboard/icon.svg",
                           "/dashboard/uplot.js"}) {
    const auto answer = served.read(path);
    BOOST_TEST(answer.status == 200, path);
    const auto policy = answer.field("content-security-policy");
    BOOST_TEST(policy.find("default-src 'none'; script-src 'self'") == 0U, path);
    BOOST_TEST(policy.find("unsafe") == std::string::npos);
    BOOST_TEST(served.read(path, {{"If-None-Match", answer.field("etag")}}).status == 304);
  }
  BOOST_TEST(served.read("/dashboard/").status == 404);
  BOOST_TEST(served.read("/dashboard/../main.js").status == 404);
}

BOOST_AUTO_TEST_CASE(events_begin_with_the_state_and_go_on_with_samples) {
  auto served = watched{};
  served.watch.start();
  auto reader = event_stream{served.server->port(), "/admin/events"};
  BOOST_TEST(reader.head().field("content-type") == "text/event-stream");
  BOOST_TEST(reader.next().value().at("/budget/burst") == "10");
  auto sample = reader.next();
  while (sample && sample->at("/periodSeconds") != "5")
    sample = reader.next();
  BOOST_TEST(sample.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
