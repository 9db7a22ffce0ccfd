import { expect, test } from '@jest/globals';
import { escapeControls } from '../../src/report/escape-controls.js';

test.each([
  ['plain ~ äöü 日本 \u00a0\u200d\u2027\u202f\u2065\u206a', 'plain ~ äöü 日本 \u00a0\u200d\u2027\u202f\u2065\u206a'],
  ['\u0000\u001b[31m\n', '\\u0000\\u001b[31m\\u000a'],
  ['\u007f\u0080\u009b\u009f', '\\u007f\\u0080\\u009b\\u009f'],
  ['\u061c\u200e\u200f', '\\u061c\\u200e\\u200f'],
  ['\u2028\u2029\u202a\u202e', '\\u2028\\u2029\\u202a\\u202e'],
  ['\u2066\u2069', '\\u2066\\u2069'],
])('%j is shown as %s', (text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});

test('JSON keeps its value', () => {
  const all = String.fromCharCode(...Array.from({ length: 0x10000 }, (_, i) => i));
  const value = { [all]: [all, '\\u202e', '\\'] };

  expect(JSON.parse(escapeControls(JSON.stringify(value)))).toEqual(value);
});
