// What ankkor asks a shop over GraphQL: the documents, and the HTTP bodies ({"query":…,
// "variables":…}) made of them. tests/graphql-schema validates each against the recorded schema.
#pragma once

#include "stock/product.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ankkor::net {

// WPGraphQL cuts a larger page to this without a word (recording products-first-500).
inline constexpr std::size_t graphql_page_size = 100;

enum class item_kind : std::uint8_t { unknown, product, variation };

struct wanted_item {
  stock::product_id id = 0;
  // What it is, where that is known: of an unknown one both must be asked, which costs the shop one
  // more look-up of a post.
  item_kind kind = item_kind::unknown;
};

// Products and variations by their IDs, and products by their slugs, as they are kept or decoded: a
// slug travels as a variable, whatever is in it. Precondition: 1 to graphql_page_size items and
// slugs together; each ID once and greater than 0; slugs are UTF-8.
[[nodiscard]] std::string items_by_id_body(std::span<const wanted_item> wanted,
                                           std::span<const std::string> slugs = {});

// The variations of a product behind those that were read with it. `cursor` is
// found_item::more_variations, or the cursor of the page before.
[[nodiscard]] std::string more_variations_body(stock::product_id product, std::string_view cursor);

// What was modified from `since` on, products and variations both.
//
// WordPress compares in its own local time (recordings contentNodes-*), so the site's offset from
// UTC must be known; every answer with an item in it tells (items_page::utc_offset). After an
// answer with a smaller offset than it was asked with, ask again with that: the site's clock was
// set back, and what was modified since then has an earlier local time than `since` had. After one
// with a larger offset keep the smaller until `since` lies behind the change.
struct modified_query {
  stock::store_time since{}; // this second included
  stock::store_time until{}; // the present
  std::chrono::seconds utc_offset{};
  bool signed_in = false; // with an application password: drafts, private and trashed items too
  std::string cursor;     // of the page before; "" for the first page
};

[[nodiscard]] std::string modified_since_body(const modified_query& query);

// The whole catalog, as far as it is published, the newest product first, its variations with it:
// an order that edits don't disturb. `cursor` is "" for the first page.
[[nodiscard]] std::string catalog_page_body(std::string_view cursor);

// Who the shop thinks that we are: a wrong application password is no error there (recording
// auth-bad-app-password).
[[nodiscard]] std::string viewer_body();

} // namespace ankkor::net
