#include "actors/reading/withdrawn_walk.hpp"

namespace ankkor::actors {

namespace {

// What GraphQL showed is worth more than waiting for this: the next pass looks from the same date.
constexpr std::uint32_t failures_max = 3;
// A shop that answers every page alike would be asked for ever.
constexpr std::uint32_t requests_max = 2'000;
constexpr auto second = std::chrono::seconds{1};

} // namespace

withdrawn_walk::withdrawn_walk(stock::store_time since) : since_(since - second), ended_(false) {
  next_.after = since_;
}

void withdrawn_walk::take(std::span<const net::listed_product> list) {
  failures_ = 0;
  if (++requests_ >= requests_max) {
    ended_ = true;
    return;
  }
  if (list.size() >= net::product_list_size) {
    // That second may have more than fitted.
    const auto after = list.back().modified - second;
    if (after > next_.after) {
      next_.after = after;
      next_.page = 1;
    } else {
      ++next_.page; // it alone has more than a page
    }
    return;
  }
  if (next_.status == net::listed_status::any) {
    next_ = {net::listed_status::trash, since_, 1};
    return;
  }
  ended_ = true;
  whole_ = true;
}

bool withdrawn_walk::failed(bool transient) {
  ++failures_;
  ended_ = !transient || failures_ >= failures_max;
  return !ended_;
}

} // namespace ankkor::actors
