// From the nodes of a GraphQL answer to stock/ values. For the sources of this folder alone:
// whoever includes it compiles simdjson. What is said here to throw throws graphql::malformed.
#pragma once

#include "net/woocommerce/graphql.hpp"
#include "net/woocommerce/graphql_dom.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace ankkor::net::graphql {

// Nothing if it isn't one.
[[nodiscard]] std::optional<stock::product_id> read_id(json::object of);

// WooGraphQL writes null for "". The text lives as long as the document. Throws if it is no text.
[[nodiscard]] std::string_view read_text(json::object of, std::string_view key);

// The nodes of a connection. Throws if it has none.
[[nodiscard]] json::array read_nodes(json::object connection);

// A page that says that there are more, and not where, would never end: throws.
void read_page_info(json::object connection, bool& more, std::string& cursor);

// A page of a product's variations; `path` is that of the connection. Throws if it isn't one.
[[nodiscard]] variations_page read_variations(json::object connection, stock::product_id parent,
                                              const std::string& path, const damage& errors);

// A product with the variations that came with it. Throws if it can't be read.
[[nodiscard]] found_item read_found_product(json::object of, const std::string& path,
                                            const damage& errors);

// A variation by itself; nothing if its product is hidden from us, as it is then hidden as well.
// Throws if it can't be read.
[[nodiscard]] std::optional<found_item>
read_found_variation(json::object of, const std::string& path, const damage& errors);

// Gathers the site's offset from UTC: that of what was modified last.
class site_clock {
public:
  void look_at(json::object of);

  // At each of the variations that came with it.
  void look_at_variations(json::object product);

  [[nodiscard]] std::optional<std::chrono::seconds> offset() const { return offset_; }

private:
  stock::store_time newest_{};
  std::optional<std::chrono::seconds> offset_;
};

} // namespace ankkor::net::graphql
