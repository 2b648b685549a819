// A product's stock as Redis has it.
import { redis } from '../../../../../lib/redis';

export async function GET(_request, { params }) {
  const stock = await redis().get(`stock:${(await params).id}`);
  if (!stock) return Response.json({ error: 'not found' }, { status: 404 });
  return new Response(stock, { headers: { 'Content-Type': 'application/json' } });
}
