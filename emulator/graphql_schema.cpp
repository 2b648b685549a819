// The part of WooGraphQL 1.0.2's schema that the emulated shop serves, in the words of
// tests/recordings/schema.graphql: taken from there, and tests/emulator/graphql_test.cpp compares
// the two.
#include "emulator/graphql_language.hpp"

namespace ankkor::emulator::graphql {

namespace {

constexpr std::string_view sdl = R"graphql(
type RootQuery {
  contentNodes(first: Int, after: String, where: RootQueryToContentNodeConnectionWhereArgs): RootQueryToContentNodeConnection
  generalSettings: GeneralSettings
  product(id: ID!, idType: ProductIdTypeEnum): Product
  productCategories(first: Int, after: String): RootQueryToProductCategoryConnection
  productVariation(id: ID, idType: ProductVariationIdTypeEnum): ProductVariation
  products(first: Int, after: String, where: RootQueryToProductConnectionWhereArgs): RootQueryToProductConnection
  productsWithVariations(first: Int, after: String, where: RootQueryToProductUnionConnectionWhereArgs): RootQueryToProductUnionConnection
  viewer: User
}
interface Node {
  id: ID!
}
interface DatabaseIdentifier {
  databaseId: Int!
}
interface NodeWithTitle implements Node {
  id: ID!
  title(format: PostObjectFieldFormatEnum): String
}
interface UniformResourceIdentifiable implements Node {
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  uri: String
}
interface ContentNode implements Node & UniformResourceIdentifiable {
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  modified: String
  modifiedGmt: String
  slug: String
  status: String
  uri: String
}
interface ProductUnion implements Node {
  catalogVisibility: CatalogVisibilityEnum
  databaseId: Int!
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  menuOrder: Int
  name: String
  onSale: Boolean
  purchasable: Boolean
  reviewsAllowed: Boolean
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  totalSales: Int
  type: ProductTypesEnum
  virtual: Boolean
}
interface Product implements Node & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & NodeWithTitle & ProductUnion {
  productId: Int!
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  productCategories(first: Int, after: String): ProductToProductCategoryConnection
  purchasable: Boolean
  reviewsAllowed: Boolean
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  status: String
  title(format: PostObjectFieldFormatEnum): String
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
interface InventoriedProduct implements Node {
  backorders: BackordersEnum
  backordersAllowed: Boolean
  databaseId: Int!
  id: ID!
  lowStockAmount: Int
  manageStock: ManageStockEnum
  soldIndividually: Boolean
  stockQuantity: Int
  stockStatus: StockStatusEnum
}
interface ProductWithPricing implements Node {
  databaseId: Int!
  id: ID!
  price(format: PricingFieldFormatEnum): String
  regularPrice(format: PricingFieldFormatEnum): String
  salePrice(format: PricingFieldFormatEnum): String
}
interface ProductWithVariations implements Node {
  databaseId: Int!
  id: ID!
  variations(first: Int, after: String, where: ProductWithVariationsToProductVariationConnectionWhereArgs): ProductWithVariationsToProductVariationConnection
}
interface ProductVariation implements Node & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & ProductUnion & ProductWithPricing & InventoriedProduct {
  productVariationId: Int!
  attributes(first: Int, after: String): ProductVariationToVariationAttributeConnection
  backorders: BackordersEnum
  backordersAllowed: Boolean
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  lowStockAmount: Int
  manageStock: ManageStockEnum
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  parent: ProductVariationToProductConnectionEdge
  price(format: PricingFieldFormatEnum): String
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  soldIndividually: Boolean
  status: String
  stockQuantity: Int
  stockStatus: StockStatusEnum
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
type SimpleProductVariation implements Node & ProductVariation & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & ProductUnion & ProductWithPricing & InventoriedProduct {
  attributes(first: Int, after: String): ProductVariationToVariationAttributeConnection
  backorders: BackordersEnum
  backordersAllowed: Boolean
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  lowStockAmount: Int
  manageStock: ManageStockEnum
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  parent: ProductVariationToProductConnectionEdge
  price(format: PricingFieldFormatEnum): String
  productVariationId: Int!
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  soldIndividually: Boolean
  status: String
  stockQuantity: Int
  stockStatus: StockStatusEnum
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
type SimpleProduct implements Node & Product & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & NodeWithTitle & ProductUnion & InventoriedProduct & ProductWithPricing {
  backorders: BackordersEnum
  backordersAllowed: Boolean
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  lowStockAmount: Int
  manageStock: ManageStockEnum
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  price(format: PricingFieldFormatEnum): String
  productCategories(first: Int, after: String): ProductToProductCategoryConnection
  productId: Int!
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  soldIndividually: Boolean
  status: String
  stockQuantity: Int
  stockStatus: StockStatusEnum
  title(format: PostObjectFieldFormatEnum): String
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
type VariableProduct implements Node & Product & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & NodeWithTitle & ProductUnion & InventoriedProduct & ProductWithPricing & ProductWithVariations {
  backorders: BackordersEnum
  backordersAllowed: Boolean
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  lowStockAmount: Int
  manageStock: ManageStockEnum
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  price(format: PricingFieldFormatEnum): String
  productCategories(first: Int, after: String): ProductToProductCategoryConnection
  productId: Int!
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  soldIndividually: Boolean
  status: String
  stockQuantity: Int
  stockStatus: StockStatusEnum
  title(format: PostObjectFieldFormatEnum): String
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  variations(first: Int, after: String, where: ProductWithVariationsToProductVariationConnectionWhereArgs): ProductWithVariationsToProductVariationConnection
  virtual: Boolean
}
type ExternalProduct implements Node & Product & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & NodeWithTitle & ProductUnion & ProductWithPricing {
  buttonText: String
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  externalUrl: String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  price(format: PricingFieldFormatEnum): String
  productCategories(first: Int, after: String): ProductToProductCategoryConnection
  productId: Int!
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  status: String
  title(format: PostObjectFieldFormatEnum): String
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
type GroupProduct implements Node & Product & ContentNode & UniformResourceIdentifiable & DatabaseIdentifier & NodeWithTitle & ProductUnion & ProductWithPricing {
  catalogVisibility: CatalogVisibilityEnum
  contentTypeName: String!
  databaseId: Int!
  date: String
  dateGmt: String
  description(format: PostObjectFieldFormatEnum): String
  featured: Boolean
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  menuOrder: Int
  modified: String
  modifiedGmt: String
  name: String
  onSale: Boolean
  price(format: PricingFieldFormatEnum): String
  productCategories(first: Int, after: String): ProductToProductCategoryConnection
  productId: Int!
  purchasable: Boolean
  regularPrice(format: PricingFieldFormatEnum): String
  reviewsAllowed: Boolean
  salePrice(format: PricingFieldFormatEnum): String
  shortDescription(format: PostObjectFieldFormatEnum): String
  sku: String
  slug: String
  status: String
  title(format: PostObjectFieldFormatEnum): String
  totalSales: Int
  type: ProductTypesEnum
  uri: String
  virtual: Boolean
}
type ProductCategory implements Node & UniformResourceIdentifiable & DatabaseIdentifier {
  count: Int
  databaseId: Int!
  description: String
  id: ID!
  isContentNode: Boolean!
  isTermNode: Boolean!
  link: String
  menuOrder: Int
  name: String
  productCategoryId: Int
  slug: String
  uri: String
}
type VariationAttribute implements Node {
  attributeId: Int
  id: ID!
  label: String
  name: String
  value: String
}
type User implements Node & UniformResourceIdentifiable & DatabaseIdentifier {
  databaseId: Int!
  id: ID!
  name: String
  username: String
}
type GeneralSettings implements Node {
  homeUrl: String
  id: ID!
  timezone: String
  title: String
  url: String
}
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

const schema& served_schema() {
  static const schema served = parse_schema(sdl).value_or(schema());
  return served;
}

} // namespace ankkor::emulator::graphql
