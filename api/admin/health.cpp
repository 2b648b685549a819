#include "api/admin/health.hpp"

#include "api/http.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"

#include <array>
#include <utility>

namespace ankkor::api {

void answer_health(admin_context& /*all*/, const std::shared_ptr<net::exchange>& exchange,
                   std::string_view /*rest*/) {
  exchange->respond(json_response(200, R"({"status":"ok"})"));
}

void answer_readiness(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                      std::string_view /*rest*/) {
  const bool store_up = all.engine.status().store_up;
  const bool listening = all.public_server.load() != nullptr;
  const bool draining = all.draining.load();
  const bool ready = store_up && listening && !draining;
  auto body = std::string{};
  auto out = json::writer{body};
  out.begin_object().field("status", ready ? "ready" : "not ready");
  out.key("checks").begin_object();
  out.field("store", store_up ? "ok" : "cannot commit");
  out.field("listeners", draining ? "stopping" : listening ? "ok" : "not listening yet");
  out.end_object().end_object();
  exchange->respond(json_response(ready ? 200 : 503, std::move(body)));
}

void answer_metrics(admin_context& all, const std::shared_ptr<net::exchange>& exchange,
                    std::string_view /*rest*/) {
  const auto status = all.engine.status();
  using shown = actors::view::shown;
  constexpr std::array<std::pair<std::string_view, shown>, 4> states{
    {{"in_stock", shown::in_stock},
     {"out_of_stock", shown::out_of_stock},
     {"on_backorder", shown::on_backorder},
     {"hidden", shown::hidden}}};
  for (const auto& [name, as] : states)
    metrics::products(name).set(static_cast<double>(all.engine.products().products(as)));
  metrics::product_actors().set(static_cast<double>(status.product_actors));
  if (const auto* server = all.public_server.load())
    metrics::http_connections("public").set(static_cast<double>(server->stats().connections));
  if (const auto counts = all.store.count()) {
    metrics::dead_letters().set(static_cast<double>(counts->dead_letters));
    metrics::confirmations_pending().set(static_cast<double>(counts->confirmations));
  }
  auto answer = net::response{};
  answer.fields = {{"Content-Type", std::string{metrics::content_type}},
                   {"Cache-Control", "no-store"}};
  answer.body = metrics::render();
  exchange->respond(std::move(answer));
}

} // namespace ankkor::api
