// The categories. Not made at build time, so that a build needs no shop.
import Link from 'next/link';
import { connection } from 'next/server';
import { categories } from '@/lib/shop';
import { canonicalSlug } from '@/lib/tags';

export default async function Home() {
  await connection();
  return (
    <main>
      <h1>Categories</h1>
      <ul>
        {(await categories()).map(({ slug, name }) => (
          <li key={slug}>
            <Link href={`/category/${canonicalSlug(slug)}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </main>
  );
}
