// The declarations of every metric, on prometheus-cpp.
#include "base/metrics.hpp"

#include "base/keyed_hash.hpp"
#include "base/log.hpp"
#include "base/metrics_snapshot.hpp"
#include "base/process.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace ankkor::metrics {

namespace {

// Label combinations one metric may have; what comes after is counted as "other" (I6).
constexpr std::size_t series_max = 256;

using buckets = prometheus::Histogram::BucketBoundaries;

// Seconds, from a disk with a write cache (50 us) to a storefront that is nearly given up on (60
// s).
buckets latencies() {
  return {50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3,
          0.1,   0.25,   0.5,    1,      2.5,  5,      10,   30,    60};
}

// Seconds, from one request to a pass over a large catalog within the day.
buckets pass_times() {
  return {0.1, 0.5, 1, 5, 15, 60, 300, 900, 3'600, 3 * 3'600, 6 * 3'600, 12 * 3'600, 24 * 3'600};
}

buckets powers_of_two() {
  return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
}

// The label names of a metric, and of a lookup their values.
using label_names = std::vector<std::string>;
using label_values = std::initializer_list<std::string_view>;

// One metric: its series by label values, found without prometheus-cpp's own slower look-up.
template <class T>
class metric {
public:
  metric(prometheus::Family<T>& family, label_names names, buckets bounds = {})
    : family_(family), names_(std::move(names)), bounds_(std::move(bounds)) {
    if (names_.empty())
      at({}); // so that it is there, with 0, from the start
  }

  T& at(label_values values) {
    thread_local std::string key;
    key.clear();
    for (const std::string_view value : values)
      key.append(value) += '\0';
    {
      const std::shared_lock shared(mutex_);
      if (const auto found = series_.find(key); found != series_.end())
        return *found->second;
    }
    const std::unique_lock alone(mutex_);
    if (series_.size() >= series_max)
      return make({});
    T& made = make(values);
    series_.emplace(key, &made);
    return made;
  }

private:
  // Answers the one that is there already for the same labels. No values: all "other".
  T& make(label_values values) {
    prometheus::Labels labels;
    const auto* value = values.begin();
    for (const std::string& name : names_)
      labels.emplace(name, value == values.end() ? "other" : std::string(*value++));
    if constexpr (std::is_same_v<T, prometheus::Histogram>)
      return family_.Add(labels, bounds_);
    else
      return family_.Add(labels);
  }

  prometheus::Family<T>& family_;
  label_names names_;
  buckets bounds_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, T*, keyed_hash> series_;
};

// Registers families; `declared` needs it before its members.
class registered {
protected:
  prometheus::Registry registry_;

  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
  }

  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }

  prometheus::Family<prometheus::Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
  }
};

using counter_metric = metric<prometheus::Counter>;
using gauge_metric = metric<prometheus::Gauge>;
using histogram_metric = metric<prometheus::Histogram>;

// Every metric there is. What its labels mean: metrics.hpp.
struct declared : private registered {
  counter_metric webhook_deliveries{counters("ankkor_webhook_deliveries_total",
                                             "Webhook deliveries answered, by topic and outcome."),
                                    {"topic", "outcome"}};
  histogram_metric webhook_duration{
    histograms("ankkor_webhook_duration_seconds",
               "Time from the last byte of a webhook delivery to its answer."),
    {},
    latencies()};

  gauge_metric products{
    gauges("ankkor_products", "Products held, by what a shopper can have of them."), {"state"}};
  gauge_metric product_actors{gauges("ankkor_product_actors", "Products with a running actor."),
                              {}};
  counter_metric graphql_requests{
    counters("ankkor_graphql_requests_total",
             "Requests to WooCommerce, by what they were for and how they ended."),
    {"purpose", "outcome"}};
  gauge_metric graphql_budget_tokens{
    gauges("ankkor_graphql_budget_tokens", "Requests to WooCommerce that could be sent at once."),
    {}};
  histogram_metric graphql_wait{
    histograms("ankkor_graphql_wait_seconds",
               "From wanting a request to WooCommerce to being allowed to send it."),
    {"purpose"},
    latencies()};
  gauge_metric confirmations_pending{
    gauges("ankkor_confirmations_pending",
           "Questions that a fresh read at WooCommerce has to settle."),
    {}};
  histogram_metric reconcile_duration{
    histograms("ankkor_reconcile_duration_seconds", "Time of a whole pass of reconciliation."),
    {"kind"},
    pass_times()};
  gauge_metric reconcile_last_success{
    gauges("ankkor_reconcile_last_success_timestamp_seconds",
           "When a pass of reconciliation was last whole, in seconds since 1970."),
    {"kind"}};
  counter_metric reconcile_drift{
    counters("ankkor_reconcile_drift_total",
             "Products and variations whose copy a reconciliation found wrong, by how."),
    {"kind"}};
  counter_metric webhook_missed{
    counters("ankkor_webhook_missed_total",
             "Changes that a reconciliation found and no webhook told of."),
    {}};
  gauge_metric webhook_success_ratio{
    gauges("ankkor_webhook_success_ratio",
           "Share of the shop's changes that a webhook told of, and not only reconciliation."),
    {"window"}};
  counter_metric cache_requests{
    counters("ankkor_cache_requests_total", "Reads of products, by what the copy could answer."),
    {"result"}};

  gauge_metric sse_connections{gauges("ankkor_sse_connections", "Open event streams."), {}};
  counter_metric sse_dropped{
    counters(
      "ankkor_sse_dropped_total",
      "Event streams that were ended because their reader was slow, or refused for the limit."),
    {"reason"}};

  counter_metric revalidations{
    counters("ankkor_revalidations_total", "Calls to revalidation targets, by target and outcome."),
    {"target", "outcome"}};
  gauge_metric outbox_pending{
    gauges("ankkor_outbox_pending",
           "Changed products that a revalidation target has yet to be told of."),
    {"target"}};
  gauge_metric revalidation_circuit_open{
    gauges("ankkor_revalidation_circuit_open",
           "1 while calls to a revalidation target are held back because it keeps failing."),
    {"target"}};
  histogram_metric propagation{
    histograms("ankkor_propagation_seconds",
               "Time from a webhook's last byte to the storefront having been told of the change."),
    {},
    latencies()};

  histogram_metric store_commit{histograms("ankkor_store_commit_seconds",
                                           "Time of one commit to the store, its fsync included."),
                                {},
                                latencies()};
  histogram_metric store_commit_entries{
    histograms("ankkor_store_commit_entries",
               "Entries that one commit to the store took together."),
    {},
    powers_of_two()};
  gauge_metric store_up{gauges("ankkor_store_up", "1 while the store takes commits, else 0."), {}};
  gauge_metric dead_letters{
    gauges("ankkor_dead_letters", "Deliveries and revalidations kept for a person to look at."),
    {}};

  gauge_metric redis_up{gauges("ankkor_redis_up", "1 while Redis takes mirrored products, else 0."),
                        {}};
  counter_metric redis_writes{
    counters("ankkor_redis_writes_total", "Products written to Redis, each time."), {}};
  counter_metric redis_failures{
    counters("ankkor_redis_failures_total",
             "Pipelines to Redis that failed, and mirrored products that it refused."),
    {}};
  gauge_metric redis_pending{
    gauges("ankkor_redis_pending", "Changed products that are not written to Redis yet."), {}};

  counter_metric http_requests{counters("ankkor_http_requests_total",
                                        "HTTP requests answered, by listener, route and status."),
                               {"listener", "route", "status"}};
  gauge_metric http_connections{gauges("ankkor_http_connections", "Open HTTP connections."),
                                {"listener"}};

  gauge_metric certificate_expiry{
    gauges("ankkor_certificate_expiry_timestamp_seconds",
           "When the certificate of a listener expires, in seconds since 1970."),
    {"listener"}};

  gauge_metric alerts_firing{
    gauges("ankkor_alerts_firing", "Alerts that ankkor itself raises now, by severity."),
    {"severity"}};

  counter_metric alert_messages{
    counters("ankkor_alert_messages_total",
             "Attempts to send an alert to ANKKOR_ALERT_URL, by outcome."),
    {"outcome"}};

  gauge_metric webhooks{
    gauges("ankkor_webhooks", "Webhooks in WooCommerce that deliver to ankkor, by state."),
    {"state"}};

  gauge_metric build_info{
    gauges("ankkor_build_info", "Always 1; the label says which version runs."), {"version"}};
  counter_metric log_dropped{
    counters("ankkor_log_dropped_total",
             "Log lines dropped because they came faster than they could be written."),
    {}};

  // The names that Prometheus's client libraries agree on.
  counter_metric cpu{
    counters("process_cpu_seconds_total", "User and system CPU time spent, in seconds."), {}};
  gauge_metric resident{gauges("process_resident_memory_bytes", "Resident memory, in bytes."), {}};
  gauge_metric open_fds{gauges("process_open_fds", "Open file descriptors."), {}};
  gauge_metric fds_max{gauges("process_max_fds", "File descriptors that may be open at once."), {}};
  gauge_metric threads{gauges("process_threads", "Threads of the process."), {}};
  gauge_metric start_time{
    gauges("process_start_time_seconds", "When the process started, in seconds since 1970."), {}};

  std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }
};

// Never destroyed: handles are valid for ever.
declared& all() {
  static declared& metrics = *new declared;
  return metrics;
}

struct hook_list {
  std::mutex mutex;
  std::uint64_t next = 0;
  std::map<std::uint64_t, std::function<void()>> refresh;
};

hook_list& hooks() {
  static hook_list& list = *new hook_list;
  return list;
}

// A delivery's topic is a header that its signature doesn't cover: a stranger may write anything
// there.
std::string_view known_topic(std::string_view topic) noexcept {
  static constexpr std::array<std::string_view, 11> known{
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "action.woocommerce_delete_product",
    "action.woocommerce_delete_product_variation",
    "ping"};
  return std::find(known.begin(), known.end(), topic) == known.end() ? "other" : topic;
}

void raise_to(prometheus::Counter& counter, double total) {
  if (total > counter.Value())
    counter.Increment(total - counter.Value());
}

distribution read_distribution(const prometheus::ClientMetric::Histogram& histogram) {
  distribution read;
  for (const auto& bucket : histogram.bucket) {
    read.bounds.push_back(bucket.upper_bound);
    read.counts.push_back(bucket.cumulative_count);
  }
  read.count = histogram.sample_count;
  read.sum = histogram.sample_sum;
  return read;
}

series read_series(prometheus::MetricType type, const prometheus::ClientMetric& from) {
  series read;
  for (const auto& label : from.label)
    read.labels.emplace_back(label.name, label.value);
  if (type == prometheus::MetricType::Histogram)
    read.observed = read_distribution(from.histogram);
  else
    read.value = type == prometheus::MetricType::Counter ? from.counter.value : from.gauge.value;
  return read;
}

void refresh_own(declared& metrics) {
  const process_figures process = read_process_figures();
  raise_to(metrics.cpu.at({}), process.cpu_seconds);
  metrics.resident.at({}).Set(static_cast<double>(process.resident_bytes));
  metrics.open_fds.at({}).Set(static_cast<double>(process.open_fds));
  metrics.fds_max.at({}).Set(static_cast<double>(process.fds_max));
  metrics.threads.at({}).Set(static_cast<double>(process.threads));
  metrics.start_time.at({}).Set(process.start_time_seconds);
  raise_to(metrics.log_dropped.at({}), static_cast<double>(log::dropped()));
}

} // namespace

// -- handles ------------------------------------------------------------------

void counter::add(std::uint64_t n) noexcept {
  it_->Increment(static_cast<double>(n));
}

std::uint64_t counter::value() const noexcept {
  return static_cast<std::uint64_t>(it_->Value());
}

void gauge::set(double value) noexcept {
  it_->Set(value);
}

void gauge::add(double change) noexcept {
  it_->Increment(change);
}

double gauge::value() const noexcept {
  return it_->Value();
}

void histogram::observe(double value) noexcept {
  it_->Observe(value);
}

// -- look-ups -----------------------------------------------------------------

counter webhook_deliveries(std::string_view topic, std::string_view outcome) {
  return counter(all().webhook_deliveries.at({known_topic(topic), outcome}));
}

histogram webhook_duration() {
  return histogram(all().webhook_duration.at({}));
}

gauge products(std::string_view state) {
  return gauge(all().products.at({state}));
}

gauge product_actors() {
  return gauge(all().product_actors.at({}));
}

gauge confirmations_pending() {
  return gauge(all().confirmations_pending.at({}));
}

histogram reconcile_duration(std::string_view kind) {
  return histogram(all().reconcile_duration.at({kind}));
}

gauge reconcile_last_success(std::string_view kind) {
  return gauge(all().reconcile_last_success.at({kind}));
}

counter reconcile_drift(std::string_view kind) {
  return counter(all().reconcile_drift.at({kind}));
}

counter webhook_missed() {
  return counter(all().webhook_missed.at({}));
}

gauge webhook_success_ratio(std::string_view window) {
  return gauge(all().webhook_success_ratio.at({window}));
}

gauge certificate_expiry() {
  return gauge(all().certificate_expiry.at({"public"}));
}

gauge alerts_firing(std::string_view severity) {
  return gauge(all().alerts_firing.at({severity}));
}

counter alert_messages(std::string_view outcome) {
  return counter(all().alert_messages.at({outcome}));
}

gauge webhooks(std::string_view state) {
  return gauge(all().webhooks.at({state}));
}

counter cache_requests(std::string_view result) {
  return counter(all().cache_requests.at({result}));
}

gauge sse_connections() {
  return gauge(all().sse_connections.at({}));
}

counter sse_dropped(std::string_view reason) {
  return counter(all().sse_dropped.at({reason}));
}

counter graphql_requests(std::string_view purpose, std::string_view outcome) {
  return counter(all().graphql_requests.at({purpose, outcome}));
}

gauge graphql_budget_tokens() {
  return gauge(all().graphql_budget_tokens.at({}));
}

histogram graphql_wait(std::string_view purpose) {
  return histogram(all().graphql_wait.at({purpose}));
}

counter revalidations(std::string_view target, std::string_view outcome) {
  return counter(all().revalidations.at({target, outcome}));
}

gauge outbox_pending(std::string_view target) {
  return gauge(all().outbox_pending.at({target}));
}

gauge revalidation_circuit_open(std::string_view target) {
  return gauge(all().revalidation_circuit_open.at({target}));
}

histogram propagation() {
  return histogram(all().propagation.at({}));
}

histogram store_commit() {
  return histogram(all().store_commit.at({}));
}

histogram store_commit_entries() {
  return histogram(all().store_commit_entries.at({}));
}

gauge store_up() {
  return gauge(all().store_up.at({}));
}

gauge dead_letters() {
  return gauge(all().dead_letters.at({}));
}

gauge redis_up() {
  return gauge(all().redis_up.at({}));
}

counter redis_writes() {
  return counter(all().redis_writes.at({}));
}

counter redis_failures() {
  return counter(all().redis_failures.at({}));
}

gauge redis_pending() {
  return gauge(all().redis_pending.at({}));
}

counter http_requests(std::string_view listener, std::string_view route, unsigned status) {
  return counter(all().http_requests.at({listener, route, std::to_string(status)}));
}

gauge http_connections(std::string_view listener) {
  return gauge(all().http_connections.at({listener}));
}

void set_build_info(std::string_view version) {
  all().build_info.at({version}).Set(1);
}

// -- reading ------------------------------------------------------------------

render_hook::render_hook(std::function<void()> refresh) {
  hook_list& list = hooks();
  const std::lock_guard lock(list.mutex);
  id_ = list.next++;
  list.refresh.emplace(id_, std::move(refresh));
}

render_hook::~render_hook() {
  hook_list& list = hooks();
  const std::lock_guard lock(list.mutex);
  list.refresh.erase(id_);
}

std::string render() {
  hook_list& list = hooks();
  const std::lock_guard one_at_a_time(list.mutex);
  for (const auto& [id, refresh] : list.refresh)
    refresh();
  refresh_own(all());
  return prometheus::TextSerializer().Serialize(all().collect());
}

snapshot take_snapshot() {
  hook_list& list = hooks();
  const std::lock_guard one_at_a_time(list.mutex);
  for (const auto& [id, refresh] : list.refresh)
    refresh();
  snapshot taken;
  for (const auto& family : all().collect()) {
    auto& members = taken.families[family.name];
    for (const auto& each : family.metric)
      members.push_back(read_series(family.type, each));
  }
  return taken;
}

} // namespace ankkor::metrics
