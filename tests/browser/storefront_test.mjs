// What a shopper sees of a change in the shop: emulated store -> webhook -> ankkor -> storefront -> Chromium.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { eventually, freePort, Program } from './processes.mjs';

const [ankkorBinary, storeBinary, storefrontDirectory, workDirectory] = process.argv.slice(2);
const webhookSecret = 'browser-test-webhook-secret';
const revalidateSecret = 'browser-test-revalidate-secret';
const dataDirectory = await mkdtemp(`${workDirectory}/data-`);
const programs = [];
const start = (...how) => {
  programs.push(new Program(...how));
  return programs.at(-1);
};

// -- the shop, the daemon, the storefront --------------------------------------------------

const storefrontPort = await freePort();
const storefront = `http://127.0.0.1:${storefrontPort}`;

const store = start(storeBinary, ['--port', '0', '--products', '12', '--rate', '0', '--delay-min', '20', '--delay-max', '100']);
const shop = (await store.said(/emulated store +(http:\S+)/))[1];

const daemon = start(ankkorBinary, ['serve'], {
  env: {
    WOOCOMMERCE_STORE_URL: shop,
    WOOCOMMERCE_CONSUMER_KEY: 'ck_emulated',
    WOOCOMMERCE_CONSUMER_SECRET: 'cs_emulated',
    WOOCOMMERCE_WEBHOOK_SECRET: webhookSecret,
    ANKKOR_LISTEN: '127.0.0.1:0',
    ANKKOR_ADMIN_LISTEN: '127.0.0.1:0',
    ANKKOR_DATA_DIR: dataDirectory,
    ANKKOR_REVALIDATE_URL: `${storefront}/api/revalidate`,
    ANKKOR_REVALIDATE_SECRET: revalidateSecret,
    ANKKOR_CORS_ORIGINS: storefront,
    ANKKOR_LOG_FORMAT: 'text',
  },
});
const ports = (await daemon.said(/takes webhooks.* port=(\d+).* admin_port=(\d+)/)).slice(1);
const [ankkor, admin] = ports.map((port) => `http://127.0.0.1:${port}`);

const next = start(process.execPath, ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', `${storefrontPort}`], {
  cwd: storefrontDirectory,
  env: {
    ...process.env,
    SHOP_GRAPHQL_URL: `${shop}/graphql`,
    ANKKOR_URL: ankkor,
    ANKKOR_BROWSER_URL: ankkor,
    ANKKOR_REVALIDATE_SECRET: revalidateSecret,
  },
});
await next.said(/Ready in/);

const rest = async (method, path, body) => {
  const answer = await fetch(`${shop}/wp-json/wc/v3/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('ck_emulated:cs_emulated')}` },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
};

// Changes a product in the shop, and returns once the storefront has been told.
async function change(product, fields) {
  await rest('PUT', `products/${product.id}`, fields);
  await eventually('ankkor holds the change', async () => {
    const { stockQuantity } = await (await fetch(`${ankkor}/api/products/${product.id}/stock`)).json();
    return stockQuantity === fields.stock_quantity;
  });
  await eventually('the storefront has been told', async () => {
    const { outbox } = await (await fetch(`${admin}/admin/outbox`)).json();
    return outbox.length === 0;
  });
}

const post = (body, secret) =>
  fetch(`${storefront}/api/revalidate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${secret}` },
    body,
  });

// -- the shopper ---------------------------------------------------------------------------

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
// Each page load by itself, as different shoppers would: with no cache of the browser's own.
const open = async (path) => {
  const page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
  page.on('pageerror', (error) => assert.fail(`${path}: ${error.message}`));
  const answer = await page.goto(storefront + path);
  assert.equal(answer.status(), 200, path);
  return page;
};
const badge = (page) => page.locator('.badge').textContent();
const renderedAt = (page) => page.locator('time').textContent();
const shows = (page, text) => page.getByText(text, { exact: true }).waitFor();

// A page as the storefront's server sends it, without any script having run.
const served = async (path) => {
  const html = await (await fetch(storefront + path)).text();
  return { html, at: html.match(/<time>([^<]+)/)[1] };
};

// As served from now on: a page that the build made more than its hour ago is served once more, and made anew beside it.
const lifetimeMs = 3_600_000;
const settled = (path) =>
  eventually(`${path} is younger than its lifetime`, async () => {
    const page = await served(path);
    return Date.now() - Date.parse(page.at) < lifetimeMs && page;
  });

async function test() {
  const products = (await rest('GET', 'products?per_page=100&type=simple')).filter((each) => each.manage_stock);
  const [tea] = products;
  const mug = products.find((each) => each.categories[0].slug !== tea.categories[0].slug);
  const teaPage = `/product/${tea.slug}`;
  const mugPage = `/product/${mug.slug}`;
  const listing = `/category/${tea.categories[0].slug}`;
  const otherListing = `/category/${mug.categories[0].slug}`;
  for (const topic of ['product.created', 'product.updated', 'product.deleted'])
    await rest('POST', 'webhooks', {
      name: topic,
      topic,
      delivery_url: `${ankkor}/api/webhooks/woocommerce`,
      secret: webhookSecret,
    });
  await change(tea, { stock_quantity: 27 });
  await change(mug, { stock_quantity: 9 });

  // In a build directory that was used before there are pages of then, until the storefront has been told.
  for (const [path, text] of [[teaPage, '27 in stock'], [mugPage, '9 in stock']])
    await eventually(`${path} says ${text}`, async () => (await served(path)).html.includes(text));

  // Pages are made once and come from the cache from then on.
  const looker = await open(teaPage);
  assert.equal(await badge(looker), '27 in stock');
  const before = { tea: await settled(teaPage), mug: await settled(mugPage), listing: await settled(listing), other: await settled(otherListing) };
  assert.equal((await served(teaPage)).at, before.tea.at);
  assert.equal((await served(mugPage)).at, before.mug.at);

  // A change in the shop: the next load of that page has it, an open one follows by itself, another page stays.
  await change(tea, { stock_quantity: 5 });
  await shows(looker, '5 in stock');
  assert.equal(await renderedAt(looker), before.tea.at, 'the open page was not loaded again');
  const later = await served(teaPage);
  assert.match(later.html, /5 in stock/);
  assert.notEqual(later.at, before.tea.at);
  assert.equal((await served(mugPage)).at, before.mug.at, 'a page of another product stays cached');
  assert.equal((await served(listing)).at, before.listing.at, 'no listing shows a quantity');

  // The cart takes no more than there is.
  const shopper = await open(teaPage);
  assert.equal(await badge(shopper), '5 in stock');
  const add = async (quantity) => {
    await shopper.getByLabel('Quantity').fill(`${quantity}`);
    await shopper.getByRole('button').click();
  };
  await add(2);
  await shows(shopper, 'In your cart: 2');
  await add(4);
  await shopper.getByText('Not added').waitFor();
  await add(3);
  await shows(shopper, 'In your cart: 5');
  await shopper.screenshot({ path: `${workDirectory}/product.png` });

  // The last one is sold: open pages say so, the listing too, others stay.
  await change(tea, { stock_quantity: 0 });
  await shows(looker, 'Sold out');
  await shows(shopper, 'Sold out');
  assert.match((await served(teaPage)).html, /Sold out/);
  const listed = await open(listing);
  await listed.getByText('(sold out)').first().waitFor();
  assert.notEqual(await renderedAt(listed), before.listing.at);
  await listed.screenshot({ path: `${workDirectory}/listing.png` });
  assert.equal((await served(otherListing)).at, before.other.at, 'another listing stays cached');
  assert.equal((await served(mugPage)).at, before.mug.at);
  await shopper.screenshot({ path: `${workDirectory}/sold-out.png` });

  // The route takes calls of ankkor alone, and only such as it understands.
  const call = JSON.stringify({ id: 'x', tags: [`product-${mug.id}`], paths: [] });
  assert.equal((await post(call, 'another-secret')).status, 401);
  assert.equal((await post('{"tags":"x"}', revalidateSecret)).status, 400);
  assert.equal((await post('no JSON', revalidateSecret)).status, 400);
  assert.equal((await served(mugPage)).at, before.mug.at);
  assert.equal((await post(call, revalidateSecret)).status, 200);
  assert.notEqual((await served(mugPage)).at, before.mug.at);
}

try {
  await test();
  console.log(`The storefront shows what the shop has. Screenshots: ${workDirectory}`);
} catch (error) {
  for (const { name, output } of programs) console.error(`--- ${name}\n${output.slice(-4000)}`);
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
  await next.stop();
  const status = await daemon.stop();
  assert.equal(status, 0, 'ankkor ends by itself');
  await store.stop();
  await rm(dataDirectory, { recursive: true });
}
