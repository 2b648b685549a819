// GET /admin/search?q=…: finds products by their ID, slug, SKU or a part of their name.
#pragma once

#include "actors/engine.hpp"
#include "net/http/server.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ankkor::api {

// How well an item agrees with what was searched for; the lower the better.
enum class match : std::uint8_t { id, sku, slug, name_begins, name_contains, sku_contains };

// What somebody searches for, ready to be compared: letters without case (ASCII and Latin-1).
class search_terms {
public:
  // Nothing if there is nothing to search for.
  [[nodiscard]] static std::optional<search_terms> parse(std::string_view text);

  [[nodiscard]] std::optional<match> compare(const stock::item& with) const;

private:
  std::string text_; // folded
  std::string slug_; // as WooCommerce keeps slugs
  std::optional<stock::product_id> id_;
};

// Looks through the whole catalog, a slice a turn of the loop, so that it holds nobody up; at most
// for two seconds, then what was found is answered as incomplete. Thread affinity: the one I/O
// thread of its exchanges.
class product_search {
public:
  static constexpr std::size_t hits_max = 20;
  static constexpr std::size_t running_max = 2; // at once; over it: 503

  explicit product_search(actors::engine& engine) : engine_(&engine) {}

  void answer(const std::shared_ptr<net::exchange>& exchange);

private:
  struct search;

  void go_on(const std::shared_ptr<search>& what);
  void finish(const std::shared_ptr<search>& what, bool complete);

  actors::engine* engine_;
  std::size_t running_ = 0;
};

} // namespace ankkor::api
