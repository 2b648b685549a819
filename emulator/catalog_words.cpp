// How WooCommerce spells kinds, statuses and settings. See catalog.hpp.
#include "emulator/catalog.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

template <class E, std::size_t N>
std::optional<E> parse_spelling(const std::array<std::string_view, N>& spellings,
                                std::string_view text) {
  const auto found = std::find(spellings.begin(), spellings.end(), text);
  if (found == spellings.end())
    return std::nullopt;
  return static_cast<E>(found - spellings.begin());
}

template <class E, std::size_t N>
std::string_view spell(const std::array<std::string_view, N>& spellings, E value) {
  return spellings.at(static_cast<std::size_t>(value));
}

constexpr std::array<std::string_view, 5> kinds{"simple", "variable", "variation", "grouped",
                                                "external"};
constexpr std::array<std::string_view, 5> statuses{"publish", "draft", "pending", "private",
                                                   "trash"};
constexpr std::array<std::string_view, 3> states{"instock", "outofstock", "onbackorder"};
constexpr std::array<std::string_view, 3> policies{"no", "notify", "yes"};
constexpr std::array<std::string_view, 8> order_statuses{
  "pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed", "trash"};

} // namespace

std::string_view to_string(kind value) noexcept {
  return spell(kinds, value);
}

std::string_view to_string(post_status value) noexcept {
  return spell(statuses, value);
}

std::string_view to_string(stock_state value) noexcept {
  return spell(states, value);
}

std::string_view to_string(backorder_policy value) noexcept {
  return spell(policies, value);
}

std::string_view to_string(order_status value) noexcept {
  return spell(order_statuses, value);
}

std::optional<kind> parse_kind(std::string_view text) noexcept {
  return parse_spelling<kind>(kinds, text);
}

std::optional<post_status> parse_post_status(std::string_view text) noexcept {
  return parse_spelling<post_status>(statuses, text);
}

std::optional<stock_state> parse_stock_state(std::string_view text) noexcept {
  return parse_spelling<stock_state>(states, text);
}

std::optional<backorder_policy> parse_backorder_policy(std::string_view text) noexcept {
  return parse_spelling<backorder_policy>(policies, text);
}

std::optional<order_status> parse_order_status(std::string_view text) noexcept {
  return parse_spelling<order_status>(order_statuses, text);
}

} // namespace ankkor::emulator
