#include "api/admin/series.hpp"

#include "base/json.hpp"

#include <algorithm>

namespace ankkor::api {

namespace {

// A counter starts anew with the process only, so it never falls; cut at 0 all the same.
double grown(std::uint64_t now, std::uint64_t before) {
  return now > before ? static_cast<double>(now - before) : 0;
}

double milliseconds_since_1970(stock::moment at) {
  return static_cast<double>(
    std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count());
}

} // namespace

const std::array<series_ring::column, series_ring::column_count>& series_ring::columns() {
  static constexpr auto all = [] {
    auto made = std::array<column, column_count>{};
    std::size_t next = 0;
    for (const auto name : delivery_kind_names)
      made[next++] = {"deliveries", name};
    made[next++] = {"propagation", "p50"};
    made[next++] = {"propagation", "p99"};
    made[next++] = {"answers", "p99"};
    made[next++] = {"reads", "hit"};
    made[next++] = {"reads", "miss"};
    made[next++] = {"reads", "stale"};
    made[next++] = {"reads", "negative"};
    made[next++] = {"budget", "tokens"};
    made[next++] = {"budget", "requests"};
    made[next++] = {"outbox", "pending"};
    made[next++] = {"reconciliation", "fixed"};
    made[next++] = {"reconciliation", "missed"};
    return made;
  }();
  return all;
}

void series_ring::add(const figures& now) {
  while (observed_.size() > 1 && observed_[1].at <= now.at - quantile_window)
    observed_.pop_front();
  auto made = point{};
  made.at = now.at;
  if (last_) {
    const auto& then = observed_.front();
    const auto propagation = now.propagation.since(then.propagation);
    const auto answers = now.answers.since(then.answers);
    std::size_t next = 0;
    for (std::size_t kind = 0; kind < delivery_kind_names.size(); ++kind)
      made.values[next++] = grown(now.deliveries[kind], last_->deliveries[kind]);
    made.values[next++] = propagation.quantile(0.5);
    made.values[next++] = propagation.quantile(0.99);
    made.values[next++] = answers.quantile(0.99);
    made.values[next++] = grown(now.hits, last_->hits);
    made.values[next++] = grown(now.misses, last_->misses);
    made.values[next++] = grown(now.stale_reads, last_->stale_reads);
    made.values[next++] = grown(now.negative_reads, last_->negative_reads);
    made.values[next++] = now.budget_tokens;
    made.values[next++] = grown(now.requests, last_->requests);
    made.values[next++] = static_cast<double>(now.outbox());
    made.values[next++] = grown(now.drift, last_->drift);
    made.values[next++] = grown(now.missed, last_->missed);
    points_.push_back(made);
  }
  if (points_.size() > points_max)
    points_.pop_front();
  observed_.push_back({now.at, now.propagation, now.answers});
  last_ = now;
}

std::string series_ring::render() const {
  return render_from(0);
}

std::string series_ring::render_newest() const {
  return render_from(points_.empty() ? 0 : points_.size() - 1);
}

std::string series_ring::render_from(std::size_t first) const {
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("periodSeconds", period.count());
  out.key("at").begin_array();
  for (std::size_t at = first; at < points_.size(); ++at)
    out.value(milliseconds_since_1970(points_[at].at));
  out.end_array();
  auto group = std::string_view{};
  for (std::size_t each = 0; each < column_count; ++each) {
    const auto& line = columns()[each];
    if (line.group != group) {
      if (!group.empty())
        out.end_object();
      out.key(line.group).begin_object();
      group = line.group;
    }
    out.key(line.name).begin_array();
    for (std::size_t at = first; at < points_.size(); ++at) {
      if (const auto& value = points_[at].values[each])
        out.value(*value);
      else
        out.null();
    }
    out.end_array();
  }
  out.end_object().end_object();
  return body;
}

} // namespace ankkor::api
