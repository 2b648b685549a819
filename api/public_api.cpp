#include "api/public_api.hpp"

#include "api/http.hpp"
#include "base/metrics.hpp"
#include "net/render_stock.hpp"

#include <algorithm>
#include <array>

namespace ankkor::api {

namespace {

constexpr std::array<std::string_view, 3> webhook_paths{"/api/webhooks/woocommerce",
                                                        "/api/webhooks", "/api/webhooks/inventory"};
constexpr std::string_view products_prefix = "/api/products/";
constexpr std::string_view stock_suffix = "/stock";
constexpr unsigned retry_after_seconds = 30;

// Shared caches may show it for half a minute unless a purge comes first; a page in the making may
// use an older one, since the live stream and the purge follow.
constexpr std::string_view cache_control =
  "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400";

std::string tags_of(const stock::product& held, char separator) {
  auto tags = "product-" + std::to_string(held.id);
  if (held.self) {
    for (const auto& listed : held.self->value.categories)
      tags.append(1, separator).append("category-").append(listed.slug);
  }
  return tags;
}

void answer_hit(net::exchange& exchange, const stock::product& held, std::string etag,
                std::shared_ptr<const std::string> body) {
  metrics::cache_requests("hit").add();
  auto answer = net::response{};
  answer.fields = {
    {"Content-Type", "application/json"}, {"Cache-Control", std::string{cache_control}},
    {"Cache-Tag", tags_of(held, ',')},    {"Surrogate-Key", tags_of(held, ' ')},
    {"Cache-Status", "ankkor; hit"},      {"ETag", etag}};
  const auto known = exchange.req().field("if-none-match");
  if (known && none_match_holds(*known, etag))
    answer.status = 304;
  else
    answer.shared = std::move(body);
  exchange.respond(std::move(answer));
}

std::string etag_of(std::uint64_t version, stock::product_id item) {
  return "\"" + std::to_string(version) + "-" + std::to_string(item) + "\"";
}

void answer_absent(net::exchange& exchange) {
  metrics::cache_requests("negative").add();
  exchange.respond(not_found("There is no such product, or it is not for sale to the public."));
}

void answer_unknown(net::exchange& exchange) {
  metrics::cache_requests("miss").add();
  exchange.respond(unavailable("This product has not been heard of yet.", retry_after_seconds));
}

} // namespace

void public_api::handle(const std::shared_ptr<net::exchange>& exchange) {
  const auto path = exchange->req().path;
  if (std::find(webhook_paths.begin(), webhook_paths.end(), path) != webhook_paths.end()) {
    webhooks_.handle(exchange);
    return;
  }
  const bool is_stock = path.starts_with(products_prefix) && path.ends_with(stock_suffix) &&
                        path.size() > products_prefix.size() + stock_suffix.size();
  if (!is_stock) {
    exchange->respond(not_found("There is nothing at this address."));
    return;
  }
  if (!is_read(exchange->req())) {
    exchange->respond(method_not_allowed("GET, HEAD"));
    return;
  }
  const auto length = path.size() - products_prefix.size() - stock_suffix.size();
  read_stock(*exchange, path.substr(products_prefix.size(), length));
}

void public_api::read_stock(net::exchange& exchange, std::string_view text) const {
  const auto id = parse_id(text);
  const auto wanted = query_parameter(exchange.req().query, "variation_id");
  const auto variation = wanted ? parse_id(*wanted) : std::nullopt;
  if (!id || (wanted && !variation)) {
    exchange.respond(error_response(400, "bad_request", "An ID is a whole number above 0."));
    return;
  }
  const auto item = variation.value_or(*id);
  const auto owner = variation ? *id : products_->owner(*id).value_or(*id);
  const auto found = products_->find(owner);
  if (!found) {
    answer_unknown(exchange);
    return;
  }
  const auto& held = found->held;
  const auto* record = variation && item == owner ? nullptr : held.find(item);
  if (record == nullptr) {
    // Of a product that is described all variations are known by ID; of another nothing is.
    if (held.self && variation)
      answer_absent(exchange);
    else
      answer_unknown(exchange);
    return;
  }
  if (!stock::is_public(held, *record)) {
    answer_absent(exchange);
    return;
  }
  auto body = item == owner ? found->stock_json
                            : std::make_shared<const std::string>(net::render_stock(held, *record));
  answer_hit(exchange, held, etag_of(held.version, item), std::move(body));
}

} // namespace ankkor::api
