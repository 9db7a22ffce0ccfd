import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { SourceReport } from '../../src/core/documents/summary.js';
import type { Reading } from '../../src/core/measure/reading.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS, createZone } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { createLineParser } from '../../src/parse/line.js';
import { analyze } from '../../src/stages/analyze.js';
import type { AnalyzeConfig, AnalyzeDeps } from '../../src/stages/analyze.js';
import type { ChunkSource, Sink } from '../../src/stages/ports.js';
import { jsonObject, sumOf, textAt, valueAt } from '../support/analysis.js';
import { AGGREGATE, CORRELATE, identityOf } from '../support/runs.js';
import { connectLine, lookupLine, memorySinks, memorySource, textOf } from '../support/sources.js';

const START_MS = Date.UTC(2026, 10, 23, 0);
const NOW_MS = Date.UTC(2026, 11, 1);
const CONFIG: AnalyzeConfig = { aggregate: AGGREGATE, correlate: { ...CORRELATE, sizes: windowSizes(['5m', '1h']) } };

interface Ran {
  readonly correlations: readonly JsonObject[];
  readonly clients: readonly JsonObject[];
  readonly deadLetters: readonly JsonObject[];
  readonly readings: readonly Reading[];
  readonly reports: readonly SourceReport[];
}

async function run(
  sources: readonly ChunkSource[],
  config: Partial<AnalyzeConfig['correlate']> = {},
  deps: Partial<AnalyzeDeps> = {},
): Promise<Ran> {
  const sinks = memorySinks();
  const readings: Reading[] = [];
  const reports = await analyze(
    { ...CONFIG, correlate: { ...CONFIG.correlate, ...config } },
    {
      sources,
      identity: identityOf([
        { id: 'mx1', hosts: ['mx1'], addresses: ['192.0.2.1'] },
        { id: 'mx2', hosts: ['mx2'], addresses: ['192.0.2.2'] },
      ]),
      parse: createLineParser({ zone: createZone('UTC') }),
      sinks,
      resolverOf: () => 'ns',
      yearReference: () => NOW_MS,
      bytesOfYear: ({ bytes }) => bytes.length,
      nowMs: NOW_MS,
      onResult: ({ reading }) => readings.push(reading),
      onProgress: () => undefined,
      startThreads: undefined,
      threadsAfterBytes: 0,
      signal: new AbortController().signal,
      ...deps,
    },
  );
  const asJson = ({ documents }: { documents: readonly object[] }): readonly JsonObject[] =>
    documents.map((document) => jsonObject(JSON.stringify(document)));
  const { correlations, clients, deadLetters } = sinks;
  return {
    correlations: asJson(correlations),
    clients: asJson(clients),
    deadLetters: asJson(deadLetters),
    readings,
    reports,
  };
}

/** Chunks of ten minutes each with a connection a minute to a host. */
function mailChunks(host: string, chunks: number, fromMs = START_MS): readonly string[] {
  return Array.from({ length: chunks }, (_, chunk) =>
    textOf(
      Array.from({ length: 10 }, (__, minute) =>
        connectLine(fromMs + (chunk * 10 + minute) * MINUTE_MS, host, `198.51.100.${String(minute)}`),
      ),
    ),
  );
}

/** The same with a query a minute from a server to a resolver. */
function dnsChunks(resolver: string, from: string, chunks: number, fromMs = START_MS): readonly string[] {
  return Array.from({ length: chunks }, (_, chunk) =>
    textOf(
      Array.from({ length: 10 }, (__, minute) =>
        lookupLine(fromMs + (chunk * 10 + minute) * MINUTE_MS, resolver, {
          from,
          about: `198.51.100.${String(minute)}`,
        }),
      ),
    ),
  );
}

describe('sources', () => {
  async function orderOf(texts: Readonly<Record<string, readonly string[]>>): Promise<readonly string[]> {
    const read: string[] = [];
    const onRead = (name: string): void => {
      read.push(name);
    };
    await run(Object.entries(texts).map(([name, chunks]) => memorySource(name, chunks, { onRead })));
    return read;
  }

  test('of the same time are read in turns', async () => {
    const order = await orderOf({
      a: mailChunks('mx1', 30),
      b: mailChunks('mx2', 30),
      c: dnsChunks('ns1', '192.0.2.1', 30),
    });

    for (let turn = 0; turn < order.length; turn += 3) expect([...new Set(order.slice(turn, turn + 3))].length).toBe(3);
  });

  test('that begin later wait for the others', async () => {
    const order = await orderOf({
      a: mailChunks('mx1', 12),
      b: mailChunks('mx2', 12, START_MS + HOUR_MS),
    });

    // Of each source one chunk has to be read before its time is known.
    expect(order.slice(0, 7)).toEqual(['a', 'b', 'a', 'a', 'a', 'a', 'a']);
    expect(order.slice(-5)).toEqual(['b', 'b', 'b', 'b', 'b']);
  });

  test('are never one after the other: none is more than a chunk ahead in event time', async () => {
    // One has many small chunks, the other few large ones.
    const large = mailChunks('mx1', 60);
    const texts = {
      a: Array.from({ length: 12 }, (_, i) => large.slice(i * 5, i * 5 + 5).join('')),
      b: dnsChunks('ns1', '192.0.2.1', 60),
    };
    const order = await orderOf(texts);
    const minutesRead = { a: 0, b: 0 };
    for (const name of order) {
      if (name === 'a') minutesRead.a += 50;
      else minutesRead.b += 10;
      expect(Math.abs(minutesRead.a - minutesRead.b)).toBeLessThanOrEqual(50);
    }
    expect(order.length).toBe(72);
  });

  test('without any event are read to their end first and hold nobody up', async () => {
    const { correlations } = await run([
      memorySource('empty', []),
      memorySource('foreign', ['a\n', 'b\n']),
      memorySource('a', mailChunks('mx1', 6)),
    ]);

    expect(
      sumOf(
        correlations.filter((document) => valueAt(document, 'mxwarden.window.size') === '1h'),
        'mxwarden.smtp.connects',
      ),
    ).toBe(60);
  });

  test('are reported with what became of their lines', async () => {
    const [first = ''] = mailChunks('mx1', 1);
    const { reports, deadLetters } = await run([
      memorySource('a', [first, `broken\n${connectLine(START_MS, 'mx9', '192.0.2.7')}\n`]),
    ]);

    expect(
      reports.map(({ name, lines, outcomes }) => [name, lines, outcomes.counted, outcomes.dead.no_envelope]),
    ).toEqual([['a', 12, 10, 1]]);
    expect([...(reports[0]?.outcomes.unmapped.keys() ?? [])]).toEqual(['mx9']);
    expect(deadLetters.length).toBe(1);
  });
});

test('windows are given out while the run goes on, so that a long run needs no more memory than a short one', async () => {
  const chunks = 300;
  let panesOut = 0;
  const correlations = {
    flush: async () => undefined,
    append: () => undefined,
    write: (documents: readonly object[]) => {
      panesOut += documents.filter((document) => JSON.stringify(document).includes('"size":"5m"')).length;
    },
  };
  const sinks = { ...memorySinks(), correlations };
  let behind = 0;
  const onRead = (_name: string, chunk: number): void => {
    // When a chunk is read, all windows of the two servers that ended long before it are out already.
    behind = Math.max(behind, chunk * 2 - panesOut / 2);
  };
  await run(
    [memorySource('a', mailChunks('mx1', chunks), { onRead }), memorySource('b', mailChunks('mx2', chunks))],
    {},
    { sinks },
  );

  // Allowed lateness of an hour, a chunk of ten minutes of each source, and a pane that is not over.
  expect(behind).toBeLessThanOrEqual((60 + 2 * 10 + 5 + 1) / 5);
});

describe('a quiet year in one chunk', () => {
  const lines = Array.from({ length: 438 }, (_, n) => connectLine(START_MS - n * 20 * HOUR_MS, 'mx1', '198.51.100.1'));
  const year = (): readonly ChunkSource[] => [memorySource('a', [textOf(lines.toReversed())])];
  const config = { sizes: windowSizes(['1h', '1d']) };
  /** A sink that tells `onFlush` how many documents it was given since the flush before. */
  const countingSink = (onFlush: (waiting: number) => void): Sink => {
    let waiting = 0;
    return {
      write: (documents) => {
        waiting += documents.length;
      },
      append: () => undefined,
      flush: async () => {
        onFlush(waiting);
        waiting = 0;
      },
    };
  };
  const sinksWith = (correlations: Sink) => ({ ...memorySinks(), correlations });

  test('is counted to its last line, though not in one go', async () => {
    const hours = Array.from({ length: 2500 }, (_, n) => connectLine(START_MS - n * HOUR_MS, 'mx1', '198.51.100.1'));
    const { reports, readings } = await run([memorySource('a', [textOf(hours.toReversed())])], config);
    const days = readings.filter(({ result }) => result.size.name === '1d');

    expect(reports).toMatchObject([{ lines: 2500, outcomes: { counted: 2500 } }]);
    expect(days.reduce((sum, { result }) => sum + result.tally.counts.of('role.mx.connects'), 0)).toBe(2500);
  });

  test('has its windows out a few at a time', async () => {
    const flushed: number[] = [];
    const sinks = sinksWith(countingSink((waiting) => flushed.push(waiting)));

    await run(year(), config, { sinks, onResult: () => undefined });

    expect(flushed.reduce((sum, waiting) => sum + waiting, 0)).toBeGreaterThan(9000);
    expect(Math.max(...flushed)).toBeLessThanOrEqual(500);
  });

  test('can be interrupted while its windows are given out', async () => {
    const abort = new AbortController();
    const reason = new Error('stop');
    let out = 0;
    const correlations = countingSink((waiting) => {
      out += waiting;
      if (out > 2000) abort.abort(reason);
    });

    await expect(run(year(), config, { sinks: sinksWith(correlations), signal: abort.signal })).rejects.toBe(reason);
    expect(out).toBeLessThanOrEqual(3000);
  });
});

describe('several mail servers and resolvers', () => {
  const sources = (): readonly ChunkSource[] => [
    memorySource('mx1.log', mailChunks('mx1', 12)),
    memorySource('mx2.log', mailChunks('mx2', 6)),
    memorySource('ns1.log', dnsChunks('ns1', '192.0.2.1', 12)),
    memorySource('ns2.log', dnsChunks('ns2', '192.0.2.2', 3)),
    memorySource('others.log', dnsChunks('ns2', '203.0.113.9', 4)),
  ];
  const sumsOf = ({ correlations }: Ran, size: string, path: string): Readonly<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const document of correlations) {
      const subject = textAt(document, 'mxwarden.subject');
      if (valueAt(document, 'mxwarden.window.size') === size && valueAt(document, path) !== undefined)
        sums[subject] = (sums[subject] ?? 0) + sumOf([document], path);
    }
    return sums;
  };

  test.each(['5m', '1h'])('have documents of their own in windows of %s', async (size) => {
    const ran = await run(sources());

    expect(sumsOf(ran, size, 'mxwarden.smtp.connects')).toEqual({ 'mail:mx1': 120, 'mail:mx2': 60 });
    expect(sumsOf(ran, size, 'mxwarden.dns.queries')).toEqual({
      'mail:mx1': 120,
      'mail:mx2': 30,
      'dns:ns1': 120,
      'dns:ns2': 70,
    });
  });

  test('have the same documents in whatever order their sources are given', async () => {
    const contentOf = ({ correlations, clients }: Ran): readonly string[] =>
      [...correlations, ...clients]
        .map((document) => JSON.stringify(document, (key, value: unknown) => (key === 'version' ? 0 : value)))
        .sort();

    expect(contentOf(await run([...sources()].reverse()))).toEqual(contentOf(await run(sources())));
  });
});

describe('documents', () => {
  const late = connectLine(START_MS + MINUTE_MS, 'mx1', '192.0.2.77');
  const sources = (): readonly ChunkSource[] => {
    const chunks = mailChunks('mx1', 18);
    return [memorySource('a', [...chunks.slice(0, 3), `${late}\n`, ...chunks.slice(3)])];
  };
  const id = (document: JsonObject): string => textAt(document, 'event.id');

  test('are final, and each window has one, where only the last word counts', async () => {
    const { correlations, readings } = await run(sources());

    expect(correlations.every((document) => valueAt(document, 'mxwarden.window.final') === true)).toBe(true);
    expect(correlations.every((document) => valueAt(document, 'mxwarden.window.revision') === 1)).toBe(true);
    expect(new Set(correlations.map(id)).size).toBe(correlations.length);
    expect(readings.length).toBe(correlations.length);
  });

  test('come earlier and again where provisional ones are wanted, and end the same', async () => {
    const last = await run(sources());
    const all = await run(sources(), { provisional: true });
    const isFinal = (document: JsonObject): boolean => valueAt(document, 'mxwarden.window.final') === true;
    const contentOf = (document: JsonObject): string =>
      JSON.stringify(document, (key, value: unknown) => (key === 'version' || key === 'revision' ? 0 : value));

    expect(all.correlations.filter(isFinal).map(contentOf)).toEqual(last.correlations.map(contentOf));
    const first = all.correlations.filter(
      (document) => id(document) === `mail:mx1|5m|${new Date(START_MS).toISOString()}`,
    );
    expect(first.map((document) => [isFinal(document), sumOf([document], 'mxwarden.smtp.connects')])).toEqual([
      [false, 5],
      [false, 6],
      [true, 6],
    ]);
  });
});

test('an event that comes when its window is sealed is a dead letter, one from the future too', async () => {
  const chunks = mailChunks('mx1', 12);
  const lines = [connectLine(START_MS, 'mx1', '192.0.2.7'), connectLine(NOW_MS + 6 * MINUTE_MS, 'mx1', '192.0.2.7')];

  const { deadLetters, reports } = await run([memorySource('a', [...chunks, textOf(lines)])]);

  expect(deadLetters.map((letter) => [letter.reason, letter.text])).toEqual([
    ['late', lines[0]],
    ['future', lines[1]],
  ]);
  expect(reports.map(({ lines: all, outcomes }) => [all, outcomes.counted])).toEqual([[122, 120]]);
});

test('a file that is newer than the start of the run may have events of its time', async () => {
  const writtenMs = NOW_MS + HOUR_MS;
  const line = connectLine(writtenMs - SECOND_MS, 'mx1', '192.0.2.7');

  const { deadLetters } = await run([memorySource('a', [textOf([line])], { writtenMs })]);

  expect(deadLetters).toEqual([]);
});

test('an abort ends the run before the next chunk with its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('stop');
  const read: number[] = [];
  const onRead = (_name: string, chunk: number): void => {
    read.push(chunk);
    if (chunk === 2) abort.abort(reason);
  };

  const running = run([memorySource('a', mailChunks('mx1', 12), { onRead })], {}, { signal: abort.signal });

  await expect(running).rejects.toBe(reason);
  expect(read).toEqual([0, 1, 2]);
});

test('a sink that fails ends the run with its error', async () => {
  const failure = new Error('no room');
  const sinks = {
    ...memorySinks(),
    deadLetters: { write: () => undefined, append: () => undefined, flush: async () => Promise.reject(failure) },
  };

  await expect(run([memorySource('a', mailChunks('mx1', 2))], {}, { sinks })).rejects.toBe(failure);
});
