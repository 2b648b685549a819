// WooCommerce's REST API v3, as it comes in webhook deliveries: from bytes to stock/ values.
#pragma once

#include "base/error.hpp"
#include "stock/product.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ankkor::net {

// What a topic is about; everything else is `ignored`.
enum class topic_kind : std::uint8_t {
  product,         // product.created, .updated, .restored: the body is the product or the variation
  product_deleted, // product.deleted: {"id":N}; N may be a page's ID (recording 061)
  product_destroyed, // action.woocommerce_delete_product(_variation): {"action":…,"arg":N}
  order,             // order.*: the products in its lines may have changed
  ignored,
};

[[nodiscard]] topic_kind classify_topic(std::string_view topic) noexcept;

// WooCommerce's own error body in place of what the topic promises, e.g. recording 101.
struct remote_error {
  std::string code;
  std::string message;
};

// {"id":N} or {"arg":N}: something happened to this item, and nothing else is known.
struct item_hint {
  stock::product_id item = 0;
};

struct order_hint {
  stock::product_id order = 0;
  std::vector<stock::product_id>
    items; // products and variations in its lines; ascending, each once
};

using payload = std::variant<stock::item, item_hint, order_hint, remote_error>;

// Reads the payload of a delivery. Fails with errc::invalid_input, and a reason for a person, when
// it is no JSON, has no usable ID, or lacks what its topic promises.
//
// `body` must be followed by 64 readable bytes (SIMDJSON_PADDING). Precondition: kind is not
// `ignored`. One a thread: the parser's memory is reused.
class payload_reader {
public:
  payload_reader();
  ~payload_reader();
  payload_reader(payload_reader&&) noexcept;
  payload_reader& operator=(payload_reader&&) noexcept;

  [[nodiscard]] result<payload> read(topic_kind kind, std::string_view body);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

// True for WooCommerce's ping: `webhook_id=N` and nothing else, form-encoded (facts, section 2).
[[nodiscard]] bool is_ping(std::string_view content_type, std::string_view body) noexcept;

// "2026-11-22T16:36:11", UTC without a zone suffix, as date_modified_gmt is written.
[[nodiscard]] std::optional<stock::store_time> parse_gmt(std::string_view text) noexcept;

} // namespace ankkor::net
