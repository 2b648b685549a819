#include "stock/details.hpp"

#include <array>
#include <utility>

namespace ankkor::stock {

namespace {

constexpr std::array<std::string_view, 4> listing_spellings{"visible", "catalog", "search",
                                                            "hidden"};

// Calls visit(part, member) for each part of the details.
template <class Visit>
void for_each_part(Visit visit) {
  visit(detail::sold_individually, &item_details::sold_individually);
  visit(detail::purchasable, &item_details::purchasable);
  visit(detail::listed, &item_details::listed);
  visit(detail::password, &item_details::has_password);
  visit(detail::low_stock, &item_details::low_stock);
  visit(detail::brands, &item_details::brands);
  visit(detail::tags, &item_details::tags);
  visit(detail::amounts, &item_details::amounts);
}

} // namespace

bool agree(const item_details& a, const item_details& b) {
  bool same = true;
  for_each_part([&](detail part, auto member) {
    same = same && (!a.knows(part) || !b.knows(part) || a.*member == b.*member);
  });
  return same;
}

item_details completed(item_details seen, const item_details& held) {
  for_each_part([&](detail part, auto member) {
    if (seen.knows(part))
      return;
    seen.*member = held.*member;
    if (held.knows(part))
      seen.learn(part);
  });
  return seen;
}

std::string_view to_string(listing value) noexcept {
  return listing_spellings.at(static_cast<std::size_t>(value));
}

std::optional<listing> parse_listing(std::string_view text) noexcept {
  for (std::size_t at = 0; at < listing_spellings.size(); ++at) {
    if (listing_spellings.at(at) == text)
      return static_cast<listing>(at);
  }
  return std::nullopt;
}

} // namespace ankkor::stock
