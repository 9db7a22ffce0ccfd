import { button, h } from './dom.js';
import { numberText, shareText } from './format.js';

export interface Bar {
  readonly label: string;
  readonly count: number;
  /** Further cells. */
  readonly cells?: readonly string[];
}

/** More rows are shown on demand. */
const ROWS_SHOWN = 10;

/** A table with a bar for each count. */
export function barTable(caption: string, head: readonly string[], bars: readonly Bar[], total?: number): HTMLElement {
  const whole = total ?? bars.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const rows = bars.map(({ label, count, cells = [] }) => {
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--part', String(count / most));
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, label),
      h('td', { class: 'number' }, numberText(count)),
      h('td', { class: 'number' }, whole > 0 ? shareText(count / whole) : ''),
      h('td', { class: 'bars' }, bar),
      ...cells.map((cell) => h('td', { class: 'number' }, cell)),
    );
  });
  const [first = '', second = '', ...more] = head;
  const region = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'bar-table' },
      h('caption', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, first),
          h('th', { scope: 'col', class: 'number' }, second),
          h('th', { scope: 'col', class: 'number' }, 'share'),
          h('td', { class: 'bars' }),
          ...more.map((text) => h('th', { scope: 'col', class: 'number' }, text)),
        ),
      ),
      h('tbody', {}, ...rows),
    ),
  );
  const rest = rows.slice(ROWS_SHOWN);
  if (rest.length === 0) return region;
  for (const row of rest) row.hidden = true;
  const all = button(`Show all ${rows.length}`, () => {
    for (const row of rest) row.hidden = false;
    all.remove();
    region.focus();
  });
  return h('div', {}, region, h('p', { class: 'more' }, all));
}
