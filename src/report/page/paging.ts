export const PAGE_ROWS = 25;

/** The rows of a page, `[first, end)`, and how many pages there are; a page beyond the last is the last. */
export function pageOf(page: number, count: number): { first: number; end: number; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(count / PAGE_ROWS));
  const shown = Math.max(0, Math.min(page, pages - 1));
  return { first: shown * PAGE_ROWS, end: Math.min(count, (shown + 1) * PAGE_ROWS), page: shown, pages };
}
