import { expect, test } from '@jest/globals';
import { PAGE_ROWS, pageOf } from '../../../src/report/page/paging.js';

test.each([
  ['nothing', 0, 0, { first: 0, end: 0, page: 0, pages: 1 }],
  ['one full page', 0, PAGE_ROWS, { first: 0, end: PAGE_ROWS, page: 0, pages: 1 }],
  ['one row more', 1, PAGE_ROWS + 1, { first: PAGE_ROWS, end: PAGE_ROWS + 1, page: 1, pages: 2 }],
  ['a page beyond the last', 9, PAGE_ROWS + 1, { first: PAGE_ROWS, end: PAGE_ROWS + 1, page: 1, pages: 2 }],
  ['a page before the first', -1, PAGE_ROWS + 1, { first: 0, end: PAGE_ROWS, page: 0, pages: 2 }],
])('%s', (_, page, count, expected) => {
  expect(pageOf(page, count)).toEqual(expected);
});
