#include "api/admin/figures.hpp"

#include <algorithm>
#include <cmath>

namespace ankkor::api {

namespace {

std::uint64_t whole(double value) {
  return value > 0 ? static_cast<std::uint64_t>(std::llround(value)) : 0;
}

metrics::distribution only(const metrics::snapshot& from, std::string_view name) {
  const auto& all = from.of(name);
  return all.empty() ? metrics::distribution{} : all.front().observed;
}

// Seconds since 1970; nothing while it is 0: there was no such pass.
std::optional<stock::moment> moment_of(double seconds) {
  if (seconds <= 0)
    return std::nullopt;
  return stock::moment{
    std::chrono::duration_cast<stock::moment::duration>(std::chrono::duration<double>{seconds})};
}

void count_deliveries(figures& into, const metrics::snapshot& from) {
  for (const auto& each : from.of("ankkor_webhook_deliveries_total")) {
    const auto outcome = each.label("outcome");
    const auto found = std::find(delivery_kind_names.begin(), delivery_kind_names.end(), outcome);
    const bool is_refused = outcome == "malformed" || outcome == "too_large";
    if (found == delivery_kind_names.end() && !is_refused)
      continue;
    const auto kind = is_refused ? static_cast<std::size_t>(delivery_kind::refused)
                                 : static_cast<std::size_t>(found - delivery_kind_names.begin());
    into.deliveries[kind] += whole(each.value);
    if (outcome == "unauthorized" && each.label("topic") != "other")
      into.unauthorized_known += whole(each.value);
  }
}

void count_targets(figures& into, const metrics::snapshot& from,
                   const actors::engine_status& engine) {
  constexpr auto calls = "ankkor_revalidations_total";
  for (const auto& target : engine.targets) {
    auto made = target_figures{};
    made.name = target.name;
    made.format = target.format;
    made.pending = target.pending;
    made.circuit_open = target.circuit_open;
    made.delivered = whole(from.total(calls, {{"target", made.name}, {"outcome", "delivered"}}));
    made.failed = whole(from.total(calls, {{"target", made.name}, {"outcome", "failed"}}));
    made.given_up = whole(from.total(calls, {{"target", made.name}, {"outcome", "given_up"}}));
    into.targets.push_back(std::move(made));
  }
}

void count_reads(figures& into, const metrics::snapshot& from) {
  constexpr auto reads = "ankkor_cache_requests_total";
  into.hits = whole(from.total(reads, {{"result", "hit"}}));
  into.misses = whole(from.total(reads, {{"result", "miss"}}));
  into.stale_reads = whole(from.total(reads, {{"result", "stale"}}));
  into.negative_reads = whole(from.total(reads, {{"result", "negative"}}));
}

} // namespace

std::uint64_t figures::delivered() const {
  return of(delivery_kind::applied) + of(delivery_kind::unchanged) + of(delivery_kind::stale) +
         of(delivery_kind::queued);
}

std::uint64_t figures::verified() const {
  return delivered() + of(delivery_kind::duplicate) + of(delivery_kind::ignored) +
         of(delivery_kind::unusable) + of(delivery_kind::unavailable);
}

std::uint64_t figures::outbox() const {
  std::uint64_t sum = 0;
  for (const auto& target : targets)
    sum += target.pending;
  return sum;
}

figures read_figures(const metrics::snapshot& from, const actors::engine_status& engine,
                     stock::moment now) {
  auto made = figures{};
  made.at = now;
  count_deliveries(made, from);
  count_targets(made, from, engine);
  count_reads(made, from);
  made.missed = whole(from.total("ankkor_webhook_missed_total"));
  made.drift = whole(from.total("ankkor_reconcile_drift_total"));
  made.answers = only(from, "ankkor_webhook_duration_seconds");
  made.propagation = only(from, "ankkor_propagation_seconds");
  made.commits = only(from, "ankkor_store_commit_seconds");
  made.budget_tokens = from.total("ankkor_graphql_budget_tokens");
  made.requests = whole(from.total("ankkor_graphql_requests_total"));
  made.requests_failed =
    made.requests - whole(from.total("ankkor_graphql_requests_total", {{"outcome", "ok"}}));
  made.dead_letters = made.of(delivery_kind::unusable);
  for (const auto& target : made.targets)
    made.dead_letters += target.given_up;
  if (const auto& webhooks = from.of("ankkor_webhooks"); !webhooks.empty())
    made.webhooks_not_active = whole(from.total("ankkor_webhooks")) -
                               whole(from.total("ankkor_webhooks", {{"state", "active"}}));
  made.store_up = engine.store_up;
  if (engine.mirror)
    made.redis_up = engine.mirror->up;
  constexpr auto success = "ankkor_reconcile_last_success_timestamp_seconds";
  made.incremental_success = moment_of(from.total(success, {{"kind", "incremental"}}));
  made.scrub_success = moment_of(from.total(success, {{"kind", "scrub"}}));
  return made;
}

} // namespace ankkor::api
