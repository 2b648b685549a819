#include "stock/decide.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ankkor::stock {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// How far WooCommerce's clock may be off before a date that looks like the past is believed to be
// past.
constexpr auto clock_tolerance = seconds{2};

// True if `a` was certainly read before `b` was begun to be read.
bool certainly_before(const reading& a, const reading& b) {
  return b.begin != reading::unknown && a.end < b.begin;
}

// Both readings saw the same content, so it was the present at some point of each.
reading united(const reading& a, const reading& b) {
  return {std::max(a.begin, b.begin), std::max(a.end, b.end)};
}

// A read from then on is certainly later than both, and finds the ambiguous second over: the
// payload was built after that second began and before it was seen, so one second later it is over.
// Only a clock that is seconds behind lets it look past too early; that costs another confirmation.
moment settling_moment(const record& held, const observation& seen) {
  const auto both_seen = std::max(held.read.end, seen.read.end);
  const auto second_is_over = moment{seen.value.modified} + seconds{1};
  return both_seen + (second_is_over + clock_tolerance < both_seen ? microseconds{1} : seconds{1});
}

decision replace(observation seen) {
  return {verdict::applied, record{std::move(seen.value), seen.read}, {}};
}

decision stale() {
  return {verdict::stale, std::nullopt, {}};
}

decision confirm(const record& held, const observation& seen) {
  return {verdict::confirm, std::nullopt, settling_moment(held, seen)};
}

// Numbers that a variation inherits are no content of its own, so they may differ all the same: the
// newer ones are kept.
decision unchanged(const record& held, observation seen) {
  const bool newer =
    seen.value.modified > held.value.modified || certainly_before(held.read, seen.read);
  const auto read = united(held.read, seen.read);
  auto next = newer ? record{std::move(seen.value), read} : record{held.value, read};
  // What is learnt of an item that stays as it is doesn't depend on which of the two is the newer.
  if (!newer)
    next.value.details = completed(std::move(next.value.details), seen.value.details);
  if (next == held)
    return {verdict::unchanged, std::nullopt, {}};
  return {verdict::unchanged, std::move(next), {}};
}

// An item that isn't there has no date, so only the readings' order counts.
decision decide_with_absence(const record& held, observation seen) {
  const bool gone_before = held.value.status == publication::gone;
  const bool gone_now = seen.value.status == publication::gone;
  if (gone_before && gone_now)
    return unchanged(held, std::move(seen));
  if (certainly_before(seen.read, held.read))
    return stale();
  if (!certainly_before(held.read, seen.read))
    return confirm(held, seen);
  // A page of a list can lack an item for many reasons; only a direct read says that it is gone.
  if (gone_now && seen.from != source::confirmation)
    return confirm(held, seen);
  return replace(std::move(seen));
}

} // namespace

decision decide(const record* held, observation seen) {
  const bool gone_now = seen.value.status == publication::gone;
  if (held == nullptr) {
    if (!gone_now)
      return replace(std::move(seen));
    // A delivery built before it went may still be on its way, so what was found out is kept; but
    // not what a page lacks, or everything that never was would have to be.
    if (seen.from == source::confirmation)
      return {verdict::unchanged, record{std::move(seen.value), seen.read}, {}};
    return {verdict::unchanged, std::nullopt, {}};
  }
  seen.value.details = completed(std::move(seen.value.details), held->value.details);
  if (gone_now || held->value.status == publication::gone)
    return decide_with_absence(*held, std::move(seen));

  const bool later = certainly_before(held->read, seen.read);
  const bool earlier = certainly_before(seen.read, held->read);
  const bool same = same_content(held->value, seen.value);

  if (seen.value.modified == held->value.modified) {
    if (same)
      return unchanged(*held, std::move(seen));
    if (later)
      return replace(std::move(seen));
    return earlier ? stale() : confirm(*held, seen);
  }
  if (seen.value.modified > held->value.modified) {
    // Newer by date but read before what is held: the shop's clock went back in between.
    if (earlier)
      return stale();
    return same ? unchanged(*held, std::move(seen)) : replace(std::move(seen));
  }
  // Older by date. A page that was read later and yet says so is a cache's or a replica's answer,
  // or a shop restored from a backup: a direct read decides.
  if (!later)
    return stale();
  return seen.from == source::confirmation ? replace(std::move(seen)) : confirm(*held, seen);
}

product with_item(const product& held, record next) {
  auto made = product{};
  made.version = held.version;
  made.changed = held.changed;
  if (!next.value.is_variation()) {
    made.id = next.value.id;
    made.variations = held.variations;
    made.self = std::move(next);
    return made;
  }
  made.id = next.value.parent;
  made.self = held.self;
  const auto id = next.value.id;
  auto rest = std::lower_bound(
    held.variations.begin(), held.variations.end(), id,
    [](const record& other, product_id wanted) { return other.value.id < wanted; });
  made.variations.reserve(held.variations.size() + 1);
  made.variations.assign(held.variations.begin(), rest);
  made.variations.push_back(std::move(next));
  if (rest != held.variations.end() && rest->value.id == id)
    ++rest;
  made.variations.insert(made.variations.end(), rest, held.variations.end());
  return made;
}

std::string_view to_string(verdict value) noexcept {
  constexpr std::array<std::string_view, 4> spellings{"applied", "unchanged", "stale", "confirm"};
  return spellings.at(static_cast<std::size_t>(value));
}

} // namespace ankkor::stock
