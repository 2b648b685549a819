#include "api/admin/admin_api.hpp"

#include "api/admin/dashboard.hpp"
#include "api/admin/reconcile.hpp"
#include "api/http.hpp"
#include "api/webhook_endpoint.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "net/http/client.hpp"
#include "net/stock_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ankkor::api {

namespace {

constexpr std::string_view admin_prefix = "/admin/";
constexpr std::string_view dashboard_prefix = "/dashboard/";
constexpr std::size_t limit_default = 50;
constexpr std::size_t limit_max = 500;

std::string render_moment(stock::moment at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  auto text = net::render_time(second);
  char fraction[16];
  std::snprintf(
    fraction, sizeof fraction, ".%03dZ",
    static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(at - second).count()));
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

// A browser on this machine calls for any page that it shows: one whose name was made to lead here
// says so in Host, another site's in Origin.
bool asks_this_machine(const net::request& request) {
  const auto here = "http://" + std::string{request.field("host").value_or("")};
  const auto url = net::parse_url(here);
  return url && url->loopback() && request.field("origin").value_or(here) == here;
}

std::size_t limit_of(const net::request& request) {
  const auto text = query_parameter(request.query, "limit");
  const auto wanted = text ? parse_id(*text) : std::nullopt;
  return std::min<std::size_t>(wanted.value_or(limit_default), limit_max);
}

void write_texts(json::writer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).begin_array();
  for (const auto& text : texts)
    out.value(text);
  out.end_array();
}

void write_delivery(json::writer& out, const store::delivery& delivery) {
  out.begin_object()
    .field("id", delivery.delivery_id)
    .field("topic", delivery.topic)
    .field("webhook", delivery.webhook_id)
    .field("resource", delivery.resource)
    .field("received", render_moment(delivery.received))
    .field("outcome", store::to_string(delivery.result))
    .end_object();
}

void write_letter(json::writer& out, const store::dead_letter& letter) {
  out.begin_object()
    .field("id", letter.id)
    .field("at", render_moment(letter.at))
    .field("kind", letter.kind)
    .field("subject", letter.subject)
    .field("reference", letter.reference)
    .field("reason", letter.reason)
    .field("body", letter.body)
    .end_object();
}

void write_job(json::writer& out, const store::outbox_job& job) {
  out.begin_object()
    .field("target", job.target)
    .field("product", job.product)
    .field("since", render_moment(job.created));
  write_texts(out, "tags", job.tags);
  write_texts(out, "paths", job.paths);
  out.end_object();
}

void write_stock(json::writer& out, std::string_view name, const stock::stock_level& level,
                 stock::publication status) {
  out.key(name)
    .begin_object()
    .field("status", stock::to_string(status))
    .field("stockStatus", stock::status_word(level))
    .field("stockQuantity", level.quantity)
    .end_object();
}

void write_history(json::writer& out, const store::history_entry& entry) {
  out.begin_object()
    .field("item", entry.item)
    .field("at", render_moment(entry.at))
    .field("cause", entry.cause)
    .field("reference", entry.reference)
    .field("modified", net::render_time(entry.modified))
    .field("version", std::to_string(entry.version));
  write_stock(out, "before", entry.before, entry.status_before);
  write_stock(out, "after", entry.after, entry.status_after);
  out.end_object();
}

// {"name":[…]} of what a read answered, or 503 with its error.
template <class Item, class Write>
void answer_list(net::exchange& exchange, std::string_view name,
                 const result<std::vector<Item>>& items, Write write) {
  if (!items) {
    exchange.respond(unavailable(items.failure().message, 5));
    return;
  }
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().key(name).begin_array();
  for (const auto& item : *items)
    write(out, item);
  out.end_array().end_object();
  exchange.respond(json_response(200, std::move(body)));
}

// The tags and paths of a revalidation that was given up; nothing if its record can't be read.
std::optional<store::outbox_job> read_job(const store::dead_letter& letter) {
  try {
    auto parser = simdjson::ondemand::parser{};
    const auto text = simdjson::padded_string{letter.body};
    auto document = parser.iterate(text);
    auto job = store::outbox_job{};
    job.target = letter.subject;
    job.product = document["product"].get_uint64();
    job.version = document["version"].get_uint64();
    for (std::string_view tag : document["tags"].get_array())
      job.tags.emplace_back(tag);
    for (std::string_view path : document["paths"].get_array())
      job.paths.emplace_back(path);
    return job;
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

// Answers the operator once the ledger has committed.
class recorded final : public actors::reply {
public:
  recorded(std::shared_ptr<net::exchange> exchange, std::string_view status)
    : exchange_(std::move(exchange)), status_(status) {}

  void done(const result<store::outcome>& outcome) override {
    if (!outcome) {
      exchange_->respond(unavailable(outcome.failure().message, 5));
      return;
    }
    auto body = std::string{};
    json::writer{body}.begin_object().field("status", status_).end_object();
    exchange_->respond(json_response(200, std::move(body)));
  }

private:
  std::shared_ptr<net::exchange> exchange_;
  std::string_view status_;
};

} // namespace

void admin_api::count(const net::sent_answer& answer) {
  constexpr std::array<std::string_view, 4> alone{"/healthz", "/readyz", "/metrics", "/"};
  const auto found = std::find(alone.begin(), alone.end(), answer.path);
  const std::string_view route = found != alone.end()                        ? *found
                                 : answer.path.starts_with(admin_prefix)     ? "/admin/*"
                                 : answer.path.starts_with(dashboard_prefix) ? "/dashboard/*"
                                                                             : "other";
  metrics::http_requests("admin", route, answer.status).add();
}

void admin_api::handle(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  if (request.path.starts_with(admin_prefix)) {
    admin(exchange);
    return;
  }
  if (!is_read(request))
    exchange->respond(method_not_allowed("GET, HEAD"));
  else if (request.path == "/healthz")
    health(*exchange);
  else if (request.path == "/readyz")
    readiness(*exchange);
  else if (request.path == "/metrics")
    metrics(*exchange);
  else if (!answer_dashboard(*exchange))
    exchange->respond(not_found("There is nothing at this address."));
}

void admin_api::health(net::exchange& exchange) const {
  exchange.respond(json_response(200, R"({"status":"ok"})"));
}

void admin_api::readiness(net::exchange& exchange) const {
  const bool store_up = engine_->status().store_up;
  const bool listening = public_server_.load() != nullptr;
  const bool draining = draining_.load();
  const bool ready = store_up && listening && !draining;
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("status", ready ? "ready" : "not ready");
  out.key("checks").begin_object();
  out.field("store", store_up ? "ok" : "cannot commit");
  out.field("listeners", draining ? "stopping" : listening ? "ok" : "not listening yet");
  out.end_object().end_object();
  exchange.respond(json_response(ready ? 200 : 503, std::move(body)));
}

void admin_api::metrics(net::exchange& exchange) const {
  const auto status = engine_->status();
  using shown = actors::view::shown;
  constexpr std::array<std::pair<std::string_view, shown>, 4> states{
    {{"in_stock", shown::in_stock},
     {"out_of_stock", shown::out_of_stock},
     {"on_backorder", shown::on_backorder},
     {"hidden", shown::hidden}}};
  for (const auto& [name, as] : states)
    metrics::products(name).set(static_cast<double>(engine_->products().products(as)));
  metrics::product_actors().set(static_cast<double>(status.product_actors));
  if (const auto* server = public_server_.load())
    metrics::http_connections("public").set(static_cast<double>(server->stats().connections));
  if (const auto counts = store_->count()) {
    metrics::dead_letters().set(static_cast<double>(counts->dead_letters));
    metrics::confirmations_pending().set(static_cast<double>(counts->confirmations));
  }
  auto answer = net::response{};
  answer.fields = {{"Content-Type", std::string{metrics::content_type}},
                   {"Cache-Control", "no-store"}};
  answer.body = metrics::render();
  exchange.respond(std::move(answer));
}

std::optional<net::response> admin_api::refusal(const net::request& request) const {
  if (options_.token.empty()) {
    if (request.loopback && asks_this_machine(request))
      return std::nullopt;
    return error_response(403, "forbidden",
                          "Without ANKKOR_ADMIN_TOKEN the admin API answers callers on this "
                          "machine only, and no other site's pages.");
  }
  const auto given = request.field("authorization").value_or("");
  if (request.count("authorization") == 1 &&
      equal_in_constant_time(given, "Bearer " + options_.token))
    return std::nullopt;
  auto answer = error_response(401, "unauthorized", "The admin API wants the admin token.");
  answer.fields.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

void admin_api::admin(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  if (auto refused = refusal(request)) {
    exchange->respond(*std::move(refused));
    return;
  }

  const auto what = request.path.substr(admin_prefix.size());
  constexpr std::string_view letters = "deadletters/";
  constexpr std::string_view products = "products/";
  if (what.starts_with(letters))
    dead_letter(exchange, what.substr(letters.size()));
  else if (what == "reconcile")
    answer_reconcile(*engine_, *exchange);
  else if (!is_read(request))
    exchange->respond(method_not_allowed("GET, HEAD"));
  else if (what == "status")
    status(*exchange);
  else if (what == "deliveries")
    deliveries(*exchange);
  else if (what == "deadletters")
    dead_letters(*exchange);
  else if (what == "outbox")
    outbox(*exchange);
  else if (what.starts_with(products))
    product(*exchange, what.substr(products.size()));
  else if (options_.watch == nullptr || !options_.watch->answer(what, exchange))
    exchange->respond(not_found("There is nothing at this address."));
}

void admin_api::status(net::exchange& exchange) const {
  const auto engine = engine_->status();
  const auto counts = store_->count();
  auto body = std::string{};
  auto out = json::writer{body};
  const auto started = std::chrono::floor<std::chrono::seconds>(options_.started);
  out.begin_object()
    .field("version", options_.version)
    .field("started", net::render_time(started))
    .field("uptimeSeconds", std::chrono::duration_cast<std::chrono::seconds>(
                              std::chrono::system_clock::now() - options_.started)
                              .count());
  out.field("ready", engine.store_up && public_server_.load() != nullptr && !draining_.load());
  out.key("store")
    .begin_object()
    .field("up", engine.store_up)
    .field("commits", engine.commits)
    .field("failedCommits", engine.failed_commits);
  if (counts) {
    out.field("deliveries", counts->deliveries)
      .field("outbox", counts->outbox)
      .field("confirmations", counts->confirmations)
      .field("reconciliationWanted", counts->reconciliation_wanted)
      .field("deadLetters", counts->dead_letters);
  }
  out.end_object();
  out.key("products")
    .begin_object()
    .field("held", engine.products)
    .field("variations", engine.variations)
    .field("actors", engine.product_actors)
    .end_object();
  if (const auto& mirror = engine.mirror) {
    out.key("redis")
      .begin_object()
      .field("up", mirror->up)
      .field("repairing", mirror->repairing)
      .field("pending", mirror->pending)
      .field("written", mirror->written)
      .field("failures", mirror->failures)
      .end_object();
  }
  out.key("revalidation").begin_array();
  for (const auto& target : engine.targets) {
    out.begin_object()
      .field("target", target.name)
      .field("format", target.format)
      .field("pending", target.pending)
      .field("told", target.told)
      .field("calls", target.calls)
      .field("failures", target.failures)
      .field("circuitOpen", target.circuit_open)
      .end_object();
  }
  out.end_array();
  if (options_.watch != nullptr)
    options_.watch->write_status(out);
  out.end_object();
  exchange.respond(json_response(200, std::move(body)));
}

void admin_api::deliveries(net::exchange& exchange) const {
  const auto& request = exchange.req();
  auto filter = store::delivery_filter{};
  filter.limit = limit_of(request);
  filter.topic = query_parameter(request.query, "topic").value_or("");
  if (const auto text = query_parameter(request.query, "outcome")) {
    filter.result = store::parse_outcome(*text);
    if (!filter.result) {
      exchange.respond(error_response(400, "bad_request", "There is no such outcome."));
      return;
    }
  }
  for (const auto* name : {"resource", "product"}) {
    if (const auto text = query_parameter(request.query, name)) {
      const auto id = parse_id(*text);
      if (!id) {
        exchange.respond(error_response(400, "bad_request", "An ID is a whole number above 0."));
        return;
      }
      filter.resource = *id;
    }
  }
  answer_list(exchange, "deliveries", store_->deliveries(filter), write_delivery);
}

void admin_api::dead_letters(net::exchange& exchange) const {
  answer_list(exchange, "deadletters", store_->dead_letters(limit_of(exchange.req())),
              write_letter);
}

void admin_api::outbox(net::exchange& exchange) const {
  answer_list(exchange, "outbox", store_->outbox(limit_of(exchange.req())), write_job);
}

void admin_api::product(net::exchange& exchange, std::string_view text) const {
  const auto id = parse_id(text);
  if (!id) {
    exchange.respond(error_response(400, "bad_request", "An ID is a whole number above 0."));
    return;
  }
  const auto owner = engine_->products().owner(*id).value_or(*id);
  const auto found = engine_->products().find(owner);
  if (!found) {
    exchange.respond(not_found("Nothing is held of this product."));
    return;
  }
  const auto history = store_->history(owner, limit_of(exchange.req()));
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("id", owner).field("version", std::to_string(found->held.version));
  out.key("stock");
  if (found->stock_json)
    out.raw(*found->stock_json);
  else
    out.null();
  out.key("history").begin_array();
  if (history) {
    for (const auto& entry : *history)
      write_history(out, entry);
  }
  out.end_array().end_object();
  exchange.respond(json_response(200, std::move(body)));
}

void admin_api::dead_letter(const std::shared_ptr<net::exchange>& exchange, std::string_view rest) {
  constexpr std::string_view retry_suffix = "/retry";
  const auto& request = exchange->req();
  const bool is_retry = rest.ends_with(retry_suffix);
  if (is_retry)
    rest.remove_suffix(retry_suffix.size());
  const auto wanted = is_retry ? std::string_view{"POST"} : std::string_view{"DELETE"};
  const auto id = parse_id(rest);
  if (!id) {
    exchange->respond(not_found("There is nothing at this address."));
    return;
  }
  if (request.method != wanted) {
    exchange->respond(method_not_allowed(wanted));
    return;
  }
  const auto letter = store_->find_dead_letter(static_cast<std::int64_t>(*id));
  if (!letter) {
    exchange->respond(unavailable(letter.failure().message, 5));
  } else if (!*letter) {
    exchange->respond(not_found("There is no such dead letter."));
  } else if (is_retry) {
    retry(exchange, **letter);
  } else {
    auto entry = store::entry{};
    entry.discarded.push_back((*letter)->id);
    engine_->record(std::move(entry), std::make_shared<recorded>(exchange, "discarded"));
  }
}

void admin_api::retry(const std::shared_ptr<net::exchange>& exchange,
                      const store::dead_letter& letter) {
  if (letter.kind == "revalidation") {
    auto entry = store::entry{};
    entry.discarded.push_back(letter.id);
    auto job = read_job(letter);
    if (!job) {
      exchange->respond(
        error_response(409, "unusable", "What was to be sent can't be read any more."));
      return;
    }
    job->received = wall_clock();
    job->created = job->received;
    entry.jobs.push_back(std::move(*job));
    engine_->record(std::move(entry), std::make_shared<recorded>(exchange, "queued"));
    return;
  }

  auto delivery = std::make_shared<actors::incoming>();
  auto padded = letter.body;
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  const auto kind = net::classify_topic(letter.subject);
  auto facts = store::delivery{};
  delivery->content =
    read_content(payloads_, kind, std::string_view{padded}.substr(0, letter.body.size()), letter.at,
                 facts.resource);
  if (const auto* still = std::get_if<actors::unusable>(&delivery->content)) {
    exchange->respond(error_response(409, "unusable", "It still can't be used. " + still->reason));
    return;
  }
  facts.delivery_id = "retry-" + std::to_string(letter.id);
  facts.topic = letter.subject;
  facts.received = letter.at;
  delivery->received = letter.at;
  delivery->cause = "retried webhook " + letter.subject;
  delivery->delivery = std::move(facts);
  delivery->dead_letter = letter.id;
  delivery->reply = std::make_shared<recorded>(exchange, "queued");
  engine_->accept({std::move(delivery)});
}

} // namespace ankkor::api
