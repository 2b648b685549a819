// Values that the tests of stock/ share.
#pragma once

#include "stock/decide.hpp"

#include <chrono>
#include <ostream>

namespace ankkor::stock {

inline std::ostream& operator<<(std::ostream& out, verdict value) {
  return out << to_string(value);
}

inline std::ostream& operator<<(std::ostream& out, stock_status value) {
  return out << to_string(value);
}

inline std::ostream& operator<<(std::ostream& out, stock_management value) {
  return out << to_string(value);
}

} // namespace ankkor::stock

namespace ankkor::stock::testing {

using namespace std::chrono_literals;

// The beginning of a whole second; all times of the tests are told from here.
inline constexpr auto start = store_time{std::chrono::seconds{1'795'365'360}};

inline moment after(std::chrono::microseconds passed) {
  return moment{start} + passed;
}

// A published simple product that counts its stock.
inline item simple_item(product_id id, std::int64_t quantity, std::chrono::seconds modified = 0s) {
  auto value = item{};
  value.id = id;
  value.slug = "tea-" + std::to_string(id);
  value.name = "Tea " + std::to_string(id);
  value.sku = "T-" + std::to_string(id);
  value.price = {"7.5", "8", "7.5"};
  value.categories = {{"drinks", "Drinks"}, {"tea", "Tea"}};
  value.stock = {stock_management::own, quantity,
                 quantity > 0 ? stock_status::in_stock : stock_status::out_of_stock,
                 backorders::no};
  value.modified = start + modified;
  return value;
}

inline item variable_item(product_id id, std::vector<product_id> variations) {
  auto value = simple_item(id, 0);
  value.type = product_type::variable;
  value.variations = std::move(variations);
  value.stock = {};
  return value;
}

inline item variation_item(product_id id, product_id parent, std::int64_t quantity) {
  auto value = simple_item(id, quantity);
  value.type = product_type::variation;
  value.parent = parent;
  value.categories.clear();
  return value;
}

// What a read without rights finds of a draft, a trashed or a deleted item.
inline item gone_item(product_id id, product_id parent = 0) {
  auto value = item{};
  value.id = id;
  value.parent = parent;
  value.status = publication::gone;
  return value;
}

inline observation webhook(item value, std::chrono::microseconds arrival) {
  return {std::move(value), {reading::unknown, after(arrival)}, source::webhook};
}

inline observation read(item value, std::chrono::microseconds begin, std::chrono::microseconds end,
                        source from = source::read) {
  return {std::move(value), {after(begin), after(end)}, from};
}

inline observation confirmation(item value, std::chrono::microseconds begin,
                                std::chrono::microseconds end) {
  return read(std::move(value), begin, end, source::confirmation);
}

inline record held_as(const observation& seen) {
  return {seen.value, seen.read};
}

} // namespace ankkor::stock::testing
