// A product's page, kept until a delivery makes it anew: what revalidation is for.
import { unstable_cache } from 'next/cache';
import { redis } from '../../../lib/redis';

export const generateStaticParams = () => [];

export default async function Product({ params }) {
  const { slug } = await params;
  const read = unstable_cache(() => redis().get(`product:${slug}`), [slug], { tags: [`product-${slug}`] });
  const stock = JSON.parse((await read()) ?? 'null');
  return <p>{stock ? `in stock: ${stock.stockQuantity}` : 'not sold here'}</p>;
}
