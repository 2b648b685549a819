// What the reconciler remembers over a restart: its bookmarks in the store, as text and back.
#pragma once

#include "actors/reading/item_set.hpp"
#include "actors/reading/page_walk.hpp"

#include <optional>

namespace ankkor::actors {

// From where the next incremental pass looks.
struct watermark {
  stock::store_time at{};            // the shop's clock
  std::chrono::seconds utc_offset{}; // of the shop's local time, as last known
  // After the shop's clock was set forward: the offset to come, and since when it is seen.
  std::optional<std::chrono::seconds> next_offset;
  stock::store_time next_since{};
};

// A full pass that is under way.
struct scrub_mark {
  stock::moment begun{};
  std::optional<std::uint64_t> total; // products
  std::uint64_t done = 0;             // products
  page_walk::place place;
};

struct reconcile_marks {
  std::optional<watermark> modified;
  std::optional<stock::moment> last_scrub; // when the last whole one began: the catalog is loaded
  std::optional<scrub_mark> scrub;
  std::optional<stock::store_time> withdrawn; // from where REST's lists are to be read
  item_set seen;                              // by the full pass under way
};

inline constexpr std::string_view watermark_name = "reconciliation.watermark";
inline constexpr std::string_view scrub_name = "reconciliation.scrub";
inline constexpr std::string_view last_scrub_name = "reconciliation.scrub.last";
inline constexpr std::string_view withdrawn_name = "reconciliation.withdrawn";
inline constexpr std::string_view seen_prefix = "reconciliation.seen.";

[[nodiscard]] store::bookmark to_bookmark(const watermark& mark);
// An empty value, which removes it, if the shop's cursors can't be kept as they are.
[[nodiscard]] store::bookmark to_bookmark(const scrub_mark& mark);
[[nodiscard]] store::bookmark last_scrub_bookmark(stock::moment begun);
[[nodiscard]] store::bookmark withdrawn_bookmark(stock::store_time from);

// What can't be read is left out: it is read at WooCommerce again.
[[nodiscard]] reconcile_marks read_marks(const std::vector<store::bookmark>& marks);

} // namespace ankkor::actors
