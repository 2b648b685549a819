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

} // namespace

status check_preconditions(std::span<const entry> entries) {
  for (const auto& each : entries) {
    if (each.state && !is_well_formed(*each.state))
      return error{
        errc::invalid_input,
        fmt::format("product {} was to be stored with an item that isn't its own", each.state->id),
        ""};
  }
  return done{};
}

} // namespace ankkor::store
