// What readers ask with, from text to values: IDs, slugs, carts, and where a stream goes on. Pure
// functions of what a stranger wrote; nothing here knows the engine.
#pragma once

#include "base/error.hpp"
#include "net/http/server.hpp"
#include "stock/product.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::api {

// A product or a variation, as an address or a cart names it.
struct wanted_item {
  stock::product_id item = 0;
  std::optional<stock::product_id> of; // the product whose variation it is said to be

  bool operator==(const wanted_item&) const = default;
};

// "1,2,3": each once, in the order given. Nothing if one isn't an ID, or more than `max` are.
[[nodiscard]] std::optional<std::vector<stock::product_id>> parse_ids(std::string_view list,
                                                                      std::size_t max);

// The slug that a path's segment means, spelled as WooCommerce keeps it: lower case, and what isn't
// ASCII percent-encoded in lower case. "M%C3%BCtze" as a browser sends it, "m%c3%bctze" as
// WooCommerce writes it into addresses, and "m%25c3%25bctze", which is that encoded once more, are
// one. Nothing if it can't be a slug.
[[nodiscard]] std::optional<std::string> slug_of_segment(std::string_view segment);

// A line of a cart as it was asked for.
struct asked_line {
  wanted_item wanted;
  std::int64_t quantity = 1;
  std::string product;   // as JSON, as it was written: 34 or "34"
  std::string variation; // the same; "null" without one
};

struct cart_limits {
  static constexpr std::size_t lines_max = 200;
  static constexpr std::size_t body_bytes_max = std::size_t{64} * 1024;
  static constexpr std::int64_t quantity_max = 1'000'000'000;
};

// {"items":[{"productId":1,"variationId":2,"quantity":3}]}. IDs are numbers or strings of digits; a
// variation of null, 0 or "0", as WooCommerce's carts have it, is none. errc::invalid_input with
// what is wrong, and in which line; errc::too_large.
// Precondition: 64 readable bytes follow the text.
[[nodiscard]] result<std::vector<asked_line>> parse_cart(std::string_view json);

// Where a reader of the event stream was cut off, by `Last-Event-ID` or the parameter
// `lastEventId`; nothing for a new one. What isn't an ID of ours is one that nobody knows any more.
[[nodiscard]] std::optional<std::uint64_t> resumes_after(const net::request& request);

} // namespace ankkor::api
