// What has to hold of entries before any store takes them.
#pragma once

#include "store/store.hpp"

namespace ankkor::store {

// errc::invalid_input if an entry breaks a precondition of `entry`.
[[nodiscard]] status check_preconditions(std::span<const entry> entries);

} // namespace ankkor::store
