// The first row: four questions, each with its answer, and the alerts that fire.
import { ago, byId, duration, fill, make, number, percent, plural } from './dom.js';

const worst = (alerts, area) => {
  const own = alerts.filter((alert) => alert.area === area);
  if (own.some(({ severity }) => severity === 'critical')) return 'bad';
  return own.length ? 'warn' : 'good';
};

function card(question, state, verdict, ...lines) {
  return make(
    'div',
    { class: `card ${state}` },
    make('h3', {}, question),
    make('p', { class: 'verdict' }, verdict),
    make('ul', {}, lines.filter(Boolean).map((line) => make('li', {}, line))),
  );
}

const verdictOf = (state, good) => ({ good, warn: 'Look at it', bad: 'No' })[state];

function copyCard({ alerts, products, reconciliation, storeUp }) {
  const state = worst(alerts, 'copy');
  const compared = reconciliation.incremental;
  return card(
    'Is the copy right?',
    compared || state !== 'good' ? state : 'warn',
    compared || state !== 'good' ? verdictOf(state, 'Yes') : 'Not compared yet',
    compared ? `Compared with WooCommerce ${ago(compared)}` : 'The first reconciliation is not done yet',
    `${plural(products.held, 'product', 'products')}, ${plural(products.variations, 'variation', 'variations')}`,
    `${plural(reconciliation.fixed, 'difference', 'differences')} found and fixed since the start`,
    storeUp ? null : 'The store takes no commits',
  );
}

function webhookCard({ alerts, lastDelivery, webhookSuccess: { hour, day } }) {
  const state = worst(alerts, 'webhooks');
  const told = ({ ratio }) => (ratio === null ? 'no changes' : percent(ratio));
  return card(
    'Does WooCommerce deliver its webhooks?',
    lastDelivery || state !== 'good' ? state : 'warn',
    lastDelivery || state !== 'good' ? verdictOf(state, 'Yes') : 'Nothing yet',
    lastDelivery ? `Last delivery ${ago(lastDelivery)}` : 'No delivery since the start',
    `${plural(hour.delivered, 'delivery', 'deliveries')} in the last hour, ${number(hour.missed)} missed`,
    `Told by webhook: ${told(hour)} in the last hour, ${told(day)} in the last day`,
  );
}

function storefrontCard({ alerts, targets }, propagation) {
  const state = worst(alerts, 'storefront');
  if (targets.length === 0)
    return card('Does the storefront acknowledge?', 'warn', 'Nobody to tell', 'No revalidation target is configured');
  return card(
    'Does the storefront acknowledge?',
    state,
    verdictOf(state, 'Yes'),
    propagation ? `Half of the changes reach it within ${duration(propagation.p50)}, 99 % within ${duration(propagation.p99)}` : 'No change in the last minute',
    targets.map(({ target, pending, circuitOpen, delivered }) =>
      make('span', {}, `${target}: ${number(pending)} pending, ${plural(delivered, 'call', 'calls')} acknowledged`, circuitOpen ? ' – failing' : '')),
  );
}

function budgetCard({ alerts, budget }, requestsPerMinute) {
  const state = worst(alerts, 'budget');
  const left = Math.max(0, Math.floor(budget.tokens));
  const share = Math.max(0, 1 - requestsPerMinute / budget.perMinute);
  return card(
    'How much budget is left?',
    state,
    state === 'good' ? `${Math.round(share * 100)} %` : 'Used up',
    `${number(requestsPerMinute)} of ${number(Math.round(budget.perMinute))} requests in the last minute`,
    make('span', {}, make('meter', { min: 0, max: budget.burst, low: 1, value: left, 'aria-label': 'Requests that could be sent at once' }),
      `${number(left)} of ${number(budget.burst)} could be sent at once`),
  );
}

function alertBox({ name, severity, subject, summary, fix, since }) {
  return make(
    'div',
    { class: `alert ${severity}` },
    make('strong', {}, `${severity === 'critical' ? 'Critical' : 'Warning'}: ${summary}`),
    make('p', {}, fix),
    make('p', { class: 'quiet' }, `${name}${subject ? ` (${subject})` : ''}, ${ago(since)}`),
  );
}

let shown = '';

// `newest` is the last sample: its propagation, and the requests of its minute.
export function show(glance, { propagation, requestsPerMinute }) {
  fill(byId('cards'), copyCard(glance), webhookCard(glance), storefrontCard(glance, propagation), budgetCard(glance, requestsPerMinute));
  // A screen reader reads what changes in here: so nothing does while the alerts are the same.
  const alerts = JSON.stringify(glance.alerts.map(({ name, subject, severity }) => [name, subject, severity]));
  if (alerts !== shown) fill(byId('alerts'), glance.alerts.map(alertBox));
  shown = alerts;
  document.title = glance.alerts.length ? `(${glance.alerts.length}) ankkor` : 'ankkor';
}
