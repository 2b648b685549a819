// Prints the body of every kind of GraphQL request that ankkor makes: "NAME<TAB>BODY" a line.
#include "net/woocommerce/graphql_documents.hpp"

#include <array>
#include <iostream>
#include <string>
#include <string_view>

using namespace ankkor;

namespace {

void print(std::string_view name, const std::string& body) {
  std::cout << name << '\t' << body << '\n';
}

void print_items(std::string_view name, net::item_kind kind) {
  const auto wanted = std::array{net::wanted_item{14, kind}, net::wanted_item{140, kind}};
  print(name, net::items_by_id_body(wanted));
}

} // namespace

int main() {
  using namespace std::chrono;
  const auto since = sys_days{2026y / November / 22} + 16h;
  print_items("items_by_id of unknown items", net::item_kind::unknown);
  print_items("items_by_id of products", net::item_kind::product);
  print_items("items_by_id of variations", net::item_kind::variation);
  const auto slugs = std::array<std::string, 2>{"cup", "\"){ \\"};
  const auto item = std::array{net::wanted_item{14, net::item_kind::unknown}};
  print("items_by_id of slugs", net::items_by_id_body({}, slugs));
  print("items_by_id of both", net::items_by_id_body(item, slugs));
  print("more_variations", net::more_variations_body(139, "YXJyYXljb25uZWN0aW9uOjE0Mg=="));
  print("modified_since", net::modified_since_body({since, since + 1min, 1h, false, ""}));
  print("modified_since, signed in", net::modified_since_body({since, since + 1min, 1h, true, ""}));
  print("modified_since, further page",
        net::modified_since_body({since, since + 1min, 1h, false, "YXJyYXljb25uZWN0aW9uOjI5"}));
  print("catalog_page", net::catalog_page_body(""));
  print("catalog_page, further page", net::catalog_page_body("YXJyYXljb25uZWN0aW9uOjMz"));
  print("viewer", net::viewer_body());
  return std::cout.good() ? 0 : 1;
}
