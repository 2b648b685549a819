// Stock, from ankkor's read API: a shop's 0 left is 0 here, where WPGraphQL says null.
import { productTag } from './tags';

export interface Stock {
  stockStatus: 'instock' | 'outofstock' | 'onbackorder';
  stockQuantity: number | null;
  availableForSale: boolean;
}

export async function stockOf(id: number): Promise<Stock | null> {
  const answer = await fetch(`${process.env.ANKKOR_URL}/api/products/${id}/stock`, {
    next: { tags: [productTag(id)], revalidate: 3600 },
  });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`ankkor answered ${answer.status}.`);
  return (await answer.json()) as Stock;
}

// Where browsers reach ankkor; empty where a proxy serves its routes on the storefront's own origin.
export const browserUrl = () => process.env.ANKKOR_BROWSER_URL ?? '';

export function describe(stock: Stock | null): string {
  if (!stock?.availableForSale) return 'Sold out';
  if (stock.stockStatus === 'onbackorder') return 'On backorder';
  return stock.stockQuantity === null ? 'In stock' : `${stock.stockQuantity} in stock`;
}
