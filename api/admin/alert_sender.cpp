#include "api/admin/alert_sender.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/stock_json.hpp"
#include "net/targets/purge_formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ankkor::api {

namespace {

constexpr std::size_t discord_bytes_max = 1'900; // of 2,000 characters that a message may have
constexpr unsigned gone = 410;                   // Standard Webhooks: send no more of it

std::chrono::sys_seconds whole_seconds(stock::moment at) {
  return std::chrono::floor<std::chrono::seconds>(at);
}

std::string headline(const alert_change& what) {
  const auto& kind = *what.what.kind;
  const std::string_view word = what.resolved                      ? "Resolved"
                                : kind.level == severity::critical ? "Critical"
                                                                   : "Warning";
  return fmt::format("{}: {}", word, what.what.summary);
}

// What follows the headline: what to do, and where it comes from.
std::string details(const alert_target& target, const alert_change& what) {
  const auto origin = fmt::format("ankkor, {}, {}", what.what.kind->name, target.shop);
  return what.resolved ? origin : fmt::format("{}\n{}", what.what.kind->fix, origin);
}

// Slack's three characters with a meaning of their own.
std::string slack_escaped(std::string_view text) {
  auto made = std::string{};
  for (const char each : text) {
    if (each == '&')
      made += "&amp;";
    else if (each == '<')
      made += "&lt;";
    else if (each == '>')
      made += "&gt;";
    else
      made += each;
  }
  return made;
}

std::string webhook_body(const alert_target& target, const alert_change& what) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object()
    .field("type", what.resolved ? "alert.resolved" : "alert.firing")
    .field("timestamp", net::render_time(whole_seconds(what.at)));
  out.key("data")
    .begin_object()
    .field("name", what.what.kind->name)
    .field("subject", what.what.subject)
    .field("severity", to_string(what.what.kind->level))
    .field("area", to_string(what.what.kind->area))
    .field("summary", what.what.summary)
    .field("fix", what.what.kind->fix)
    .field("since", net::render_time(whole_seconds(what.what.since)))
    .field("shop", target.shop)
    .end_object()
    .end_object();
  return text;
}

std::string slack_body(const alert_target& target, const alert_change& what) {
  auto text = std::string{};
  json::writer{text}
    .begin_object()
    .field("text", fmt::format("*{}*\n{}", slack_escaped(headline(what)),
                               slack_escaped(details(target, what))))
    .end_object();
  return text;
}

std::string discord_body(const alert_target& target, const alert_change& what) {
  auto content = fmt::format("**{}**\n{}", headline(what), details(target, what));
  if (content.size() > discord_bytes_max)
    content.resize(discord_bytes_max);
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("content", content);
  out.key("allowed_mentions").begin_object().key("parse").begin_array().end_array().end_object();
  out.end_object();
  return text;
}

} // namespace

std::string message_id(const alert_change& what) {
  return fmt::format("alert_{}{}{}_{}_{}", what.what.kind->name,
                     what.what.subject.empty() ? "" : "_", what.what.subject,
                     whole_seconds(what.what.since).time_since_epoch().count(),
                     what.resolved ? "resolved" : "firing");
}

net::client_request alert_call(const alert_target& target, const alert_change& what,
                               std::chrono::sys_seconds sent) {
  auto call = net::client_request{};
  call.where = target.where;
  call.fields.emplace_back("Content-Type", "application/json");
  switch (target.format) {
  case config::alert_format::slack:
    call.body = slack_body(target, what);
    break;
  case config::alert_format::discord:
    call.body = discord_body(target, what);
    break;
  case config::alert_format::webhook: {
    const auto id = message_id(what);
    call.body = webhook_body(target, what);
    call.fields.emplace_back("webhook-id", id);
    call.fields.emplace_back("webhook-timestamp", std::to_string(sent.time_since_epoch().count()));
    call.fields.emplace_back("webhook-signature",
                             net::sign_standard_webhook(target.secret, id, sent, call.body));
    break;
  }
  }
  return call;
}

alert_sender::alert_sender(alert_target target, surroundings around)
  : target_(std::move(target)), around_(std::move(around)) {}

void alert_sender::raise(const alert_change& what) {
  // The first is on its way: what is dropped is the oldest behind it.
  if (pending_.size() >= pending_max) {
    pending_.erase(pending_.begin() + 1);
    metrics::alert_messages("dropped").add();
  }
  pending_.push_back(what);
  if (!is_busy_)
    send_next();
}

void alert_sender::send_next() {
  while (!pending_.empty() && around_.now() - pending_.front().at > give_up_after) {
    pending_.pop_front();
    metrics::alert_messages("dropped").add();
  }
  is_busy_ = !pending_.empty();
  if (!is_busy_)
    return;
  around_.send(alert_call(target_, pending_.front(), whole_seconds(around_.now())),
               [this](const result<net::client_response>& answer) { answered(answer); });
}

void alert_sender::answered(const result<net::client_response>& answer) {
  constexpr unsigned success_first = 200;
  constexpr unsigned success_last = 299;
  const bool is_delivered =
    answer && answer->status >= success_first && answer->status <= success_last;
  metrics::alert_messages(is_delivered ? "delivered" : "failed").add();
  if (is_delivered || (answer && answer->status == gone)) {
    pending_.pop_front();
    wait_ = wait_first;
    send_next();
    return;
  }
  log::warning("An alert could not be delivered to ANKKOR_ALERT_URL.",
               {{"alert", pending_.front().what.kind->name},
                {"status", answer ? answer->status : 0U},
                {"reason", answer ? std::string{} : answer.failure().message},
                {"wait_ms", std::chrono::milliseconds{wait_}.count()}});
  auto wait = std::exchange(wait_, std::min(2 * wait_, wait_max));
  if (answer) {
    const auto asked = answer->retry_after(std::chrono::system_clock::now());
    if (asked)
      wait = std::clamp<std::chrono::milliseconds>(*asked, wait, wait_max);
  }
  around_.after(wait, [this] { send_next(); });
}

} // namespace ankkor::api
