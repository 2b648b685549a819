#include "store/sqlite/known_deliveries.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <utility>

namespace ankkor::store {

namespace {

constexpr std::size_t places_min = 1024;

} // namespace

std::uint32_t mark_of(std::string_view delivery_id,
                      const decltype(delivery::body_digest)& body_digest) noexcept {
  std::uint64_t digest = 0;
  std::memcpy(&digest, body_digest.data(), sizeof digest);
  // The upper bits of a product depend on all bits of its factors.
  const auto mixed = (std::hash<std::string_view>{}(delivery_id) ^ digest) * 0x9E3779B97F4A7C15U;
  return static_cast<std::uint32_t>(mixed >> 32U) | 1U;
}

void known_deliveries::add(std::uint32_t mark, std::int64_t row) {
  // More than three in four would make the ways long.
  if (4 * (size_ + 1) > 3 * places_.size())
    grow();
  put({mark, static_cast<std::uint32_t>(row)});
  newest_row_ = std::max(newest_row_, row);
  ++size_;
}

void known_deliveries::remove(std::uint32_t mark, std::int64_t row) {
  if (places_.empty())
    return;
  const auto low_row = static_cast<std::uint32_t>(row);
  auto hole = home(mark);
  while (places_[hole].mark != 0 &&
         (places_[hole].mark != mark || places_[hole].low_row != low_row))
    hole = after(hole);
  if (places_[hole].mark == 0)
    return;
  // What lies behind moves up, so that no way to it leads over an empty place.
  for (auto next = after(hole); places_[next].mark != 0; next = after(next)) {
    if (distance(home(places_[next].mark), next) < distance(hole, next))
      continue;
    places_[hole] = places_[next];
    hole = next;
  }
  places_[hole] = {};
  --size_;
}

void known_deliveries::put(place what) noexcept {
  auto at = home(what.mark);
  while (places_[at].mark != 0)
    at = after(at);
  places_[at] = what;
}

void known_deliveries::grow() {
  const auto before =
    std::exchange(places_, std::vector<place>(std::max(places_min, 2 * places_.size())));
  shift_ = 32U - static_cast<unsigned>(std::countr_zero(places_.size()));
  for (const auto& each : before) {
    if (each.mark != 0)
      put(each);
  }
}

} // namespace ankkor::store
