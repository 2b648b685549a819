// Takes WooCommerce's deliveries as a shop's site does: verify the raw bytes, parse, write Redis, make the pages anew.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { revalidatePath, revalidateTag } from 'next/cache';
import { redis } from '../../../../lib/redis';

const key = createSecretKey(Buffer.from(process.env.BENCH_WEBHOOK_SECRET ?? ''));

function isSigned(body, signature) {
  const given = Buffer.from(signature ?? '', 'base64');
  const right = createHmac('sha256', key).update(body).digest();
  return given.length === right.length && timingSafeEqual(given, right);
}

const stockOf = (product) =>
  JSON.stringify({
    id: product.id,
    type: product.type,
    stockStatus: product.stock_status,
    stockQuantity: product.stock_quantity,
    manageStock: product.manage_stock,
    availableForSale: product.status === 'publish' && product.stock_status !== 'outofstock',
    lastUpdated: product.date_modified_gmt,
  });

export async function POST(request) {
  const body = Buffer.from(await request.arrayBuffer());
  if (!isSigned(body, request.headers.get('x-wc-webhook-signature')))
    return Response.json({ error: 'unauthorized' }, { status: 401 });
  const product = JSON.parse(body.toString());
  if (request.headers.get('x-wc-webhook-topic') === 'product.deleted') {
    await redis().del(`stock:${product.id}`);
  } else {
    const stock = stockOf(product);
    await redis().mset(`stock:${product.id}`, stock, `product:${product.slug}`, stock);
  }
  // Since Next.js 16 a tag without this is only marked stale, and the next visitor would still get the old page.
  revalidateTag(`product-${product.id}`, { expire: 0 });
  if (product.slug) {
    revalidateTag(`product-${product.slug}`, { expire: 0 });
    revalidatePath(`/product/${product.slug}`);
  }
  return Response.json({ status: 'applied' });
}
