// Made nodes and pages of GraphQL answers, and the reader that all these tests share.
#pragma once

#include "support.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ankkor::testing {

net::graphql_reader& reader();

// These fail the test where the answer can't be read.
net::items_page catalog_page(const net::client_response& response);
net::items_page modified_since(const net::client_response& response);
net::items_answer items_by_id(const std::vector<net::wanted_item>& wanted,
                              const net::client_response& response);
net::item_answer product_by_id(stock::product_id id, const net::client_response& response);

std::string replaced(std::string text, std::string_view old, std::string_view by);

// A member's value in an object of one line of JSON, from its key to the next comma.
std::string with_field(const std::string& object, const std::string& key, std::string_view value);
std::string without_field(const std::string& object, const std::string& key);

inline const std::string simple_node =
  R"({"__typename":"SimpleProduct","databaseId":14,"slug":"tea","sku":"T-1","name":"Tea","type":"SIMPLE",)"
  R"("status":"publish","modified":"2026-11-22T17:36:11+01:00","modifiedGmt":"2026-11-22T16:36:11",)"
  R"("purchasable":true,"stockQuantity":5,"stockStatus":"IN_STOCK","manageStock":"TRUE","backorders":"NO",)"
  R"("price":"7.50","regularPrice":"8","salePrice":"7.50","productCategories":{"nodes":[{"slug":"tea","name":"Tea"}]}})";

std::string variation_node(stock::product_id id, std::string_view price = "\"10\"",
                           std::string_view status = "\"publish\"");
std::string variable_node(const std::vector<std::string>& variations,
                          std::string_view price = "\"10.00, 12.00\"",
                          std::string_view page = R"({"hasNextPage":false,"endCursor":"x"})");

// products(...) with these nodes.
std::string catalog_data(const std::vector<std::string>& nodes, const std::string& found = "null");

stock::item only_item(const std::string& node);
bool unreadable(const std::string& node);

} // namespace ankkor::testing
