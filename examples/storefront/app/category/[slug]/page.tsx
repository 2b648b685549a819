// A listing, made when it is first asked for and kept until ankkor says that something it shows has changed.
import Link from 'next/link';
import { Rendered } from '@/app/rendered';
import { firstPrice, productsOf } from '@/lib/shop';

export const generateStaticParams = async () => [];

export default async function Category({ params }: { params: Promise<{ slug: string }> }) {
  const { slug } = await params;
  const products = await productsOf(slug);
  return (
    <main>
      <h1>{decodeURIComponent(slug)}</h1>
      <ul>
        {products.map((product) => (
          <li key={product.databaseId}>
            <Link href={`/product/${product.slug}`}>{product.name}</Link>
            <span>
              {firstPrice(product.price)} {product.stockStatus === 'OUT_OF_STOCK' && '(sold out)'}
            </span>
          </li>
        ))}
      </ul>
      <Rendered />
    </main>
  );
}
