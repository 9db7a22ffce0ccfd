import { button, h } from './dom.js';
import { PAGE_ROWS, pageOf } from './paging.js';

/** The rows of a table, made when they are shown. */
export interface Rows {
  readonly count: number;
  readonly at: (row: number) => readonly string[];
}

/** A table a page at a time. The first column names the row; all others are numbers unless said. */
export function pagedTable(
  caption: string,
  head: readonly string[],
  rows: Rows,
  textColumns: readonly number[] = [0],
): HTMLElement {
  const body = h('tbody');
  const status = h('span', { role: 'status' });
  let shown = 0;
  const cell = (text: string, column: number): HTMLElement => {
    const className = textColumns.includes(column) ? undefined : 'number';
    return column === 0 ? h('th', { scope: 'row', class: className }, text) : h('td', { class: className }, text);
  };
  const show = (wanted: number): void => {
    const { first, end, page, pages } = pageOf(wanted, rows.count);
    shown = page;
    body.replaceChildren(
      ...Array.from({ length: end - first }, (_, i) => h('tr', {}, ...rows.at(first + i).map(cell))),
    );
    status.textContent = `${(first + Math.min(1, rows.count)).toLocaleString('en-US')} to ${end.toLocaleString('en-US')} of ${rows.count.toLocaleString('en-US')}`;
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const previous = button('Previous', () => show(shown - 1));
  const next = button('Next', () => show(shown + 1));
  const heads = head.map((text, column) =>
    h('th', { scope: 'col', class: textColumns.includes(column) ? undefined : 'number' }, text),
  );
  show(0);
  return h(
    'div',
    { class: 'paged' },
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
      h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body),
    ),
    rows.count > PAGE_ROWS ? h('div', { class: 'pager' }, previous, status, next) : undefined,
  );
}

/** A small table of texts. */
export function simpleTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h('thead', {}, h('tr', {}, ...head.map((text) => (text === '' ? h('td') : h('th', { scope: 'col' }, text))))),
      h(
        'tbody',
        {},
        ...rows.map((row) =>
          h('tr', {}, ...row.map((text, i) => (i === 0 ? h('th', { scope: 'row' }, text) : h('td', {}, text)))),
        ),
      ),
    ),
  );
}
