// Metrics: named as the contract says, bounded, and rendered in Prometheus's text format.
#include "base/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ankkor;

bool shows(std::string_view line) {
  return metrics::render().find(std::string(line) + "\n") != std::string::npos;
}

bool mentions(std::string_view part) {
  return metrics::render().find(part) != std::string::npos;
}

std::string docs_file() {
  std::ifstream file(std::string(ANKKOR_SOURCE_DIR) + "/docs/metrics.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What Prometheus calls a kind.
std::string type_of(metrics::kind of) {
  switch (of) {
  case metrics::kind::counter:
    return "counter";
  case metrics::kind::gauge:
    return "gauge";
  case metrics::kind::histogram:
    break;
  }
  return "histogram";
}

} // namespace

BOOST_AUTO_TEST_SUITE(metrics_registry)

// First, while nothing has been counted yet.
BOOST_AUTO_TEST_CASE(every_series_whose_labels_are_known_is_there_from_the_start) {
  BOOST_TEST(shows(R"(ankkor_cache_requests_total{result="hit"} 0)"));
  BOOST_TEST(shows(R"(ankkor_sse_dropped_total{reason="limit"} 0)"));
  BOOST_TEST(shows(R"(ankkor_graphql_requests_total{outcome="failed",purpose="scrub"} 0)"));
  BOOST_TEST(shows(R"(ankkor_graphql_wait_seconds_count{purpose="reader"} 0)"));
  BOOST_TEST(shows(R"(ankkor_reconcile_drift_total{kind="gone"} 0)"));
  BOOST_TEST(shows(R"(ankkor_limit_reached_total{limit="connections"} 0)"));
  BOOST_TEST(
    shows(R"(ankkor_webhook_deliveries_total{outcome="unauthorized",topic="product.updated"} 0)"));
  BOOST_TEST(shows(R"(ankkor_webhook_deliveries_total{outcome="pong",topic="ping"} 0)"));
}

BOOST_AUTO_TEST_CASE(series_that_can_not_be_are_not_shown) {
  BOOST_TEST(!mentions(R"(ankkor_webhook_deliveries_total{outcome="applied",topic="ping"})"));
  BOOST_TEST(
    !mentions(R"(ankkor_webhook_deliveries_total{outcome="applied",topic="order.updated"})"));
}

BOOST_AUTO_TEST_CASE(metrics_of_redis_are_absent_where_there_is_none) {
  BOOST_TEST(!mentions("ankkor_redis_"));
  metrics::redis_up().set(0);
  BOOST_TEST(shows("ankkor_redis_up 0"));
}

BOOST_AUTO_TEST_CASE(a_targets_series_are_there_once_it_is_known) {
  BOOST_TEST(!mentions("ankkor_revalidations_total{"));
  metrics::expect("target", {"cdn", "next"});
  BOOST_TEST(shows(R"(ankkor_revalidations_total{outcome="given_up",target="cdn"} 0)"));
  BOOST_TEST(shows(R"(ankkor_outbox_pending{target="next"} 0)"));
  BOOST_TEST(shows(R"(ankkor_revalidation_circuit_open{target="next"} 0)"));
}

BOOST_AUTO_TEST_CASE(every_declared_metric_is_rendered_with_its_type_and_help) {
  metrics::build_info("1.2.3").set(1);
  (void)metrics::http_requests("public", "/readyz", 200U);
  for (const auto* each = metrics::first_declared(); each != nullptr; each = each->next()) {
    const std::string name(each->declared().name);
    if (each->declared().shown == metrics::presence::once_used && name != "ankkor_redis_up")
      continue;
    const std::string text = metrics::render();
    BOOST_TEST(text.find("# HELP " + name + " " + std::string(each->declared().help)) !=
                 std::string::npos,
               name);
    BOOST_TEST(text.find("# TYPE " + name + " " + type_of(each->of()) + "\n") != std::string::npos,
               name);
  }
}

BOOST_AUTO_TEST_CASE(a_declaration_keeps_the_rules_of_prometheus) {
  std::set<std::string_view> names;
  for (const auto* each = metrics::first_declared(); each != nullptr; each = each->next()) {
    const auto& what = each->declared();
    BOOST_TEST(names.insert(what.name).second, what.name);
    BOOST_TEST((what.name.starts_with("ankkor_") || what.name.starts_with("process_")), what.name);
    BOOST_TEST(what.name.ends_with("_total") == (each->of() == metrics::kind::counter), what.name);
    BOOST_TEST(what.help.ends_with('.'), what.name);
    BOOST_TEST(what.buckets.empty() == (each->of() != metrics::kind::histogram), what.name);
    BOOST_TEST(std::is_sorted(what.buckets.begin(), what.buckets.end()), what.name);
    for (const auto& label : what.labels)
      BOOST_TEST((label.name.empty() || !label.meaning.empty()), what.name);
  }
  BOOST_TEST(names.size() > 30U);
}

BOOST_AUTO_TEST_CASE(the_docs_are_what_the_declarations_say) {
  BOOST_TEST(docs_file() == metrics::docs_markdown(),
             "docs/metrics.md is old: cmake --build build/dev --target metrics_docs");
}

BOOST_AUTO_TEST_CASE(a_counter_shows_its_labels_and_value) {
  metrics::counter taken = metrics::webhook_deliveries("product.updated", "applied");
  taken.add();
  taken.add(2);
  BOOST_TEST(taken.value() == 3U);
  BOOST_TEST(
    shows(R"(ankkor_webhook_deliveries_total{outcome="applied",topic="product.updated"} 3)"));
}

BOOST_AUTO_TEST_CASE(the_same_labels_are_the_same_series) {
  metrics::revalidations("shop", "delivered").add();
  metrics::revalidations("shop", "delivered").add();
  BOOST_TEST(metrics::revalidations("shop", "delivered").value() == 2U);
  BOOST_TEST(metrics::revalidations("shop", "failed").value() == 0U);
  BOOST_TEST(metrics::revalidations("sho", "pdelivered").value() == 0U);
}

BOOST_AUTO_TEST_CASE(a_topic_that_a_stranger_invented_is_counted_as_other) {
  for (int i = 0; i < 1000; ++i)
    metrics::webhook_deliveries("invented." + std::to_string(i), "unauthorized").add();
  BOOST_TEST(metrics::webhook_deliveries("other", "unauthorized").value() == 1000U);
  BOOST_TEST(metrics::render().find("invented") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(labels_are_bounded_and_what_is_over_is_counted_as_other) {
  for (int i = 0; i < 1000; ++i)
    metrics::cache_requests("value-" + std::to_string(i)).add();
  BOOST_TEST(metrics::cache_requests("value-0").value() == 1U);
  BOOST_TEST(metrics::cache_requests("value-999").value() > 700U);
  BOOST_TEST(shows("ankkor_cache_requests_total{result=\"other\"} " +
                   std::to_string(metrics::cache_requests("value-999").value())));
}

BOOST_AUTO_TEST_CASE(a_histogram_sorts_times_from_50_microseconds_to_60_seconds) {
  metrics::histogram time = metrics::store_commit();
  time.observe(0.00004);
  time.observe(0.2);
  time.observe(100);
  BOOST_TEST(shows(R"(ankkor_store_commit_seconds_bucket{le="5e-05"} 1)"));
  BOOST_TEST(shows(R"(ankkor_store_commit_seconds_bucket{le="0.1"} 1)"));
  BOOST_TEST(shows(R"(ankkor_store_commit_seconds_bucket{le="0.25"} 2)"));
  BOOST_TEST(shows(R"(ankkor_store_commit_seconds_bucket{le="60"} 2)"));
  BOOST_TEST(shows(R"(ankkor_store_commit_seconds_bucket{le="+Inf"} 3)"));
}

BOOST_AUTO_TEST_CASE(gauges_are_set_and_changed) {
  metrics::gauge open = metrics::http_connections("admin");
  open.set(5);
  open.add(-2);
  BOOST_TEST(open.value() == 3.0);
  BOOST_TEST(shows(R"(ankkor_http_connections{listener="admin"} 3)"));
}

BOOST_AUTO_TEST_CASE(metrics_without_labels_show_zero_before_their_first_use) {
  BOOST_TEST(shows("ankkor_dead_letters 0"));
  BOOST_TEST(shows("ankkor_propagation_seconds_count 0"));
}

BOOST_AUTO_TEST_CASE(a_hook_refreshes_before_each_render_until_it_goes) {
  int calls = 0;
  {
    const metrics::render_hook hook([&] { metrics::store_up().set(++calls); });
    BOOST_TEST(shows("ankkor_store_up 1"));
    BOOST_TEST(shows("ankkor_store_up 2"));
  }
  (void)metrics::render();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(label_values_are_escaped) {
  metrics::build_info("1\"\n\\").set(1);
  BOOST_TEST(shows(R"(ankkor_build_info{version="1\"\n\\"} 1)"));
}

BOOST_AUTO_TEST_CASE(threads_may_count_look_up_and_render_at_once) {
  std::vector<std::thread> threads(4);
  for (std::thread& thread : threads)
    thread = std::thread([] {
      for (unsigned i = 0; i < 500; ++i)
        metrics::http_requests("public", "/api/stock", 200 + i % 5).add();
      (void)metrics::render();
    });
  for (std::thread& thread : threads)
    thread.join();
  BOOST_TEST(metrics::http_requests("public", "/api/stock", 204U).value() == 400U);
}

BOOST_AUTO_TEST_SUITE_END()
