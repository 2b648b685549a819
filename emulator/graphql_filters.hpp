// What a connection's `where` says, as predicates over items. For the sources of this folder alone.
#pragma once

#include "emulator/catalog.hpp"
#include "emulator/graphql_connections.hpp"
#include "emulator/json.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::emulator::graphql {

using predicate = std::function<bool(const item&)>;

// Null if it isn't there, or null.
[[nodiscard]] const json_value* member(const json_value& of, std::string_view name);
[[nodiscard]] std::vector<post_id> read_ids(const json_value& where, std::string_view name);
// True if the list holds that text.
[[nodiscard]] bool lists(const json_value& list, std::string_view text);
// "simple" -> "SIMPLE"
[[nodiscard]] std::string upper(std::string_view text);
// "IN_STOCK"
[[nodiscard]] std::string_view stock_name(stock_state state);

// The filters beside status and include; empty if there are none. `where` must outlive it.
[[nodiscard]] std::vector<predicate> read_filters(const catalog& shop, const json_value& where);

struct date_range {
  bool modified = false;
  std::optional<second> after; // both exclusive, UTC
  std::optional<second> before;
};

[[nodiscard]] date_range read_range(const list_context& on, const json_value& where);
[[nodiscard]] bool inside(const date_range& range, const item& of);

} // namespace ankkor::emulator::graphql
