// A product as bytes in one block: a third of the memory of the values themselves. What a million
// products that nobody asks for are held as.
#pragma once

#include "stock/product.hpp"

#include <memory>
#include <string_view>

namespace ankkor::stock {

class packed_product {
public:
  packed_product() = default; // nothing: may only be assigned to

  // `mark` is kept for whoever keeps this.
  packed_product(const product& held, std::uint8_t mark);

  // All of it, as it was.
  [[nodiscard]] product unpack() const;

  // Without unpacking.
  [[nodiscard]] std::uint64_t version() const noexcept;
  [[nodiscard]] std::uint8_t mark() const noexcept;
  [[nodiscard]] std::string_view slug() const noexcept; // of the product itself; "" if it has none

private:
  std::unique_ptr<char[]> bytes_; // NOLINT(modernize-avoid-c-arrays): one block, size unknown
};

} // namespace ankkor::stock
