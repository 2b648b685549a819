// The fields of products and variations. See graphql_executor.hpp.
#include "emulator/graphql_executor.hpp"
#include "emulator/graphql_filters.hpp"

namespace ankkor::emulator::graphql {

namespace {

std::string_view type_name_of(const item& of) {
  switch (of.type) {
  case kind::simple:
    return "SimpleProduct";
  case kind::variable:
    return "VariableProduct";
  case kind::variation:
    return "SimpleProductVariation";
  case kind::grouped:
    return "GroupProduct";
  case kind::external:
    break;
  }
  return "ExternalProduct";
}

} // namespace

void executor::write_item(field_plan& what, const item& of) {
  write_object(what, type_name_of(of), [&](field_plan& each) { write_item_field(each, of); });
}

void executor::write_item_field(field_plan& what, const item& of) {
  if (write_stock_field(what, of) || write_date_field(what, of) || write_price_field(what, of) ||
      write_flag(what, of))
    return;
  switch (what.id) {
  case field_id::database_id:
    out_.number(of.id);
    return;
  case field_id::id:
    out_.text(base64_encode("post:" + std::to_string(of.id)));
    return;
  case field_id::slug:
    text_or_null(of.slug);
    return;
  case field_id::sku:
    text_or_null(on_.shop.shown_sku(of));
    return;
  case field_id::name:
  case field_id::title:
    out_.text(on_.shop.shown_name(of));
    return;
  case field_id::type:
    out_.text(upper(to_string(of.type)));
    return;
  case field_id::status:
    out_.text(to_string(of.status));
    return;
  case field_id::content_type_name:
    out_.text(of.is_variation() ? "product_variation" : "product");
    return;
  case field_id::link:
    out_.text(percent_decode(permalink(on_.shop, on_.where, of), false));
    return;
  case field_id::uri:
    out_.text(
      percent_decode(permalink(on_.shop, on_.where, of), false).substr(on_.where.url.size()));
    return;
  case field_id::catalog_visibility:
    if (viewer_ != nullptr && viewer_->manages())
      out_.text(of.in_catalog ? "VISIBLE" : "HIDDEN");
    else
      out_.null();
    return;
  case field_id::menu_order:
    out_.number(std::int64_t{0});
    return;
  case field_id::total_sales:
    out_.number(of.total_sales);
    return;
  default:
    write_related_field(what, of);
  }
}

void executor::write_related_field(field_plan& what, const item& of) {
  switch (what.id) {
  case field_id::product_categories:
    write_categories(what, &of);
    return;
  case field_id::variations: {
    const auto page = read_paging(what.arguments, on_.page_max);
    if (page)
      write_connection(what, list_variations(lists_, of, where_of(what), *page));
    else
      fail(what, "first must be a positive integer.");
    return;
  }
  case field_id::parent:
    write_parent(what, of);
    return;
  case field_id::attributes:
    write_attributes(what, of);
    return;
  case field_id::description:
    text_or_null(of.more ? of.more->description : "");
    return;
  case field_id::short_description:
    text_or_null(of.more ? of.more->short_description : "");
    return;
  case field_id::external_url:
    text_or_null(of.more ? of.more->external_url : "");
    return;
  case field_id::button_text:
    text_or_null(of.more ? of.more->button_text : "");
    return;
  default:
    out_.null();
  }
}

void executor::write_parent(field_plan& what, const item& of) {
  const auto* parent = on_.shop.find(of.parent);
  if (parent == nullptr || !visible(*parent, viewer_)) {
    out_.null();
    return;
  }
  write_object(what, what.type, [&](field_plan& each) {
    if (each.id == field_id::node)
      write_item(each, *parent);
    else
      out_.text(cursor_of(parent->id));
  });
}

void executor::write_attributes(field_plan& what, const item& of) {
  const auto* parent = on_.shop.find(of.parent);
  const std::string label = parent != nullptr && parent->more ? parent->more->attribute : "Option";
  connection list;
  write_rows(
    what, std::vector{&of}, list,
    [&](field_plan& row, const item* each) {
      write_object(row, "VariationAttribute", [&](field_plan& inside) {
        if (inside.id == field_id::name)
          out_.text(slug_of(label));
        else if (inside.id == field_id::label)
          out_.text(label);
        else if (inside.id == field_id::value)
          out_.text(each->option);
        else if (inside.id == field_id::attribute_id)
          out_.number(std::int64_t{0});
        else
          out_.text(
            base64_encode(std::to_string(each->id) + "||" + slug_of(label) + "||" + each->option));
      });
    },
    [](const item* each) { return cursor_of(each->id); });
}

bool executor::write_stock_field(const field_plan& what, const item& of) {
  switch (what.id) {
  case field_id::stock_quantity: {
    const auto stock = on_.shop.shown_stock(of);
    if (stock.quantity && *stock.quantity != 0) // zero reads as null
      out_.number(*stock.quantity);
    else
      out_.null();
    return true;
  }
  case field_id::stock_status:
    out_.text(stock_name(on_.shop.shown_stock(of).state));
    return true;
  case field_id::manage_stock: {
    const auto by = on_.shop.shown_stock(of).managed;
    if (by == managed_by::nobody) // FALSE is never seen
      out_.null();
    else
      out_.text(by == managed_by::itself ? "TRUE" : "PARENT");
    return true;
  }
  case field_id::low_stock_amount:
    if (of.low_stock && *of.low_stock != 0)
      out_.number(*of.low_stock);
    else
      out_.null();
    return true;
  case field_id::backorders:
    out_.text(upper(to_string(on_.shop.shown_stock(of).backorders)));
    return true;
  case field_id::backorders_allowed:
    out_.boolean(on_.shop.shown_stock(of).backorders != backorder_policy::no);
    return true;
  default:
    return false;
  }
}

bool executor::write_date_field(const field_plan& what, const item& of) {
  switch (what.id) {
  case field_id::date:
    out_.text(local_date_text(of.created, on_.where.zone, true));
    return true;
  case field_id::date_gmt:
    out_.text(date_text(of.created));
    return true;
  case field_id::modified:
    out_.text(local_date_text(of.modified, on_.where.zone, true));
    return true;
  case field_id::modified_gmt:
    out_.text(date_text(of.modified));
    return true;
  default:
    return false;
  }
}

std::string executor::range_text(const std::vector<std::int64_t>& prices) const {
  if (prices.empty())
    return {};
  const auto low = on_.where.currency_symbol + money(prices.front(), true);
  return prices.front() == prices.back()
           ? low
           : low + " - " + on_.where.currency_symbol + money(prices.back(), true);
}

std::string executor::price_text(const field_plan& what, const item& of) const {
  const bool raw = argument(what, "format", "FORMATTED") == "RAW";
  const auto& symbol = on_.where.currency_symbol;
  if (of.type == kind::grouped) // its members' range, with the currency even if asked for RAW
    return what.id == field_id::price ? range_text(on_.shop.member_prices(of)) : std::string();
  if (of.type == kind::variable) {
    if (what.id == field_id::sale_price)
      return {};
    const auto prices = on_.shop.variation_prices(of, what.id == field_id::regular_price);
    std::string list;
    for (const auto each : prices)
      list += (list.empty() ? "" : ", ") + money(each, false);
    if (raw || prices.empty())
      return list;
    return range_text(prices);
  }
  const auto& price = what.id == field_id::price           ? of.own_price()
                      : what.id == field_id::regular_price ? of.regular_price
                                                           : of.sale_price;
  const auto value = cents(price);
  return raw || !value ? price : symbol + money(*value, true);
}

bool executor::write_price_field(const field_plan& what, const item& of) {
  if (what.id != field_id::price && what.id != field_id::regular_price &&
      what.id != field_id::sale_price)
    return false;
  text_or_null(price_text(what, of));
  return true;
}

bool executor::write_flag(const field_plan& what, const item& of) {
  switch (what.id) {
  case field_id::featured:
  case field_id::is_term_node:
  case field_id::sold_individually:
    out_.boolean(false);
    return true;
  case field_id::is_content_node:
    out_.boolean(true);
    return true;
  case field_id::on_sale:
    out_.boolean(of.type != kind::variable && !of.sale_price.empty());
    return true;
  case field_id::purchasable:
    out_.boolean(!on_.shop.price(of).empty() && of.type != kind::grouped &&
                 of.type != kind::external);
    return true;
  case field_id::reviews_allowed:
    out_.boolean(of.reviews_allowed);
    return true;
  case field_id::is_virtual:
    out_.boolean(of.is_virtual);
    return true;
  default:
    return false;
  }
}

} // namespace ankkor::emulator::graphql
