// See graphql_fields.hpp.
#include "emulator/graphql_fields.hpp"

#include <array>
#include <unordered_map>
#include <utility>

namespace ankkor::emulator::graphql {

namespace {

constexpr auto names = std::to_array<std::pair<std::string_view, field_id>>({
  {"__typename", field_id::type_name},
  {"attributeId", field_id::attribute_id},
  {"attributes", field_id::attributes},
  {"backorders", field_id::backorders},
  {"backordersAllowed", field_id::backorders_allowed},
  {"buttonText", field_id::button_text},
  {"catalogVisibility", field_id::catalog_visibility},
  {"contentNodes", field_id::content_nodes},
  {"contentTypeName", field_id::content_type_name},
  {"count", field_id::count},
  {"cursor", field_id::cursor},
  {"databaseId", field_id::database_id},
  {"date", field_id::date},
  {"dateGmt", field_id::date_gmt},
  {"description", field_id::description},
  {"edges", field_id::edges},
  {"endCursor", field_id::end_cursor},
  {"externalUrl", field_id::external_url},
  {"featured", field_id::featured},
  {"found", field_id::found},
  {"generalSettings", field_id::general_settings},
  {"hasNextPage", field_id::has_next_page},
  {"hasPreviousPage", field_id::has_previous_page},
  {"homeUrl", field_id::home_url},
  {"id", field_id::id},
  {"isContentNode", field_id::is_content_node},
  {"isTermNode", field_id::is_term_node},
  {"label", field_id::label},
  {"link", field_id::link},
  {"lowStockAmount", field_id::low_stock_amount},
  {"manageStock", field_id::manage_stock},
  {"menuOrder", field_id::menu_order},
  {"modified", field_id::modified},
  {"modifiedGmt", field_id::modified_gmt},
  {"name", field_id::name},
  {"node", field_id::node},
  {"nodes", field_id::nodes},
  {"onSale", field_id::on_sale},
  {"pageInfo", field_id::page_info},
  {"parent", field_id::parent},
  {"price", field_id::price},
  {"product", field_id::product},
  {"productCategories", field_id::product_categories},
  {"productCategoryId", field_id::database_id},
  {"productId", field_id::database_id},
  {"productVariation", field_id::product_variation},
  {"productVariationId", field_id::database_id},
  {"products", field_id::products},
  {"productsWithVariations", field_id::products_with_variations},
  {"purchasable", field_id::purchasable},
  {"regularPrice", field_id::regular_price},
  {"reviewsAllowed", field_id::reviews_allowed},
  {"salePrice", field_id::sale_price},
  {"shortDescription", field_id::short_description},
  {"sku", field_id::sku},
  {"slug", field_id::slug},
  {"soldIndividually", field_id::sold_individually},
  {"startCursor", field_id::start_cursor},
  {"status", field_id::status},
  {"stockQuantity", field_id::stock_quantity},
  {"stockStatus", field_id::stock_status},
  {"timezone", field_id::timezone},
  {"title", field_id::title},
  {"totalSales", field_id::total_sales},
  {"type", field_id::type},
  {"uri", field_id::uri},
  {"url", field_id::url},
  {"username", field_id::username},
  {"value", field_id::value},
  {"variations", field_id::variations},
  {"viewer", field_id::viewer},
  {"virtual", field_id::is_virtual},
});

} // namespace

field_id identify(std::string_view name) {
  static const std::unordered_map<std::string_view, field_id> known(names.begin(), names.end());
  const auto found = known.find(name);
  return found == known.end() ? field_id::unknown : found->second;
}

} // namespace ankkor::emulator::graphql
