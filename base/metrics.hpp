// Every metric of ankkor is declared here, once: name, kind, labels, buckets and help.
// docs/metrics.md is generated from these declarations, and Prometheus sees every series whose
// labels are known from the start with 0. A new metric is one declaration below and the calls that
// use it.
//
//   metrics::revalidations("next", "delivered").add();
//
// What such a call answers is a handle: a value, valid for ever, usable from any thread, a few
// nanoseconds to use. Looking one up by labels costs about 100 ns: code on a hot path keeps it.
// Label values that come from outside are bounded: what a closed label doesn't list, or the 257th
// series of a family, is counted as "other".
#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace ankkor::metrics {

// -- handles --------------------------------------------------------------------

// Only ever grows.
class counter {
public:
  explicit counter(prometheus::Counter& it) noexcept : it_(&it) {}

  void add(std::uint64_t n = 1) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;
  // For what is counted elsewhere: shows that total, if it is more than what is shown.
  void raise_to(double total) noexcept;

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

// -- how a metric is declared ---------------------------------------------------

struct label {
  std::string_view name;
  std::string_view meaning;  // for the docs
  std::string_view values{}; // separated by blanks; empty: they are known only while ankkor runs
  bool closed = false;       // any other value is counted as "other": it may come from outside
};

enum class presence : std::uint8_t {
  from_the_start, // every series whose labels are known
  once_used       // absent where ankkor has no use for it, such as Redis's where there is no Redis
};

struct declaration {
  std::string_view name;
  std::string_view help; // one sentence, for Prometheus and the docs
  std::array<label, 3> labels{};
  std::span<const double> buckets{}; // of a histogram
  // Of two labels: whether those known values are met together. Null: all are.
  bool (*met)(std::string_view first, std::string_view second) = nullptr;
  presence shown = presence::from_the_start;
};

enum class kind : std::uint8_t { counter, gauge, histogram };

// A declared metric without the type of its handle. Declared at namespace scope, below.
class family_base {
public:
  family_base(const family_base&) = delete;
  family_base& operator=(const family_base&) = delete;

  [[nodiscard]] const declaration& declared() const noexcept { return declared_; }

  [[nodiscard]] kind of() const noexcept { return of_; }

  // Declared after this one; null for the last.
  [[nodiscard]] const family_base* next() const noexcept { return next_; }

  struct implementation;

protected:
  family_base(kind of, const declaration& what) noexcept;
  ~family_base() = default;

  [[nodiscard]] prometheus::Counter& counter_at(std::span<const std::string_view> values) const;
  [[nodiscard]] prometheus::Gauge& gauge_at(std::span<const std::string_view> values) const;
  [[nodiscard]] prometheus::Histogram& histogram_at(std::span<const std::string_view> values) const;

private:
  friend struct family_access;

  declaration declared_;
  kind of_;
  const family_base* next_ = nullptr;
  mutable std::atomic<implementation*> made_{nullptr};
};

// A label's value as text; whole numbers are written out.
class label_value {
public:
  // NOLINTNEXTLINE(google-explicit-constructor): whatever a call gives for a label
  label_value(std::string_view text) noexcept : text_(text) {}

  template <class Text>
  requires std::is_convertible_v<const Text&, std::string_view>
  // NOLINTNEXTLINE(google-explicit-constructor): whatever a call gives for a label
  label_value(const Text& text)
  noexcept : text_(text) {}

  // NOLINTNEXTLINE(google-explicit-constructor): whatever a call gives for a label
  label_value(unsigned number) noexcept {
    const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
    text_ = {digits_.data(), static_cast<std::size_t>(end - digits_.data())};
  }

  label_value(const label_value&) = delete;
  label_value& operator=(const label_value&) = delete;

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

private:
  std::array<char, 12> digits_{};
  std::string_view text_;
};

template <class Handle, std::size_t Labels>
class family : public family_base {
public:
  explicit family(const declaration& what) noexcept : family_base(kind_of(), what) {}

  // The series with these values of the labels, in the order of the declaration.
  template <class... Values>

  requires(sizeof...(Values) == Labels) [[nodiscard]] Handle
  operator()(const Values&... values) const {
    if constexpr (Labels == 0) {
      return at({});
    } else {
      const std::array<label_value, Labels> held{label_value(values)...};
      std::array<std::string_view, Labels> texts;
      for (std::size_t i = 0; i < Labels; ++i)
        texts[i] = held[i].text();
      return at(texts);
    }
  }

private:
  static constexpr kind kind_of() {
    return std::is_same_v<Handle, counter> ? kind::counter
           : std::is_same_v<Handle, gauge> ? kind::gauge
                                           : kind::histogram;
  }

  [[nodiscard]] Handle at(std::span<const std::string_view> values) const {
    if constexpr (std::is_same_v<Handle, counter>)
      return counter(counter_at(values));
    else if constexpr (std::is_same_v<Handle, gauge>)
      return gauge(gauge_at(values));
    else
      return histogram(histogram_at(values));
  }
};

template <std::size_t Labels = 0>
using counters = family<counter, Labels>;
template <std::size_t Labels = 0>
using gauges = family<gauge, Labels>;
template <std::size_t Labels = 0>
using histograms = family<histogram, Labels>;

// -- buckets and labels that several share --------------------------------------

// Seconds, from a disk with a write cache (50 us) to a storefront that is nearly given up on (60
// s).
inline constexpr auto latencies =
  std::to_array<double>({50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3,
                         0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60});
// Seconds, from one request to a pass over a large catalog within the day.
inline constexpr auto pass_times = std::to_array<double>(
  {0.1, 0.5, 1, 5, 15, 60, 300, 900, 3'600, 3 * 3'600, 6 * 3'600, 12 * 3'600, 24 * 3'600});
inline constexpr auto powers_of_two =
  std::to_array<double>({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024});

inline constexpr label target_label{"target", "the target's name in the configuration"};
inline constexpr label purpose_label{
  "purpose",
  "what the request is for: `reader` (a client waits for a product that is not cached), "
  "`confirmation`, "
  "`incremental`, `withdrawn` (REST's lists, which show what was unpublished), `scrub`, "
  "`housekeeping`",
  "reader confirmation incremental withdrawn scrub housekeeping"};
inline constexpr label pass_label{"kind", "`incremental` or `scrub`", "incremental scrub"};

// Whether a delivery of that topic can have that outcome.
[[nodiscard]] bool is_outcome_of(std::string_view topic, std::string_view outcome) noexcept;

// -- webhooks -------------------------------------------------------------------

inline const counters<2> webhook_deliveries{
  {.name = "ankkor_webhook_deliveries_total",
   .help = "Webhook deliveries answered.",
   // The signature doesn't cover the header with the topic: anybody may write anything there.
   .labels =
     {label{"topic", "WooCommerce's topic; `ping`; any other is `other`",
            "product.created product.updated product.deleted product.restored "
            "order.created order.updated order.deleted order.restored "
            "action.woocommerce_delete_product "
            "action.woocommerce_delete_product_variation ping other",
            true},
      label{
        "outcome",
        "the answer's status as the [API](http-api.md#post-apiwebhookswoocommerce) lists them; "
        "`unauthorized` (401), `unavailable` (503); refused before the header could be believed: "
        "`too_large` (413), `malformed` (400 and the like)",
        "applied unchanged stale queued duplicate pong ignored unusable unauthorized "
        "unavailable too_large malformed"}},
   .met = is_outcome_of}};
inline const histograms<> webhook_duration{
  {.name = "ankkor_webhook_duration_seconds",
   .help = "Time from the last byte of a webhook delivery to its answer.",
   .buckets = latencies}};

// -- the copy -------------------------------------------------------------------

inline const gauges<1> products{
  {.name = "ankkor_products",
   .help = "Cached products.",
   .labels = {label{
     "state", "what shoppers see: `in_stock`, `out_of_stock`, `on_backorder`; `hidden`: nothing",
     "in_stock out_of_stock on_backorder hidden"}}}};
inline const gauges<> product_actors{
  {.name = "ankkor_product_actors", .help = "Products with a running actor."}};
inline const gauges<> confirmations_pending{
  {.name = "ankkor_confirmations_pending",
   .help = "Products that ankkor has to read again from WooCommerce before it decides."}};
inline const counters<1> cache_requests{
  {.name = "ankkor_cache_requests_total",
   .help = "Products read by clients.",
   .labels = {
     label{"result",
           "`hit`, `miss` (WooCommerce was asked), `stale` (served while the store can't commit), "
           "`negative` (does not exist, or is not public)",
           "hit miss stale negative"}}}};

// -- live updates ---------------------------------------------------------------

inline const gauges<> sse_connections{
  {.name = "ankkor_sse_connections", .help = "Open event streams."}};
inline const counters<1> sse_dropped{
  {.name = "ankkor_sse_dropped_total",
   .help = "Event streams that ankkor ended or refused.",
   .labels = {label{"reason", "`slow`: the client did not read; `limit`: too many are open",
                    "slow limit"}}}};

// -- revalidation ---------------------------------------------------------------

inline const counters<2> revalidations{
  {.name = "ankkor_revalidations_total",
   .help = "Calls to revalidation targets.",
   .labels = {target_label,
              label{"outcome",
                    "`delivered`, `failed` (is tried again), `given_up` (is in the dead letters)",
                    "delivered failed given_up"}}}};
inline const gauges<1> outbox_pending{
  {.name = "ankkor_outbox_pending",
   .help = "Changed products that a target has not acknowledged yet.",
   .labels = {target_label}}};
inline const gauges<1> revalidation_circuit_open{
  {.name = "ankkor_revalidation_circuit_open",
   .help = "1 while calls to a target are held back because it keeps failing.",
   .labels = {target_label}}};
inline const histograms<> propagation{
  {.name = "ankkor_propagation_seconds",
   .help = "Time from the last byte of a webhook delivery to the 2xx of a storefront or of a "
           "target of the "
           "format webhook; CDNs, which come after those, are left out.",
   .buckets = latencies}};

// -- requests to WooCommerce ----------------------------------------------------

inline const counters<2> graphql_requests{
  {.name = "ankkor_graphql_requests_total",
   .help = "Requests to WooCommerce.",
   .labels = {purpose_label, label{"outcome",
                                   "`ok`; `partial`: WooCommerce could not give some of the items; "
                                   "`overloaded`: 429, 503 or no "
                                   "answer in time; `failed`",
                                   "ok partial overloaded failed"}}}};
inline const gauges<> graphql_budget_tokens{
  {.name = "ankkor_graphql_budget_tokens",
   .help = "Requests to WooCommerce that the budget would allow at once."}};
inline const histograms<1> graphql_wait{
  {.name = "ankkor_graphql_wait_seconds",
   .help = "Time that a request to WooCommerce waited for the budget.",
   .labels = {purpose_label},
   .buckets = latencies}};

// -- reconciliation -------------------------------------------------------------

inline const histograms<1> reconcile_duration{
  {.name = "ankkor_reconcile_duration_seconds",
   .help = "Duration of completed reconciliation passes.",
   .labels = {pass_label},
   .buckets = pass_times}};
inline const gauges<1> reconcile_last_success{
  {.name = "ankkor_reconcile_last_success_timestamp_seconds",
   .help = "When a reconciliation pass last completed, in seconds since 1970; 0 before the first.",
   .labels = {pass_label}}};
inline const counters<1> reconcile_drift{
  {.name = "ankkor_reconcile_drift_total",
   .help = "Products and variations that reconciliation found wrong, and repaired.",
   .labels = {label{
     "kind",
     "what was wrong, the first that holds: `missing`, `gone`, `status`, `stock`, `price`, `other`",
     "missing gone status stock price other"}}}};
inline const counters<> webhook_missed{
  {.name = "ankkor_webhook_missed_total",
   .help = "Changes that reconciliation found and no webhook reported within ten minutes."}};
inline const gauges<1> webhook_success_ratio{
  {.name = "ankkor_webhook_success_ratio",
   .help = "Share (0 to 1) of the shop's changes that a webhook reported, and not only "
           "reconciliation; shown once there was "
           "a change.",
   .labels = {label{"window", "`1h` or `1d`", "1h 1d"}},
   .shown = presence::once_used}};

// -- the store ------------------------------------------------------------------

inline const histograms<> store_commit{
  {.name = "ankkor_store_commit_seconds",
   .help = "Duration of one commit to the store, its fsync included.",
   .buckets = latencies}};
inline const histograms<> store_commit_entries{
  {.name = "ankkor_store_commit_entries",
   .help = "Entries that one commit to the store took together.",
   .buckets = powers_of_two}};
inline const gauges<> store_up{
  {.name = "ankkor_store_up", .help = "1 while the store takes commits, else 0."}};
inline const gauges<> dead_letters{
  {.name = "ankkor_dead_letters",
   .help = "Deliveries and revalidations that failed for good, kept for a person to look at."}};

// -- the mirror in Redis --------------------------------------------------------

inline const gauges<> redis_up{{.name = "ankkor_redis_up",
                                .help = "1 while Redis takes mirrored products, else 0.",
                                .shown = presence::once_used}};
inline const counters<> redis_writes{{.name = "ankkor_redis_writes_total",
                                      .help = "Products written to Redis, each time.",
                                      .shown = presence::once_used}};
inline const counters<> redis_failures{
  {.name = "ankkor_redis_failures_total",
   .help = "Pipelines to Redis that failed, and products that Redis rejected.",
   .shown = presence::once_used}};
inline const gauges<> redis_pending{{.name = "ankkor_redis_pending",
                                     .help = "Changed products that are not written to Redis yet.",
                                     .shown = presence::once_used}};

// -- HTTP and limits ------------------------------------------------------------

inline const counters<3> http_requests{
  {.name = "ankkor_http_requests_total",
   .help = "HTTP requests answered, also those that were refused unread.",
   .labels = {
     label{"listener", "`public` or `admin`", "public admin"},
     label{"route",
           "the route's pattern (`/api/products/{id}/stock`); `other` where there is none"},
     label{"status", "of the answer"}}}};
inline const gauges<1> http_connections{{.name = "ankkor_http_connections",
                                         .help = "Open HTTP connections.",
                                         .labels = {label{"listener", "`public`", "public"}}}};
inline const counters<1> limit_reached{
  {.name = "ankkor_limit_reached_total",
   .help = "Times that something was refused or left out because a limit was reached.",
   .labels = {label{
     "limit",
     "a row of [Limits](operations.md#limits): `connections`, `request_bytes`, `outgoing_calls`, "
     "`waiting_readers`, `waiting_requests` (to WooCommerce), `watched_changes`, `redis_commands`",
     "connections request_bytes outgoing_calls waiting_readers waiting_requests "
     "watched_changes redis_commands"}}}};
inline const gauges<1> certificate_expiry{
  {.name = "ankkor_certificate_expiry_timestamp_seconds",
   .help = "When a listener's certificate expires, in seconds since 1970; shown with TLS only.",
   .labels = {label{"listener", "`public`", "public"}},
   .shown = presence::once_used}};
inline const gauges<1> alerts_firing{
  {.name = "ankkor_alerts_firing",
   .help = "Alerts that ankkor itself raises now (docs/alerts.md).",
   .labels = {label{"severity", "`critical` or `warning`", "critical warning"}}}};

inline const counters<1> alert_messages{
  {.name = "ankkor_alert_messages_total",
   .help = "Attempts to send an alert to ANKKOR_ALERT_URL.",
   .labels = {
     label{"outcome",
           "`delivered`, `failed` (is tried again), `dropped` (after a day, or over 100 pending)",
           "delivered failed dropped"}}}};

// -- webhooks as WooCommerce has them --------------------------------------------

inline const gauges<1> webhooks{
  {.name = "ankkor_webhooks",
   .help = "Webhooks in WooCommerce that deliver to this ankkor; shown once ankkor has looked.",
   .labels = {label{"state", "`active`, `paused`, `disabled`, `missing`",
                    "active paused disabled missing"}},
   .shown = presence::once_used}};
inline const counters<1> webhooks_repaired{
  {.name = "ankkor_webhooks_repaired_total",
   .help = "Webhooks that the watchdog repaired in WooCommerce.",
   .labels = {label{"how", "`reenabled` or `recreated`", "reenabled recreated"}}}};

// -- this build and process -----------------------------------------------------

inline const gauges<1> build_info{{.name = "ankkor_build_info",
                                   .help = "Always 1; the label says which version runs.",
                                   .labels = {label{"version", "of this build"}}}};
inline const counters<> log_dropped{
  {.name = "ankkor_log_dropped_total",
   .help = "Log lines dropped because they came faster than they could be written."}};
// The names that Prometheus's client libraries agree on.
inline const counters<> process_cpu{
  {.name = "process_cpu_seconds_total", .help = "User and system CPU time spent, in seconds."}};
inline const gauges<> process_resident{
  {.name = "process_resident_memory_bytes", .help = "Resident memory, in bytes."}};
inline const gauges<> process_open_fds{
  {.name = "process_open_fds", .help = "Open file descriptors."}};
inline const gauges<> process_fds_max{
  {.name = "process_max_fds", .help = "File descriptors that may be open at once."}};
inline const gauges<> process_threads{
  {.name = "process_threads", .help = "Threads of the process."}};
inline const gauges<> process_start_time{
  {.name = "process_start_time_seconds",
   .help = "When the process started, in seconds since 1970."}};

// -- reading --------------------------------------------------------------------

// Shows every family that has a label of this name, such as "target", with each of these values
// from now on: for what only the configuration knows. From any thread.
void expect(std::string_view label_name, const std::vector<std::string>& values);

// The first declared metric; the others follow by next().
[[nodiscard]] const family_base* first_declared() noexcept;

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

// docs/metrics.md, from the declarations above.
[[nodiscard]] std::string docs_markdown();

} // namespace ankkor::metrics
