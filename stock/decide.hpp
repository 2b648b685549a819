// Which of two states of an item is the newer one: invariant I2, "never backwards".
#pragma once

#include "stock/product.hpp"

namespace ankkor::stock {

// How an observation came to us; it decides how far its content can be trusted to be the present.
enum class source : std::uint8_t {
  webhook,      // built at an unknown time before it arrived
  read,         // a page or a batch of a reconciliation
  confirmation, // a direct read that was made to settle a question: it decides
};

// Something seen of one item at its source.
struct observation {
  // value.status is publication::gone when a read said that the item isn't there; of the rest only
  // its ID and, if it is a variation that is held, its parent count then.
  item value;
  reading read;
  source from = source::webhook;
};

enum class verdict : std::uint8_t {
  applied,   // newer, and something of it differs
  unchanged, // says what is held; at most its dates are newer
  stale,     // older than what is held
  confirm,   // can't be ordered: nothing is changed before WooCommerce was read again
};

struct decision {
  verdict outcome = verdict::unchanged;
  // The item as it is to be held from now on, if that differs from what is held in any way.
  std::optional<record> next;
  // With verdict::confirm: the read that settles it must not begin before this moment, which is
  // after both observations and after the ambiguous second.
  moment read_not_before{};
};

// Orders by WooCommerce's modification time, then by when it was read. `held` is null for an item
// that nothing is known of; that such an item is gone is worth holding only from a confirmation, so
// let no stranger's request cause one.
//
// It goes back only where WooCommerce's dates do (its clock set back, a backup restored, or two
// saves that overlap): then a webhook alone may be believed wrongly, until the next read.
[[nodiscard]] decision decide(const record* held, observation seen);

// The product with the item put in its place. Precondition: next.value is the product itself or one
// of its variations.
[[nodiscard]] product with_item(const product& held, record next);

[[nodiscard]] std::string_view to_string(verdict value) noexcept;

} // namespace ankkor::stock
