// What a change makes visible: which pages and cache tags show something that is no longer so.
#pragma once

#include "stock/product.hpp"

#include <span>

namespace ankkor::stock {

// What of a product changed for those who look at it. Empty: no page shows the change.
struct visible_change {
  std::vector<std::string> tags; // product-{id}, product-{slug}, category-{slug}; each once, sorted
  std::vector<std::string> slugs; // the product's slugs, old and new, for the path templates
  std::vector<product_id> items;  // the product and the variations whose stock changed, ascending

  [[nodiscard]] bool empty() const noexcept { return tags.empty(); }

  bool operator==(const visible_change&) const = default;
};

// Whether any page shows the change from one state of a product to another.
[[nodiscard]] bool is_visible(const product& before, const product& after);

// Compares two states of one product. Category tags are there only when what a listing shows
// changed: name, slug, price, availability, or being listed at all.
[[nodiscard]] visible_change what_changed(const product& before, const product& after);

// Fills templates such as "/product/{slug}" for every slug, and those with no more than {id} once:
// each path once, sorted.
[[nodiscard]] std::vector<std::string> render_paths(std::span<const std::string> templates,
                                                    product_id id,
                                                    std::span<const std::string> slugs);

} // namespace ankkor::stock
