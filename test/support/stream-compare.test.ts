import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { jsonObject } from './analysis.js';
import { byId, differences } from './stream-compare.js';

interface Window {
  readonly error?: number;
  readonly connects?: number;
  readonly clients?: readonly object[];
}

const client = (address: string, connects: number, over: object = {}) => {
  return { address, connects, share: connects / 1000, rank: 1, ...over };
};

function correlation({ error, connects = 1000, clients = [] }: Window): JsonObject {
  const window = error === undefined ? {} : { client_error: error };
  const mxwarden = { subject: 'mail:mx', window, smtp: { connects }, top_clients: clients };
  return jsonObject(JSON.stringify({ event: { id: 'window' }, mxwarden }));
}

function row(of: object, error?: number): JsonObject {
  const window = error === undefined ? {} : { client_error: error };
  const source = { address: '192.0.2.1', as: { number: 64_500 } };
  const mxwarden = { subject: 'mail:mx', window, client: of };
  return jsonObject(JSON.stringify({ event: { id: 'window|192.0.2.1' }, source, mxwarden }));
}

const windows = (a: Window, b: Window) => differences('correlation', byId([correlation(a)]), byId([correlation(b)]));
const rows = (a: JsonObject, b: JsonObject) => differences('client', byId([a]), byId([b]));

test('a counter of a window is to be the same, whatever is said of its clients', () => {
  expect(windows({ error: 10 }, { error: 10 })).toEqual([]);
  expect(windows({ error: 10, connects: 999 }, { error: 10 })).toHaveLength(1);
});

test('a window that is missing, or too much, is told', () => {
  expect(differences('correlation', byId([]), byId([correlation({})]))).toEqual(['window is missing']);
  expect(differences('correlation', byId([correlation({})]), byId([]))).toEqual(['window is too much']);
});

describe('below the cap', () => {
  test('clients are to be the same', () => {
    const clients = [client('192.0.2.1', 100)];
    expect(windows({ clients }, { clients })).toEqual([]);
    expect(windows({ clients: [client('192.0.2.1', 99)] }, { clients })).not.toEqual([]);
    expect(rows(row(client('192.0.2.1', 99)), row(client('192.0.2.1', 100)))).not.toEqual([]);
  });
});

describe('above the cap', () => {
  const error = 10;
  const others = [client('192.0.2.2', 60), client('192.0.2.3', 50)];

  test.each([
    ['within the error', 90, 0],
    ['beyond the error', 89, 2],
  ])('counts of a listed client %s', (_, connects, count) => {
    const should = { error, clients: [client('192.0.2.1', 100), ...others] };
    const is = { error, clients: [client('192.0.2.1', connects), ...others] };

    expect(windows(is, should)).toHaveLength(count);
    expect(rows(row(client('192.0.2.1', connects), error), row(client('192.0.2.1', 100), error))).toHaveLength(count);
  });

  test.each([
    ['that may be below the others', 60, 0],
    ['that must be above them', 61, 1],
  ])('a client %s is missing', (_, connects, count) => {
    const should = { error, clients: [client('192.0.2.1', connects), ...others] };

    expect(windows({ error, clients: others }, should)).toHaveLength(count);
  });

  test('what follows from the address is to be the same', () => {
    const [a, b] = [row(client('192.0.2.1', 100), error), row(client('192.0.2.1', 100), error)];
    const other = { ...b, source: { address: '192.0.2.1', as: { number: 64_501 } } };

    expect(rows(a, b)).toEqual([]);
    expect(rows(other, a)).toHaveLength(1);
    expect(rows(row(client('192.0.2.1', 100, { is_own: true }), error), a)).toHaveLength(1);
  });
});
