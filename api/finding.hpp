// Finding what a reader asked for: in the view, or with WooCommerce's help.
#pragma once

#include "actors/engine.hpp"
#include "net/http_server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::api {

// A product or a variation, as an address or a cart names it.
struct wanted_item {
  stock::product_id item = 0;
  std::optional<stock::product_id> of; // the product whose variation it is said to be

  bool operator==(const wanted_item&) const = default;
};

enum class holding : std::uint8_t {
  shown,  // held, and public
  hidden, // known to be no such thing, or not public
  unknown // nothing is held of it: WooCommerce knows
};

struct found_item {
  holding as = holding::unknown;
  actors::snapshot_ptr snapshot;       // with shown
  const stock::record* item = nullptr; // of the snapshot
};

[[nodiscard]] found_item find_item(const actors::view& held, const wanted_item& wanted);
[[nodiscard]] found_item find_slug(const actors::view& held, std::string_view slug);

// The slug that a path's segment means, spelled as WooCommerce keeps it: lower case, and what isn't
// ASCII percent-encoded in lower case. "M%C3%BCtze" as a browser sends it, "m%c3%bctze" as
// WooCommerce writes it into addresses, and "m%25c3%25bctze", which is that encoded once more, are
// one. Nothing if it can't be a slug.
[[nodiscard]] std::optional<std::string> slug_of_segment(std::string_view segment);

// Has WooCommerce asked for each of them, and calls `done` with the answers, in their order, on the
// exchange's thread. The engine answers within seconds, whatever happens.
void read_missing(actors::engine& engine, const std::shared_ptr<net::exchange>& exchange,
                  const std::vector<stock::product_id>& items,
                  std::function<void(std::vector<actors::read_answer>)> done);

} // namespace ankkor::api
