// Which deliveries the store holds, by their identity: what an index on the disk would be asked for
// each delivery. Identities are random, so such an index would have another of its pages written
// for each. It is read anew from the rows at every start.
#pragma once

#include "base/flat_table.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ankkor::store {

// A number for a delivery's identity. Two may have the same: who looks compares the rows.
[[nodiscard]] std::uint32_t mark_of(std::string_view delivery_id,
                                    const decltype(delivery::body_digest)& body_digest) noexcept;

// A hash table from marks to rows, 8 bytes a place and 11 to 16 a delivery. All rows that are held
// at one time must lie within 2^32 of each other.
class known_deliveries {
public:
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

  // Whether is_it(row) holds for one of the rows with that mark.
  template <class IsIt>
  [[nodiscard]] bool contains(std::uint32_t mark, IsIt is_it) const {
    return places_.find(mark, [&](const place& each) {
      return each.mark == mark && is_it(row_of(each));
    }) != nullptr;
  }

  // Preconditions: the mark is mark_of()'s, and the row isn't in here.
  void add(std::uint32_t mark, std::int64_t row);

  // Nothing happens if it isn't in here.
  void remove(std::uint32_t mark, std::int64_t row);

private:
  struct place {
    std::uint32_t mark = 0;    // 0: empty
    std::uint32_t low_row = 0; // the row's lower half

    [[nodiscard]] bool empty() const noexcept { return mark == 0; }

    [[nodiscard]] std::uint32_t hash() const noexcept { return mark; }
  };

  // The highest row up to the newest that has this lower half.
  [[nodiscard]] std::int64_t row_of(const place& of) const noexcept {
    return newest_row_ - (static_cast<std::uint32_t>(newest_row_) - of.low_row);
  }

  open_table<place> places_;
  std::int64_t newest_row_ = 0;
};

} // namespace ankkor::store
