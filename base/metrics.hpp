// Every metric of ankkor: its name, its meaning and its labels are declared here and in
// metrics.cpp, nowhere else. The rest of the program sees handles that cost a few nanoseconds to
// use.
//
// A handle is a value, is valid for ever and may be used from any thread. Looking one up by labels
// costs about 100 ns: code on a hot path keeps it. Label values that come from outside are bounded:
// an unknown topic, or the 257th value of any other label, is counted as "other".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace ankkor::metrics {

// Only ever grows.
class counter {
public:
  explicit counter(prometheus::Counter& it) noexcept : it_(&it) {}

  void add(std::uint64_t n = 1) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

private:
  prometheus::Counter* it_;
};

class gauge {
public:
  explicit gauge(prometheus::Gauge& it) noexcept : it_(&it) {}

  void set(double value) noexcept;
  void add(double change) noexcept;
  [[nodiscard]] double value() const noexcept;

private:
  prometheus::Gauge* it_;
};

class histogram {
public:
  explicit histogram(prometheus::Histogram& it) noexcept : it_(&it) {}

  // Seconds for the histograms of times, else what the metric counts.
  void observe(double value) noexcept;

private:
  prometheus::Histogram* it_;
};

// -- webhooks -----------------------------------------------------------------

// topic: one of WooCommerce's that ankkor knows, "ping", else "other".
// outcome: applied, unchanged, stale, queued, duplicate, pong, ignored, unusable, unauthorized or
// unavailable; of what the HTTP reader refused, with the topic "other": too_large, malformed.
[[nodiscard]] counter webhook_deliveries(std::string_view topic, std::string_view outcome);
// From the last byte of a delivery to its answer being handed to the connection.
[[nodiscard]] histogram webhook_duration();

// -- the copy -----------------------------------------------------------------

// state: in_stock, out_of_stock, on_backorder (all shown to shoppers), hidden (held, but not
// shown).
[[nodiscard]] gauge products(std::string_view state);
// Products that have a running actor now.
[[nodiscard]] gauge product_actors();
// Questions that a fresh read at WooCommerce has to settle.
[[nodiscard]] gauge confirmations_pending();
// result: hit, miss, stale, negative.
[[nodiscard]] counter cache_requests(std::string_view result);

// -- live updates -------------------------------------------------------------

// Open event streams.
[[nodiscard]] gauge sse_connections();
// Streams that ankkor ended or refused. reason: slow, limit.
[[nodiscard]] counter sse_dropped(std::string_view reason);

// -- telling the storefront ---------------------------------------------------

// target: the name in the configuration. outcome: delivered, failed (is tried again), given_up.
[[nodiscard]] counter revalidations(std::string_view target, std::string_view outcome);
[[nodiscard]] gauge outbox_pending(std::string_view target);
// 1 while calls to the target are held back because it keeps failing.
[[nodiscard]] gauge revalidation_circuit_open(std::string_view target);
// From a webhook's last byte to the storefront's 2xx for what it changed.
[[nodiscard]] histogram propagation();

// -- asking WooCommerce ------------------------------------------------------------

// reader, confirmation, incremental, withdrawn, scrub, housekeeping; ok, overloaded, failed.
[[nodiscard]] counter graphql_requests(std::string_view purpose, std::string_view outcome);
// Requests that could be sent at once.
[[nodiscard]] gauge graphql_budget_tokens();
// From wanting a request to being allowed to send it.
[[nodiscard]] histogram graphql_wait(std::string_view purpose);

// -- reconciliation -----------------------------------------------------------

// kind: incremental, scrub. Of passes that were whole.
[[nodiscard]] histogram reconcile_duration(std::string_view kind);
[[nodiscard]] gauge reconcile_last_success(std::string_view kind); // seconds since 1970
// kind: missing, gone, status, stock, price, other (stock/drift.hpp).
[[nodiscard]] counter reconcile_drift(std::string_view kind);
// Changes that a reconciliation found and no webhook told of.
[[nodiscard]] counter webhook_missed();
// window: 1h, 1d. Of the changes in that time, the share that a webhook told of (0 to 1). Shown
// once there was a change.
[[nodiscard]] gauge webhook_success_ratio(std::string_view window);

// -- the store ----------------------------------------------------------------

[[nodiscard]] histogram store_commit();
// Entries that one commit took together.
[[nodiscard]] histogram store_commit_entries();
// 1 while the store takes commits, else 0.
[[nodiscard]] gauge store_up();
[[nodiscard]] gauge dead_letters();

// -- the mirror in Redis --------------------------------------------------------

// 1 while Redis takes mirrored products, else 0; not shown where nothing is mirrored.
[[nodiscard]] gauge redis_up();
// Products written, each time.
[[nodiscard]] counter redis_writes();
// Pipelines that failed, and products that Redis refused.
[[nodiscard]] counter redis_failures();
// Changed products that are not written yet.
[[nodiscard]] gauge redis_pending();

// -- HTTP ---------------------------------------------------------------------

// listener: public, admin. route: the pattern, not the path ("/api/products/{id}/stock").
[[nodiscard]] counter http_requests(std::string_view listener, std::string_view route,
                                    unsigned status);
[[nodiscard]] gauge http_connections(std::string_view listener);

// When the certificate of the public listener expires, in seconds since 1970. Shown with TLS only.
[[nodiscard]] gauge certificate_expiry();

// -- alerts of the daemon itself --------------------------------------------------

// severity: critical, warning.
[[nodiscard]] gauge alerts_firing(std::string_view severity);
// Attempts to send one to ANKKOR_ALERT_URL. outcome: delivered, failed (is tried again), dropped.
[[nodiscard]] counter alert_messages(std::string_view outcome);

// -- webhooks as WooCommerce has them ---------------------------------------------

// Those that deliver to this ankkor. state: active, paused, disabled, missing. Shown once ankkor
// has looked.
[[nodiscard]] gauge webhooks(std::string_view state);

// -- this build and process ---------------------------------------------------

// Shows ankkor_build_info{version} as 1. process_* and ankkor_log_dropped_total need no call.
void set_build_info(std::string_view version);

// -- reading ------------------------------------------------------------------

// Calls `refresh` before each render, on its thread, for as long as the object lives: for figures
// that are counted elsewhere. `refresh` must neither render nor make or destroy a hook.
class render_hook {
public:
  explicit render_hook(std::function<void()> refresh);
  ~render_hook();
  render_hook(const render_hook&) = delete;
  render_hook& operator=(const render_hook&) = delete;

private:
  std::uint64_t id_;
};

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

// All of them in Prometheus's text format. From any thread.
[[nodiscard]] std::string render();

} // namespace ankkor::metrics
