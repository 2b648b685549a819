// The plots of the last hour, and of a product's stock. uPlot draws them; where the daemon was built without it, the
// figures beside each plot say the same in words.
import { byId, duration, fill, make, number, percent } from './dom.js';

const hour = 3600; // seconds
const spanMin = 300; // seconds: what is shown at least, once the daemon has just started
const bucket = 30; // seconds that one bar, or one share, is made of

const uPlot = globalThis.uPlot;
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// -- the last hour --------------------------------------------------------------

let all = null; // as /admin/series sends it
const plots = [];

export function start(series) {
  all = series;
  draw();
}

function append(to, from) {
  for (const [key, value] of Object.entries(from)) {
    if (Array.isArray(value)) to[key].push(...value);
    else if (typeof value === 'object' && value !== null) append(to[key], value);
  }
}

function trim(of, count) {
  for (const value of Object.values(of)) {
    if (Array.isArray(value)) value.splice(0, count);
    else if (typeof value === 'object' && value !== null) trim(value, count);
  }
}

export function add(sample) {
  if (!all || sample.at[0] <= (all.at.at(-1) ?? 0)) return;
  append(all, sample);
  const old = all.at.findIndex((at) => at > all.at.at(-1) - hour * 1000);
  if (old > 0) trim(all, old);
  draw();
}

// Sums of so many seconds: [starts in seconds, sums of each list]. The newest may not be complete.
function bucketed(...lists) {
  const starts = [];
  const sums = lists.map(() => []);
  all.at.forEach((at, index) => {
    const start = Math.floor(at / 1000 / bucket) * bucket;
    if (starts.at(-1) !== start) {
      starts.push(start);
      for (const sum of sums) sum.push(0);
    }
    lists.forEach((list, which) => (sums[which][sums[which].length - 1] += list[index] ?? 0));
  });
  return [starts, sums];
}

const seconds = () => all.at.map((at) => at / 1000);
const sumOf = (list, count) => list.slice(-count).reduce((sum, value) => sum + (value ?? 0), 0);
const added = (...lists) => lists[0].map((_, index) => lists.reduce((sum, list) => sum + (list[index] ?? 0), 0));
const lastOf = (list) => list.findLast((value) => value !== null) ?? null;

// What a plot is: its lines from the bottom up, its data, and the figures beside it.
const kinds = [
  {
    id: 'deliveries',
    bars: true,
    unit: (value) => number(value),
    lines: [
      ['Applied', 'good'],
      ['Unchanged, stale or duplicate', 'quiet'],
      ['Queued for a fresh read', 'blue'],
      ['Failed or refused', 'bad'],
    ],
    data() {
      const { applied, unchanged, stale, duplicate, ignored, queued, unusable, unauthorized, unavailable, refused } = all.deliveries;
      return bucketed(applied, added(unchanged, stale, duplicate, ignored), queued, added(unusable, unauthorized, unavailable, refused));
    },
    figures() {
      const good = Object.values(all.deliveries).reduce((sum, list) => sum + sumOf(list, 12), 0);
      return `${number(good)} in the last minute`;
    },
  },
  {
    id: 'propagation',
    unit: duration,
    lines: [
      ['p50', 'blue'],
      ['p99', 'violet'],
    ],
    data: () => [seconds(), [all.propagation.p50, all.propagation.p99]],
    figures: () => `p50 ${duration(lastOf(all.propagation.p50))}, p99 ${duration(lastOf(all.propagation.p99))}`,
  },
  {
    id: 'reads',
    unit: percent,
    max: 1,
    lines: [['Served from the cache', 'good']],
    data() {
      const [starts, [hits, others]] = bucketed(added(all.reads.hit, all.reads.negative, all.reads.stale), all.reads.miss);
      return [starts, [hits.map((value, index) => (value + others[index] ? value / (value + others[index]) : null))]];
    },
    figures() {
      const { hit, negative, stale, miss } = all.reads;
      const cached = sumOf(hit, 720) + sumOf(negative, 720) + sumOf(stale, 720);
      const total = cached + sumOf(miss, 720);
      return total ? `${percent(cached / total)} of ${number(total)} reads` : 'no reads yet';
    },
  },
  {
    id: 'budget',
    unit: (value) => number(Math.round(value * 10) / 10),
    lines: [
      ['Could be sent at once', 'good', 'area'],
      ['Sent in half a minute', 'violet'],
    ],
    data() {
      const [starts, [sent]] = bucketed(all.budget.requests);
      const tokens = starts.map((start) => all.budget.tokens[all.at.findLastIndex((at) => at / 1000 < start + bucket)]);
      return [starts, [tokens, sent]];
    },
    figures: () => `${number(sumOf(all.budget.requests, 12))} requests in the last minute`,
  },
  {
    id: 'outbox',
    unit: (value) => number(value),
    lines: [['Pending', 'blue', 'area']],
    data: () => [seconds(), [all.outbox.pending]],
    figures: () => `${number(lastOf(all.outbox.pending) ?? 0)} pending`,
  },
  {
    id: 'fixed',
    bars: true,
    unit: (value) => number(value),
    lines: [
      ['Found by reconciliation first', 'violet'],
      ['No webhook told of', 'bad'],
    ],
    data: () => bucketed(all.reconciliation.fixed, all.reconciliation.missed),
    figures: () => `${number(sumOf(all.reconciliation.fixed, 720))} found, ${number(sumOf(all.reconciliation.missed, 720))} missed by webhooks`,
  },
];

// Bars stand on those below them.
function stacked([starts, lists]) {
  const sums = lists.map((list) => [...list]);
  for (let which = 1; which < sums.length; ++which) sums[which] = sums[which].map((value, index) => value + sums[which - 1][index]);
  return [starts, sums];
}

const font = '11px system-ui, sans-serif';
const axis = (more) => ({
  stroke: () => color('text-quiet'),
  grid: { stroke: () => color('line'), width: 1 },
  ticks: { stroke: () => color('line'), width: 1, size: 4 },
  font,
  ...more,
});

const clock = (splits) =>
  splits.map((at) => {
    const time = new Date(at * 1000);
    const two = (part) => `${part}`.padStart(2, '0');
    return `${two(time.getHours())}:${two(time.getMinutes())}${time.getSeconds() ? `:${two(time.getSeconds())}` : ''}`;
  });

function seriesOf(kind) {
  const lines = kind.bars ? [...kind.lines].reverse() : kind.lines;
  return lines.map(([label, name, shape]) => ({
    label,
    stroke: () => color(name),
    width: kind.bars ? 0 : 1.5,
    fill: kind.bars ? () => color(name) : shape === 'area' ? () => `${color(name)}26` : undefined,
    paths: kind.bars ? uPlot.paths.bars({ size: [0.75, 12], align: 1 }) : undefined,
    points: { show: false },
    spanGaps: false,
  }));
}

function options(kind, size) {
  return {
    ...size,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { setScale: false }, sync: { key: 'hour' } },
    scales: {
      x: { time: true, range: (plot, min, max) => [Math.min(min ?? max, max - spanMin), max] },
      y: { range: (plot, min, max) => [0, kind.max ?? Math.max(max * 1.1, kind.bars ? 4 : 1e-9)] },
    },
    axes: [
      axis({ space: 44, size: 26, values: (plot, splits) => clock(splits) }),
      axis({ space: 28, size: 52, gap: 4, values: (plot, splits) => splits.map((value) => (value === null ? '' : kind.unit(value))) }),
    ],
    series: [{}, ...seriesOf(kind)],
    hooks: { setCursor: [(plot) => tellCursor(plot, kind)] },
  };
}

// What is under the pointer, in the figure's own line of text.
function tellCursor(plot, kind) {
  const out = byId(`figures-${kind.id}`);
  const index = plot.cursor.idx;
  if (index === null || index === undefined) return fill(out, kind.figures());
  const [, lists] = kind.shown;
  const parts = kind.lines.map(([label], which) => `${label} ${lists[which][index] === null ? '–' : kind.unit(lists[which][index])}`);
  fill(out, `${clock([plot.data[0][index]])[0]}: ${parts.join(', ')}`);
}

function sizeOf(element) {
  return { width: Math.max(200, Math.floor(element.clientWidth)), height: 150 };
}

function draw() {
  for (const kind of kinds) {
    kind.shown = kind.data();
    const holder = byId(`plot-${kind.id}`);
    if (!uPlot) {
      holder.classList.add('hidden');
      fill(byId(`figures-${kind.id}`), kind.figures());
      continue;
    }
    const [starts, lists] = kind.bars ? stacked(kind.shown) : kind.shown;
    const data = [starts, ...(kind.bars ? [...lists].reverse() : lists)];
    if (!kind.plot) {
      kind.plot = new uPlot(options(kind, sizeOf(holder)), data, holder);
      plots.push({ plot: kind.plot, holder });
      watchSize(holder, () => kind.plot);
    } else {
      kind.plot.setData(data);
    }
    tellCursor(kind.plot, kind);
  }
}

export function legends() {
  for (const { id, lines } of kinds) {
    fill(
      byId(`legend-${id}`),
      lines.map(([label, name]) => make('li', {}, make('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }), label)),
    );
  }
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = target.plotOf?.();
    if (plot && target.clientWidth > 0 && Math.floor(target.clientWidth) !== plot.width) plot.setSize({ width: sizeOf(target).width, height: plot.height });
  }
});

function watchSize(holder, plotOf) {
  holder.plotOf = plotOf;
  sizes.observe(holder);
}

// Colours are looked up while drawing, so a change between light and dark needs a redraw only.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { plot } of plots) plot.redraw(false);
});

// -- a product's stock ------------------------------------------------------------

// How a change came to be known, by its cause's first words.
export function causeOf(cause) {
  if (cause.startsWith('webhook')) return { name: 'Webhook', color: 'blue', shape: 'circle' };
  if (cause.startsWith('retried')) return { name: 'Retried webhook', color: 'blue', shape: 'circle' };
  if (cause.includes('reconcil') || cause.includes('scrub')) return { name: 'Reconciliation', color: 'violet', shape: 'square' };
  return { name: 'Fresh read', color: 'good', shape: 'diamond' };
}

function marker(context, shape, x, y, size) {
  context.beginPath();
  if (shape === 'circle') context.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape === 'square') context.rect(x - size, y - size, 2 * size, 2 * size);
  else for (const [dx, dy] of [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]]) context.lineTo(x + dx * size, y + dy * size);
  context.closePath();
}

function drawMarkers(plot, changes) {
  const { ctx: context } = plot;
  const ratio = devicePixelRatio;
  context.save();
  for (const change of changes) {
    const { color: name, shape } = causeOf(change.cause);
    const x = plot.valToPos(Date.parse(change.at) / 1000, 'x', true);
    const y = plot.valToPos(change.after.stockQuantity, 'y', true);
    marker(context, shape, x, y, 3.5 * ratio);
    context.fillStyle = color(name);
    context.strokeStyle = color('surface');
    context.lineWidth = ratio;
    context.fill();
    context.stroke();
  }
  context.restore();
}

// Draws the quantity of one item as steps, every change marked with its cause. `changes` are of that item with a known
// quantity, the oldest first. Returns what removes it.
export function stockPlot(holder, changes) {
  if (!uPlot || changes.length === 0) return () => {};
  const times = changes.map(({ at }) => Date.parse(at) / 1000);
  const amounts = changes.map(({ after }) => after.stockQuantity);
  const first = changes[0].before.stockQuantity;
  const now = Date.now() / 1000;
  const span = Math.max(now - times[0], 60);
  const data = [
    [times[0] - span * 0.05, ...times, now],
    [first, ...amounts, amounts.at(-1)],
  ];
  const plot = new uPlot(
    {
      ...sizeOf(holder),
      height: 220,
      padding: [10, 10, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { size: 6 } },
      scales: { x: { time: true }, y: { range: (self, min, max) => [Math.min(0, min), Math.max(max * 1.15, 1)] } },
      axes: [
        axis({ space: 70, size: 26, values: span > 86_400 ? undefined : (self, splits) => clock(splits) }),
        axis({ space: 30, size: 44, values: (self, splits) => splits.map((value) => (Number.isInteger(value) ? number(value) : '')) }),
      ],
      series: [
        {},
        {
          label: 'In stock',
          stroke: () => color('text-quiet'),
          width: 1.5,
          fill: () => `${color('blue')}1a`,
          paths: uPlot.paths.stepped({ align: 1 }),
          points: { show: false },
        },
      ],
      hooks: { draw: [(self) => drawMarkers(self, changes)] },
    },
    data,
    holder,
  );
  plots.push({ plot, holder });
  watchSize(holder, () => plot);
  return () => {
    sizes.unobserve(holder);
    plots.splice(plots.findIndex((each) => each.plot === plot), 1);
    plot.destroy();
  };
}
