// Deliveries that a test makes up, signed as WooCommerce signs.
#pragma once

#include "raw_http.hpp"

#include <cstdint>
#include <string>

namespace ankkor::testing {

inline constexpr auto webhook_path = "/api/webhooks/woocommerce";

struct made_product {
  std::uint64_t id = 34;
  std::int64_t quantity = 7;
  unsigned second = 0; // after 2026-11-22T10:00:00, when WooCommerce modified it
  std::string name = "Tea";
  std::string status = "publish";
  std::uint64_t parent = 0; // of a variation

  [[nodiscard]] std::string slug() const { return "tea-" + std::to_string(id); }

  // As REST v3 shows it, in compact form.
  [[nodiscard]] std::string body() const;
};

struct made_delivery {
  std::string body;
  std::string id;                        // X-WC-Webhook-Delivery-ID
  std::string topic = "product.updated"; // X-WC-Webhook-Topic
  std::string secret = "woo-lab-secret-0123456789";

  [[nodiscard]] header_fields fields() const;

  // The request as it goes over a connection of its own.
  [[nodiscard]] std::string text() const;
};

// Sends it on a connection of its own; the answer's status word, or its code where it has none.
std::string deliver(std::uint16_t port, const made_delivery& delivery);
std::string deliver(std::uint16_t port, const made_product& product);

// A delivery of that product; its ID tells the product and the second.
[[nodiscard]] made_delivery delivery_of(const made_product& product);

} // namespace ankkor::testing
