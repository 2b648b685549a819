// Whether a shopping cart can be sold from the stock that is held. Pure functions.
#pragma once

#include "stock/product.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace ankkor::stock {

// Why a line can't be sold, or what is to be said of one that can.
enum class cart_remark : std::uint8_t {
  none,
  backorder,          // can be sold, though not all of it is there now
  not_found,          // there is no such product or variation, or it is not public
  unavailable,        // nobody knows now: it isn't held, and WooCommerce could not be asked
  variation_required, // a variable product: which of its variations?
  not_purchasable,    // grouped, or sold elsewhere (external)
  out_of_stock,
  insufficient_stock // there are some, but not as many
};

// As in the enum.
[[nodiscard]] std::string_view to_string(cart_remark value) noexcept;

// One line: what is held of the item, and how many are wanted.
struct cart_line {
  const product* held = nullptr; // null: nothing is
  const record* item = nullptr;  // of `held`
  stock::quantity quantity = 1;  // above 0
};

struct cart_verdict {
  bool available = false;
  cart_remark remark = cart_remark::none;
  // What the lines before leave of a stock that is counted; nothing if nobody counts. Never
  // negative.
  std::optional<quantity> left;
};

// One verdict a line, in their order. Lines of one stock add up, the first have the first claim: a
// variation's own stock is its own, one that is inherited is its product's and all variations' that
// inherit it. A line that can't be sold takes nothing.
[[nodiscard]] std::vector<cart_verdict> check_cart(std::span<const cart_line> lines);

} // namespace ankkor::stock
