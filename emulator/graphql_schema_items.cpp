// The part of WooGraphQL 1.0.2's schema that the emulated shop serves, in the words of
// tests/recordings/schema.graphql: taken from there, and tests/emulator/graphql_test.cpp compares
// the two. Here: what has fields.
#include "emulator/graphql_schema.hpp"

namespace ankkor::emulator::graphql {

namespace {

constexpr std::string_view sdl_items = R"graphql(
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
)graphql";

} // namespace

std::string_view sdl_of_items() noexcept {
  return sdl_items;
}

} // namespace ankkor::emulator::graphql
