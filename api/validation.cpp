#include "api/validation.hpp"

#include "api/asking.hpp"
#include "api/finding.hpp"
#include "api/http.hpp"
#include "base/json.hpp"
#include "base/metrics.hpp"
#include "stock/cart.hpp"

#include <algorithm>
#include <set>

namespace ankkor::api {

namespace {

void write_remark(json::writer& out, stock::cart_remark remark) {
  out.key("reason");
  if (remark == stock::cart_remark::none)
    out.null();
  else
    out.value(stock::to_string(remark));
}

void write_line(json::writer& out, const asked_line& asked, const found_item& found,
                const stock::cart_verdict& verdict) {
  out.begin_object();
  out.key("productId").raw(asked.product).key("variationId").raw(asked.variation);
  out.field("quantity", asked.quantity).field("available", verdict.available);
  write_remark(out, verdict.remark);
  out.key("stockStatus");
  if (found.as == holding::shown) {
    const auto level = stock::effective_stock(found.snapshot->held, *found.item);
    out.value(stock::to_string(level.status)).field("stockQuantity", level.quantity);
  } else {
    out.null().key("stockQuantity").null();
  }
  out.field("availableQuantity", verdict.left);
  out.end_object();
}

// `unread`: what neither is held nor could be read.
void answer_cart(net::exchange& exchange, const actors::view& view,
                 const std::vector<asked_line>& asked, const std::set<stock::product_id>& unread) {
  auto found = std::vector<found_item>{};
  auto lines = std::vector<stock::cart_line>{};
  for (const auto& line : asked) {
    auto item = find_item(view, line.wanted);
    lines.push_back({item.snapshot ? &item.snapshot->held : nullptr, item.item, line.quantity});
    found.push_back(std::move(item));
  }
  auto verdicts = stock::check_cart(lines);
  for (std::size_t at = 0; at < asked.size(); ++at) {
    if (found[at].as != holding::shown && unread.contains(asked[at].wanted.item))
      verdicts[at].remark = stock::cart_remark::unavailable;
  }
  auto text = std::string{};
  auto out = json::writer{text};
  const bool valid = std::all_of(verdicts.begin(), verdicts.end(),
                                 [](const auto& verdict) { return verdict.available; });
  out.begin_object().field("valid", valid).key("items").begin_array();
  for (std::size_t at = 0; at < asked.size(); ++at)
    write_line(out, asked[at], found[at], verdicts[at]);
  out.end_array().end_object();
  exchange.respond(json_response(200, std::move(text)));
}

} // namespace

void validation::check(const std::shared_ptr<net::exchange>& exchange) const {
  auto lines = parse_cart(exchange->req().body);
  if (!lines) {
    const auto& why = lines.failure();
    exchange->respond(why.code == errc::too_large
                        ? error_response(413, "too_large", why.message)
                        : error_response(400, "bad_request", why.message));
    return;
  }
  const auto& view = engine_->products();
  auto unknown = std::set<stock::product_id>{};
  for (const auto& line : *lines) {
    if (find_item(view, line.wanted).as == holding::unknown)
      unknown.insert(line.wanted.item);
  }
  const auto asked = std::vector<stock::product_id>(unknown.begin(), unknown.end());
  read_missing(*engine_, exchange, asked,
               [&view, exchange, asked, lines = *std::move(lines)](const auto& answers) {
                 auto unread = std::set<stock::product_id>{};
                 for (std::size_t at = 0; at < asked.size(); ++at) {
                   if (answers[at].outcome == actors::read_outcome::unavailable)
                     unread.insert(asked[at]);
                 }
                 answer_cart(*exchange, view, lines, unread);
               });
}

} // namespace ankkor::api
