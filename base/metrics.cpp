// The declared metrics on prometheus-cpp.
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
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <variant>

namespace ankkor::metrics {

namespace {

// Label combinations one metric may have; what comes after is counted as "other" (I6).
constexpr std::size_t series_max = 256;

using label_values = std::span<const std::string_view>;
using known_values = std::vector<std::vector<std::string_view>>; // of each label

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end != 0)
      out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::size_t labels_of(const declaration& what) {
  return static_cast<std::size_t>(std::count_if(
    what.labels.begin(), what.labels.end(), [](const label& each) { return !each.name.empty(); }));
}

known_values known_of(const declaration& what) {
  known_values out;
  for (std::size_t i = 0; i < labels_of(what); ++i)
    out.push_back(words(what.labels.at(i).values));
  return out;
}

// Calls `use` for every combination of the known values that is met.
template <class Use>
void for_each_combination(const declaration& what, const known_values& known, Use use) {
  std::vector<std::string_view> values(known.size());
  const auto go_on = [&](const auto& self, std::size_t at) -> void {
    if (at == known.size()) {
      if (what.met == nullptr || what.met(values.at(0), values.at(1)))
        use(label_values(values));
      return;
    }
    for (const std::string_view value : known[at]) {
      values[at] = value;
      self(self, at + 1);
    }
  };
  go_on(go_on, 0);
}

// Declared metrics in order; appended to before main, by their constructors.
constinit const family_base* first = nullptr;
constinit family_base* last = nullptr;

} // namespace

// One metric: its series by label values, found without prometheus-cpp's own slower look-up.
struct family_base::implementation {
  using any_family =
    std::variant<prometheus::Family<prometheus::Counter>*, prometheus::Family<prometheus::Gauge>*,
                 prometheus::Family<prometheus::Histogram>*>;

  implementation(const family_base& base, any_family made)
    : what(base.declared()), labels(labels_of(what)), known(known_of(what)), family(made) {}

  template <class T>
  T& at(label_values values) {
    if (labels == 0 && sole.load(std::memory_order_acquire) != nullptr)
      return *static_cast<T*>(sole.load(std::memory_order_acquire));
    thread_local std::string key;
    key.clear();
    for (std::size_t i = 0; i < values.size(); ++i)
      key.append(taken(i, values[i])) += '\0';
    {
      const std::shared_lock shared(mutex);
      if (const auto found = series.find(key); found != series.end())
        return *static_cast<T*>(found->second);
    }
    const std::unique_lock alone(mutex);
    const bool full = series.size() >= series_max;
    T& made = make<T>(values, full);
    if (!full)
      series.emplace(key, &made);
    if (labels == 0)
      sole.store(&made, std::memory_order_release);
    return made;
  }

  // Shows the series with the values that are known.
  void show(const known_values& all) {
    for_each_combination(what, all, [this](label_values values) {
      if (std::holds_alternative<prometheus::Family<prometheus::Counter>*>(family))
        (void)at<prometheus::Counter>(values);
      else if (std::holds_alternative<prometheus::Family<prometheus::Gauge>*>(family))
        (void)at<prometheus::Gauge>(values);
      else
        (void)at<prometheus::Histogram>(values);
    });
  }

  // A closed label takes what it lists, and "other".
  [[nodiscard]] std::string_view taken(std::size_t label_at, std::string_view value) const {
    if (label_at >= labels || !what.labels.at(label_at).closed)
      return value;
    const auto& listed = known[label_at];
    return std::find(listed.begin(), listed.end(), value) == listed.end() ? "other" : value;
  }

  // Answers the one that is there already for the same labels.
  template <class T>
  T& make(label_values values, bool all_other) {
    prometheus::Labels named;
    for (std::size_t i = 0; i < labels; ++i)
      named.emplace(std::string(what.labels.at(i).name),
                    all_other ? "other" : std::string(taken(i, values[i])));
    auto& into = *std::get<prometheus::Family<T>*>(family);
    if constexpr (std::is_same_v<T, prometheus::Histogram>)
      return into.Add(
        named, prometheus::Histogram::BucketBoundaries(what.buckets.begin(), what.buckets.end()));
    else
      return into.Add(named);
  }

  const declaration& what;
  const std::size_t labels;
  const known_values known;
  const any_family family;
  std::shared_mutex mutex; // of `series`
  std::unordered_map<std::string, void*, keyed_hash> series;
  std::atomic<void*> sole{nullptr}; // of a metric without labels
};

// Gets at what a declared metric is made of.
struct family_access {
  static family_base::implementation& of(const family_base& which) {
    if (auto* const made = which.made_.load(std::memory_order_acquire))
      return *made;
    return make(which);
  }

  static prometheus::Registry& registry() {
    static prometheus::Registry& it = *new prometheus::Registry; // handles are valid for ever
    return it;
  }

private:
  static family_base::implementation& make(const family_base& which) {
    static std::mutex& one_at_a_time = *new std::mutex;
    const std::lock_guard lock(one_at_a_time);
    if (auto* const made = which.made_.load(std::memory_order_acquire))
      return *made;
    auto* const made = new family_base::implementation(which, add_family(which));
    const auto& what = which.declared();
    if (what.shown == presence::from_the_start)
      made->show(made->known);
    which.made_.store(made, std::memory_order_release);
    return *made;
  }

  static family_base::implementation::any_family add_family(const family_base& which) {
    const std::string name(which.declared().name);
    const std::string help(which.declared().help);
    switch (which.of()) {
    case kind::counter:
      return &prometheus::BuildCounter().Name(name).Help(help).Register(registry());
    case kind::gauge:
      return &prometheus::BuildGauge().Name(name).Help(help).Register(registry());
    case kind::histogram:
      break;
    }
    return &prometheus::BuildHistogram().Name(name).Help(help).Register(registry());
  }
};

family_base::family_base(kind of, const declaration& what) noexcept : declared_(what), of_(of) {
  (last == nullptr ? first : last->next_) = this;
  last = this;
}

prometheus::Counter& family_base::counter_at(label_values values) const {
  return family_access::of(*this).at<prometheus::Counter>(values);
}

prometheus::Gauge& family_base::gauge_at(label_values values) const {
  return family_access::of(*this).at<prometheus::Gauge>(values);
}

prometheus::Histogram& family_base::histogram_at(label_values values) const {
  return family_access::of(*this).at<prometheus::Histogram>(values);
}

namespace {

struct hook_list {
  std::mutex mutex;
  std::uint64_t next = 0;
  std::map<std::uint64_t, std::function<void()>> refresh;
};

hook_list& hooks() {
  static hook_list& list = *new hook_list;
  return list;
}

void refresh_own() {
  const process_figures process = read_process_figures();
  process_cpu().raise_to(process.cpu_seconds);
  process_resident().set(static_cast<double>(process.resident_bytes));
  process_open_fds().set(static_cast<double>(process.open_fds));
  process_fds_max().set(static_cast<double>(process.fds_max));
  process_threads().set(static_cast<double>(process.threads));
  process_start_time().set(process.start_time_seconds);
  log_dropped().raise_to(static_cast<double>(log::dropped()));
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

// All of them, after the hooks have run.
std::vector<prometheus::MetricFamily> collect() {
  hook_list& list = hooks();
  const std::lock_guard one_at_a_time(list.mutex);
  for (const family_base* each = first; each != nullptr; each = each->next())
    (void)family_access::of(*each);
  for (const auto& [id, refresh] : list.refresh)
    refresh();
  refresh_own();
  return family_access::registry().Collect();
}

} // namespace

// -- handles --------------------------------------------------------------------

void counter::add(std::uint64_t n) noexcept {
  it_->Increment(static_cast<double>(n));
}

std::uint64_t counter::value() const noexcept {
  return static_cast<std::uint64_t>(it_->Value());
}

void counter::raise_to(double total) noexcept {
  if (total > it_->Value())
    it_->Increment(total - it_->Value());
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

// -- reading --------------------------------------------------------------------

bool is_outcome_of(std::string_view topic, std::string_view outcome) noexcept {
  const auto is_one_of = [&](std::initializer_list<std::string_view> some) {
    return std::find(some.begin(), some.end(), outcome) != some.end();
  };
  if (topic == "ping")
    return outcome == "pong";
  if (topic == "other")
    return is_one_of(
      {"ignored", "unauthorized", "unavailable", "duplicate", "too_large", "malformed"});
  if (is_one_of({"queued", "duplicate", "unusable", "unauthorized", "unavailable"}))
    return true;
  // An order and a deletion are only hints: what they change is decided by what is read then.
  return topic.starts_with("product.") && topic != "product.deleted" &&
         is_one_of({"applied", "unchanged", "stale"});
}

const family_base* first_declared() noexcept {
  return first;
}

void expect(std::string_view label_name, const std::vector<std::string>& values) {
  for (const family_base* each = first; each != nullptr; each = each->next()) {
    auto& made = family_access::of(*each);
    auto known = made.known;
    for (std::size_t i = 0; i < made.labels; ++i)
      if (made.what.labels.at(i).name == label_name) {
        known[i].assign(values.begin(), values.end());
        made.show(known);
      }
  }
}

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
  return prometheus::TextSerializer().Serialize(collect());
}

snapshot take_snapshot() {
  snapshot taken;
  for (const auto& family : collect()) {
    auto& members = taken.families[family.name];
    for (const auto& each : family.metric)
      members.push_back(read_series(family.type, each));
  }
  return taken;
}

// -- docs/metrics.md ------------------------------------------------------------

std::string docs_markdown() {
  std::string out = "<!-- Generated from base/metrics.hpp; a test checks that it is what the "
                    "declarations say. -->\n\n"
                    "# Metrics\n\n"
                    "`GET /metrics` on the admin listener answers in Prometheus's text format. A "
                    "series whose labels are known is\n"
                    "there from the start, with 0, so that a rate or an alert needs no first "
                    "event. Metrics of the mirror in Redis\n"
                    "are absent where nothing is mirrored. [Alerts](operations.md#metrics) says "
                    "which of them to watch.\n\n"
                    "| metric | kind | labels | |\n| --- | --- | --- | --- |\n";
  for (const family_base* each = first; each != nullptr; each = each->next()) {
    const declaration& what = each->declared();
    constexpr std::array<std::string_view, 3> kinds{"counter", "gauge", "histogram"};
    std::string labels;
    for (std::size_t i = 0; i < labels_of(what); ++i) {
      const label& one = what.labels.at(i);
      labels.append(labels.empty() ? "" : "<br>").append("`").append(one.name).append("`: ");
      labels.append(one.meaning);
    }
    out.append("| `").append(what.name).append("` | ");
    out.append(kinds.at(static_cast<std::size_t>(each->of()))).append(" | ").append(labels);
    out.append(labels.empty() ? "| " : " | ").append(what.help).append(" |\n");
  }
  return out;
}

} // namespace ankkor::metrics
