// The way through REST's lists of what was modified lately, in which products show that are no
// longer published and that GraphQL hides from strangers. It goes on by date: a list that is cut
// into pages by number leaves something out when a product is edited meanwhile.
#pragma once

#include "net/woocommerce/product_list.hpp"

#include <span>

namespace ankkor::actors {

class withdrawn_walk {
public:
  // There is nothing to read.
  withdrawn_walk() = default;

  // What was modified from that second on: first what isn't in the trash, then what is.
  explicit withdrawn_walk(stock::store_time since);

  [[nodiscard]] bool ended() const noexcept { return ended_; }

  // All of it was read.
  [[nodiscard]] bool whole() const noexcept { return whole_; }

  // What to ask for next. Precondition: it hasn't ended.
  [[nodiscard]] const net::product_list_query& next() const noexcept { return next_; }

  // Judges the answer to next().
  void take(std::span<const net::listed_product> list);

  // True if it is to be asked for again.
  [[nodiscard]] bool failed(bool transient);

  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; } // in a row

private:
  net::product_list_query next_;
  stock::store_time since_{};
  std::uint32_t failures_ = 0;
  std::uint32_t requests_ = 0;
  bool ended_ = true;
  bool whole_ = false;
};

} // namespace ankkor::actors
