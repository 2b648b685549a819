// Reconciliation: the passes with their progress, and the buttons that start one.
import { read, send } from './api.js';
import { ago, byId, fill, make, number } from './dom.js';

const names = { inventory: 'Recent changes', 'all-products': 'Everything', product: 'One product' };
const shownMax = 5;

function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return '';
  return seconds < 120 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
}

function found(drift) {
  const parts = Object.entries(drift).filter(([, count]) => count > 0).map(([kind, count]) => `${number(count)} ${kind}`);
  return parts.length ? `fixed: ${parts.join(', ')}` : 'no differences';
}

function pass({ id, type, state, askedFor, begun, done, total, secondsLeft, drift, problem, fix, mend }) {
  const name = names[type] ?? type;
  const kind = { done: 'good', failed: 'bad' }[state] ?? '';
  return make(
    'li',
    {},
    make('p', {}, make('strong', {}, name), ' ', make('span', { class: `tag ${kind}` }, state), ' ',
      make('span', { class: 'quiet' }, `${ago(begun)}${askedFor ? ', asked for' : ''}`)),
    state === 'running'
      ? make('progress', { 'aria-label': `Progress of pass ${id}`, ...(total ? { max: total, value: Math.min(done, total) } : {}) })
      : null,
    make('p', { class: 'quiet' }, `${number(done)}${total ? ` of ${number(total)}` : ''} products read${state === 'running' ? timeLeft(secondsLeft) : ''}; ${found(drift)}`),
    problem ? make('p', { class: 'problem' }, problem) : null,
    fix ?? mend ? make('p', { class: 'quiet' }, fix ?? mend) : null,
  );
}

export async function passes() {
  const { passes: all } = await read('reconcile');
  // One that runs or was asked for is shown first: incremental ones follow each other every minute.
  const order = (each) => (each.state === 'running' || each.state === 'waiting' ? 0 : each.askedFor || each.type === 'all-products' ? 1 : 2);
  const shown = [...all].sort((a, b) => order(a) - order(b) || b.id - a.id).slice(0, shownMax);
  fill(byId('passes'), shown.length ? make('ul', { class: 'results' }, shown.map(pass)) : make('p', { class: 'quiet' }, 'No pass since the start.'));
}

export function start(onAsked) {
  for (const button of document.querySelectorAll('[data-pass]')) {
    button.addEventListener('click', async () => {
      button.disabled = true;
      fill(byId('pass-problem'), '');
      try {
        await send('POST', 'reconcile', { type: button.dataset.pass });
        await onAsked();
      } catch (failure) {
        fill(byId('pass-problem'), failure.message);
      }
      button.disabled = false;
    });
  }
}
