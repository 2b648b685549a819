// Finding what a reader asked for: in the view, or with WooCommerce's help.
#pragma once

#include "actors/engine.hpp"
#include "api/asking.hpp"
#include "net/http/server.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ankkor::api {

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

// Has WooCommerce asked for each of them, and calls `done` with the answers, in their order, on the
// exchange's thread. The engine answers within seconds, whatever happens.
void read_missing(actors::engine& engine, const std::shared_ptr<net::exchange>& exchange,
                  const std::vector<stock::product_id>& items,
                  std::function<void(std::vector<actors::read_answer>)> done);

} // namespace ankkor::api
