// See payloads.hpp. Field order: recordings 008 (simple), 027 (variation), 034 (variable), 014
// (order) and rest/product-variations.
#include "emulator/payloads.hpp"

#include <algorithm>

namespace ankkor::emulator {

namespace {

const rare& rare_of(const item& of) {
  static const rare none;
  return of.more ? *of.more : none;
}

void write_dates(json_writer& to, const site& where, const item& of) {
  to.text("date_created", local_date_text(of.created, where.zone))
    .text("date_created_gmt", date_text(of.created));
  to.text("date_modified", local_date_text(of.modified, where.zone))
    .text("date_modified_gmt", date_text(of.modified));
}

void write_no_sale_dates(json_writer& to) {
  to.null("date_on_sale_from")
    .null("date_on_sale_from_gmt")
    .null("date_on_sale_to")
    .null("date_on_sale_to_gmt");
}

bool purchasable(const item& of, const std::string& price) {
  if (price.empty() || of.type == kind::grouped || of.type == kind::external)
    return false;
  return !of.is_variation() || of.status == post_status::publish; // 200: not a disabled variation
}

void write_managed(json_writer& to, managed_by who) {
  to.key("manage_stock");
  if (who == managed_by::parent)
    to.text("parent");
  else
    to.boolean(who == managed_by::itself);
}

void write_quantity(json_writer& to, const stock_view& stock) {
  if (stock.quantity)
    to.number("stock_quantity", *stock.quantity);
  else
    to.null("stock_quantity");
}

void write_backorders(json_writer& to, const item& of, const stock_view& stock) {
  const bool allowed = stock.backorders != backorder_policy::no;
  // WC_Product::is_on_backorder: one more could not be had from the stock.
  const bool backordered =
    stock.state == stock_state::on_backorder || (allowed && stock.quantity && *stock.quantity < 1);
  to.text("backorders", to_string(stock.backorders)).boolean("backorders_allowed", allowed);
  to.boolean("backordered", backordered);
  to.key("low_stock_amount");
  if (of.low_stock)
    to.number(*of.low_stock);
  else
    to.null();
}

void write_dimensions(json_writer& to) {
  to.text("weight", "").key("dimensions").begin_object();
  to.text("length", "").text("width", "").text("height", "").end_object();
}

void write_variation_attributes(json_writer& to, const catalog& shop, const item& of) {
  const auto* parent = shop.find(of.parent);
  const auto name = parent == nullptr ? std::string("Option") : rare_of(*parent).attribute;
  to.key("attributes").begin_array().begin_object();
  to.number("id", std::uint64_t{0})
    .text("name", name)
    .text("slug", slug_of(name))
    .text("option", of.option);
  to.end_object().end_array();
}

void write_attributes(json_writer& to, const catalog& shop, const item& of) {
  if (of.is_variation()) {
    write_variation_attributes(to, shop, of);
    return;
  }
  const auto& more = rare_of(of);
  to.key("attributes").begin_array();
  if (!more.attribute.empty()) {
    to.begin_object()
      .number("id", std::uint64_t{0})
      .text("name", more.attribute)
      .text("slug", more.attribute);
    to.number("position", std::uint64_t{0})
      .boolean("visible", true)
      .boolean("variation", of.type == kind::variable);
    to.key("options").begin_array();
    for (const auto& option : more.options)
      to.text(option);
    to.end_array().end_object();
  }
  to.end_array();
}

void write_categories(json_writer& to, const catalog& shop, const item& of) {
  to.key("categories").begin_array();
  for (const auto index : of.categories) {
    const auto& each = shop.categories()[index];
    to.begin_object()
      .number("id", each.id)
      .text("name", html_escape(each.name))
      .text("slug", each.slug)
      .end_object();
  }
  to.end_array();
}

void write_ids(json_writer& to, std::string_view name, const std::vector<post_id>& ids) {
  to.key(name).begin_array();
  for (const auto id : ids)
    to.number(id);
  to.end_array();
}

std::string amount_html(const site& where, std::int64_t value, bool in_range) {
  return "<span class=\"woocommerce-Price-amount amount\"" +
         std::string(in_range ? " aria-hidden=\"true\"" : "") +
         "><bdi><span class=\"woocommerce-Price-currencySymbol\" translate=\"no\">" +
         where.currency_html + "</span>" + money(value, true) + "</bdi></span>";
}

std::string sale_html(const site& where, std::int64_t regular, std::int64_t sale) {
  const auto spoken = [&](std::string_view what, std::int64_t value) {
    return "<span class=\"screen-reader-text\">" + std::string(what) + where.currency_html +
           money(value, true) + ".</span>";
  };
  return "<del aria-hidden=\"true\">" + amount_html(where, regular, false) + "</del> " +
         spoken("Original price was: ", regular) + "<ins aria-hidden=\"true\">" +
         amount_html(where, sale, false) + "</ins>" + spoken("Current price is: ", sale);
}

std::string price_html(const catalog& shop, const site& where, const item& of) {
  if (of.type == kind::variable) {
    const auto prices = shop.variation_prices(of, false);
    if (prices.empty())
      return {};
    if (prices.front() == prices.back())
      return amount_html(where, prices.front(), false);
    return amount_html(where, prices.front(), true) +
           " <span aria-hidden=\"true\">&ndash;</span> " + amount_html(where, prices.back(), true) +
           "<span class=\"screen-reader-text\">Price range: " + where.currency_html +
           money(prices.front(), true) + " through " + where.currency_html +
           money(prices.back(), true) + "</span>";
  }
  const auto regular = cents(of.regular_price);
  const auto sale = cents(of.sale_price);
  if (!regular)
    return {};
  return sale ? sale_html(where, *regular, *sale) : amount_html(where, *regular, false);
}

void write_trash_notes(json_writer& to, const item& of) {
  to.key("meta_data").begin_array();
  if (of.status == post_status::trash) { // 043
    const auto& more = rare_of(of);
    const auto note = [&](post_id number, std::string_view key, std::string_view value) {
      to.begin_object()
        .number("id", of.id * 64 + number)
        .text("key", key)
        .text("value", value)
        .end_object();
    };
    note(0, "_wp_trash_meta_status", to_string(more.status_before_trash));
    note(1, "_wp_trash_meta_time", std::to_string(more.trashed.time_since_epoch().count()));
    note(2, "_wp_desired_post_slug", more.slug_before_trash);
  }
  to.end_array();
}

void write_links(json_writer& to, const site& where, std::string_view path,
                 std::string_view collection, post_id up) {
  const auto root = where.url + "/wp-json/wc/v3/";
  to.key("_links").begin_object().key("self").begin_array().begin_object();
  to.text("href", root + std::string(path)).key("targetHints").begin_object();
  to.key("allow")
    .raw(R"(["GET","POST","PUT","PATCH","DELETE"])")
    .end_object()
    .end_object()
    .end_array();
  to.key("collection").begin_array().begin_object().text("href", root + std::string(collection));
  to.end_object().end_array();
  if (up != 0)
    to.key("up")
      .begin_array()
      .begin_object()
      .text("href", root + "products/" + std::to_string(up))
      .end_object()
      .end_array();
  to.end_object();
}

void write_head(json_writer& to, const catalog& shop, const site& where, const item& of) {
  const auto& more = rare_of(of);
  to.number("id", of.id).text("name", shop.shown_name(of)).text("slug", of.slug);
  to.text("permalink", permalink(shop, where, of));
  write_dates(to, where, of);
  to.text("type", to_string(of.type))
    .text("status", to_string(of.status))
    .boolean("featured", false);
  to.text("catalog_visibility", of.in_catalog ? "visible" : "hidden");
  to.text("description", more.description).text("short_description", more.short_description);
}

void write_prices(json_writer& to, const catalog& shop, const item& of, const std::string& price) {
  const bool variable = of.type == kind::variable;
  to.text("sku", shop.shown_sku(of)).text("price", price);
  to.text("regular_price", variable ? "" : of.regular_price)
    .text("sale_price", variable ? "" : of.sale_price);
  write_no_sale_dates(to);
  to.boolean("on_sale", !variable && !of.sale_price.empty())
    .boolean("purchasable", purchasable(of, price));
  // A variation's count of sales comes out of the database as text.
  if (of.is_variation())
    to.text("total_sales", std::to_string(of.total_sales));
  else
    to.number("total_sales", of.total_sales);
}

void write_shipping(json_writer& to, const item& of) {
  const auto& more = rare_of(of);
  to.boolean("virtual", of.is_virtual).boolean("downloadable", false).key("downloads").raw("[]");
  to.number("download_limit", std::int64_t{-1}).number("download_expiry", std::int64_t{-1});
  to.text("external_url", more.external_url).text("button_text", more.button_text);
  to.text("tax_status", "taxable").text("tax_class", "");
}

void write_middle(json_writer& to, const catalog& shop, const item& of) {
  write_dimensions(to);
  to.boolean("shipping_required", !of.is_virtual).boolean("shipping_taxable", !of.is_virtual);
  to.text("shipping_class", "").number("shipping_class_id", std::uint64_t{0});
  to.boolean("reviews_allowed", of.reviews_allowed)
    .text("average_rating", "0.00")
    .number("rating_count", std::uint64_t{0});
  to.key("upsell_ids").raw("[]").key("cross_sell_ids").raw("[]").number("parent_id", of.parent);
  to.text("purchase_note", "");
  write_categories(to, shop, of);
  to.key("brands").raw("[]").key("tags").raw("[]").key("images").raw("[]");
  write_attributes(to, shop, of);
  to.key("default_attributes").raw("[]");
  write_ids(to, "variations", of.variations);
  write_ids(to, "grouped_products", rare_of(of).grouped);
  to.number("menu_order", std::uint64_t{0});
}

void write_line(json_writer& to, const catalog& shop, std::uint64_t id, const order_line& line) {
  const auto unit = cents(line.price).value_or(0);
  const auto total = money(unit * line.quantity, false);
  to.begin_object().number("id", id).text("name", line.name).number("product_id", line.product);
  to.number("variation_id", line.variation).number("quantity", line.quantity).text("tax_class", "");
  to.text("subtotal", total)
    .text("subtotal_tax", "0.00")
    .text("total", total)
    .text("total_tax", "0.00");
  to.key("taxes").raw("[]").key("meta_data").begin_array();
  const auto note = [&](std::uint64_t number, std::string_view key, std::string_view shown,
                        std::string_view value) {
    to.begin_object().number("id", id * 8 + number).text("key", key).text("value", value);
    to.text("display_key", shown).text("display_value", value).end_object();
  };
  const auto* variation = shop.find(line.variation);
  const auto* product = shop.find(line.product);
  if (variation != nullptr && product != nullptr)
    note(0, slug_of(rare_of(*product).attribute), rare_of(*product).attribute, variation->option);
  if (line.reduced != 0)
    note(1, "_reduced_stock", "_reduced_stock", std::to_string(line.reduced));
  to.end_array().text("sku", line.sku).text("global_unique_id", "");
  auto digits = money(unit, false); // a JSON number: 10, not 10.00
  while (digits.back() == '0')
    digits.pop_back();
  if (digits.back() == '.')
    digits.pop_back();
  to.key("price").decimal(digits).key("image").raw(R"({"id":"","src":""})");
  if (variation != nullptr && product != nullptr)
    to.text("parent_name", product->name);
  else
    to.null("parent_name");
  to.end_object();
}

void write_addresses(json_writer& to) {
  static constexpr std::string_view billing =
    R"({"first_name":"Ada","last_name":"Example","company":"","address_1":"","address_2":"","city":"","state":"",)"
    R"("postcode":"","country":"DE","email":"ada@example.com","phone":""})";
  static constexpr std::string_view shipping =
    R"({"first_name":"","last_name":"","company":"","address_1":"","address_2":"","city":"","state":"",)"
    R"("postcode":"","country":"","phone":""})";
  to.key("billing").raw(billing).key("shipping").raw(shipping);
}

void write_optional_date(json_writer& to, std::string_view name,
                         const std::optional<std::string>& date) {
  if (date)
    to.text(name, *date);
  else
    to.null(name);
}

void write_order_sums(json_writer& to, std::int64_t total) {
  for (const auto* name :
       {"discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax"})
    to.text(name, "0.00");
  to.text("total", money(total, false)).text("total_tax", "0.00");
}

void write_order_lines(json_writer& to, const catalog& shop, const order& of) {
  to.key("line_items").begin_array();
  for (std::size_t i = 0; i < of.lines.size(); ++i)
    write_line(to, shop, of.first_line_id + i, of.lines[i]);
  to.end_array();
  for (const auto* name : {"tax_lines", "shipping_lines", "fee_lines", "coupon_lines"})
    to.key(name).raw("[]");
  to.key("refunds").begin_array();
  for (const auto& [id, value] : of.refunds)
    to.begin_object()
      .number("id", id)
      .text("reason", "")
      .text("total", "-" + money(value, false))
      .end_object();
  to.end_array();
}

void write_order_state(json_writer& to, const site& where, const order& of) {
  const auto id = std::to_string(of.id);
  const bool open = of.status == order_status::pending || of.status == order_status::on_hold;
  to.text("payment_url",
          where.url + "/checkout/order-pay/" + id + "/?pay_for_order=true&key=" + of.key);
  to.boolean("is_editable", open).boolean("needs_payment", of.status == order_status::pending);
  to.boolean("needs_processing", true).text("date_created_gmt", date_text(of.created));
  to.text("date_modified_gmt", date_text(of.modified)).null("date_completed_gmt");
  write_optional_date(to, "date_paid_gmt",
                      of.paid ? std::optional(date_text(*of.paid)) : std::nullopt);
  to.text("currency_symbol", where.currency_symbol);
}

void write_order_links(json_writer& to, const site& where, post_id id) {
  const auto orders = where.url + "/wp-json/wc/v3/orders";
  const auto self = orders + "/" + std::to_string(id);
  to.key("_links").begin_object().key("self").begin_array().begin_object().text("href", self);
  to.key("targetHints").begin_object().key("allow").raw(R"(["GET","POST","PUT","PATCH","DELETE"])");
  to.end_object().end_object().end_array();
  to.key("collection").begin_array().begin_object().text("href", orders).end_object().end_array();
  to.key("email_templates").begin_array().begin_object().boolean("embeddable", true);
  to.text("href", self + "/actions/email_templates").end_object().end_array().end_object();
}

} // namespace

std::string permalink(const catalog& shop, const site& where, const item& of) {
  if (of.is_variation()) {
    const auto* parent = shop.find(of.parent);
    if (parent == nullptr)
      return where.url + "/?post_type=product_variation&p=" + std::to_string(of.id);
    const auto base = permalink(shop, where, *parent);
    return base + (base.find('?') == std::string::npos ? "?" : "&") + "attribute_" +
           slug_of(rare_of(*parent).attribute) + "=" + percent_encode(of.option, false);
  }
  const bool pretty = of.status == post_status::publish || of.status == post_status::hidden;
  if (!pretty || of.slug.empty())
    return where.url + "/?post_type=product&p=" + std::to_string(of.id); // 104, 043
  return where.url + "/product/" + of.slug + "/";
}

void write_product(json_writer& to, const catalog& shop, const site& where, const item& of) {
  const auto stock = shop.shown_stock(of);
  const auto price = shop.price(of);
  to.begin_object();
  write_head(to, shop, where, of);
  write_prices(to, shop, of, price);
  write_shipping(to, of);
  write_managed(to, stock.managed);
  write_quantity(to, stock);
  write_backorders(to, of, stock);
  to.boolean("sold_individually", false);
  write_middle(to, shop, of);
  to.text("price_html", price_html(shop, where, of));
  write_ids(to, "related_ids", shop.related(of));
  write_trash_notes(to, of);
  to.text("stock_status", to_string(stock.state)).boolean("has_options", of.type == kind::variable);
  to.text("post_password", "").text("global_unique_id", "");
  write_links(to, where, "products/" + std::to_string(of.id), "products", of.parent);
  to.end_object();
}

void write_variation(json_writer& to, const catalog& shop, const site& where, const item& of) {
  const auto stock = shop.shown_stock(of);
  const auto& price = of.own_price();
  to.begin_object().number("id", of.id).text("type", "variation");
  write_dates(to, where, of);
  to.text("description", rare_of(of).description).text("permalink", permalink(shop, where, of));
  to.text("sku", shop.shown_sku(of)).text("global_unique_id", "").text("price", price);
  to.text("regular_price", of.regular_price).text("sale_price", of.sale_price);
  write_no_sale_dates(to);
  to.boolean("on_sale", !of.sale_price.empty()).text("status", to_string(of.status));
  to.boolean("purchasable", purchasable(of, price))
    .boolean("virtual", of.is_virtual)
    .boolean("downloadable", false);
  to.key("downloads")
    .raw("[]")
    .number("download_limit", std::int64_t{-1})
    .number("download_expiry", std::int64_t{-1});
  to.text("tax_status", "taxable").text("tax_class", "");
  write_managed(to, stock.managed);
  write_quantity(to, stock);
  to.text("stock_status", to_string(stock.state));
  write_backorders(to, of, stock);
  write_dimensions(to);
  to.text("shipping_class", "").number("shipping_class_id", std::uint64_t{0}).null("image");
  to.key("gallery_image_ids").raw("[]");
  write_variation_attributes(to, shop, of);
  to.number("menu_order", std::uint64_t{0}).key("meta_data").raw("[]").text("name", of.option);
  to.number("parent_id", of.parent);
  const auto collection = "products/" + std::to_string(of.parent) + "/variations";
  write_links(to, where, collection + "/" + std::to_string(of.id), collection, of.parent);
  to.end_object();
}

void write_order(json_writer& to, const catalog& shop, const site& where, const order& of) {
  std::int64_t total = 0;
  for (const auto& line : of.lines)
    total += cents(line.price).value_or(0) * line.quantity;
  to.begin_object()
    .number("id", of.id)
    .number("parent_id", std::uint64_t{0})
    .text("status", to_string(of.status));
  to.text("currency", where.currency)
    .text("version", "11.0.1")
    .boolean("prices_include_tax", false);
  to.text("date_created", local_date_text(of.created, where.zone));
  to.text("date_modified", local_date_text(of.modified, where.zone));
  write_order_sums(to, total);
  to.number("customer_id", std::uint64_t{0}).text("order_key", of.key);
  write_addresses(to);
  to.text("payment_method", of.from_storefront ? "cod" : "")
    .text("payment_method_title", of.from_storefront ? "Cash on delivery" : "");
  to.text("transaction_id", "").text("customer_ip_address", "").text("customer_user_agent", "");
  to.text("created_via", of.from_storefront ? "store-api" : "rest-api")
    .text("customer_note", "")
    .null("date_completed");
  write_optional_date(
    to, "date_paid", of.paid ? std::optional(local_date_text(*of.paid, where.zone)) : std::nullopt);
  to.text("cart_hash", "").text("number", std::to_string(of.id)).key("meta_data").raw("[]");
  write_order_lines(to, shop, of);
  write_order_state(to, where, of);
  write_order_links(to, where, of.id);
  to.end_object();
}

std::string error_body(std::string_view code, std::string_view message, unsigned status) {
  json_writer body;
  body.begin_object().text("code", code).text("message", message).key("data").begin_object();
  body.number("status", std::uint64_t{status}).end_object().end_object();
  return body.take();
}

} // namespace ankkor::emulator
