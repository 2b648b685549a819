// REST's list of products by when they were modified, of which it tells what GraphQL hides from
// strangers: which of them are no longer published.
#pragma once

#include "net/woocommerce/graphql.hpp"

namespace ankkor::net {

inline constexpr std::size_t product_list_size = 100; // WooCommerce refuses to list more at once

// Which list. WooCommerce's list of any status leaves the trash out (facts, section 7).
enum class listed_status : std::uint8_t { any, trash };

struct product_list_query {
  listed_status status = listed_status::any;
  stock::store_time after{}; // whole seconds: what was modified in this very one is left out
  std::uint64_t page = 1;
};

// The path and query of the GET, the oldest modification first. `list` is the path of the list.
[[nodiscard]] std::string product_list_target(std::string_view list,
                                              const product_list_query& query);

struct listed_product {
  stock::product_id id = 0;
  bool published = false;
  stock::store_time modified{};
};

// Reads answers, as graphql_reader does: judged first, and never half read. One a thread. The
// response's body must be followed by 64 readable bytes, as http_client promises.
class product_list_reader {
public:
  product_list_reader();
  ~product_list_reader();
  product_list_reader(product_list_reader&&) noexcept;
  product_list_reader& operator=(product_list_reader&&) noexcept;

  [[nodiscard]] graphql_result<std::vector<listed_product>> read(const client_response& response,
                                                                 graphql_reader::time_point now);

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace ankkor::net
