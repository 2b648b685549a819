// How a copy was wrong: what a reconciliation found to differ from what was held.
#pragma once

#include "stock/product.hpp"

#include <array>
#include <string_view>

namespace ankkor::stock {

// One an item: the first of these that holds.
enum class drift : std::uint8_t {
  missing, // it was not held, or held as gone
  gone,    // it is held, and isn't there any more
  status,  // published, draft, in the trash, …
  stock,
  price,
  other, // name, slug, SKU, categories, type, the list of its variations
};

inline constexpr std::array all_drifts{drift::missing, drift::gone,  drift::status,
                                       drift::stock,   drift::price, drift::other};

// Precondition: `held`, if there is one, and `now` don't say the same.
[[nodiscard]] drift drift_of(const item* held, const item& now);

// Whether WooCommerce tells of this change with a webhook of that very item, so that it counts as
// missed if none comes: not of what was written past WooCommerce, which moves no date, and not of
// what a variable product takes from its variations (captures 027, 037 to 041).
[[nodiscard]] bool is_told_by_webhook(const item* held, const item& now);

[[nodiscard]] std::string_view to_string(drift value) noexcept;

} // namespace ankkor::stock
