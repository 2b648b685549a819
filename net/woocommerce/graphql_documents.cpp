#include "net/woocommerce/graphql_documents.hpp"

#include "base/json.hpp"

#include <algorithm>

namespace ankkor::net {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

// A variation in its product's list. `purchasable` tells a price of 0 from none: WooGraphQL gives
// null for both, and WooCommerce sells nothing that has no price.
constexpr std::string_view variation_fragment = R"(
fragment V on ProductVariation{databaseId slug sku name status modified modifiedGmt purchasable
 stockQuantity stockStatus manageStock backorders
 price(format:RAW) regularPrice(format:RAW) salePrice(format:RAW)})";

// A variation by itself.
constexpr std::string_view single_variation_fragment = R"(
fragment S on ProductVariation{...V parent{node{databaseId}}})";

// A product with the first variations. Ordered by date: pages in the default order, menu order,
// leave variations out (facts, section 6).
constexpr std::string_view product_fragment = R"(
fragment P on Product{databaseId slug sku name type status modified modifiedGmt purchasable
 ...on InventoriedProduct{stockQuantity stockStatus manageStock backorders}
 ...on ProductWithPricing{price(format:RAW) regularPrice(format:RAW) salePrice(format:RAW)}
 productCategories(first:100){nodes{slug name}}
 ...on ProductWithVariations{variations(first:100,where:{orderby:[{field:DATE,order:DESC}]})
  {pageInfo{hasNextPage endCursor} nodes{...V}}}})";

constexpr std::string_view more_variations_query = R"(
query MoreVariations($id:ID!,$after:String!){product(id:$id,idType:DATABASE_ID){
 ...on ProductWithVariations{variations(first:100,after:$after,where:{orderby:[{field:DATE,order:DESC}]})
  {pageInfo{hasNextPage endCursor} nodes{...V}}}}})";

// Ordered by date and not by MODIFIED, where a page jumps when its cursor's item is edited
// (recording cursor-product-modified-between-pages). What is made or edited during the pass may be
// missed: it is dated after the pass began, so the next one finds it.
//
// `folded` looks a second time an hour earlier, where WordPress's local dates put what was modified
// after the clock was set back: without it, an autumn's hour of changes would not be found.
constexpr std::string_view modified_since_query = R"(
query ModifiedSince($changed:RootQueryToContentNodeConnectionWhereArgs!,$after:String,
 $look_back:Boolean!,$folded:RootQueryToContentNodeConnectionWhereArgs){
 changed:contentNodes(first:100,after:$after,where:$changed){pageInfo{hasNextPage endCursor}
  nodes{__typename databaseId ...P ...S}}
 folded:contentNodes(first:100,where:$folded)@include(if:$look_back){
  nodes{databaseId modified modifiedGmt}}})";

// Only what is published: drafts are filtered out after a page was cut (recording
// products-status-draft-anon), and a page with nothing left on it has no cursor to go on from.
constexpr std::string_view catalog_page_query = R"(
query CatalogPage($after:String){
 products(first:100,after:$after,where:{status:"publish",orderby:[{field:DATE,order:DESC}]}){found
  pageInfo{hasNextPage endCursor} nodes{__typename ...P}}})";

constexpr std::string_view viewer_query = "query Viewer{viewer{databaseId}}";

void append_alias(std::string& out, char prefix, std::string_view field, stock::product_id id,
                  std::string_view fragment) {
  const auto digits = std::to_string(id);
  out.append(1, prefix).append(digits).append(":").append(field).append("(id:\"").append(digits);
  out.append("\",idType:DATABASE_ID){...").append(fragment).append("} ");
}

// "($s0:ID!,$s1:ID!)".
void append_slug_variables(std::string& out, std::size_t count) {
  for (std::size_t at = 0; at < count; ++at)
    out.append(at == 0 ? "(" : ",").append("$s").append(std::to_string(at)).append(":ID!");
  if (count != 0)
    out += ")";
}

// `local` is a date of the site's own clock.
void write_date(json::writer& to, std::string_view name, stock::store_time local) {
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const auto date = std::chrono::year_month_day{midnight};
  const auto time = std::chrono::hh_mm_ss{local - midnight};
  to.key(name).begin_object();
  to.field("year", static_cast<int>(date.year()));
  to.field("month", static_cast<unsigned>(date.month()));
  to.field("day", static_cast<unsigned>(date.day()));
  to.field("hour", time.hours().count());
  to.field("minute", time.minutes().count());
  to.field("second", time.seconds().count());
  to.end_object();
}

struct local_window {
  stock::store_time first;                 // included
  std::optional<stock::store_time> behind; // not included
};

// Both bounds of a dateQuery are exclusive.
void write_where(json::writer& to, std::string_view name, const local_window& window,
                 bool signed_in) {
  to.key(name).begin_object();
  to.key("contentTypes").begin_array().value("PRODUCT").value("PRODUCT_VARIATION").end_array();
  if (signed_in) {
    // WPGraphQL lists what is published unless it is told otherwise.
    to.key("stati").begin_array();
    for (const auto* status : {"PUBLISH", "DRAFT", "PENDING", "PRIVATE", "FUTURE", "TRASH"})
      to.value(status);
    to.end_array();
  }
  to.key("orderby").begin_array().begin_object();
  to.field("field", "DATE").field("order", "DESC").end_object().end_array();
  to.key("dateQuery").begin_object().field("column", "MODIFIED");
  write_date(to, "after", window.first - seconds{1});
  if (window.behind)
    write_date(to, "before", *window.behind);
  to.end_object().end_object();
}

// Where items modified in the query's time are if the clock was set back by an hour meanwhile.
local_window folded_window(const modified_query& query) {
  constexpr auto clock_tolerance = seconds{60};
  const auto since = query.since + query.utc_offset;
  const auto until = query.until + query.utc_offset;
  return {since - hours{1}, std::min(since, until - hours{1} + clock_tolerance)};
}

template <class Write>
std::string body(std::initializer_list<std::string_view> parts, Write write_variables) {
  auto query = std::string{};
  for (const auto part : parts)
    query += part;
  auto out = std::string{};
  auto to = json::writer{out};
  to.begin_object().field("query", query);
  to.key("variables").begin_object();
  write_variables(to);
  to.end_object().end_object();
  return out;
}

void write_cursor(json::writer& to, std::string_view cursor) {
  if (!cursor.empty())
    to.field("after", cursor);
}

} // namespace

// One alias an item, product() or productVariation(), for both of which an ID that isn't theirs is
// an error that says so. A list (productsWithVariations with `include`) costs the shop as much
// (facts: 100 aliases 906 ms, a list of 100 with stock 930 ms and more) but only lacks what it
// doesn't find, be it deleted, hidden, broken or of an unsupported type, and an empty or rejected
// list means everything. Here each ID has its own answer.
std::string items_by_id_body(std::span<const wanted_item> wanted,
                             std::span<const std::string> slugs) {
  auto query = std::string{"query ItemsById"};
  append_slug_variables(query, slugs.size());
  query += "{";
  bool products = !slugs.empty();
  bool variations = false;
  for (const auto& item : wanted) {
    if (item.kind != item_kind::variation) {
      append_alias(query, 'p', "product", item.id, "P");
      products = true;
    }
    if (item.kind != item_kind::product) {
      append_alias(query, 'v', "productVariation", item.id, "S");
      variations = true;
    }
  }
  for (std::size_t at = 0; at < slugs.size(); ++at) {
    const auto number = std::to_string(at);
    query.append("s").append(number).append(":product(id:$s").append(number);
    query.append(",idType:SLUG){...P} ");
  }
  query += "}";
  query += variation_fragment;
  if (products)
    query += product_fragment;
  if (variations)
    query += single_variation_fragment;
  return body({query}, [&](json::writer& to) {
    for (std::size_t at = 0; at < slugs.size(); ++at)
      to.field("s" + std::to_string(at), slugs[at]);
  });
}

std::string more_variations_body(stock::product_id product, std::string_view cursor) {
  return body({more_variations_query, variation_fragment}, [&](json::writer& to) {
    to.field("id", std::to_string(product));
    to.field("after", cursor);
  });
}

std::string modified_since_body(const modified_query& query) {
  return body(
    {modified_since_query, product_fragment, variation_fragment, single_variation_fragment},
    [&](json::writer& to) {
      const bool look_back = query.cursor.empty() && query.until > query.since;
      write_where(to, "changed", {query.since + query.utc_offset, std::nullopt}, query.signed_in);
      write_cursor(to, query.cursor);
      to.field("look_back", look_back);
      if (look_back)
        write_where(to, "folded", folded_window(query), query.signed_in);
    });
}

std::string catalog_page_body(std::string_view cursor) {
  return body({catalog_page_query, product_fragment, variation_fragment},
              [&](json::writer& to) { write_cursor(to, cursor); });
}

std::string viewer_body() {
  return body({viewer_query}, [](json::writer&) {});
}

} // namespace ankkor::net
