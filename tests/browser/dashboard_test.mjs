// The dashboard in a real Chromium: what an operator sees of a shop, with a keyboard, a screen reader's rules (axe), on a
// desktop and a phone, light and dark. Without any request to elsewhere, and with whatever a product is called as text.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { eventually, freePort, Program } from './processes.mjs';

const [ankkorBinary, storeBinary, workDirectory] = process.argv.slice(2);
const webhookSecret = 'dashboard-test-webhook-secret';
const adminToken = 'dashboard-test-admin-token';
const hostileName = '<img src=x onerror="globalThis.hostile = true">';
const axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
const dataDirectory = await mkdtemp(`${workDirectory}/data-`);
const programs = [];
const start = (...how) => {
  programs.push(new Program(...how));
  return programs.at(-1);
};

// -- the shop, a storefront that acknowledges, the daemon --------------------------------

let told = 0;
const storefrontPort = await freePort();
const storefront = createServer((request, response) => {
  told += 1;
  request.resume().on('end', () => response.end('{"revalidated":true}'));
}).listen(storefrontPort, '127.0.0.1');

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
    ANKKOR_ADMIN_TOKEN: adminToken,
    ANKKOR_DATA_DIR: dataDirectory,
    ANKKOR_REVALIDATE_URL: `http://127.0.0.1:${storefrontPort}/api/revalidate`,
    ANKKOR_REVALIDATE_SECRET: 'dashboard-test-revalidate-secret',
    ANKKOR_LOG_FORMAT: 'text',
  },
});
const [port, adminPort] = (await daemon.said(/takes webhooks.* port=(\d+).* admin_port=(\d+)/)).slice(1);
const ankkor = `http://127.0.0.1:${port}`;
const admin = `http://127.0.0.1:${adminPort}`;

const rest = async (method, path, body) => {
  const answer = await fetch(`${shop}/wp-json/wc/v3/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('ck_emulated:cs_emulated')}` },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
};

const asked = async (path) => (await fetch(`${admin}/admin/${path}`, { headers: { Authorization: `Bearer ${adminToken}` } })).json();

async function change(id, fields) {
  await rest('PUT', `products/${id}`, fields);
  await eventually('ankkor has the change', async () => {
    const { stockQuantity } = await (await fetch(`${ankkor}/api/products/${id}/stock`)).json();
    return stockQuantity === fields.stock_quantity;
  });
}

// A delivery that is signed, and can't be used.
async function deliverRubbish() {
  const body = 'no JSON';
  const answer = await fetch(`${ankkor}/api/webhooks/woocommerce`, {
    method: 'POST',
    headers: {
      'X-WC-Webhook-Topic': 'product.updated',
      'X-WC-Webhook-Delivery-ID': 'rubbish-1',
      'X-WC-Webhook-Signature': createHmac('sha256', webhookSecret).update(body).digest('base64'),
    },
    body,
  });
  assert.equal((await answer.json()).status, 'unusable');
}

// -- the operator ------------------------------------------------------------------------

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

// A page of its own session; whatever goes wrong in it fails the test.
async function open(options = {}) {
  const context = await browser.newContext({ viewport: desktop, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[139]/.test(message.text())) assert.fail(`${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => assert.ok(request.url().startsWith(`${admin}/`), request.url()));
  const answer = await page.goto(`${admin}/`);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()['content-security-policy'], /default-src 'none'; script-src 'self'/);
  return page;
}

// axe is brought in by the debugger, which no policy of the page holds back.
async function accessible(page, what) {
  const { violations } = await page.evaluate(`(async () => { ${axe}; return await axe.run(); })()`);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`);
  assert.deepEqual(found, [], what);
}

async function signIn(page, token = adminToken) {
  await page.getByLabel(/Admin token/).fill(token);
  await page.keyboard.press('Enter');
}

async function test() {
  for (const topic of ['product.created', 'product.updated', 'product.deleted'])
    await rest('POST', 'webhooks', { name: topic, topic, delivery_url: `${ankkor}/api/webhooks/woocommerce`, secret: webhookSecret });
  const products = (await rest('GET', 'products?per_page=100&type=simple')).filter((each) => each.manage_stock);
  const [hostile, plain] = products;
  await change(hostile.id, { name: hostileName, stock_quantity: 31 });
  for (const stock_quantity of [12, 9, 4, 20]) await change(plain.id, { stock_quantity });
  await deliverRubbish();
  await eventually('the storefront is told', () => told > 0);

  // Nothing without the token; the wrong one is said to be wrong, the right one is kept for this tab only.
  const page = await open();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await accessible(page, 'signing in');
  await signIn(page, 'wrong');
  await page.getByText('The admin API wants the admin token.').waitFor();
  await signIn(page);
  await page.getByRole('heading', { name: 'Is the copy right?' }).waitFor();
  const kept = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]);
  assert.deepEqual(kept, [[], ['ankkor-admin-token'], '']);

  // At a glance.
  await page.getByText(/^Last delivery/).waitFor();
  await page.getByText(/^next: 0 pending/).waitFor();
  await page.getByText(/of 10 could be sent at once/).waitFor();
  await page.locator('#alerts').getByText('1 dead letter was added in the last hour.').waitFor();
  await page.locator('#plot-deliveries canvas').waitFor();
  assert.equal(await page.locator('.plots canvas').count(), 6);

  // What happens in the shop appears by itself.
  const rows = page.locator('#deliveries tbody tr');
  await rows.first().waitFor();
  const before = await rows.count();
  await change(plain.id, { stock_quantity: 3 });
  await eventually('the delivery appears', async () => (await rows.count()) > before);
  await page.getByLabel('Outcome').selectOption('unusable');
  await eventually('the filter holds', async () => (await rows.count()) === 1);
  await page.getByLabel('Outcome').selectOption('');

  // A product by its name, which is text, whatever it says.
  await page.getByRole('searchbox').fill('<img');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: hostileName }).click();
  await page.locator('#product h3').getByText(hostileName, { exact: true }).waitFor();
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hostile), undefined);
  await accessible(page, 'a product');

  // Another by its ID: its stock as steps, each change with its cause.
  await page.getByRole('searchbox').fill(`${plain.id}`);
  await page.keyboard.press('Enter');
  await page.locator('#product').getByRole('link').first().click();
  await page.locator('#product-plot canvas').waitFor();
  const history = page.locator('#product-history tbody tr');
  await eventually('its history is there', async () => (await history.count()) >= 5);
  assert.match(await history.first().textContent(), /in stock, 20.*in stock, 3.*webhook product\.updated/s);
  await page.screenshot({ path: `${workDirectory}/dashboard-product.png` });
  await page.getByRole('button', { name: 'Close' }).click();

  // Dead letters: what still can't be used says so; discarding is asked twice.
  await page.getByRole('button', { name: /Retry dead letter/ }).click();
  await page.locator('#letters-problem').getByText(/still can't be used/).waitFor();
  await page.getByRole('button', { name: /^Discard dead letter/ }).click();
  assert.equal((await asked('deadletters')).deadletters.length, 1);
  await page.getByRole('button', { name: /^Really discard/ }).click();
  await page.locator('#letters').getByText('There are none.').waitFor();
  assert.equal((await asked('deadletters')).deadletters.length, 0);

  // A pass is asked for and followed.
  await page.getByRole('button', { name: 'Compare everything' }).click();
  await page.locator('#passes').getByText('asked for').first().waitFor();
  await eventually('the pass is done', async () => (await asked('reconcile')).passes.some(({ type, state }) => type === 'all-products' && state === 'done'));

  // With the keyboard alone: past the header, to the first thing of the page.
  await page.reload();
  await page.getByText(/^Last delivery/).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the overview');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  // Everywhere, and light and dark.
  for (const [name, viewport] of [['desktop', desktop], ['phone', phone]])
    for (const colorScheme of ['light', 'dark']) {
      const other = await open({ viewport, colorScheme });
      await signIn(other);
      await other.getByText(/^Last delivery/).waitFor();
      await other.locator('#deliveries tbody tr').first().waitFor();
      await other.locator('#plot-deliveries canvas').waitFor();
      await accessible(other, `${name}, ${colorScheme}`);
      const wide = await other.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `${name} scrolls sideways`);
      await other.screenshot({ path: `${workDirectory}/dashboard-${name}-${colorScheme}.png`, fullPage: true });
      await other.context().close();
    }

  // Without the daemon it says so.
  assert.equal(await daemon.stop(), 0, 'ankkor ends by itself, with a dashboard open');
  await page.getByText('No connection').waitFor();
}

try {
  await test();
  console.log(`The dashboard shows the shop. Screenshots: ${workDirectory}`);
} catch (error) {
  for (const { name, output } of programs) console.error(`--- ${name}\n${output.slice(-4000)}`);
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
  await daemon.stop();
  await store.stop();
  storefront.close();
  await rm(dataDirectory, { recursive: true });
}
