#include "net/stock_json.hpp"

#include "base/json.hpp"

namespace ankkor::net {

namespace {

// The shop's own word stands beside the one of WooCommerce's that it comes to.
void write_amount(json::writer& out, const stock::stock_level& stock) {
  out.field("stockStatus", stock::to_string(stock.status));
  if (!stock.own_status.empty())
    out.field("shopStockStatus", stock.own_status);
  out.field("stockQuantity", stock.quantity);
}

void write_level(json::writer& out, const stock::stock_level& stock, bool available) {
  write_amount(out, stock);
  out.key("manageStock");
  // As WooCommerce's REST API spells it: true, false or "parent".
  if (stock.managed == stock::stock_management::parent)
    out.value("parent");
  else
    out.value(stock.managed == stock::stock_management::own);
  out.field("availableForSale", available);
}

void write_identity(json::writer& out, const stock::item& item) {
  out.field("id", item.id);
  out.field("type", item.is_variation() ? "variation" : "product");
  if (item.is_variation())
    out.field("parentId", item.parent);
}

void write_variations(json::writer& out, const stock::product& held) {
  out.key("variations").begin_array();
  for (const auto& variation : held.variations) {
    if (!stock::is_public(held, variation))
      continue;
    out.begin_object();
    write_identity(out, variation.value);
    write_level(out, stock::effective_stock(held, variation),
                stock::available_for_sale(held, variation));
    out.field("modified", render_time(variation.value.modified));
    out.end_object();
  }
  out.end_array();
}

void write_dates(json::writer& out, const stock::product& held, const stock::record& item) {
  out.field("lastUpdated", render_time(std::chrono::floor<std::chrono::seconds>(held.changed)));
  out.field("modified", render_time(item.value.modified));
  out.field("version", std::to_string(held.version));
}

// "" where there is no price becomes null: a price is a decimal string, and that isn't one.
void write_price(json::writer& out, std::string_view name, const std::string& price) {
  out.key(name);
  if (price.empty())
    out.null();
  else
    out.value(price);
}

// Without the end of the object: a product goes on with its variations.
void write_description(json::writer& out, const stock::product& held, const stock::record& item) {
  const auto& value = item.value;
  out.field("id", value.id);
  if (value.is_variation())
    out.field("parentId", value.parent);
  out.field("slug", value.slug).field("sku", value.sku).field("name", value.name);
  out.field("type", stock::to_string(value.type)).field("status", stock::to_string(value.status));
  out.key("prices").begin_object();
  write_price(out, "current", value.price.current);
  write_price(out, "regular", value.price.regular);
  write_price(out, "sale", value.price.sale);
  out.end_object();
  out.key("stock").begin_object();
  const auto level = stock::effective_stock(held, item);
  write_level(out, level, stock::available_for_sale(held, item));
  out.field("backorders", stock::to_string(level.backorder)).end_object();
}

} // namespace

std::string render_product(const stock::product& held, const stock::record& item) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object();
  write_description(out, held, item);
  if (!item.value.is_variation()) {
    out.key("categories").begin_array();
    for (const auto& listed : item.value.categories)
      out.begin_object().field("slug", listed.slug).field("name", listed.name).end_object();
    out.end_array();
    out.key("variations").begin_array();
    for (const auto& variation : held.variations) {
      if (!stock::is_public(held, variation))
        continue;
      out.begin_object();
      write_description(out, held, variation);
      out.field("modified", render_time(variation.value.modified)).end_object();
    }
    out.end_array();
  }
  write_dates(out, held, item);
  out.end_object();
  return text;
}

std::string render_stock(const stock::product& held, const stock::record& item) {
  auto text = std::string{};
  constexpr std::size_t usual = 256; // of a product without variations
  text.reserve(usual);
  auto out = json::writer{text};
  out.begin_object();
  write_identity(out, item.value);
  write_level(out, stock::effective_stock(held, item), stock::available_for_sale(held, item));
  if (!item.value.is_variation())
    write_variations(out, held);
  write_dates(out, held, item);
  out.end_object();
  return text;
}

// IDs are text here: what storefronts compare them with comes from addresses and attributes.
std::string render_update(stock::product_id product, stock::product_id item,
                          const stock::stock_level& level, bool available, stock::moment at) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object().field("type", "stock_update").field("productId", std::to_string(product));
  out.key("variationId");
  if (item == product)
    out.null();
  else
    out.value(std::to_string(item));
  write_amount(out, level);
  out.field("availableForSale", available);
  out.field("timestamp", render_time(std::chrono::floor<std::chrono::seconds>(at)));
  out.end_object();
  return text;
}

std::string render_time(std::chrono::sys_seconds time) {
  auto text = std::string{};
  append_time(text, time);
  return text;
}

} // namespace ankkor::net
