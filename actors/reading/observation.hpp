// What was read at WooCommerce, as the catalog takes it.
#pragma once

#include "actors/incoming.hpp"

#include <memory>
#include <string>
#include <utility>

namespace ankkor::actors {

// `cause` is shown in the product's history.
[[nodiscard]] inline std::shared_ptr<incoming> observe(stock::item value, stock::reading read,
                                                       stock::source from, std::string cause) {
  auto seen = std::make_shared<incoming>();
  seen->received = read.end;
  seen->cause = std::move(cause);
  seen->content = stock::observation{std::move(value), read, from};
  return seen;
}

} // namespace ankkor::actors
