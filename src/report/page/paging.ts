/** The rows of a page, `[first, end)`, and how many pages there are; a page beyond the last is the last. */
export function pageOf(
  page: number,
  count: number,
  rows: number,
): { first: number; end: number; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(count / rows));
  const shown = Math.max(0, Math.min(page, pages - 1));
  return { first: shown * rows, end: Math.min(count, (shown + 1) * rows), page: shown, pages };
}
