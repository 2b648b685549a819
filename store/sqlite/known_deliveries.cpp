#include "store/sqlite/known_deliveries.hpp"

#include <algorithm>
#include <cstring>

namespace ankkor::store {

std::uint32_t mark_of(std::string_view delivery_id,
                      const decltype(delivery::body_digest)& body_digest) noexcept {
  // Whoever delivers chooses the ID: the two are hashed apart and then together.
  std::uint64_t digest = 0;
  std::memcpy(&digest, body_digest.data(), sizeof digest);
  const auto both = keyed_hash{}(keyed_hash{}(delivery_id) ^ digest);
  return static_cast<std::uint32_t>(both >> 32U) | 1U;
}

void known_deliveries::add(std::uint32_t mark, std::int64_t row) {
  places_.add({mark, static_cast<std::uint32_t>(row)});
  newest_row_ = std::max(newest_row_, row);
}

void known_deliveries::remove(std::uint32_t mark, std::int64_t row) {
  const auto low_row = static_cast<std::uint32_t>(row);
  auto* found = places_.find(
    mark, [&](const place& each) { return each.mark == mark && each.low_row == low_row; });
  if (found != nullptr)
    places_.remove(found);
}

} // namespace ankkor::store
