// The catalog, from the shop's WPGraphQL: names, prices, categories. Stock comes from ankkor (lib/ankkor.ts).
import { canonicalSlug, categoryTag, productTag } from './tags';

export interface Category {
  slug: string;
  name: string;
}

export interface ListedProduct {
  databaseId: number;
  slug: string;
  name: string;
  price: string | null;
  stockStatus: 'IN_STOCK' | 'OUT_OF_STOCK' | 'ON_BACKORDER' | null;
}

export interface Product extends ListedProduct {
  productCategories: { nodes: Category[] };
  variations: { nodes: { databaseId: number; name: string }[] } | null;
}

// However well ankkor tells of changes: nothing is shown for longer than this without a look.
const anHour = 3600;

async function ask<Data>(query: string, variables: object, tags: string[]): Promise<Data> {
  const answer = await fetch(process.env.SHOP_GRAPHQL_URL!, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    next: { tags, revalidate: anHour },
  });
  if (!answer.ok) throw new Error(`The shop answered ${answer.status}.`);
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: { message: string }[] };
  // A thrown error keeps the page that is there: Next.js shows it until a rendering succeeds.
  if (!data || errors?.length) throw new Error(`The shop answered: ${errors?.[0]?.message ?? 'nothing'}`);
  return data;
}

const listed = `databaseId slug name
  ...on ProductWithPricing { price(format: RAW) }
  ...on InventoriedProduct { stockStatus }`;

export async function categories(): Promise<Category[]> {
  type Answer = { productCategories: { nodes: (Category & { count: number | null })[] } };
  const query = '{ productCategories(first: 100) { nodes { slug name count } } }';
  const { productCategories } = await ask<Answer>(query, {}, ['categories']);
  return productCategories.nodes.filter((each) => each.count);
}

export async function productsOf(category: string): Promise<ListedProduct[]> {
  type Answer = { products: { nodes: ListedProduct[] } };
  const query = `query Listing($category: [String]) {
    products(first: 100, where: { categoryIn: $category }) { nodes { ${listed} } }
  }`;
  const slug = decodeURIComponent(canonicalSlug(category));
  const { products } = await ask<Answer>(query, { category: [slug] }, [categoryTag(category)]);
  return products.nodes;
}

export async function productBySlug(slug: string): Promise<Product | null> {
  const query = `query Product($slug: ID!) {
    product(id: $slug, idType: SLUG) {
      ${listed}
      productCategories(first: 10) { nodes { slug name } }
      ...on ProductWithVariations { variations(first: 100) { nodes { databaseId name } } }
    }
  }`;
  // Its ID isn't known before it is there, so the slug is the tag; ankkor tells of both.
  const variables = { slug: canonicalSlug(slug) };
  const { product } = await ask<{ product: Product | null }>(query, variables, [productTag(slug)]);
  return product;
}

// WooGraphQL gives a variable product's prices all in one text.
export const firstPrice = (price: string | null) => price?.split(',')[0] ?? '';
