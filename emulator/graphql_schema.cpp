// The part of WooGraphQL 1.0.2's schema that the emulated shop serves, in the words of
// tests/recordings/schema.graphql: taken from there, and tests/emulator/graphql_test.cpp compares
// the two. Here: connections, inputs and enums.
#include "emulator/graphql_schema.hpp"

#include "emulator/graphql_language.hpp"

#include <string>

namespace ankkor::emulator::graphql {

namespace {

constexpr std::string_view sdl = R"graphql(
type ProductVariationToProductConnectionEdge {
  cursor: String
  node: Product!
}
type RootQueryToProductConnection {
  edges: [RootQueryToProductConnectionEdge!]!
  found: Int
  nodes: [Product!]!
  pageInfo: RootQueryToProductConnectionPageInfo!
}
type RootQueryToProductConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type RootQueryToProductConnectionEdge {
  cursor: String
  node: Product!
}
type RootQueryToProductUnionConnection {
  edges: [RootQueryToProductUnionConnectionEdge!]!
  found: Int
  nodes: [ProductUnion!]!
  pageInfo: RootQueryToProductUnionConnectionPageInfo!
}
type RootQueryToProductUnionConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type RootQueryToProductUnionConnectionEdge {
  cursor: String
  node: ProductUnion!
}
type RootQueryToContentNodeConnection {
  edges: [RootQueryToContentNodeConnectionEdge!]!
  nodes: [ContentNode!]!
  pageInfo: RootQueryToContentNodeConnectionPageInfo!
}
type RootQueryToContentNodeConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type RootQueryToContentNodeConnectionEdge {
  cursor: String
  node: ContentNode!
}
type RootQueryToProductCategoryConnection {
  edges: [RootQueryToProductCategoryConnectionEdge!]!
  nodes: [ProductCategory!]!
  pageInfo: RootQueryToProductCategoryConnectionPageInfo!
}
type RootQueryToProductCategoryConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type RootQueryToProductCategoryConnectionEdge {
  cursor: String
  node: ProductCategory!
}
type ProductToProductCategoryConnection {
  edges: [ProductToProductCategoryConnectionEdge!]!
  nodes: [ProductCategory!]!
  pageInfo: ProductToProductCategoryConnectionPageInfo!
}
type ProductToProductCategoryConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type ProductToProductCategoryConnectionEdge {
  cursor: String
  node: ProductCategory!
}
type ProductWithVariationsToProductVariationConnection {
  edges: [ProductWithVariationsToProductVariationConnectionEdge!]!
  nodes: [ProductVariation!]!
  pageInfo: ProductWithVariationsToProductVariationConnectionPageInfo!
}
type ProductWithVariationsToProductVariationConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type ProductWithVariationsToProductVariationConnectionEdge {
  cursor: String
  node: ProductVariation!
}
type ProductVariationToVariationAttributeConnection {
  edges: [ProductVariationToVariationAttributeConnectionEdge!]!
  nodes: [VariationAttribute!]!
  pageInfo: ProductVariationToVariationAttributeConnectionPageInfo!
}
type ProductVariationToVariationAttributeConnectionPageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}
type ProductVariationToVariationAttributeConnectionEdge {
  cursor: String
  node: VariationAttribute!
}
input RootQueryToProductConnectionWhereArgs {
  category: String
  categoryId: Int
  categoryIdIn: [Int]
  categoryIn: [String]
  dateQuery: DateQueryInput
  exclude: [Int]
  include: [Int]
  orderby: [ProductsOrderbyInput]
  search: String
  sku: String
  slugIn: [String]
  status: String
  stockStatus: [StockStatusEnum]
  supportedTypesOnly: Boolean
  type: ProductTypesEnum
  typeIn: [ProductTypesEnum]
  typeNotIn: [ProductTypesEnum]
}
input RootQueryToContentNodeConnectionWhereArgs {
  contentTypes: [ContentTypeEnum]
  dateQuery: DateQueryInput
  in: [ID]
  notIn: [ID]
  orderby: [PostObjectsConnectionOrderbyInput]
  stati: [PostStatusEnum]
}
input DateQueryInput {
  after: DateInput
  before: DateInput
  column: PostObjectsConnectionDateColumnEnum
  compare: String
  day: Int
  hour: Int
  inclusive: Boolean
  minute: Int
  month: Int
  relation: RelationEnum
  second: Int
  week: Int
  year: Int
}
input DateInput {
  day: Int
  hour: Int
  minute: Int
  month: Int
  second: Int
  year: Int
}
input ProductsOrderbyInput {
  field: ProductsOrderByEnum!
  order: OrderEnum
}
input PostObjectsConnectionOrderbyInput {
  field: PostObjectsConnectionOrderbyEnum!
  order: OrderEnum!
}
input ProductWithVariationsToProductVariationConnectionWhereArgs {
  exclude: [Int]
  include: [Int]
  orderby: [ProductsOrderbyInput]
}
input RootQueryToProductUnionConnectionWhereArgs {
  category: String
  categoryId: Int
  categoryIdIn: [Int]
  categoryIn: [String]
  dateQuery: DateQueryInput
  exclude: [Int]
  include: [Int]
  includeVariations: Boolean
  orderby: [ProductsOrderbyInput]
  search: String
  sku: String
  slugIn: [String]
  status: String
  stockStatus: [StockStatusEnum]
  supportedTypesOnly: Boolean
  type: ProductTypesWithVariationsEnum
  typeIn: [ProductTypesWithVariationsEnum]
  typeNotIn: [ProductTypesWithVariationsEnum]
}
enum StockStatusEnum { IN_STOCK ON_BACKORDER OUT_OF_STOCK }
enum ManageStockEnum { FALSE PARENT TRUE }
enum BackordersEnum { NO NOTIFY YES }
enum ProductTypesEnum { EXTERNAL GROUPED SIMPLE VARIABLE VARIATION }
enum ProductTypesWithVariationsEnum { EXTERNAL GROUPED SIMPLE VARIABLE VARIATION }
enum ProductsOrderByEnum { DATE IN MENU_ORDER MODIFIED NAME NAME_IN ON_SALE_FROM ON_SALE_TO PARENT POPULARITY PRICE RATING REGULAR_PRICE REVIEW_COUNT SALE_PRICE SLUG TOTAL_SALES }
enum OrderEnum { ASC DESC }
enum PostObjectsConnectionOrderbyEnum { AUTHOR COMMENT_COUNT DATE IN MENU_ORDER MODIFIED NAME_IN PARENT SLUG TITLE }
enum PostObjectsConnectionDateColumnEnum { DATE MODIFIED }
enum PostStatusEnum { AUTO_DRAFT DRAFT FUTURE INHERIT PENDING PRIVATE PUBLISH REQUEST_COMPLETED REQUEST_CONFIRMED REQUEST_FAILED REQUEST_PENDING TRASH WC_CANCELLED WC_CHECKOUT_DRAFT WC_COMPLETED WC_FAILED WC_ON_HOLD WC_PENDING WC_PROCESSING WC_REFUNDED }
enum ProductIdTypeEnum { DATABASE_ID ID SKU SLUG }
enum ProductVariationIdTypeEnum { DATABASE_ID ID }
enum PricingFieldFormatEnum { FORMATTED RAW }
enum CatalogVisibilityEnum { CATALOG HIDDEN SEARCH VISIBLE }
enum RelationEnum { AND OR }
enum ContentTypeEnum { ATTACHMENT PAGE POST PRODUCT PRODUCT_VARIATION }
enum PostObjectFieldFormatEnum { RAW RENDERED }
)graphql";

} // namespace

std::string_view sdl_of_connections() noexcept {
  return sdl;
}

const schema& served_schema() {
  static const schema served =
    parse_schema(std::string{sdl_of_items()}.append(sdl_of_connections())).value_or(schema());
  return served;
}

} // namespace ankkor::emulator::graphql
