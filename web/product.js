// The search, and one product: its state, its stock over time as steps, and every change with its cause.
import { read } from './api.js';
import { causeOf, stockPlot } from './charts.js';
import { byId, fill, make, moment, number, plural, table } from './dom.js';

let removePlot = () => {};

function open(title) {
  removePlot();
  removePlot = () => {};
  fill(byId('product-title'), title);
  fill(byId('product-body'));
  fill(byId('product-history'));
  fill(byId('product-plot'));
  byId('product').hidden = false;
  byId('product-title').focus();
  byId('product').scrollIntoView({ block: 'start' });
}

export function close() {
  removePlot();
  removePlot = () => {};
  byId('product').hidden = true;
}

const statusText = { instock: 'in stock', outofstock: 'out of stock', onbackorder: 'on backorder' };
const stockText = ({ stockStatus, stockQuantity }) =>
  `${statusText[stockStatus] ?? stockStatus}${stockQuantity === null || stockQuantity === undefined ? '' : `, ${number(stockQuantity)}`}`;

// -- search -----------------------------------------------------------------------

export async function search(text) {
  open('Search');
  const { hits, complete } = await read(`search?q=${encodeURIComponent(text)}`);
  fill(
    byId('product-body'),
    make('p', { class: 'quiet' }, `${plural(hits.length, 'product', 'products')} for “${text}”${complete ? '' : '; the search was cut short: be more specific'}`),
    make(
      'ul',
      { class: 'results' },
      hits.map((hit) =>
        make('li', {}, make('a', { href: `#product/${hit.id}` }, hit.name || hit.slug || `${hit.id}`), ' ',
          make('span', { class: 'quiet' }, [`ID ${hit.id}`, hit.sku && `SKU ${hit.sku}`, hit.type, stockText(hit)].filter(Boolean).join(' · '))),
      ),
    ),
  );
}

// -- one product --------------------------------------------------------------------

function facts(hit) {
  const one = (name, value) => [make('dt', {}, name), make('dd', {}, value)];
  return make(
    'dl',
    {},
    [
      ['ID', `${hit.id}`],
      ['SKU', hit.sku || '–'],
      ['Slug', hit.slug || '–'],
      ['Type', hit.type],
      ['Status', hit.public ? hit.status : `${hit.status}, not shown to shoppers`],
      ['Stock', stockText(hit)],
      ['Variations', number(hit.variations)],
    ].map(([name, value]) => make('div', {}, one(name, value))),
  );
}

function causeMark(cause) {
  const { name, color, shape } = causeOf(cause);
  return make('span', {}, make('span', { class: `swatch ${color} ${shape}`, 'aria-hidden': 'true' }), ' ', name);
}

function legend(changes) {
  const kinds = new Map(changes.map(({ cause }) => [causeOf(cause).name, cause]));
  return make('ul', { class: 'legend' }, [...kinds.values()].map((cause) => make('li', {}, causeMark(cause))));
}

function historyTable(history) {
  return table(
    'Changes, the newest first',
    [
      { title: 'When', cell: ({ at }) => moment(at) },
      { title: 'Item', class: 'number', cell: ({ item }) => `${item}` },
      { title: 'Before', cell: ({ before }) => stockText(before) },
      { title: 'After', cell: ({ after }) => stockText(after) },
      { title: 'Cause', cell: ({ cause }) => [causeMark(cause), make('div', { class: 'quiet' }, cause)] },
      { title: 'Reference', cell: ({ reference }) => (reference ? make('code', {}, reference) : '–') },
    ],
    history,
    'Its stock has not changed since ankkor first read it.',
  );
}

// The item to plot: the one that was asked for if it has changes, else the one that changed most.
function itemToPlot(history, wanted) {
  const counts = new Map();
  for (const { item, after } of history) if (after.stockQuantity !== null) counts.set(item, (counts.get(item) ?? 0) + 1);
  if (counts.has(wanted)) return wanted;
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

export async function show(id) {
  open('Product');
  const [{ hits }, product] = await Promise.all([read(`search?q=${id}`), read(`products/${id}?limit=200`)]);
  const hit = hits.find((each) => each.id === id);
  const history = product.history;
  const item = itemToPlot(history, id);
  const plotted = history.filter((each) => each.item === item && each.after.stockQuantity !== null).reverse();
  fill(
    byId('product-body'),
    make('h3', {}, hit?.name || `Product ${id}`),
    hit ? facts(hit) : null,
    plotted.length ? make('p', { class: 'quiet' }, `Stock of item ${item} over time`) : null,
  );
  removePlot = stockPlot(byId('product-plot'), plotted);
  fill(byId('product-history'), plotted.length ? legend(plotted) : null, historyTable(history));
}
