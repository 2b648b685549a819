#include "store/preconditions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ankkor::store {

namespace {

bool is_well_formed(const stock::product& state) {
  const auto is_child = [&](const stock::record& row) { return row.value.parent == state.id; };
  if (state.self && (state.self->value.id != state.id || state.self->value.parent != 0))
    return false;
  return std::all_of(state.variations.begin(), state.variations.end(), is_child);
}

// A product's row says which line of its history is the newest.
bool has_history_of_its_own(const entry& each) {
  return std::all_of(each.history.begin(), each.history.end(), [&](const history_entry& line) {
    return each.state && line.product == each.state->id;
  });
}

} // namespace

status check_preconditions(std::span<const entry> entries) {
  for (const auto& each : entries) {
    if (each.state && !is_well_formed(*each.state))
      return error{
        errc::invalid_input,
        fmt::format("product {} was to be stored with an item that isn't its own", each.state->id),
        ""};
    if (!has_history_of_its_own(each))
      return error{
        errc::invalid_input,
        fmt::format("history of product {} was to be stored without that product's state",
                    each.history.front().product),
        ""};
  }
  return done{};
}

} // namespace ankkor::store
