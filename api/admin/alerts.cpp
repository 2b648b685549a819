#include "api/admin/alerts.hpp"

#include "net/stock_json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ankkor::api {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto past_kept = hours{1};
constexpr auto past_every = seconds{30};
constexpr auto day_kept = hours{24};
constexpr auto day_every = minutes{10};

std::string in_words(seconds span) {
  if (span >= hours{48})
    return fmt::format("{} days", std::chrono::floor<std::chrono::days>(span).count());
  if (span >= hours{2})
    return fmt::format("{} hours", std::chrono::floor<hours>(span).count());
  if (span >= minutes{2})
    return fmt::format("{} minutes", std::chrono::floor<minutes>(span).count());
  return fmt::format("{} seconds", span.count());
}

std::string times(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

seconds age(stock::moment now, stock::moment then) {
  return std::max(seconds{0}, std::chrono::floor<seconds>(now - then));
}

std::uint64_t grown_since(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

const alert_kind* kind_named(std::string_view name) {
  const auto& all = alert_kinds();
  return &*std::find_if(all.begin(), all.end(),
                        [&](const auto& each) { return each.name == name; });
}

const target_figures* same_target(const figures& of, const std::string& name) {
  const auto found = std::find_if(of.targets.begin(), of.targets.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == of.targets.end() ? nullptr : &*found;
}

} // namespace

std::string_view to_string(severity value) noexcept {
  return value == severity::critical ? "critical" : "warning";
}

std::string_view to_string(alert_area value) noexcept {
  constexpr std::array<std::string_view, 5> names{"copy", "webhooks", "storefront", "budget",
                                                  "service"};
  return names[static_cast<std::size_t>(value)];
}

const std::vector<alert_kind>& alert_kinds() {
  using enum alert_area;
  using enum severity;
  static const auto all = std::vector<alert_kind>{
    {"WebhookDisabled", webhooks, critical, seconds{0},
     "Set it to Active under WooCommerce > Settings > Advanced > Webhooks."},
    {"WebhooksFailing", webhooks, critical, seconds{0},
     "WooCommerce disables a webhook on its seventh failure in a row. Find out why the store "
     "can't commit: the log says it, and /readyz."},
    {"WebhooksUnauthorized", webhooks, warning, seconds{0},
     "Compare the secret of each webhook (WooCommerce > Settings > Advanced > Webhooks) with "
     "WOOCOMMERCE_WEBHOOK_SECRET."},
    {"WebhooksSilent", webhooks, warning, seconds{0},
     "Look whether the webhooks are active, and whether WP-Cron runs "
     "(WooCommerce > Status > Scheduled Actions)."},
    {"WebhooksMissed", webhooks, warning, seconds{0},
     "Look at the webhooks' delivery logs (WooCommerce > Status > Logs)."},
    {"WebhookAnswersSlow", webhooks, warning, minutes{10},
     "WooCommerce waits for each answer before it sends the next delivery. Look at the store's "
     "commit time and at the machine's disk and CPU."},
    {"ReconciliationLate", copy, critical, seconds{0},
     "Run `ankkor reconcile`: it says why WooCommerce can't be read."},
    {"FullReconciliationLate", copy, warning, seconds{0},
     "Run `ankkor reconcile --full`. If it is never done in time, raise ANKKOR_GRAPHQL_BUDGET or "
     "ANKKOR_SCRUB_INTERVAL."},
    {"BudgetExhausted", budget, warning, minutes{15},
     "Raise ANKKOR_GRAPHQL_BUDGET if the shop's server can take it, or look in the metric "
     "ankkor_graphql_requests_total for what uses it up."},
    {"TargetNotAcknowledging", storefront, critical, minutes{10},
     "The log says what the target answers. Check its URL and its secret, and that its route for "
     "revalidation is deployed."},
    {"DeadLetters", service, warning, seconds{0},
     "Open them in the dashboard, fix the cause that each names, then retry or discard them."},
    {"StoreDown", copy, critical, minutes{1},
     "Make room on the disk, or bring Redis back. ankkor tries again every second and goes on by "
     "itself."},
    {"StoreSlow", copy, warning, minutes{10},
     "Look at the disk (or at Redis): deliveries are answered only once they are committed."},
    {"RedisMirrorDown", service, warning, minutes{5},
     "Bring Redis back, or correct REDIS_URL. The mirror is repaired by itself."},
    {"CertificateExpiring", service, warning, seconds{0},
     "Renew the certificate in ANKKOR_TLS_CERT. Once it has expired, WooCommerce can't deliver."},
  };
  return all;
}

alert_board::alert_board(alert_thresholds limits, stock::moment started)
  : limits_(limits), started_(started) {}

const figures& alert_board::before(const figures& now, seconds window) const {
  const auto& from = window > past_kept ? day_ : past_;
  const figures* found = nullptr;
  for (const auto& each : from) {
    if (found == nullptr || now.at - each.at >= window)
      found = &each;
  }
  return found == nullptr ? now : *found;
}

void alert_board::remember(const figures& now) {
  const auto keep = [&](std::deque<figures>& in, seconds every, seconds for_long) {
    if (in.empty() || now.at - in.back().at >= every)
      in.push_back(now);
    while (in.size() > 1 && now.at - in[1].at >= for_long)
      in.pop_front();
  };
  keep(past_, past_every, past_kept);
  keep(day_, day_every, day_kept);
}

void alert_board::find_webhooks(std::vector<finding>& into, const figures& now) const {
  const auto& recent = before(now, minutes{10});
  if (now.webhooks_not_active && *now.webhooks_not_active > 0)
    into.push_back({"WebhookDisabled", "",
                    fmt::format("{} not active in WooCommerce.",
                                times(*now.webhooks_not_active, "webhook is", "webhooks are"))});
  if (const auto failed =
        grown_since(now.of(delivery_kind::unavailable), recent.of(delivery_kind::unavailable)))
    into.push_back({"WebhooksFailing", "",
                    fmt::format("{} answered 503 in the last 10 minutes.",
                                times(failed, "delivery was", "deliveries were"))});
  if (const auto refused = grown_since(now.unauthorized_known, recent.unauthorized_known);
      refused >= limits_.unauthorized_min)
    into.push_back({"WebhooksUnauthorized", "",
                    fmt::format("{} without a valid signature came in the last 10 minutes.",
                                times(refused, "webhook", "webhooks"))});
  const auto quiet = age(now.at, last_delivery_.value_or(started_));
  if (quiet >= limits_.silence_max)
    into.push_back({"WebhooksSilent", "",
                    fmt::format("WooCommerce has delivered nothing for {}.", in_words(quiet))});
  const auto& yesterday = before(now, day_kept);
  const auto missed = grown_since(now.missed, yesterday.missed);
  const auto delivered = grown_since(now.delivered(), yesterday.delivered());
  const auto all = static_cast<double>(missed + delivered);
  if (missed >= limits_.missed_min && static_cast<double>(missed) > limits_.missed_share_max * all)
    into.push_back({"WebhooksMissed", "",
                    fmt::format("Reconciliation found {} in the last day that no webhook told of; "
                                "{} came.",
                                times(missed, "change", "changes"),
                                times(delivered, "delivery", "deliveries"))});
  const auto slowest = now.answers.since(before(now, minutes{5}).answers).quantile(0.99);
  if (slowest && *slowest > limits_.answer_seconds_max)
    into.push_back(
      {"WebhookAnswersSlow", "",
       fmt::format("1 % of the deliveries wait {:.1f} s or longer for an answer.", *slowest)});
}

void alert_board::find_copy(std::vector<finding>& into, const figures& now) const {
  const auto late = [&](std::string_view kind, const std::optional<stock::moment>& success,
                        seconds max, std::string_view what) {
    const auto since = age(now.at, std::max(success.value_or(started_), started_));
    if (since > max)
      into.push_back(
        {kind, "", fmt::format("{} has not been completed for {}.", what, in_words(since))});
  };
  late("ReconciliationLate", now.incremental_success, limits_.incremental_age_max,
       "An incremental reconciliation");
  late("FullReconciliationLate", now.scrub_success, limits_.scrub_age_max, "A full reconciliation");
  if (!now.store_up)
    into.push_back({"StoreDown", "", "The store takes no commits, so webhooks are answered 503."});
  const auto commits = now.commits.since(before(now, minutes{5}).commits).quantile(0.99);
  if (commits && *commits > limits_.commit_seconds_max)
    into.push_back(
      {"StoreSlow", "", fmt::format("1 % of the commits take {:.1f} s or longer.", *commits)});
  if (now.budget_tokens < 1)
    into.push_back({"BudgetExhausted", "",
                    "The budget of requests to WooCommerce is used up; requests have to wait."});
}

void alert_board::find_targets(std::vector<finding>& into, const figures& now) const {
  for (const auto& target : now.targets) {
    const auto* recent = same_target(before(now, minutes{15}), target.name);
    const auto delivered =
      recent == nullptr ? target.delivered : grown_since(target.delivered, recent->delivered);
    const bool is_stuck = target.pending > 0 && delivered == 0 && recent != nullptr &&
                          recent->pending > 0 && age(now.at, started_) >= minutes{15};
    if (target.circuit_open || is_stuck)
      into.push_back({"TargetNotAcknowledging", target.name,
                      fmt::format("{} does not acknowledge changes; {} pending.", target.name,
                                  times(target.pending, "product is", "products are"))});
  }
}

void alert_board::find_service(std::vector<finding>& into, const figures& now) const {
  if (const auto dead = grown_since(now.dead_letters, before(now, past_kept).dead_letters))
    into.push_back({"DeadLetters", "",
                    fmt::format("{} in the last hour.",
                                times(dead, "dead letter was added", "dead letters were added"))});
  if (now.redis_up && !*now.redis_up)
    into.push_back({"RedisMirrorDown", "", "Redis takes no mirrored products."});
  if (now.certificate_expires && *now.certificate_expires - now.at < limits_.certificate_left_min) {
    const auto at = std::chrono::floor<seconds>(*now.certificate_expires);
    into.push_back({"CertificateExpiring", "",
                    fmt::format("The public listener's certificate {} at {}.",
                                *now.certificate_expires > now.at ? "expires" : "expired",
                                net::render_time(at))});
  }
}

std::vector<alert_board::finding> alert_board::find(const figures& now) const {
  auto found = std::vector<finding>{};
  find_webhooks(found, now);
  find_copy(found, now);
  find_targets(found, now);
  find_service(found, now);
  return found;
}

std::vector<alert_change> alert_board::judge(const figures& now) {
  if (const auto verified = now.verified(); verified > verified_) {
    verified_ = verified;
    last_delivery_ = now.at;
  }
  auto changes = std::vector<alert_change>{};
  for (auto& each : find(now)) {
    const auto* kind = kind_named(each.kind);
    auto& at = entries_[{kind->name, each.subject}];
    if (at.what.kind == nullptr) {
      at.what.kind = kind;
      at.what.subject = std::move(each.subject);
      at.what.since = now.at;
    }
    at.what.summary = std::move(each.summary);
    at.seen = now.at;
    if (!at.fires && now.at - at.what.since >= kind->hold) {
      at.fires = true;
      changes.push_back({at.what, false, now.at});
    }
  }
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool holds = at->second.seen == now.at;
    const bool stays = at->second.fires && now.at - at->second.seen < resolve_after;
    if (holds || stays) {
      ++at;
      continue;
    }
    if (at->second.fires)
      changes.push_back({at->second.what, true, now.at});
    at = entries_.erase(at);
  }
  remember(now);
  return changes;
}

std::vector<alert> alert_board::firing() const {
  auto all = std::vector<alert>{};
  for (const auto& [key, each] : entries_) {
    if (each.fires)
      all.push_back(each.what);
  }
  std::stable_sort(all.begin(), all.end(), [](const alert& a, const alert& b) {
    return std::pair{b.kind->level, a.since} < std::pair{a.kind->level, b.since};
  });
  return all;
}

void alert_board::write(json::writer& out) const {
  out.begin_array();
  for (const auto& each : firing()) {
    out.begin_object()
      .field("name", each.kind->name)
      .field("subject", each.subject)
      .field("severity", to_string(each.kind->level))
      .field("area", to_string(each.kind->area))
      .field("summary", each.summary)
      .field("fix", each.kind->fix)
      .field("since", net::render_time(std::chrono::floor<seconds>(each.since)))
      .end_object();
  }
  out.end_array();
}

} // namespace ankkor::api
