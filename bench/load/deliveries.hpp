// What ankkor-load sends: WooCommerce's deliveries of product.updated, made from one recorded body,
// each with its own delivery ID, product, stock and date, and signed. Pure: no I/O, no clock.
#pragma once

#include "base/error.hpp"
#include "net/woocommerce/signature.hpp"
#include "stock/product.hpp"

#include <cstdint>
#include <memory>
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
  static result<delivery_maker> from(std::string_view body, const std::string& secret,
                                     std::string host, std::uint64_t seed);

  // Each puts a whole HTTP request in place of what `request` held. This one has a new delivery ID.
  void make(const product_state& state, std::string& request);
  // The very bytes of the delivery of that number, given the state that it was made of.
  void repeat(const product_state& state, std::uint64_t number, std::string& request);
  // With a new ID and a well-formed signature that isn't the body's.
  void forge(const product_state& state, std::string& request);

  // From now on signatures are written as hexadecimal digits, which WooCommerce doesn't: for a
  // receiver that knows no other way.
  void sign_in_hex();

  // Of the delivery made last by make() or forge().
  [[nodiscard]] std::uint64_t last_number() const noexcept { return made_; }

  // Of the last delivery made.
  [[nodiscard]] std::string_view last_body() const noexcept { return body_; }

private:
  enum class blank : std::uint8_t { none, id, slug, sku, quantity, modified };

  // Text that stays, and what comes behind it.
  struct piece {
    std::string text;
    blank next = blank::none;
  };

  delivery_maker() = default;

  void fill(const product_state& state);
  void write(std::uint64_t number, std::string_view signature, std::string& request);

  std::vector<piece> pieces_;
  std::shared_ptr<net::signer> signer_;
  std::string wrong_signature_;
  bool hex_ = false;
  std::string host_;
  std::string body_;
  std::uint64_t seed_ = 0;
  std::uint64_t made_ = 0;
};

// The product with a description so long that the whole has at least `size` bytes, and as few more
// as can be; as it is if it has them already or holds no description.
[[nodiscard]] std::string padded(std::string body, std::size_t size);

// The product in a file: its JSON, or a recording that holds it (tests/recordings/README.md).
[[nodiscard]] result<std::string> read_body(const std::string& path);

} // namespace ankkor::load
