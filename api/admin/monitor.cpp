#include "api/admin/monitor.hpp"

#include "api/admin/certificate.hpp"
#include "api/http.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/stock_json.hpp"

#include <array>
#include <utility>

namespace ankkor::api {

namespace {

constexpr auto certificate_every = std::chrono::minutes{1};
constexpr unsigned retry_after_seconds = 30;

std::string event_text(std::string_view event, const std::string& data) {
  auto text = std::string{"event: "};
  text.append(event).append("\ndata: ").append(data).append("\n\n");
  return text;
}

void write_moment(json::writer& out, std::string_view name,
                  const std::optional<stock::moment>& at) {
  out.key(name);
  if (at)
    out.value(net::render_time(std::chrono::floor<std::chrono::seconds>(*at)));
  else
    out.null();
}

// Prometheus sees no increase where a series begins with its first failure: so they begin with 0.
void declare_failures(const actors::engine_status& engine) {
  constexpr std::array<std::string_view, 5> topics{
    "product.created", "product.updated", "product.deleted", "order.created", "order.updated"};
  for (const auto topic : topics) {
    for (const auto* outcome : {"unavailable", "unauthorized", "unusable"})
      (void)metrics::webhook_deliveries(topic, outcome);
  }
  for (const auto& target : engine.targets)
    (void)metrics::revalidations(target.name, "given_up");
}

} // namespace

monitor::monitor(actors::engine& engine, net::io_pool& pool, monitor_options options)
  : engine_(&engine), pool_(&pool), options_(std::move(options)), search_(engine),
    board_(options_.thresholds, wall_clock()) {}

void monitor::start() {
  declare_failures(engine_->status());
  pool_->post(0, [this] { look(); });
}

void monitor::look() {
  const auto now = wall_clock();
  look_at_certificate(now);
  auto seen = read_figures(metrics::take_snapshot(), engine_->status(), now);
  seen.certificate_expires = certificate_expires_;
  if (seen.verified() > last_.verified())
    last_delivery_ = now;
  series_.add(seen);
  auto changes = std::vector<alert_change>{};
  {
    const std::lock_guard lock{guard_};
    success_.add(seen.delivered(), seen.missed, now);
    changes = board_.judge(seen);
  }
  last_ = std::move(seen);
  set_metrics();
  for (const auto& change : changes) {
    const auto& what = change.what;
    if (change.resolved)
      log::info("An alert is resolved.", {{"alert", what.kind->name}, {"subject", what.subject}});
    else
      log::warning("An alert fires.", {{"alert", what.kind->name},
                                       {"subject", what.subject},
                                       {"severity", to_string(what.kind->level)},
                                       {"summary", what.summary},
                                       {"fix", what.kind->fix}});
    if (options_.raise)
      options_.raise(change);
  }
  tell("glance", render_glance());
  if (series_.size() > 0)
    tell("sample", series_.render_newest());
  pool_->post_after(0, options_.period, [this] { look(); });
}

void monitor::look_at_certificate(stock::moment now) {
  if (options_.certificate_file.empty() || now - certificate_looked_at_ < certificate_every)
    return;
  certificate_looked_at_ = now;
  // A file that can't be read leaves what was known: it may be in the middle of its renewal.
  if (const auto expires = certificate_expiry(options_.certificate_file))
    certificate_expires_ = *expires;
}

void monitor::set_metrics() const {
  for (const auto& [window, hours] : {std::pair{"1h", 1}, std::pair{"1d", 24}}) {
    if (const auto ratio = success_.over(std::chrono::hours{hours}).ratio())
      metrics::webhook_success_ratio(window).set(*ratio);
  }
  if (certificate_expires_)
    metrics::certificate_expiry("public").set(
      std::chrono::duration<double>(certificate_expires_->time_since_epoch()).count());
  auto critical = 0.0;
  auto warning = 0.0;
  for (const auto& each : board_.firing())
    (each.kind->level == severity::critical ? critical : warning) += 1;
  metrics::alerts_firing("critical").set(critical);
  metrics::alerts_firing("warning").set(warning);
}

void monitor::tell(std::string_view event, const std::string& data) {
  if (followers_.empty())
    return;
  const auto text = std::make_shared<const std::string>(event_text(event, data));
  // A stream that ends is removed by its own handler, never from within push().
  for (const auto& each : followers_)
    each->push(text);
}

void monitor::follow(const std::shared_ptr<net::exchange>& exchange) {
  auto head = net::response{};
  head.fields = {{"Content-Type", "text/event-stream"},
                 {"Cache-Control", "no-store"},
                 {"X-Accel-Buffering", "no"}}; // nginx holds back what it proxies, but for this
  if (exchange->req().method == "HEAD") {
    exchange->respond(std::move(head));
    return;
  }
  if (followers_.size() >= streams_max) {
    exchange->respond(
      unavailable("As many dashboards are open as may be: 32.", retry_after_seconds));
    return;
  }
  head.body = "retry: 2000\n" + event_text("glance", render_glance());
  const auto at = followers_.emplace(followers_.end());
  auto handlers = net::stream_handlers{};
  handlers.ended = [this, at](net::stream_end) { followers_.erase(at); };
  *at = exchange->start_stream(std::move(head), std::move(handlers));
  if (!*at)
    followers_.erase(at);
}

bool monitor::answer(std::string_view what, const std::shared_ptr<net::exchange>& exchange) {
  if (what == "events") {
    follow(exchange);
  } else if (what == "series") {
    exchange->respond(json_response(200, series_.render()));
  } else if (what == "alerts") {
    auto body = std::string{};
    auto out = json::writer{body};
    out.begin_object().key("alerts");
    board_.write(out);
    out.end_object();
    exchange->respond(json_response(200, std::move(body)));
  } else if (what == "search") {
    search_.answer(exchange);
  } else {
    return false;
  }
  return true;
}

void monitor::write_status(json::writer& out) const {
  const std::lock_guard lock{guard_};
  out.key("alerts");
  board_.write(out);
  out.key("webhookSuccess").begin_object();
  success_.write(out);
  out.end_object();
}

std::string monitor::render_glance() const {
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field(
    "at", net::render_time(std::chrono::floor<std::chrono::seconds>(wall_clock())));
  out.field("storeUp", last_.store_up);
  out.key("products")
    .begin_object()
    .field("held", engine_->products().products())
    .field("variations", engine_->products().variations())
    .end_object();
  write_moment(out, "lastDelivery", last_delivery_);
  out.key("reconciliation").begin_object();
  write_moment(out, "incremental", last_.incremental_success);
  write_moment(out, "full", last_.scrub_success);
  out.field("fixed", last_.drift).end_object();
  out.key("budget")
    .begin_object()
    .field("tokens", last_.budget_tokens)
    .field("burst", options_.budget_burst)
    .field("perMinute", options_.budget_per_minute)
    .end_object();
  if (last_.redis_up)
    out.field("redisUp", *last_.redis_up);
  out.key("targets").begin_array();
  for (const auto& target : last_.targets) {
    out.begin_object()
      .field("target", target.name)
      .field("format", target.format)
      .field("pending", target.pending)
      .field("delivered", target.delivered)
      .field("failed", target.failed)
      .field("givenUp", target.given_up)
      .field("circuitOpen", target.circuit_open)
      .end_object();
  }
  out.end_array();
  write_status(out);
  out.end_object();
  return body;
}

} // namespace ankkor::api
