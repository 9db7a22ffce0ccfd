import { Session } from 'node:inspector/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Parsed } from '../../src/parse/line.js';
import { FOREIGN, SEEDS } from '../support/seeds.js';

const LINES = Object.values(SEEDS).flat();

/** Functions of `src/parse` that ran while something was done, and those that did not, as `file.ts: name`. */
async function functionsOf(run: () => Promise<void>): Promise<{ ran: readonly string[]; idle: readonly string[] }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await run();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const all = result
    .filter(({ url }) => url.includes('/src/parse/'))
    .flatMap(({ url, functions }) =>
      functions.map(({ functionName, ranges }) => ({
        name: `${url.slice(url.lastIndexOf('/') + 1)}: ${functionName}`,
        hasRun: ranges.some(({ count }) => count > 0),
      })),
    );
  const named = (hasRun: boolean) => all.filter((one) => one.hasRun === hasRun).map(({ name }) => name);
  return { ran: named(true), idle: named(false) };
}

describe('the example lines', () => {
  const parsed = new Map<string, Parsed>();
  let functions: Awaited<ReturnType<typeof functionsOf>> = { ran: [], idle: [] };

  // Only of what is loaded from here on the functions are known that never run: nothing above imports the parser.
  beforeAll(async () => {
    functions = await functionsOf(async () => {
      const { parse } = await import('./lines.js');
      for (const line of [...LINES, ...FOREIGN]) parsed.set(line, parse(line));
    });
  });

  test('reach every function of the parser, and so every grammar of every program', () => {
    expect(functions.ran).toContain('smtpd.ts: smtpd');
    expect(functions.idle).toEqual([]);
  });

  test('are all recognised', () => {
    expect(LINES.filter((line) => ['dead', 'unrecognised'].includes(parsed.get(line)?.kind ?? 'dead'))).toEqual([]);
  });

  test('are foreign where they are meant to be', () => {
    expect(new Set(FOREIGN.map((line) => parsed.get(line)?.kind))).toEqual(new Set(['unrecognised']));
  });

  test('have events of every kind', async () => {
    const { KINDS } = await import('../support/line-checker.js');
    const kinds = new Set<string>([...parsed.values()].map(({ kind }) => kind));

    expect(Object.keys(KINDS).filter((kind) => !kinds.has(kind))).toEqual(['dead']);
  });

  test('are each there once', () => {
    expect(LINES.length).toBe(new Set(LINES).size);
  });
});

test.each(LINES)('with a carriage return a line is the same: %s', async (line) => {
  const { parse } = await import('./lines.js');

  expect(parse(`${line}\r`)).toEqual(parse(line));
});
