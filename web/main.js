// Starts the dashboard: signs in, follows the events, and keeps what is shown up to date.
import { follow, read, token, Unauthorized } from './api.js';
import { add, legends, start as startPlots } from './charts.js';
import { byId, fill, number } from './dom.js';
import { show as showGlance } from './glance.js';
import * as lists from './lists.js';
import * as product from './product.js';
import { passes, start as startPasses } from './reconcile.js';

const minute = 12; // samples

// What the cards say beside the glance: of the newest samples.
const newest = { propagation: null, requests: [] };

function connection(text, state) {
  const pill = byId('connection');
  if (pill.textContent === text) return;
  pill.className = `pill ${state}`;
  fill(pill, text);
}

// -- what is shown ----------------------------------------------------------------

let glance = null;

function showState() {
  if (!glance) return;
  const worst = glance.alerts.some(({ severity }) => severity === 'critical') ? 'bad' : glance.alerts.length ? 'warn' : 'good';
  const count = glance.alerts.length;
  connection(count ? `${count} ${count === 1 ? 'alert' : 'alerts'}` : 'All well', worst);
  showGlance(glance, {
    propagation: newest.propagation,
    requestsPerMinute: newest.requests.slice(-minute).reduce((sum, value) => sum + (value ?? 0), 0),
  });
  if (!busy('targets')) lists.targets(glance.targets);
}

function take(sample) {
  newest.requests.push(...sample.budget.requests);
  newest.requests.splice(0, Math.max(0, newest.requests.length - minute));
  const [p50, p99] = [sample.propagation.p50.at(-1), sample.propagation.p99.at(-1)];
  newest.propagation = p50 === null || p50 === undefined ? null : { p50, p99 };
}

async function showStatus() {
  const status = await read('status');
  fill(byId('version'), `ankkor ${status.version}, started ${new Date(status.started).toLocaleString()}; ${number(status.store.commits)} commits`);
  lists.nodes(status.cluster);
  if (!busy('webhooks')) lists.webhooks(status.webhooks);
}

// Lists are asked for again when something may have changed, but never while somebody selects or reads within one.
const busy = (id) => byId(id).contains(document.activeElement) || (getSelection()?.rangeCount && !getSelection().isCollapsed && byId(id).contains(getSelection().anchorNode));

function refresh() {
  if (document.hidden) return;
  for (const [id, list] of [['deliveries', lists.deliveries], ['letters', lists.letters], ['outbox', lists.outbox], ['passes', passes]])
    if (!busy(id)) list().catch(failed);
  showStatus().catch(failed);
}

function failed(problem) {
  if (problem instanceof Unauthorized) signIn(problem.message);
}

// -- signing in ---------------------------------------------------------------------

function signIn(problem) {
  const hadToken = token.get() !== '';
  token.clear();
  byId('dashboard').hidden = true;
  byId('search').hidden = true;
  byId('sign-in').hidden = false;
  fill(byId('token-problem'), hadToken ? problem : '');
  connection('Signed out', 'warn');
  byId('token').focus();
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  token.set(byId('token').value);
  byId('token').value = '';
  begin();
});

// -- addresses: #product/34, and the sections ------------------------------------------

async function route() {
  const [what, id] = location.hash.slice(1).split('/');
  if (what !== 'product' || !/^[1-9][0-9]*$/.test(id ?? '')) return;
  await product.show(Number(id)).catch((problem) => fill(byId('product-body'), problem.message));
}

addEventListener('hashchange', route);
byId('product-close').addEventListener('click', () => {
  product.close();
  history.replaceState(null, '', location.pathname);
  byId('search-text').focus();
});
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('search-text').value.trim();
  if (!text) return;
  history.replaceState(null, '', location.pathname);
  product.search(text).catch((problem) => fill(byId('product-body'), problem.message));
});
byId('deliveries-filter').addEventListener('change', () => lists.deliveries().catch(failed));
byId('deliveries-filter').addEventListener('submit', (event) => {
  event.preventDefault();
  lists.deliveries().catch(failed);
});
document.addEventListener('visibilitychange', refresh);

// -- the start ----------------------------------------------------------------------------

startPasses(passes);
legends();

let following = false;

async function begin() {
  let series;
  try {
    series = await read('series');
  } catch (problem) {
    if (problem instanceof Unauthorized) return signIn(problem.message);
    connection(problem.message, 'bad');
    setTimeout(begin, 5000);
    return;
  }
  byId('sign-in').hidden = true;
  byId('search').hidden = false;
  byId('dashboard').hidden = false;
  take(series);
  startPlots(series);
  refresh();
  route();
  if (following) return;
  following = true;
  const on = {
    glance: (data) => {
      glance = data;
      showState();
    },
    sample: (data) => {
      take(data);
      add(data);
      showState();
      refresh();
    },
  };
  follow(on, (isConnected) => !isConnected && connection('No connection', 'bad')).catch((problem) => {
    following = false;
    signIn(problem.message);
  });
}

begin();
