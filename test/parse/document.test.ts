import { describe, expect, test } from '@jest/globals';
import { Document, fields } from '../../src/parse/document.js';

const NAME = fields('log.syslog.hostname host.name');
const PID = fields('process.pid pid');

function documentOf(value: unknown): Document {
  const document = Document.parse(JSON.stringify(value));
  if (document === undefined) throw new TypeError('no document');
  return document;
}

describe('a field is found', () => {
  test.each([
    [{ log: { syslog: { hostname: 'mx1' } } }],
    [{ 'log.syslog.hostname': 'mx1' }],
    [{ 'log.syslog': { hostname: 'mx1' } }],
    [{ log: { 'syslog.hostname': 'mx1' } }],
    [{ log: [{ syslog: { hostname: ['mx1', 'mx2'] } }] }],
    [{ host: { name: 'other' }, log: { syslog: { hostname: 'mx1' } } }],
    [{ log: { syslog: { hostname: '' } }, host: { name: 'mx1' } }],
    [{ log: { syslog: { hostname: null } }, 'host.name': 'mx1' }],
    [{ log: 'text', host: { name: 'mx1' } }],
  ])('in %j', (value) => {
    expect(documentOf(value).text(NAME)).toBe('mx1');
  });
});

test.each([[{}], [{ log: [] }], [{ host: { name: {} } }], [{ host: { name: true } }], [{ __proto__: { pid: 1 } }]])(
  'no text is found in %j',
  (value) => {
    expect(documentOf(value).text(NAME)).toBe('');
  },
);

test('names of what every object has are not found', () => {
  expect(documentOf({}).text(fields('constructor.name toString'))).toBe('');
});

test.each([
  [7, 7],
  ['7', 7],
  [['7'], 7],
  [0, 0],
  [-1, undefined],
  [1.5, undefined],
  ['', undefined],
  ['seven', undefined],
  ['1e400', undefined],
  [null, undefined],
])('%j as a whole number is %j', (value, expected) => {
  expect(documentOf({ process: { pid: value } }).integer(PID)).toBe(expected);
});

test.each(['', '[]', '[{}]', '"x"', 'null', '1', '{', '{}x', '{"a":1'])('%j is no document', (text) => {
  expect(Document.parse(text)).toBeUndefined();
});
