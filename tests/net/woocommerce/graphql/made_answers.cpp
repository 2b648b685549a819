// See made_answers.hpp.
#include "made_answers.hpp"

#include <boost/test/unit_test.hpp>

namespace ankkor::testing {

net::graphql_reader& reader() {
  static auto one = net::graphql_reader{};
  return one;
}

net::items_page catalog_page(const net::client_response& response) {
  auto read = reader().catalog_page(response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  return std::move(*read);
}

net::items_page modified_since(const net::client_response& response) {
  auto read = reader().modified_since(response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  return std::move(*read);
}

net::items_answer items_by_id(const std::vector<net::wanted_item>& wanted,
                              const net::client_response& response) {
  auto read = reader().items_by_id(wanted, response, judged_at);
  if (!read)
    BOOST_FAIL(read.failure().what.message);
  BOOST_REQUIRE(read->items.size() == wanted.size());
  return std::move(*read);
}

net::item_answer product_by_id(stock::product_id id, const net::client_response& response) {
  return items_by_id({{id, net::item_kind::product}}, response).items.front();
}

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  const auto at = text.find(old);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, "nothing to replace: " << old);
  return text.replace(at, old.size(), by);
}

// A member's value in an object of one line of JSON, from its key to the next comma.
std::string with_field(const std::string& object, const std::string& key, std::string_view value) {
  const auto begin = object.find("\"" + key + "\":");
  BOOST_REQUIRE_MESSAGE(begin != std::string::npos, "no field " << key);
  const auto end = object.find_first_of(",}", begin);
  return object.substr(0, begin) + "\"" + key + "\":" + std::string{value} + object.substr(end);
}

std::string without_field(const std::string& object, const std::string& key) {
  const auto begin = object.find("\"" + key + "\":");
  BOOST_REQUIRE_MESSAGE(begin != std::string::npos, "no field " << key);
  return object.substr(0, begin) + object.substr(object.find_first_of(",}", begin) + 1);
}

std::string variation_node(stock::product_id id, std::string_view price, std::string_view status) {
  return R"({"databaseId":)" + std::to_string(id) +
         R"(,"slug":"shirt-s","name":"Shirt - S","sku":"S","status":)" + std::string{status} +
         R"(,"modified":"2026-11-22T17:36:11+01:00","modifiedGmt":"2026-11-22T16:36:11","purchasable":true,)"
         R"("stockQuantity":3,"stockStatus":"IN_STOCK","manageStock":"TRUE","backorders":"NO",)"
         R"("price":)" +
         std::string{price} + R"(,"regularPrice":"20","salePrice":null})";
}

std::string variable_node(const std::vector<std::string>& variations, std::string_view price,
                          std::string_view page) {
  auto nodes = std::string{};
  for (const auto& each : variations)
    nodes += (nodes.empty() ? "" : ",") + each;
  return R"({"__typename":"VariableProduct","databaseId":139,"slug":"shirt","sku":null,"name":"Shirt",)"
         R"("type":"VARIABLE","status":"publish","modified":"2026-11-22T17:36:11+01:00",)"
         R"("modifiedGmt":"2026-11-22T16:36:11","purchasable":true,"stockQuantity":null,)"
         R"("stockStatus":"IN_STOCK","manageStock":null,"backorders":"NO","price":)" +
         std::string{price} +
         R"(,"regularPrice":"20.00","salePrice":"10.00","productCategories":{"nodes":[]},)"
         R"("variations":{"pageInfo":)" +
         std::string{page} + R"(,"nodes":[)" + nodes + "]}}";
}

// products(...) with these nodes.
std::string catalog_data(const std::vector<std::string>& nodes, const std::string& found) {
  auto joined = std::string{};
  for (const auto& each : nodes)
    joined += (joined.empty() ? "" : ",") + each;
  return R"({"products":{"found":)" + found +
         R"(,"pageInfo":{"hasNextPage":true,"endCursor":"abc"},"nodes":[)" + joined + "]}}";
}

stock::item only_item(const std::string& node) {
  const auto page = catalog_page(data_answer(catalog_data({node})));
  BOOST_REQUIRE(page.items.size() == 1U);
  return page.items.front().value;
}

bool unreadable(const std::string& node) {
  const auto page = catalog_page(data_answer(catalog_data({node})));
  return page.items.empty() && page.failed.size() + page.nameless_failures == 1U;
}

} // namespace ankkor::testing
