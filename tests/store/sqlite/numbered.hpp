// Commits that are numbered without a gap, so that what a store holds tells which of them it has.
#pragma once

#include "suite.hpp"

namespace ankkor::store::testing {

[[nodiscard]] entry numbered_entry(std::uint64_t number);

// The sixteen after `last`, for one commit.
[[nodiscard]] std::vector<entry> numbered_batch(std::uint64_t last);

// Everything up to one number and nothing of the next, in whole batches; answers that number.
std::uint64_t check_whole(store& held);

} // namespace ankkor::store::testing
