// A product's stock as values: what WooCommerce says of one product or variation, and what this
// copy holds of a product together with its variations. No I/O, no clock, no threads.
#pragma once

#include "stock/details.hpp"
#include "stock/quantity.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ankkor::stock {

// A WordPress post ID: greater than 0. Products and variations share one number space.
using product_id = std::uint64_t;

// WooCommerce's own clock, UTC, whole seconds: the resolution of date_modified_gmt.
using store_time = std::chrono::sys_seconds;

// This machine's clock, UTC.
using moment = std::chrono::sys_time<std::chrono::microseconds>;

enum class product_type : std::uint8_t { simple, variable, variation, grouped, external, other };

// WordPress's post status. `gone` is ours: a direct read said that it isn't there, or isn't shown
// to us.
enum class publication : std::uint8_t {
  published,
  draft,
  pending,
  hidden,
  scheduled,
  trashed,
  other,
  gone
};

enum class stock_status : std::uint8_t { in_stock, out_of_stock, on_backorder };

// Who counts: nobody, the item itself, or (variations only) the parent product.
enum class stock_management : std::uint8_t { none, own, parent };

enum class backorders : std::uint8_t { no, notify, yes };

struct stock_level {
  stock_management managed = stock_management::none;
  // What is left; negative when more was sold on backorder than there is. Absent when not managed.
  std::optional<stock::quantity> quantity;
  stock_status status = stock_status::in_stock;
  backorders backorder = backorders::no;
  // The shop's own word for its status ("preorder"), where that is none of WooCommerce's three:
  // WooCommerce takes whatever isn't "outofstock" for in stock (facts, section 8). At most
  // own_status_bytes_max of what a slug may hold.
  std::string own_status{}; // NOLINT(readability-redundant-member-init): may be left out

  bool operator==(const stock_level&) const = default;
};

inline constexpr std::size_t own_status_bytes_max = 64;

struct category {
  std::string slug; // percent-encoded in lower case where it isn't ASCII, as WooCommerce gives it
  std::string name; // plain UTF-8 text

  bool operator==(const category&) const = default;
};

// Prices as WooCommerce's decimal strings in canonical form (canonical_price); "" where there is
// none.
struct prices {
  std::string current;
  std::string regular;
  std::string sale;

  bool operator==(const prices&) const = default;
};

// What WooCommerce says of one product or one variation.
struct item {
  product_id id = 0;
  product_id parent = 0; // 0: a product of its own; else the product whose variation this is
  product_type type = product_type::simple;
  publication status = publication::published;
  std::string slug; // percent-encoded in lower case where it isn't ASCII; "" for drafts
  std::string name; // plain UTF-8 text
  std::string sku;
  prices price;
  std::vector<category> categories;   // sorted by slug; empty for a variation
  std::vector<product_id> variations; // ascending; a variable product's own list of its variations
  stock_level stock;
  store_time modified{}; // date_modified_gmt: no version number (facts, section 4)
  item_details details;

  bool operator==(const item&) const = default;

  [[nodiscard]] bool is_variation() const noexcept { return parent != 0; }
};

// True if both say the same but for when WooCommerce modified them, and for details that only one
// of them knows.
[[nodiscard]] bool same_content(const item& a, const item& b);

// True if both say and know the same but for their stock and when WooCommerce modified them.
[[nodiscard]] bool same_description(const item& a, const item& b);

// "10.00" and "10" are one price: trailing zeros of a fraction, and its point, go.
[[nodiscard]] std::string canonical_price(std::string_view price);

// A slug as paths, cache tags and headers can carry it: WordPress keeps one percent-encoded in
// lower case; what isn't (WooGraphQL decodes those of categories, a plugin may leave a blank or a
// comma) is encoded so. A slug that needs nothing stays as it is.
[[nodiscard]] std::string canonical_slug(std::string_view slug);

// When something was read at its source. A webhook's payload is built at an unknown time before it
// arrives, so its `begin` is `unknown`; a GraphQL answer was read between the request and the
// answer.
struct reading {
  static constexpr moment unknown = moment::min();

  moment begin = unknown;
  moment end{};

  bool operator==(const reading&) const = default;
};

// One item as held, with when it was read.
struct record {
  item value;
  reading read;

  bool operator==(const record&) const = default;
};

// A product with its variations: what one product actor owns, and the unit of commit and
// publication.
struct product {
  product_id id = 0;
  // Unique over all products and restarts, and growing: 0 is "nothing held yet".
  std::uint64_t version = 0;
  std::optional<record> self;     // absent while only variations have been heard of
  std::vector<record> variations; // ascending by ID
  moment changed{};               // when the last change a reader can see was decided

  bool operator==(const product&) const = default;

  [[nodiscard]] const record* find(product_id item) const noexcept;
};

// The IDs of the variations that either holds, ascending, each once.
[[nodiscard]] std::vector<product_id> variations_of_either(const product& a, const product& b);

// Stock as a shopper meets it. A variation whose stock its parent manages follows the parent
// although neither its own date nor a webhook says so (facts, section 4: capture 190); a variable
// product that manages no stock itself is as available as the best of its variations (captures
// 037-041).
[[nodiscard]] stock_level effective_stock(const product& held, const record& item);

// True if a shopper can see it at all: published, and for a variation its product too.
[[nodiscard]] bool is_public(const product& held, const record& item);

[[nodiscard]] bool available_for_sale(const product& held, const record& item);

// Spellings of WooCommerce's REST API, and of this daemon's own.
[[nodiscard]] std::string_view to_string(product_type value) noexcept;
[[nodiscard]] std::string_view to_string(publication value) noexcept;
[[nodiscard]] std::string_view to_string(stock_status value) noexcept;
[[nodiscard]] std::string_view to_string(stock_management value) noexcept;
[[nodiscard]] std::string_view to_string(backorders value) noexcept;

// A stock status as the shop spells it: its own word, where it has one.
[[nodiscard]] std::string_view status_word(const stock_level& level) noexcept;
// The inverse. A word that WooCommerce doesn't have is in stock, and kept as the shop's own, unless
// it is empty or too long to be one.
void set_status(stock_level& level, std::string_view word);

// The inverse of to_string. An unknown spelling is `other`, or nothing where there is no `other`.
[[nodiscard]] product_type parse_product_type(std::string_view text) noexcept;
[[nodiscard]] publication parse_publication(std::string_view text) noexcept;
[[nodiscard]] std::optional<stock_status> parse_stock_status(std::string_view text) noexcept;
[[nodiscard]] std::optional<stock_management>
parse_stock_management(std::string_view text) noexcept;
[[nodiscard]] std::optional<backorders> parse_backorders(std::string_view text) noexcept;

} // namespace ankkor::stock
