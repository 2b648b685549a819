// Makes elements. Text from the shop gets into the page as text here and nowhere else, never as markup.

// make('p', { class: 'quiet', onclick: f }, 'text', element, null, [more])
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : `${value}`);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

// A moment as the API writes it: the clock time of today, else with its date; the exact one is in the title.
export function moment(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return make('time', { datetime: text, title: dayFormat.format(at) }, (isToday ? clockFormat : dayFormat).format(at));
}

export function ago(text) {
  if (!text) return null;
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(text)) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

export const number = (value) => value.toLocaleString();

export function plural(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

// Seconds as a person reads them: 12 ms, 1.4 s.
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

// A share from 0 to 1. Only all of it is 100 %.
export function percent(share) {
  if (share === null || share === undefined) return '–';
  if (share === 1) return '100 %';
  return `${Math.min(share * 100, 99.99).toFixed(share > 0.99 ? 2 : 1)} %`;
}

// A table that says when it is empty: columns are { title, class, cell(row) }.
export function table(caption, columns, rows, emptyText) {
  if (rows.length === 0) return make('p', { class: 'quiet' }, emptyText);
  return make(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': caption, tabindex: 0 },
    make(
      'table',
      {},
      make('caption', { class: 'hidden' }, caption),
      make('thead', {}, make('tr', {}, columns.map(({ title, class: kind }) => make('th', { scope: 'col', class: kind }, title)))),
      make('tbody', {}, rows.map((row) => make('tr', {}, columns.map(({ cell, class: kind }) => make('td', { class: kind }, cell(row)))))),
    ),
  );
}
