// The cache tags that ankkor speaks of: product-{id}, product-{slug} and category-{slug}.

// A slug as WordPress keeps it and ankkor sends it: percent-encoded in lower case. Next.js gives a page's
// parameter as the browser wrote it, and WPGraphQL a category's slug decoded: all of them come to the same here.
export function canonicalSlug(slug: string): string {
  let decoded = slug;
  try {
    decoded = decodeURIComponent(slug);
  } catch {
    // A stray % is no encoding: it is encoded below.
  }
  return encodeURIComponent(decoded).replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
}

export const productTag = (idOrSlug: number | string) =>
  typeof idOrSlug === 'number' ? `product-${idOrSlug}` : `product-${canonicalSlug(idOrSlug)}`;

export const categoryTag = (slug: string) => `category-${canonicalSlug(slug)}`;
