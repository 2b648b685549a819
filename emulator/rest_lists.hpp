// Lists of products and variations. For the sources of this folder alone.
#pragma once

#include "emulator/rest_call.hpp"

namespace ankkor::emulator::rest {

// Which items a list is to have.
struct item_filter {
  bool variations = false;
  std::optional<post_status> status; // absent: all but the trash
  std::optional<second> modified_after;
  std::optional<second> modified_before;
  std::vector<post_id> include;
  std::vector<post_id> exclude;
  std::optional<kind> type;
  std::optional<stock_state> stock;
  const std::string* sku = nullptr;
  post_id parent = 0;

  [[nodiscard]] bool plain() const {
    return !variations && !modified_after && !modified_before && include.empty() &&
           exclude.empty() && !type && !stock && sku == nullptr;
  }

  [[nodiscard]] bool takes(const catalog& shop, const item& of) const {
    const auto listed = [&](const std::vector<post_id>& ids) {
      return std::find(ids.begin(), ids.end(), of.id) != ids.end();
    };
    return of.is_variation() == variations &&
           (status ? of.status == *status : of.status != post_status::trash) &&
           (!modified_after || of.modified > *modified_after) &&
           (!modified_before || of.modified < *modified_before) &&
           (include.empty() || listed(include)) && !listed(exclude) &&
           (!type || of.type == *type) && (!stock || shop.shown_stock(of).state == *stock) &&
           (sku == nullptr || shop.shown_sku(of) == *sku) && (parent == 0 || of.parent == parent);
  }
};

[[nodiscard]] item_filter read_filter(const call& of);
[[nodiscard]] http_answer list_items(const call& of, const item_filter& filter,
                                     std::string_view allow);

} // namespace ankkor::emulator::rest
