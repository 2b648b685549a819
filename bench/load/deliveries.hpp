// What ankkor-load sends: WooCommerce's deliveries of product.updated, made from one recorded body,
// each with its own ID, stock and date, and signed. Pure: no I/O, no clock.
#pragma once

#include "base/error.hpp"
#include "net/signature.hpp"
#include "stock/product.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::load {

// The state that a delivery brings.
struct product_state {
  stock::product_id id = 0;
  std::int64_t quantity = 0;
  stock::store_time modified{};
};

// One thread at a time.
class delivery_maker {
public:
  // `body`: a simple product with managed stock, as WooCommerce sends it. `seed` tells the
  // delivery IDs of one run from those of another.
  static result<delivery_maker> from(std::string_view body, std::string secret, std::string host,
                                     std::uint64_t seed);

  // Puts the whole HTTP request in place of what `request` held.
  void make(const product_state& state, std::string& request);

  // Of the last delivery made.
  [[nodiscard]] std::string_view last_body() const noexcept { return body_; }

private:
  enum class blank : std::uint8_t { none, id, quantity, modified };

  // Text that stays, and what comes behind it.
  struct piece {
    std::string text;
    blank next = blank::none;
  };

  delivery_maker() = default;

  void fill(const product_state& state);

  std::vector<piece> pieces_;
  std::string secret_;
  std::string host_;
  std::string body_;
  std::uint64_t seed_ = 0;
  std::uint64_t made_ = 0;
};

// The product in a file: its JSON, or a recording that holds it (tests/recordings/README.md).
[[nodiscard]] result<std::string> read_body(const std::string& path);

} // namespace ankkor::load
