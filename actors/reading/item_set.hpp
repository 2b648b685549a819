// Which items a pass over the catalog has seen: a bit each, kept over restarts as bookmarks.
#pragma once

#include "store/store.hpp"

#include <bitset>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace ankkor::actors {

// WordPress's IDs lie close together, so a bit each is a few bytes an item.
class item_set {
public:
  // False if it was in already.
  bool insert(stock::product_id item);

  [[nodiscard]] bool contains(stock::product_id item) const;

  // What has changed since the last time, as bookmarks whose names begin with `prefix`.
  [[nodiscard]] std::vector<store::bookmark> take_changes(std::string_view prefix);

  // Takes in a bookmark of take_changes; false if it is none.
  bool restore(const store::bookmark& mark, std::string_view prefix);

  // The bookmarks that remove it from the store.
  [[nodiscard]] std::vector<store::bookmark> removal(std::string_view prefix) const;

private:
  static constexpr std::size_t chunk_bits = 8192; // 2 KiB of hexadecimal digits: a bookmark holds 4

  std::map<std::uint64_t, std::bitset<chunk_bits>> chunks_;
  std::set<std::uint64_t> changed_;
};

} // namespace ankkor::actors
