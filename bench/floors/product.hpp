// What the floor does with a delivery: WooCommerce's signature by OpenSSL's EVP_MAC, and simdjson
// over the fields of a product that ankkor reads. On these libraries directly, sharing nothing with
// the daemon.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ankkor::floors {

class product_reader {
public:
  explicit product_reader(std::string_view secret);
  ~product_reader();
  product_reader(const product_reader&) = delete;
  product_reader& operator=(const product_reader&) = delete;

  // Whether the signature is the body's, and the body a product. Gives the body the spare bytes
  // that simdjson wants.
  [[nodiscard]] bool read(std::string& body, std::string_view signature);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::floors
