#include "api/public_api.hpp"

#include "api/http.hpp"
#include "base/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace ankkor::api {

namespace {

constexpr std::array<std::string_view, 3> webhook_paths{"/api/webhooks/woocommerce",
                                                        "/api/webhooks", "/api/webhooks/inventory"};
constexpr std::string_view products_prefix = "/api/products/";
constexpr std::string_view stock_suffix = "/stock";
constexpr std::string_view for_reading = "GET, HEAD";
constexpr std::string_view for_asking = "POST";

} // namespace

public_api::target public_api::find_route(std::string_view path) {
  if (std::find(webhook_paths.begin(), webhook_paths.end(), path) != webhook_paths.end())
    return {route::webhooks, {}};
  if (path == "/api/stock")
    return {route::batch, {}};
  if (path == "/api/stock/validate")
    return {route::validate, {}};
  if (path == "/api/stock-updates")
    return {route::updates, {}};
  if (!path.starts_with(products_prefix))
    return {};
  auto part = path.substr(products_prefix.size());
  const bool is_stock = part.ends_with(stock_suffix);
  if (is_stock)
    part.remove_suffix(stock_suffix.size());
  if (part.empty() || part.find('/') != std::string_view::npos)
    return {};
  return {is_stock ? route::stock : route::product, part};
}

void public_api::count(const net::sent_answer& answer) {
  constexpr std::array<std::string_view, 7> names{"/api/webhooks/woocommerce",
                                                  "/api/products/{id}/stock",
                                                  "/api/products/{id}",
                                                  "/api/stock",
                                                  "/api/stock/validate",
                                                  "/api/stock-updates",
                                                  "other"};
  const auto to = find_route(answer.path).to;
  // Looked up once a thread: a look-up costs more than the counting.
  thread_local std::map<std::pair<route, unsigned>, metrics::counter> counters;
  auto found = counters.find({to, answer.status});
  if (found == counters.end())
    found = counters
              .emplace(std::pair{to, answer.status},
                       metrics::http_requests("public", names[static_cast<std::size_t>(to)],
                                              answer.status))
              .first;
  found->second.add();
  if (answer.by_server && to == route::webhooks)
    metrics::webhook_deliveries("other", answer.status == 413   ? "too_large"
                                         : answer.status == 503 ? "unavailable"
                                                                : "malformed")
      .add();
}

void public_api::handle(const std::shared_ptr<net::exchange>& exchange) {
  const auto what = find_route(exchange->req().path);
  if (what.to == route::webhooks) {
    webhooks_.handle(exchange);
    return;
  }
  const auto methods = what.to == route::validate ? for_asking : for_reading;
  if (exchange->req().method == "OPTIONS" && what.to != route::none) {
    cors_.answer_options(*exchange, methods);
    return;
  }
  const auto guarded = cors_.guard(exchange);
  if (what.to == route::none)
    guarded->respond(not_found("There is nothing at this address."));
  else if (what.to == route::validate ? exchange->req().method != for_asking
                                      : !is_read(exchange->req()))
    guarded->respond(method_not_allowed(std::string{methods} + ", OPTIONS"));
  else
    read(guarded, what);
}

void public_api::read(const std::shared_ptr<net::exchange>& exchange, const target& what) {
  switch (what.to) {
  case route::stock:
    return reads_.stock(exchange, what.part);
  case route::product:
    return reads_.product(exchange, what.part);
  case route::batch:
    return reads_.batch(exchange);
  case route::validate:
    return validation_.check(exchange);
  case route::updates:
    return live_.open(exchange);
  case route::webhooks:
  case route::none:
    break;
  }
}

} // namespace ankkor::api
