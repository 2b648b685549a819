// The work that a shop's site does for a delivery and for a read of stock, on plain Node.js: verify, parse, write Redis,
// tell the storefront. As fast as such code reasonably is; README.md beside this folder says what was tried.
//   PORT, REDIS_SOCKET, BENCH_WEBHOOK_SECRET; BENCH_REVALIDATE_URL, BENCH_REVALIDATE_SECRET, BENCH_REVALIDATE_WINDOW_MS
import { createHmac, createSecretKey, randomUUID, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { createInterface } from 'node:readline';
import Redis from 'ioredis';

const { PORT, REDIS_SOCKET, BENCH_WEBHOOK_SECRET, BENCH_REVALIDATE_URL, BENCH_REVALIDATE_SECRET, PRODUCTS } = process.env;
const windowMs = Number(process.env.BENCH_REVALIDATE_WINDOW_MS ?? 0);
const redis = new Redis(REDIS_SOCKET, { enableAutoPipelining: true });
const key = createSecretKey(Buffer.from(BENCH_WEBHOOK_SECRET ?? ''));

// -- telling the storefront ---------------------------------------------------

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function call(body) {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${BENCH_REVALIDATE_SECRET}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    };
    const outgoing = request(BENCH_REVALIDATE_URL, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () =>
        answer.statusCode >= 200 && answer.statusCode < 300 ? resolve() : reject(new Error(`it answered ${answer.statusCode}`)),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

let tags = new Set();
let paths = new Set();
let timer;

async function flush() {
  const gathered = { id: randomUUID(), tags: [...tags], paths: [...paths] };
  timer = undefined;
  tags = new Set();
  paths = new Set();
  await call(JSON.stringify(gathered));
}

// Without a window a delivery is answered once the storefront has been told of it, as a site's route does; with one
// it is answered before, and what changes within the window is told with one call.
async function tell(product) {
  if (!BENCH_REVALIDATE_URL) return;
  tags.add(`product-${product.id}`).add(`product-${product.slug}`);
  paths.add(`/product/${product.slug}`);
  if (!windowMs) return flush();
  timer ??= setTimeout(() => flush().catch((error) => console.error(`The storefront was not told: ${error.message}`)), windowMs);
}

// -- deliveries ---------------------------------------------------------------

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

function isSigned(body, signature) {
  const given = Buffer.from(signature ?? '', 'base64');
  const right = createHmac('sha256', key).update(body).digest();
  return given.length === right.length && timingSafeEqual(given, right);
}

function bodyOf(incoming) {
  return new Promise((resolve, reject) => {
    const parts = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.once('end', () => resolve(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
    incoming.once('error', reject);
  });
}

async function takeDelivery(incoming, answer) {
  const body = await bodyOf(incoming);
  if (!isSigned(body, incoming.headers['x-wc-webhook-signature'])) return send(answer, 401, '{"error":"unauthorized"}');
  const product = JSON.parse(body.toString());
  if (incoming.headers['x-wc-webhook-topic'] === 'product.deleted') await redis.del(`stock:${product.id}`);
  else await redis.set(`stock:${product.id}`, stockOf(product));
  await tell(product);
  send(answer, 200, '{"status":"applied"}');
}

// -- reads --------------------------------------------------------------------

async function readStock(id, answer) {
  const stock = await redis.getBuffer(`stock:${id}`);
  if (stock) send(answer, 200, stock);
  else send(answer, 404, '{"error":"not found"}');
}

// What a reads-only peer answers: a line a product, put into Redis before the first request.
async function load(file) {
  let writes = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line) writes.push(redis.set(`stock:${JSON.parse(line).id}`, line));
    if (writes.length >= 1000) {
      await Promise.all(writes);
      writes = [];
    }
  }
  await Promise.all(writes);
}

// -- the server ---------------------------------------------------------------

function send(answer, status, body) {
  answer.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  answer.end(body);
}

const stockPath = /^\/api\/products\/(\d+)\/stock$/;

function route(incoming, answer) {
  if (incoming.method === 'POST' && incoming.url === '/api/webhooks/woocommerce') return takeDelivery(incoming, answer);
  const found = incoming.method === 'GET' && stockPath.exec(incoming.url);
  if (found) return readStock(found[1], answer);
  send(answer, 404, '{"error":"not found"}');
}

const server = createServer((incoming, answer) => {
  Promise.resolve(route(incoming, answer)).catch((error) => {
    console.error(error.message);
    send(answer, 500, '{"error":"failed"}');
  });
});
// Clients decide when a connection ends: one that is reused after the server closed it would count as an error.
server.keepAliveTimeout = 75_000;

if (PRODUCTS) await load(PRODUCTS);
server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
