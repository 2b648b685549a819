#include "net/render_stock.hpp"

#include "base/json.hpp"

#include <cstdio>

namespace ankkor::net {

namespace {

void write_level(json::writer& out, const stock::stock_level& stock, bool available) {
  out.field("stockStatus", stock::to_string(stock.status));
  out.key("stockQuantity");
  if (stock.quantity)
    out.value(*stock.quantity);
  else
    out.null();
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

} // namespace

std::string render_stock(const stock::product& held, const stock::record& item) {
  auto text = std::string{};
  auto out = json::writer{text};
  out.begin_object();
  write_identity(out, item.value);
  write_level(out, stock::effective_stock(held, item), stock::available_for_sale(held, item));
  if (!item.value.is_variation())
    write_variations(out, held);
  out.field("lastUpdated", render_time(std::chrono::floor<std::chrono::seconds>(held.changed)));
  out.field("modified", render_time(item.value.modified));
  out.field("version", std::to_string(held.version));
  out.end_object();
  return text;
}

std::string render_time(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const auto date = year_month_day{day};
  const auto clock = hh_mm_ss{time - day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

} // namespace ankkor::net
