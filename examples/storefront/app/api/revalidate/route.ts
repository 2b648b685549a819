// Takes ankkor's calls (format "next"): which cache tags and which paths show something that is no longer so.
// Copy this file to app/api/revalidate/route.ts; it works with Next.js 14, 15 and 16. ANKKOR_REVALIDATE_SECRET is the
// same secret as ankkor's. A call may come twice and does no harm then; anything but 2xx makes ankkor try again.
import { createHash, timingSafeEqual } from 'node:crypto';
import { revalidatePath, revalidateTag } from 'next/cache';

// Since Next.js 16 a tag without this is only marked stale, so the next visitor would still get the old page. 14 and
// 15 ignore it, and their types don't know it.
const expireTag = revalidateTag as (tag: string, profile: { expire: number }) => void;

const digest = (text: string) => createHash('sha256').update(text).digest();

function isAnkkor(request: Request): boolean {
  const secret = process.env.ANKKOR_REVALIDATE_SECRET;
  const given = request.headers.get('authorization') ?? '';
  return Boolean(secret) && timingSafeEqual(digest(given), digest(`Bearer ${secret}`));
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

export async function POST(request: Request): Promise<Response> {
  if (!isAnkkor(request)) return Response.json({ error: 'unauthorized' }, { status: 401 });
  const call = (await request.json().catch(() => null)) as { tags?: unknown; paths?: unknown } | null;
  if (!isTexts(call?.tags) || !isTexts(call.paths))
    return Response.json({ error: 'tags and paths have to be lists of strings' }, { status: 400 });
  for (const tag of call.tags) expireTag(tag, { expire: 0 });
  for (const path of call.paths) revalidatePath(path);
  return Response.json({ revalidated: true });
}
