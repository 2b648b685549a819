#include "bench/load/report.hpp"

#include "base/json.hpp"

#include <algorithm>

namespace ankkor::load {

namespace {

constexpr std::size_t shown_wrong_max = 20;

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

template <class Counts>
void write_counts(json::writer& out, std::string_view name, const Counts& counts) {
  out.key(name).begin_array();
  for (const auto& [what, count] : counts)
    out.begin_object().field("what", what).field("count", count).end_object();
  out.end_array();
}

void write_cpu(json::writer& out, double took, double own, const cpu_times& times) {
  out.field("seconds", took).field("own_cpu_seconds", own);
  out.key("cpu").begin_array();
  for (const auto& [program, seconds] : times)
    out.begin_object().field("program", program).field("seconds", seconds).end_object();
  out.end_array();
}

void write_histogram(json::writer& out, std::string_view name, const histogram& what) {
  out.key(name).begin_object().field("count", what.count());
  out.field("mean_ms", milliseconds(what.mean())).field("max_ms", milliseconds(what.max()));
  out.key("quantiles").begin_array();
  for (const auto share : shown_quantiles) {
    out.begin_object().field("share", share);
    out.field("ms", milliseconds(what.quantile(share))).end_object();
  }
  out.end_array().end_object();
}

void write_traffic(json::writer& out, const traffic_report& what, double seconds) {
  std::uint64_t answered = 0;
  for (const auto& [said, count] : what.answers)
    answered += count;
  out.begin_object().field("name", what.name).field("answered", answered);
  out.field("per_second", static_cast<double>(answered) / seconds);
  out.field("unsent", what.unsent).field("failed", what.failed());
  write_counts(out, "answers", what.answers);
  write_counts(out, "errors", what.errors);
  write_histogram(out, "latency", what.latency);
  out.end_object();
}

void write_telling(json::writer& out, const telling& told) {
  out.key("told").begin_object().field("calls", told.calls).field("refused", told.refused);
  out.field("untold", told.untold);
  write_histogram(out, "propagation", told.propagation);
  out.end_object();
}

void write_verification(json::writer& out, const verification& checked) {
  out.key("read_back").begin_object().field("read", checked.read);
  out.field("wrong", checked.wrong.size()).key("found").begin_array();
  for (std::size_t at = 0; at < std::min(checked.wrong.size(), shown_wrong_max); ++at)
    out.value(checked.wrong[at]);
  out.end_array().end_object();
}

} // namespace

bool load_outcome::right() const {
  return std::all_of(
           run.traffic.begin(), run.traffic.end(),
           [](const auto& each) { return each.failed() == 0 && !each.answers.empty(); }) &&
         (!told || (told->untold == 0 && told->refused == 0)) &&
         (!checked || (checked->wrong.empty() && checked->read > 0));
}

std::string render(const load_outcome& outcome) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("right", outcome.right());
  write_cpu(out, outcome.run.took.count(), outcome.run.own_cpu_seconds, outcome.run.cpu);
  out.key("traffic").begin_array();
  for (const auto& each : outcome.run.traffic)
    write_traffic(out, each, outcome.run.took.count());
  out.end_array();
  if (outcome.told)
    write_telling(out, *outcome.told);
  if (outcome.checked)
    write_verification(out, *outcome.checked);
  out.end_object();
  return text;
}

bool right(const stream_report& report) {
  return report.errors.empty() && report.events == report.events_wanted && report.changes > 0;
}

std::string render(const stream_report& report) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("right", right(report));
  write_cpu(out, report.took.count(), report.own_cpu_seconds, report.cpu);
  out.field("opening_seconds", report.opening.count());
  out.field("memory_before", report.memory_before).field("memory_open", report.memory_open);
  out.field("changes", report.changes).field("events_wanted", report.events_wanted);
  out.field("events", report.events);
  write_counts(out, "errors", report.errors);
  write_histogram(out, "each", report.each);
  write_histogram(out, "last", report.last);
  out.end_object();
  return text;
}

} // namespace ankkor::load
