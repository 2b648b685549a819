// Metrics: named as the contract says, bounded, and rendered in Prometheus's text format.
#include "base/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace {

using namespace ankkor;

bool shows(std::string_view line) {
  return metrics::render().find(std::string(line) + "\n") != std::string::npos;
}

// Every series, touched once, so that all of them show.
void touch_all() {
  (void)metrics::webhook_deliveries("ping", "pong");
  (void)metrics::products("in_stock");
  (void)metrics::cache_requests("hit");
  (void)metrics::revalidations("next", "delivered");
  (void)metrics::outbox_pending("next");
  (void)metrics::revalidation_circuit_open("next");
  (void)metrics::http_requests("public", "/readyz", 200);
  (void)metrics::http_connections("public");
  metrics::set_build_info("1.2.3");
}

} // namespace

BOOST_AUTO_TEST_SUITE(metrics_registry)

BOOST_AUTO_TEST_CASE(every_metric_is_there_with_its_type_and_a_help_text) {
  touch_all();
  const std::string text = metrics::render();
  for (const std::string declared : {"ankkor_webhook_deliveries_total counter",
                                     "ankkor_webhook_duration_seconds histogram",
                                     "ankkor_products gauge",
                                     "ankkor_product_actors gauge",
                                     "ankkor_confirmations_pending gauge",
                                     "ankkor_cache_requests_total counter",
                                     "ankkor_revalidations_total counter",
                                     "ankkor_outbox_pending gauge",
                                     "ankkor_revalidation_circuit_open gauge",
                                     "ankkor_propagation_seconds histogram",
                                     "ankkor_store_commit_seconds histogram",
                                     "ankkor_store_commit_entries histogram",
                                     "ankkor_store_up gauge",
                                     "ankkor_dead_letters gauge",
                                     "ankkor_http_requests_total counter",
                                     "ankkor_http_connections gauge",
                                     "ankkor_build_info gauge",
                                     "ankkor_log_dropped_total counter",
                                     "process_cpu_seconds_total counter",
                                     "process_resident_memory_bytes gauge",
                                     "process_open_fds gauge",
                                     "process_start_time_seconds gauge"}) {
    const std::string name = declared.substr(0, declared.find(' '));
    BOOST_TEST(text.find("# HELP " + name + " ") != std::string::npos, name);
    BOOST_TEST(text.find("# TYPE " + declared + "\n") != std::string::npos, declared);
  }
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
  metrics::set_build_info("1\"\n\\");
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
  BOOST_TEST(metrics::http_requests("public", "/api/stock", 204).value() == 400U);
}

BOOST_AUTO_TEST_SUITE_END()
