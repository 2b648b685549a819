// The deliveries that a real WooCommerce sent (tests/recordings/webhooks), for any test to use.
#pragma once

#include "stock/product.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::testing {

struct header_field {
  std::string name;
  std::string value;
};

// One request as WooCommerce sent it.
struct recording {
  std::string file;      // "008-stock-rest-put.json"
  unsigned sequence = 0; // the 8 of that: the order of arrival
  std::string label;     // "stock-rest-put"
  std::string action;    // what was done in the shop to cause it
  stock::moment received{};
  std::string method;
  std::string path;
  std::vector<header_field> headers; // in the order and spelling of the wire
  std::string body;                  // the raw bytes
  bool complete = true; // false: the body was cut when it was kept (198), so nothing can verify it
  std::string topic;    // "product.updated"; "" for a ping

  [[nodiscard]] bool is_ping() const noexcept { return topic.empty(); }

  // The value of a header field whatever the case of its name; nothing if it isn't there.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;

  // The secret that it was signed with; "" for a ping.
  [[nodiscard]] std::string_view secret() const noexcept;

  // The request's bytes, as they came over the socket.
  [[nodiscard]] std::string wire() const;
};

// What INDEX.tsv says of a recording; "" where it says nothing.
struct index_row {
  std::string file;
  std::string topic;
  std::string webhook_id;
  std::string delivery_id;
  std::string id;
  std::string type;
  std::string status;
  std::string stock_quantity; // "None" for null
  std::string code;
};

// All recordings by their sequence; read once. Throws std::runtime_error when the files are
// damaged.
[[nodiscard]] const std::vector<recording>& recorded_deliveries();

// Throws std::out_of_range when there is none with that number.
[[nodiscard]] const recording& recorded_delivery(unsigned sequence);

// In the order of recorded_deliveries(), one row each.
[[nodiscard]] const std::vector<index_row>& recorded_index();

// Both secrets of the shop that was recorded.
[[nodiscard]] const std::vector<std::string>& recorded_secrets();

} // namespace ankkor::testing
