import { button, h } from './dom.js';
import { pageOf } from './paging.js';

const PAGE_ROWS = 25;

/** The rows of a table, made when they are shown. */
export interface Rows {
  readonly count: number;
  readonly at: (row: number) => readonly string[];
}

/** A table a page at a time. The first column names the row, all others are numbers. */
export function pagedTable(caption: string, head: readonly string[], rows: Rows): HTMLElement {
  const body = h('tbody');
  const status = h('span', { role: 'status' });
  let shown = 0;
  const show = (wanted: number): void => {
    const { first, end, page, pages } = pageOf(wanted, rows.count, PAGE_ROWS);
    shown = page;
    body.replaceChildren(...Array.from({ length: end - first }, (_, i) => rowOf(rows.at(first + i), NAME_ONLY)));
    status.textContent = `${(first + Math.min(1, rows.count)).toLocaleString('en-US')} to ${end.toLocaleString('en-US')} of ${rows.count.toLocaleString('en-US')}`;
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const previous = button('Previous', () => show(shown - 1));
  const next = button('Next', () => show(shown + 1));
  show(0);
  return h(
    'div',
    { class: 'paged' },
    scrolled(caption, head, NAME_ONLY, body),
    rows.count > PAGE_ROWS ? h('div', { class: 'pager' }, previous, status, next) : undefined,
  );
}

/** A small table. The first column names the row; columns are numbers, but for those of texts. */
export function simpleTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly number[] = NAME_ONLY,
): HTMLElement {
  return scrolled(caption, head, texts, h('tbody', {}, ...rows.map((row) => rowOf(row, texts))));
}

const NAME_ONLY: readonly number[] = [0];

function scrolled(
  caption: string,
  head: readonly string[],
  texts: readonly number[],
  body: HTMLTableSectionElement,
): HTMLElement {
  const heads = head.map((text, column) =>
    text === '' ? h('td') : h('th', { scope: 'col', class: classOf(column, texts) }, text),
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body),
  );
}

function rowOf(cells: readonly string[], texts: readonly number[]): HTMLElement {
  const [name = '', ...others] = cells;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...others.map((text, i) => h('td', { class: classOf(i + 1, texts) }, text)),
  );
}

function classOf(column: number, texts: readonly number[]): string | undefined {
  return texts.includes(column) ? undefined : 'number';
}
