// What else the shop says of an item that decides whether and how it is sold, shown and listed. Not
// every source says all of it: what nobody has said yet has the value that most items have.
#pragma once

#include "stock/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::stock {

// Where the shop lists a product. Hidden from everywhere it is still for sale by its address.
enum class listing : std::uint8_t { everywhere, catalog, search, nowhere };

// The parts of item_details, each a bit of `known`.
enum class detail : std::uint8_t {
  sold_individually = 1U << 0U,
  purchasable = 1U << 1U,
  listed = 1U << 2U,
  password = 1U << 3U,
  low_stock = 1U << 4U,
  brands = 1U << 5U,
  tags = 1U << 6U,
  amounts = 1U << 7U,
};

// How many of it a cart may hold. Absent: any. No part of WooCommerce itself, but of its extension
// Min/Max Quantities, whose fields of a product's metadata other plugins have taken over.
struct order_amounts {
  std::optional<quantity> minimum;
  std::optional<quantity> maximum;
  std::optional<quantity> step; // above 0: only multiples of it

  bool operator==(const order_amounts&) const = default;
};

struct item_details {
  std::uint8_t known = 0;         // bits of `detail`: what some source has said
  bool sold_individually = false; // one a cart
  bool purchasable = true;        // has a price, and no extension forbids it
  bool has_password = false;      // its page asks for a password
  listing listed = listing::everywhere;
  std::optional<quantity> low_stock; // at or under this it is low; absent: as for the whole shop
  std::vector<std::string> brands;   // slugs, sorted
  std::vector<std::string> tags;     // product tags: slugs, sorted
  order_amounts amounts;

  bool operator==(const item_details&) const = default;

  [[nodiscard]] bool knows(detail part) const noexcept {
    return (known & static_cast<std::uint8_t>(part)) != 0;
  }

  void learn(detail part) noexcept { known |= static_cast<std::uint8_t>(part); }
};

// True if both say the same of everything that both know. What only one of them knows is no
// difference: the shop hasn't changed because another source was asked.
[[nodiscard]] bool agree(const item_details& a, const item_details& b);

// What `seen` says, and for the rest what `held` does.
[[nodiscard]] item_details completed(item_details seen, const item_details& held);

// WooCommerce's spelling: "visible", "catalog", "search" or "hidden".
[[nodiscard]] std::string_view to_string(listing value) noexcept;
// Nothing if it is none of them.
[[nodiscard]] std::optional<listing> parse_listing(std::string_view text) noexcept;

} // namespace ankkor::stock
