// A product's page, made when it is first asked for and kept until ankkor says that the product has changed. What
// changes while somebody looks at it, the badge shows by itself.
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Rendered } from '@/app/rendered';
import { browserUrl, stockOf } from '@/lib/ankkor';
import { firstPrice, productBySlug } from '@/lib/shop';
import { canonicalSlug } from '@/lib/tags';
import { AddToCart } from './add-to-cart';
import { LiveStock } from './live-stock';

export const generateStaticParams = async () => [];

export default async function ProductPage({ params }: { params: Promise<{ slug: string }> }) {
  const product = await productBySlug((await params).slug);
  if (!product) notFound();
  const id = product.databaseId;
  return (
    <main>
      <h1>{product.name}</h1>
      <p>
        {firstPrice(product.price)} <LiveStock ankkor={browserUrl()} id={id} initial={await stockOf(id)} />
      </p>
      <AddToCart ankkor={browserUrl()} id={id} variations={product.variations?.nodes ?? []} />
      <p>
        {product.productCategories.nodes.map(({ slug, name }) => (
          <Link key={slug} href={`/category/${canonicalSlug(slug)}`}>
            {name}
          </Link>
        ))}
      </p>
      <Rendered />
    </main>
  );
}
