#include "api/webhook_endpoint.hpp"

#include "api/http.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"

#include <random>

namespace ankkor::api {

namespace {

constexpr unsigned retry_after_seconds = 10;
// WooCommerce's is 32 hexadecimal digits.
constexpr std::size_t delivery_id_bytes_max = 128;

// `status` is one of our own words: nothing in it needs escaping.
net::response status_response(std::string_view status) {
  auto body = std::string{R"({"status":")"};
  body.append(status).append(R"("})");
  return json_response(200, std::move(body));
}

// A delivery without an ID identifies nothing, so it is never taken for a duplicate: {"id":29} is
// what every deletion of product 29 says.
std::string unique_delivery_id() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  char text[40];
  std::snprintf(text, sizeof text, "none-%016llx", static_cast<unsigned long long>(random()));
  return text;
}

std::string delivery_id_of(const net::request& request) {
  const auto field = request.field("x-wc-webhook-delivery-id");
  if (!field || field->empty() || field->size() > delivery_id_bytes_max)
    return unique_delivery_id();
  return std::string{*field};
}

// Where the engine's verdict on a delivery becomes its answer, its log line and its metrics.
class delivery_reply final : public actors::reply {
public:
  delivery_reply(std::shared_ptr<net::exchange> exchange, const store::delivery& facts)
    : exchange_(std::move(exchange)), received_(exchange_->req().received), topic_(facts.topic),
      id_(facts.delivery_id), resource_(facts.resource) {}

  void done(const result<store::outcome>& outcome) override {
    const auto spelled = outcome ? store::to_string(*outcome) : std::string_view{"unavailable"};
    if (outcome)
      exchange_->respond(status_response(spelled));
    else
      exchange_->respond(unavailable(outcome.failure().message, retry_after_seconds));
    const std::chrono::duration<double, std::milli> took =
      std::chrono::steady_clock::now() - received_;
    metrics::webhook_deliveries(topic_, spelled).add();
    metrics::webhook_duration().observe(took.count() / 1000);
    log::info("WooCommerce delivered a webhook.", {{"delivery", id_},
                                                   {"topic", topic_},
                                                   {"product", resource_},
                                                   {"outcome", spelled},
                                                   {"duration_ms", took.count()}});
  }

private:
  std::shared_ptr<net::exchange> exchange_;
  std::chrono::steady_clock::time_point received_;
  std::string topic_;
  std::string id_;
  stock::product_id resource_;
};

actors::unusable describe(const net::remote_error& problem, std::string_view body) {
  constexpr std::string_view forbidden = "woocommerce_rest_cannot_view";
  auto content = actors::unusable{};
  content.reason = "WooCommerce sent its own error in place of the content: " + problem.code +
                   ". " + problem.message;
  if (problem.code == forbidden)
    content.reason +=
      " The user that the webhook belongs to may not see products: give the webhook another user.";
  else
    content.product_may_be_gone = true;
  content.body = body;
  return content;
}

} // namespace

decltype(actors::incoming::content) read_content(net::payload_reader& reader, net::topic_kind kind,
                                                 std::string_view body, stock::moment received,
                                                 stock::product_id& resource) {
  auto payload = reader.read(kind, body);
  if (!payload)
    return actors::unusable{payload.failure().message, std::string{body}, false};
  if (auto* item = std::get_if<stock::item>(&*payload)) {
    resource = item->id;
    return stock::observation{
      std::move(*item), {stock::reading::unknown, received}, stock::source::webhook};
  }
  if (const auto* gone = std::get_if<net::item_hint>(&*payload)) {
    resource = gone->item;
    return actors::hint{"deletion", {gone->item}};
  }
  if (auto* order = std::get_if<net::order_hint>(&*payload)) {
    resource = order->order;
    return actors::hint{"order", std::move(order->items)};
  }
  return describe(std::get<net::remote_error>(*payload), body);
}

webhook_endpoint::webhook_endpoint(actors::engine& engine, const std::vector<std::string>& secrets,
                                   std::size_t threads)
  : engine_(&engine) {
  for (std::size_t at = 0; at < threads; ++at)
    lanes_.emplace_back(secrets);
}

void webhook_endpoint::handle(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  if (is_read(request))
    exchange->respond(status_response("active"));
  else if (request.method != "POST")
    exchange->respond(method_not_allowed("GET, HEAD, POST"));
  else
    deliver(exchange);
}

void webhook_endpoint::deliver(const std::shared_ptr<net::exchange>& exchange) {
  const auto& request = exchange->req();
  const auto topic = request.field("x-wc-webhook-topic").value_or("");
  const auto signatures = request.count("x-wc-webhook-signature");
  if (signatures == 0 && net::is_ping(request.field("content-type").value_or(""), request.body)) {
    metrics::webhook_deliveries("ping", "pong").add();
    exchange->respond(status_response("pong"));
    return;
  }
  auto& own = lanes_[exchange->thread_index()];
  const auto digest =
    signatures == 1 ? own.signatures.check(request.body, *request.field("x-wc-webhook-signature"))
                    : std::nullopt;
  if (!digest) {
    refuse(exchange, topic);
    return;
  }

  const auto kind = net::classify_topic(topic);
  auto delivery = std::make_shared<actors::incoming>();
  auto& facts = delivery->delivery.emplace();
  facts.delivery_id = delivery_id_of(request);
  facts.body_digest = *digest;
  facts.topic = topic;
  facts.webhook_id = parse_id(request.field("x-wc-webhook-id").value_or("")).value_or(0);
  facts.received = wall_clock();
  delivery->received = facts.received;
  delivery->cause = "webhook " + facts.topic;
  if (kind == net::topic_kind::ignored) {
    delivery_reply{exchange, facts}.done(store::outcome::ignored);
    return;
  }
  delivery->content =
    read_content(own.payloads, kind, request.body, facts.received, facts.resource);
  delivery->reply = std::make_shared<delivery_reply>(exchange, facts);
  hand_over(exchange, std::move(delivery));
}

void webhook_endpoint::refuse(const std::shared_ptr<net::exchange>& exchange,
                              std::string_view topic) {
  metrics::webhook_deliveries(topic, "unauthorized").add();
  if (const auto suppressed = refusals_.pass(std::chrono::steady_clock::now())) {
    log::warning("A webhook without a valid signature was refused. If it is WooCommerce's, its "
                 "secret is not the one "
                 "configured here.",
                 {{"peer", exchange->req().remote},
                  {"topic", topic.substr(0, 64)},
                  {"suppressed", *suppressed}});
  }
  auto answer =
    error_response(401, "unauthorized", "The signature is missing or is not that of this body.");
  answer.fields.emplace_back("WWW-Authenticate", "WooCommerce-Webhook-Signature");
  // A flood of forged ones must not hold up the true ones.
  answer.after_others = true;
  exchange->respond(std::move(answer));
}

void webhook_endpoint::hand_over(const std::shared_ptr<net::exchange>& exchange,
                                 actors::incoming_ptr delivery) {
  // What one turn of the loop reads goes over as one message: a crossing costs more than a parse.
  auto& gathered = lanes_[exchange->thread_index()].gathered;
  gathered.push_back(std::move(delivery));
  if (gathered.size() > 1)
    return;
  exchange->post([this, &gathered] {
    engine_->accept(std::move(gathered));
    gathered = {};
  });
}

} // namespace ankkor::api
