// Deliveries, dead letters, the outbox and the webhooks: what there is now, newest first.
import { read, send } from './api.js';
import { ago, byId, fill, make, moment, number, plural, table } from './dom.js';

const outcomeState = { applied: 'good', queued: '', unchanged: '', stale: '', duplicate: '', ignored: '', unusable: 'bad' };
const tag = (text, state) => make('span', { class: `tag ${state ?? ''}` }, text);
const productLink = (id) => make('a', { href: `#product/${id}` }, `${id}`);

// -- deliveries -----------------------------------------------------------------

const filter = () => {
  const wanted = new URLSearchParams({ limit: '50' });
  for (const [name, value] of new FormData(byId('deliveries-filter'))) if (value.trim()) wanted.set(name, value.trim());
  return wanted;
};

export async function deliveries() {
  const { deliveries: rows } = await read(`deliveries?${filter()}`);
  fill(
    byId('deliveries'),
    table(
      'Recent deliveries',
      [
        { title: 'Received', cell: ({ received }) => moment(received) },
        { title: 'Topic', class: 'whole', cell: ({ topic }) => topic },
        {
          title: 'Product or order',
          class: 'number',
          cell: ({ topic, resource }) => (!resource ? '–' : topic.startsWith('order.') ? `${resource}` : productLink(resource)),
        },
        { title: 'Outcome', cell: ({ outcome }) => tag(outcome, outcomeState[outcome]) },
        { title: 'Webhook', class: 'number', cell: ({ webhook }) => (webhook ? `${webhook}` : '–') },
        { title: 'Delivery ID', cell: ({ id }) => make('code', {}, id) },
      ],
      rows,
      'No delivery agrees with this filter.',
    ),
  );
}

// -- dead letters -----------------------------------------------------------------

// Runs what a button asks for, and says what went wrong.
async function attempt(button, problem, action) {
  button.disabled = true;
  fill(byId(problem), '');
  try {
    await action();
  } catch (failure) {
    fill(byId(problem), failure.message);
    button.disabled = false;
  }
}

function letterButtons(id) {
  const retry = make('button', { type: 'button', class: 'small', 'aria-label': `Retry dead letter ${id}` }, 'Retry');
  retry.addEventListener('click', () =>
    attempt(retry, 'letters-problem', async () => {
      await send('POST', `deadletters/${id}/retry`);
      await letters();
    }),
  );
  // Asked twice: what is discarded is gone.
  const discard = make('button', { type: 'button', class: 'small', 'aria-label': `Discard dead letter ${id}` }, 'Discard');
  discard.addEventListener('click', () => {
    if (discard.dataset.asked) {
      attempt(discard, 'letters-problem', async () => {
        await send('DELETE', `deadletters/${id}`);
        await letters();
      });
      return;
    }
    discard.dataset.asked = 'yes';
    fill(discard, 'Really discard?');
    discard.setAttribute('aria-label', `Really discard dead letter ${id}?`);
  });
  return make('span', { class: 'buttons' }, retry, discard);
}

let shownLetters = null;

export async function letters() {
  const { deadletters: rows } = await read('deadletters?limit=50');
  // What is open or half asked stays so while the list is the same.
  const key = rows.map(({ id }) => id).join();
  if (key === shownLetters) return;
  shownLetters = key;
  fill(
    byId('letters'),
    table(
      'Dead letters',
      [
        { title: 'Since', cell: ({ at }) => moment(at) },
        { title: 'What', class: 'whole', cell: ({ kind, subject }) => `${kind === 'delivery' ? 'Delivery' : 'Revalidation'} ${subject}` },
        {
          title: 'Reason',
          cell: ({ reason, body }) => [
            reason,
            make('details', {}, make('summary', {}, 'Content'), make('pre', { tabindex: 0, 'aria-label': 'Content' }, body)),
          ],
        },
        { title: 'Actions', cell: ({ id }) => letterButtons(id) },
      ],
      rows,
      'There are none.',
    ),
  );
}

// -- outbox -------------------------------------------------------------------------

export function targets(rows) {
  fill(
    byId('targets'),
    table(
      'Revalidation targets',
      [
        { title: 'Target', cell: ({ target }) => target },
        { title: 'Format', cell: ({ format }) => format },
        { title: 'Pending', class: 'number', cell: ({ pending }) => number(pending) },
        { title: 'Acknowledged', class: 'number', cell: ({ delivered }) => number(delivered) },
        { title: 'Failed', class: 'number', cell: ({ failed }) => number(failed) },
        { title: 'State', cell: ({ circuitOpen }) => (circuitOpen ? tag('failing', 'bad') : tag('ok', 'good')) },
      ],
      rows,
      'No revalidation target is configured: no storefront is told of changes.',
    ),
  );
}

export async function outbox() {
  const { outbox: rows } = await read('outbox?limit=50');
  fill(
    byId('outbox'),
    rows.length === 0
      ? make('p', { class: 'quiet' }, 'Nothing is pending.')
      : table(
          'Pending changes, the oldest first',
          [
            { title: 'Target', cell: ({ target }) => target },
            { title: 'Product', class: 'number', cell: ({ product }) => productLink(product) },
            { title: 'Since', cell: ({ since }) => ago(since) },
            { title: 'Tags', cell: ({ tags }) => tags.join(', ') },
          ],
          rows,
          '',
        ),
  );
}

// -- webhooks -----------------------------------------------------------------------

const webhookState = { active: 'good', paused: 'warn', disabled: 'bad', missing: 'bad' };

// As the daemon's watchdog last saw them; nothing if it has not looked.
export function webhooks(answer) {
  if (!answer?.webhooks) {
    fill(byId('webhooks'), make('p', { class: 'quiet' }, 'ankkor has not looked at them.'));
    return;
  }
  fill(
    byId('webhooks'),
    table(
      'Webhooks in WooCommerce',
      [
        { title: 'Topic', class: 'whole', cell: ({ topic }) => topic },
        { title: 'State', cell: ({ status }) => tag(status, webhookState[status]) },
        { title: 'ID', class: 'number', cell: ({ id }) => (id ? `${id}` : '–') },
      ],
      answer.webhooks,
      'WooCommerce has no webhook that delivers to this ankkor.',
    ),
    answer.checked ? make('p', { class: 'quiet' }, `Looked at ${ago(answer.checked)}.`) : null,
    answer.problem ? make('p', { class: 'problem' }, answer.problem) : null,
  );
}

// -- nodes ----------------------------------------------------------------------------

export function nodes(cluster) {
  byId('nodes-section').hidden = !cluster?.nodes?.length;
  if (!cluster?.nodes) return;
  fill(
    byId('nodes'),
    table(
      'Nodes of the cluster',
      [
        { title: 'Node', cell: ({ id }) => id },
        { title: 'Address', cell: ({ address }) => address },
        { title: 'State', cell: ({ state }) => tag(state, state === 'up' ? 'good' : 'warn') },
        { title: 'Products', class: 'number', cell: ({ products }) => number(products ?? 0) },
        { title: 'Version', cell: ({ version }) => version },
      ],
      cluster.nodes,
      '',
    ),
    make('p', { class: 'quiet' }, plural(cluster.nodes.length, 'node', 'nodes')),
  );
}
