// Which items a GraphQL connection holds, in which order, and where its pages are cut.
#pragma once

#include "emulator/access.hpp"
#include "emulator/catalog.hpp"
#include "emulator/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::emulator::graphql {

struct connection {
  std::vector<const item*> nodes; // that the viewer may see
  std::optional<std::int64_t> found;
  bool has_next = false;
  bool has_previous = false;
};

struct paging {
  std::size_t first = 10;
  post_id after = 0;      // 0: from the beginning
  bool continued = false; // an `after` was given, if a useless one
};

// base64("arrayconnection:ID"), and nothing else is in it.
[[nodiscard]] std::string cursor_of(post_id id);
// 0 if it is none.
[[nodiscard]] post_id read_cursor(std::string_view text);

// Reads `first`, of which more than `page_max` is cut to it, and `after`; nothing if `first` is
// negative, which is an error.
[[nodiscard]] std::optional<paging> read_paging(const json_value& arguments, std::size_t page_max);

// What a viewer may see: nothing but published items, for all but those who manage the shop.
[[nodiscard]] bool visible(const item& of, const user* viewer);

struct list_context {
  const catalog& shop;
  const user* viewer;
  std::chrono::minutes zone;
  moment now;
};

[[nodiscard]] connection list_products(const list_context& on, const json_value& where,
                                       const paging& page, bool may_have_variations);
[[nodiscard]] connection list_content(const list_context& on, const json_value& where,
                                      const paging& page);
[[nodiscard]] connection list_variations(const list_context& on, const item& of,
                                         const json_value& where, const paging& page);

} // namespace ankkor::emulator::graphql
