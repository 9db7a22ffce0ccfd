import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS, SECOND_MS, createZone } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { createLineParser } from '../../src/parse/line.js';
import { analyze } from '../../src/stages/analyze.js';
import type { AnalyzeDeps } from '../../src/stages/analyze.js';
import { foldChunk } from '../../src/stages/fold-chunk.js';
import { GAP } from '../../src/stages/ports.js';
import type { Chunk, FoldThreads } from '../../src/stages/ports.js';
import { cut, AGGREGATE, CORRELATE, identityOf } from '../support/runs.js';
import { connectLine, lookupLine, memorySinks, memorySource, textOf } from '../support/sources.js';

jest.setTimeout(60_000);

const START_MS = Date.UTC(2026, 10, 23, 0);
const NOW_MS = START_MS + 40 * HOUR_MS;
const identity = identityOf([{ id: 'mx', hosts: ['mx'], addresses: ['192.0.2.1'] }]);
/** So few clients are counted exactly that most panes have more. */
const CAP = 4;
const aggregate = { ...AGGREGATE, clientCap: CAP };
const correlate = { ...CORRELATE, clientCap: CAP, sizes: windowSizes(['5m', '1h']) };
const foldDeps = () => ({ parse: createLineParser({ zone: createZone('UTC') }), identity, config: aggregate });

/** A source as the texts of its chunks. */
type Texts = readonly string[];
type Threads = Pick<AnalyzeDeps, 'startThreads' | 'threadsAfterBytes'>;

const NO_THREADS: Threads = { startThreads: undefined, threadsAfterBytes: 0 };

/** All that a run over sources gives. */
async function run(
  sources: readonly Texts[],
  threads: Threads,
  { parse = foldDeps().parse, isHalved = true } = {},
): Promise<unknown> {
  const sinks = memorySinks();
  const reports = await analyze(
    { aggregate, correlate },
    {
      ...{ identity, sinks, nowMs: NOW_MS, parse, ...threads },
      sources: sources.map((texts, n) => reusing(memorySource(`log${String(n)}`, texts))),
      resolverOf: () => 'ns',
      yearReference: () => NOW_MS,
      bytesOfYear: isHalved ? halves : ({ bytes }) => bytes.length,
      onResult: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  );
  return JSON.stringify({
    sinks: Object.values(sinks).map(({ documents }) => documents),
    reports: reports.map(withLists),
  });
}

/** As of files of more than a year, of which a chunk may hold the end of one span and the start of the next. */
function halves({ bytes }: Chunk): number {
  return bytes.indexOf('\n', bytes.length >> 1) + 1 || bytes.length;
}

function withLists({ outcomes, ...report }: Awaited<ReturnType<typeof analyze>>[number]): object {
  return {
    ...report,
    ...outcomes,
    unrecognised: [...outcomes.unrecognised],
    foreign: [...outcomes.foreign],
    unmapped: [...outcomes.unmapped],
  };
}

/** A source that has one buffer for all chunks, as a file has. */
function reusing(source: ReturnType<typeof memorySource>): ReturnType<typeof memorySource> {
  const buffer = Buffer.alloc(1 << 20);
  return {
    ...source,
    next: async () => {
      const chunk = await source.next();
      return chunk && { ...chunk, bytes: buffer.subarray(0, chunk.bytes.copy(buffer)) };
    },
  };
}

/** Threads that are none: they answer when their delay is over, or that they failed. */
function pretended(
  capacity: number,
  answers: readonly number[],
  parse = foldDeps().parse,
): Threads & { readonly asked: () => number } {
  let asked = 0;
  const fold: FoldThreads['fold'] = async (task) => {
    const turns = answers[asked++ % answers.length] ?? 0;
    const folded = foldChunk(task, { ...foldDeps(), parse });
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    return turns === FAILS ? undefined : structuredClone(folded);
  };
  const threads = { capacity, fold, close: async () => undefined };
  return { startThreads: () => threads, threadsAfterBytes: 1000, asked: () => asked };
}
const FAILS = 7;

/** A line of some kind; not all are counted, and some are nobody's. */
function lineOf(timeMs: number, kind: number): string {
  const address = `198.51.100.${String(kind)}`;
  if (kind === 0) return `broken${GAP.toString('latin1')}${connectLine(timeMs, 'mx', address)}`;
  if (kind === 1) return connectLine(timeMs, 'stranger', address);
  if (kind === 2) return connectLine(timeMs, 'mx', address).replace('postfix/smtpd', 'sshd');
  if (kind === 12) return `${new Date(timeMs).toISOString()} mx last message repeated 3 times`;
  if (kind < 5) return lookupLine(timeMs, 'ns', { from: '192.0.2.1', about: address });
  if (kind < 7)
    return `${new Date(timeMs).toISOString()} mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[${address}]: 554 5.7.1 <a@example.org>: Relay access denied; from=<b@example.org> to=<a@example.org> proto=SMTP helo=<x>`;
  return connectLine(timeMs, 'mx', address);
}

interface Disorder {
  readonly maxGapMs: number;
  /** How far a line may be behind. */
  readonly backMs: number;
  /** How far a few lines may be ahead. */
  readonly aheadMs: number;
  /** How far the lines of some kinds are ahead. */
  readonly clockMs?: number;
}

function anyTexts({ maxGapMs, backMs, aheadMs, clockMs = 0 }: Disorder): fc.Arbitrary<Texts> {
  const step = fc.record({
    gapMs: fc.nat({ max: maxGapMs }),
    offMs: fc.oneof(
      { weight: 20, arbitrary: fc.constant(0) },
      { weight: 10, arbitrary: fc.nat({ max: backMs }).map((ms) => -ms) },
      { weight: 1, arbitrary: fc.nat({ max: aheadMs }) },
    ),
    kind: fc.nat({ max: 12 }),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' });
  const places = fc.array(fc.nat({ max: 150 }), { maxLength: 30, size: 'max' });
  return fc.tuple(steps, places).map(([all, ends]) => {
    let timeMs = START_MS;
    const lines = all.map(({ gapMs, offMs, kind }) =>
      lineOf((timeMs += gapMs) + offMs + (kind > 8 ? clockMs : 0), kind),
    );
    return cut(lines, ends).map(textOf);
  });
}

describe('threads change nothing of what a run gives', () => {
  test.each<[string, Disorder]>([
    ['logs in order', { maxGapMs: MINUTE_MS, backMs: SECOND_MS, aheadMs: 0 }],
    ['logs with late lines', { maxGapMs: 2 * MINUTE_MS, backMs: 10 * MINUTE_MS, aheadMs: 0 }],
    [
      'logs with an hour of disorder and lines far ahead',
      { maxGapMs: MINUTE_MS, backMs: 2 * HOUR_MS, aheadMs: 9 * HOUR_MS },
    ],
    ['logs of two clocks', { maxGapMs: MINUTE_MS, backMs: MINUTE_MS, aheadMs: HOUR_MS, clockMs: 9 * HOUR_MS }],
  ])('of %s', async (_, disorder) => {
    const sources = fc.array(anyTexts(disorder), { minLength: 1, maxLength: 3 });
    const answers = fc.array(fc.nat({ max: FAILS }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(sources, fc.integer({ min: 1, max: 6 }), answers, async (texts, capacity, delays) => {
        expect(await run(texts, pretended(capacity, delays))).toBe(await run(texts, NO_THREADS));
      }),
      { numRuns: 25 },
    );
  });

  test('of a log that runs backwards, and of one with a line in the future', async () => {
    const times = Array.from({ length: 2000 }, (_, n) => START_MS + n * 20 * SECOND_MS);
    const backwards = cut(
      times.toReversed().map((timeMs, n) => lineOf(timeMs, 3 + (n % 9))),
      [300, 301, 900, 1500],
    );
    const ahead = times.map((timeMs, n) => lineOf(n === 500 ? NOW_MS : timeMs, 3 + (n % 9)));
    const texts = [backwards.map(textOf), cut(ahead, [400, 800, 1200, 1600]).map(textOf)];
    const threads = pretended(3, [2, 0, 1]);

    expect(await run(texts, threads)).toBe(await run(texts, NO_THREADS));
    expect(threads.asked()).toBeGreaterThan(5);
  });

  test('of floods: more rejections than have documents, more clients than are kept, more resolvers than have windows', async () => {
    const flood = Array.from({ length: 9000 }, (_, n) => {
      const timeMs = START_MS + n * 100;
      if (n % 2 === 0) return lineOf(timeMs, 5);
      const address = `2001:db8:${(n % 3000).toString(16)}::1`;
      if (n % 5 === 0) return lookupLine(timeMs, `ns${String(n % 4000)}`, { from: '192.0.2.1', about: address });
      return connectLine(timeMs, 'mx', address);
    });
    const texts = [cut(flood, [2500, 5000, 7500]).map(textOf), cut(flood, [3000, 6000]).map(textOf)];
    const isHalved = false;
    const alone = await run(texts, NO_THREADS, { isHalved });

    for (const part of ['left_out', 'dns:others', 'client_error']) expect(alone).toContain(part);
    expect(await run(texts, pretended(2, [3, 0, 1]), { isHalved })).toBe(alone);
  });

  test('of a line that begins with a byte order mark, first of the lines that are looked at for their times', async () => {
    const ahead = lineOf(START_MS + 9 * HOUR_MS, 9);
    const lines = Array.from({ length: 190 }, (_, n) => lineOf(START_MS + n * SECOND_MS, 9));
    const texts = [['x'.repeat(3000), `\xef\xbb\xbf${ahead}`, ...lines], [ahead, ahead, ...lines], lines].map(textOf);

    expect(await run([texts], pretended(2, [1]))).toBe(await run([texts], NO_THREADS));
  });

  test('of a chunk that is not folded in one go', async () => {
    const panes = Array.from({ length: 2500 }, (_, n) => lineOf(START_MS - (2500 - n) * 5 * MINUTE_MS, 9));
    const texts = [cut(panes, [100, 2300]).map(textOf), cut(panes, []).map(textOf)];

    expect(await run(texts, pretended(2, [1]))).toBe(await run(texts, NO_THREADS));
  });
});

test('a log of two hosts whose clocks differ is folded once', async () => {
  const lines = Array.from({ length: 8000 }, (_, n) => lineOf(START_MS + n * SECOND_MS - (n % 2) * 10 * MINUTE_MS, 9));
  const texts = [cut(lines, [1000, 2000, 3000, 4000, 5000, 6000, 7000]).map(textOf)];
  let parsed = 0;
  const { parse } = foldDeps();
  const counting: typeof parse = (...line) => {
    parsed += 1;
    return parse(...line);
  };

  await run(texts, pretended(2, [1], counting), { parse: counting });
  // The last lines of a chunk are looked at for the next one.
  expect(parsed).toBeLessThan(1.3 * lines.length);
});

test('a short log has no threads', async () => {
  const threads = { ...pretended(2, [0]), threadsAfterBytes: 10_000 };
  const lines = Array.from({ length: 99 }, (_, n) => lineOf(START_MS + n * SECOND_MS, 9));

  await run([cut(lines, [30, 60]).map(textOf)], threads);
  expect(threads.asked()).toBe(0);

  await run([cut([...lines, ...lines], [30, 60, 90, 120, 150]).map(textOf)], threads);
  expect(threads.asked()).toBeGreaterThan(0);
});

test('threads are ended with the run, also with one that fails', async () => {
  const failure = new Error('cannot read');
  let closed = 0;
  const threads = (): Threads => ({
    startThreads: () => ({ capacity: 2, fold: async () => undefined, close: async () => void (closed += 1) }),
    threadsAfterBytes: 0,
  });
  const texts = Array.from({ length: 9 }, (_, n) => textOf([lineOf(START_MS + n * MINUTE_MS, 9)]));

  await run([texts], threads());
  const onRead = (_name: string, chunk: number): void => {
    if (chunk === 5) throw failure;
  };
  const failing = analyzeFailing(memorySource('log', texts, { onRead }), threads());

  await expect(failing).rejects.toBe(failure);
  expect(closed).toBe(2);
});

function analyzeFailing(source: ReturnType<typeof memorySource>, threads: Threads): Promise<unknown> {
  const sinks = memorySinks();
  return analyze(
    { aggregate, correlate },
    {
      ...{ identity, sinks, nowMs: NOW_MS, parse: foldDeps().parse, ...threads, sources: [source] },
      resolverOf: () => 'ns',
      yearReference: () => NOW_MS,
      bytesOfYear: ({ bytes }) => bytes.length,
      onResult: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  );
}
