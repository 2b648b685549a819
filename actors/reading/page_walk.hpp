// The way through the pages of a WooGraphQL list, whose cursors can betray: one whose product was
// deleted for good starts over at the first page without a word (recording cursor-product-deleted),
// and a page can come back empty in the middle (cursor-product-modified-between-pages).
#pragma once

#include "base/keyed_hash.hpp"
#include "net/woocommerce/graphql.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace ankkor::actors {

class page_walk {
public:
  enum class step : std::uint8_t {
    next,   // the page continues the list: ask for the one behind cursor()
    repeat, // it doesn't, or can't be told: ask again, behind cursor(), which may be an earlier one
    whole,  // it was the last
    lost,   // repeated too often: begin anew, later
  };

  // Where a walk stands, to go on from after a restart.
  struct place {
    std::vector<std::string> cursors;         // the last ones, the newest last
    std::vector<stock::product_id> first_ids; // on the first page
    std::uint64_t pages = 0;
  };

  page_walk() = default;
  explicit page_walk(place from);

  // Judges the page that was read behind cursor().
  [[nodiscard]] step take(const net::items_page& page);

  // What to ask behind; "" for the first page.
  [[nodiscard]] const std::string& cursor() const noexcept;

  [[nodiscard]] std::uint64_t pages() const noexcept { return pages_; } // taken, repeated ones not

  [[nodiscard]] place where() const;

private:
  [[nodiscard]] bool starts_over(const net::items_page& page) const;
  [[nodiscard]] bool is_doubtful_end(const net::items_page& page);
  step repeat(bool a_page_earlier);

  std::vector<std::string> cursors_;                  // all that led on, the newest last
  std::unordered_set<std::string, keyed_hash> known_; // the same, to look up
  std::unordered_set<stock::product_id, keyed_hash> first_ids_;
  std::string doubted_; // the cursor behind which a page was empty
  std::uint64_t pages_ = 0;
  std::uint32_t repeats_ = 0;
  std::uint32_t unreadable_in_row_ = 0;
};

} // namespace ankkor::actors
