#include "deliveries.hpp"

#include "net/woocommerce/signature.hpp"

#include <fmt/format.h>

namespace ankkor::testing {

std::string made_product::body() const {
  constexpr unsigned minute = 60;
  constexpr unsigned hour = 3600;
  return fmt::format(
    R"({{"id":{},"name":"{}","slug":"{}","date_modified_gmt":"2026-11-22T{:02}:{:02}:{:02}",)"
    R"("type":"{}","status":"{}","sku":"T-{}","price":"7.50","regular_price":"8",)"
    R"("sale_price":"7.50","manage_stock":true,"stock_quantity":{},"backorders":"no",)"
    R"("parent_id":{},"categories":{},"variations":[],"stock_status":"{}"}})",
    id, name, slug(), 10 + second / hour, second / minute % minute, second % minute,
    parent == 0 ? "simple" : "variation", status, id, quantity, parent,
    parent == 0 ? R"([{"id":2,"name":"Hot drinks","slug":"hot-drinks"}])" : "[]",
    quantity > 0 ? "instock" : "outofstock");
}

header_fields made_delivery::fields() const {
  return {{"Content-Type", "application/json"},
          {"X-WC-Webhook-Topic", topic},
          {"X-WC-Webhook-Signature", net::sign(body, secret)},
          {"X-WC-Webhook-ID", "2"},
          {"X-WC-Webhook-Delivery-ID", id}};
}

std::string made_delivery::text() const {
  return request_text("POST", webhook_path, fields(), body);
}

std::string deliver(std::uint16_t port, const made_delivery& delivery) {
  const auto answer = answer_to(port, delivery.text());
  return answer.status == 200 ? answer.at("/status") : std::to_string(answer.status);
}

std::string deliver(std::uint16_t port, const made_product& product) {
  return deliver(port, delivery_of(product));
}

made_delivery delivery_of(const made_product& product) {
  auto made = made_delivery{};
  made.body = product.body();
  made.id = fmt::format("{:016x}{:016x}", product.id, product.second);
  return made;
}

} // namespace ankkor::testing
