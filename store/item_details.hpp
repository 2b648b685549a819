// An item's details as the stores keep them: JSON that a person can read, e.g.
// {"sold_individually":true,"listed":"search","tags":["summer"]}. Nothing is written of what is as
// for most items; of an item that is like most in everything the text is empty.
#pragma once

#include "stock/details.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ankkor::store {

// But for what is known of them, which has a column of its own.
[[nodiscard]] std::string details_to_json(const stock::item_details& details);

// Nothing if it can't have been written by ankkor. Names that are unknown are passed over.
[[nodiscard]] std::optional<stock::item_details> details_from_json(std::string_view text);

} // namespace ankkor::store
