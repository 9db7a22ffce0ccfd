import { expect, test } from '@jest/globals';
import { pageOf } from '../../../src/report/page/paging.js';

const ROWS = 25;

test.each([
  ['nothing', 0, 0, { first: 0, end: 0, page: 0, pages: 1 }],
  ['one full page', 0, ROWS, { first: 0, end: ROWS, page: 0, pages: 1 }],
  ['one row more', 1, ROWS + 1, { first: ROWS, end: ROWS + 1, page: 1, pages: 2 }],
  ['a page beyond the last', 9, ROWS + 1, { first: ROWS, end: ROWS + 1, page: 1, pages: 2 }],
  ['a page before the first', -1, ROWS + 1, { first: 0, end: ROWS, page: 0, pages: 2 }],
])('%s', (_, page, count, expected) => {
  expect(pageOf(page, count, ROWS)).toEqual(expected);
});
