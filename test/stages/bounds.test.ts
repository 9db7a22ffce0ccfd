import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { Reading } from '../../src/core/measure/reading.js';
import { HOUR_MS, createZone } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { createLineParser } from '../../src/parse/line.js';
import { analyze } from '../../src/stages/analyze.js';
import { FIXTURES, NOW_MS, jsonLines, linesOf, textAt, valueAt } from '../support/analysis.js';
import { leaves } from '../support/documents.js';
import { AGGREGATE, CORRELATE, identityOf } from '../support/runs.js';
import { memorySink, memorySinks, memorySource, textOf } from '../support/sources.js';
import { rowsOf } from '../support/tallies.js';

/** Runs over the whole recording take their time on a busy machine. */
jest.setTimeout(60_000);

const LOGS = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'] as const;
const SIZES = windowSizes(['5m', '1h', '1d']);

interface Ran {
  /** By identity, as the clients. */
  readonly documents: ReadonlyMap<string, JsonObject>;
  readonly clients: ReadonlyMap<string, JsonObject>;
  readonly readings: readonly Reading[];
}

function chunksOf(lines: readonly string[], chunkLines: number): readonly string[] {
  const chunks: string[] = [];
  for (let at = 0; at < lines.length; at += chunkLines) chunks.push(textOf(lines.slice(at, at + chunkLines)));
  return chunks;
}

function asWritten(documents: readonly object[]): ReadonlyMap<string, JsonObject> {
  const all = jsonLines(textOf(documents.map((document) => JSON.stringify(document))));
  return new Map(all.map((document) => [textAt(document, 'event.id'), document]));
}

/** The recording, in chunks of so many lines. */
async function run(clientCap: number, chunkLines: number): Promise<Ran> {
  const correlations = memorySink();
  const clients = memorySink();
  const readings: Reading[] = [];
  await analyze(
    {
      aggregate: { ...AGGREGATE, paneMs: SIZES[0]?.lengthMs ?? 0, clientCap },
      correlate: { ...CORRELATE, sizes: SIZES, clientCap, gapFillMs: HOUR_MS },
    },
    {
      sources: LOGS.map((name) => memorySource(name, chunksOf(linesOf(join(FIXTURES, 'dept', name)), chunkLines))),
      identity: identityOf([{ id: 'gpo', hosts: ['gpo'], addresses: ['127.0.0.1'] }]),
      parse: createLineParser({ zone: createZone('UTC') }),
      sinks: { ...memorySinks(), correlations, clients },
      resolverOf: () => 'gpo',
      yearReference: () => Date.UTC(2026, 10, 23),
      bytesOfYear: ({ bytes }) => bytes.length,
      nowMs: NOW_MS,
      onResult: ({ reading }) => readings.push(reading),
      onProgress: () => undefined,
      startThreads: undefined,
      threadsAfterBytes: 0,
      signal: new AbortController().signal,
    },
  );
  return {
    documents: asWritten(correlations.documents),
    clients: asWritten(clients.documents),
    readings,
  };
}

const EVERYTHING = 1_000_000;
const CAP = 50;
/** Five standard errors of a sketch of 4,096 hashes. */
const SKETCH_ERROR = 5 / Math.sqrt(4096);

/** Fields that say what is not exact, and those of the top clients, which are compared client by client. */
const OF_THE_CAP = ['mxwarden.window.client_error', 'mxwarden.window.estimated', 'mxwarden.window.version'];
const OF_CLIENTS = ['mxwarden.top_clients', 'related.'];

function estimatedIn(document: JsonObject): readonly unknown[] {
  const fields = valueAt(document, 'mxwarden.window.estimated');
  return Array.isArray(fields) ? fields : [];
}

/** Fields by path, but for those that are said to be no exact numbers. */
function exactFieldsOf(document: JsonObject, estimated: readonly unknown[]): Readonly<Record<string, unknown>> {
  const isExact = (path: string): boolean =>
    !estimated.includes(path) && ![...OF_THE_CAP, ...OF_CLIENTS].some((other) => path.startsWith(other));
  return Object.fromEntries(leaves(document).filter(([path]) => isExact(path)));
}

describe('with a cap of 50 clients the recording has', () => {
  let whole: Ran;
  beforeAll(async () => {
    whole = await run(EVERYTHING, EVERYTHING);
  });

  describe.each([EVERYTHING, 20_000, 3000])('in chunks of %i lines', (chunkLines) => {
    let capped: Ran;
    beforeAll(async () => {
      capped = await run(CAP, chunkLines);
    });

    test('the same windows with the same numbers in every field that is not said to be estimated', () => {
      expect([...capped.documents.keys()].sort()).toEqual([...whole.documents.keys()].sort());
      for (const [id, document] of capped.documents) {
        const estimated = estimatedIn(document);
        expect([id, exactFieldsOf(document, estimated)]).toEqual([
          id,
          exactFieldsOf(whole.documents.get(id) ?? {}, estimated),
        ]);
      }
    });

    test('the same counters, which are never said to be estimated', () => {
      for (const [index, { result }] of capped.readings.entries())
        expect(result.tally.counts).toEqual(whole.readings[index]?.result.tally.counts);
    });

    test('counts of all clients, recipients and names that are too small by the error at most, and never too large', () => {
      let largestError = 0;
      for (const [index, { result }] of capped.readings.entries()) {
        const truth = whole.readings[index]?.result;
        expect([truth?.subject, truth?.size, truth?.span]).toEqual([result.subject, result.size, result.span]);
        for (const table of ['clients', 'recipients', 'names'] as const) {
          const { error } = result.tally[table];
          const rows = new Map(rowsOf<string>(result.tally[table]).map(({ key, counts }) => [key, counts]));
          const missing = rowsOf<string>(truth?.tally[table] ?? result.tally[table]).flatMap(({ key, counts }) =>
            Object.entries(counts).map(([name, count]) => count - (rows.get(key)?.[name] ?? 0)),
          );
          expect(Math.min(0, ...missing)).toBe(0);
          expect(Math.max(0, ...missing)).toBeLessThanOrEqual(error);
          largestError = Math.max(largestError, error);
        }
      }
      expect(largestError).toBeGreaterThan(0);
    });

    test('different clients, recipients and names counted within the error of the sketch', () => {
      let estimates = 0;
      for (const [id, document] of capped.documents)
        for (const [path, count] of leaves(document)) {
          if (!/\.distinct_/.test(path) || typeof count !== 'number') continue;
          const truth = valueAt(whole.documents.get(id) ?? {}, path);
          if (typeof truth !== 'number') throw new Error(`${id} has no ${path}.`);
          expect(Math.abs(count - truth)).toBeLessThanOrEqual(SKETCH_ERROR * truth);
          if (estimatedIn(document).includes(path)) estimates += 1;
        }
      expect(estimates).toBeGreaterThan(0);
    });

    test('clients whose documents say by how much their numbers may be too small', () => {
      const flagged = [...capped.clients].filter(
        ([, document]) => valueAt(document, 'mxwarden.window.client_error') !== undefined,
      );
      expect(flagged.length).toBeGreaterThan(0);
      for (const [id, document] of flagged) {
        const truth = whole.clients.get(id);
        // Below rank 20 in the whole run.
        if (truth === undefined) continue;
        const error = Number(valueAt(document, 'mxwarden.window.client_error'));
        const missing =
          Number(valueAt(truth, 'mxwarden.client.connects')) - Number(valueAt(document, 'mxwarden.client.connects'));
        expect(missing).toBeGreaterThanOrEqual(0);
        expect(missing).toBeLessThanOrEqual(error);
      }
    });
  });
});
