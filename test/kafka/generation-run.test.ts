import { expect, test } from '@jest/globals';
import { InvariantError } from '../../src/core/errors.js';
import { GenerationOver, GenerationRun } from '../../src/kafka/generation-run.js';
import type { Generation } from '../../src/stages/ports.js';

const MAX_WAIT_MS = 100;
const [ZERO, ONE] = ['t.a/0', 't.a/1'];
const EXTENTS = new Map([
  [ZERO, { startOffset: 5, endOffset: 10 }],
  [ONE, { startOffset: 0, endOffset: 0 }],
]);

interface Started {
  readonly run: GenerationRun;
  readonly errors: unknown[];
  readonly told: ReadonlySet<string>[];
}

function started(given: Partial<Generation> = {}): Started & { readonly generation: Generation } {
  const errors: unknown[] = [];
  const told: ReadonlySet<string>[] = [];
  const run = new GenerationRun('me', undefined, [ZERO, ONE], {
    maxWaitMs: MAX_WAIT_MS,
    onError: (_, error) => void errors.push(error),
  });
  const generation: Generation = {
    begin: async () =>
      new Map([
        [ZERO, 5],
        [ONE, 0],
      ]),
    take: async () => undefined,
    tick: async (caughtUp) => void told.push(caughtUp),
    end: async () => undefined,
    ...given,
  };
  return { run, errors, told, generation };
}

const batch = { source: ZERO, records: [], nextOffset: 10, endOffset: 10 };
const fetched = (offset: number, endOffset: number, messages: readonly unknown[] = []) => ({
  topic: 't.a',
  partition: 0,
  offset,
  endOffset,
  messages,
});

async function atEnd({ run, told }: Started, nowMs: number): Promise<boolean> {
  await run.tick(() => nowMs);
  return told.at(-1)?.has(ZERO) === true;
}

test('the end of a partition is known for as long as a broker waits, or is asked and answers', async () => {
  const all = started();
  const { run, generation } = all;
  await run.begin(generation, EXTENTS);
  expect(await atEnd(all, 0)).toBe(false);

  run.noteFetch(fetched(5, 10, [{}]), 0);
  expect(await atEnd(all, 0)).toBe(false);
  const zero = run.ofSource(ZERO);
  zero.position = 10;
  // An answer for what was asked for before the position moved.
  run.noteFetch(fetched(5, 5), 0);
  expect(await atEnd(all, 0)).toBe(false);
  run.noteFetch(fetched(10, 11), 0);
  expect(await atEnd(all, 0)).toBe(false);

  run.noteFetch(fetched(10, 10), 1000);
  expect(await atEnd(all, 1000)).toBe(true);
  expect(await atEnd(all, 1000 + MAX_WAIT_MS)).toBe(true);
  expect(await atEnd(all, 1001 + MAX_WAIT_MS)).toBe(false);
  run.noteAsk('t.a', 0, 2000);
  expect(await atEnd(all, 3000 + MAX_WAIT_MS)).toBe(true);
  expect(await atEnd(all, 3001 + MAX_WAIT_MS)).toBe(false);
  expect(all.told.at(-1)).toEqual(new Set());

  run.noteFetch(fetched(10, 10), 4000);
  run.noteFailure('t.a', 0);
  expect(await atEnd(all, 4000)).toBe(false);
  run.noteFetch(fetched(10, 10), 5000);
  zero.isHeld = true;
  expect(await atEnd(all, 5000)).toBe(false);
});

test('what is no record moves the position, unless it was fetched from elsewhere', async () => {
  const { run, generation } = started();
  await run.begin(generation, EXTENTS);
  const zero = run.ofSource(ZERO);
  run.notePassed('t.a', 0, 7);
  expect(zero.position).toBe(5);
  run.noteFetch(fetched(5, 10, [{}]), 0);
  run.notePassed('t.a', 0, 7);
  expect(zero.position).toBe(8);
  run.notePassed('t.a', 0, 9);
  expect(zero.position).toBe(8);
});

test('calls come one after the other, and none comes after the end', async () => {
  const calls: string[] = [];
  let isBusy = false;
  const note = (name: string) => async (): Promise<void> => {
    expect(isBusy).toBe(false);
    isBusy = true;
    await new Promise(setImmediate);
    calls.push(name);
    isBusy = false;
  };
  const { run, generation } = started({ take: note('take'), tick: note('tick'), end: note('end') });
  await run.begin(generation, EXTENTS);
  const taken = await Promise.all([
    run.take(batch),
    run.tick(() => 0).then(() => true),
    run.take(batch),
    run.end().then(() => true),
    run.take(batch),
    run.tick(() => 0).then(() => false),
  ]);

  // The end is already asked for when the first of them gets its turn.
  expect(calls).toEqual(['end']);
  expect(taken).toEqual([false, true, false, true, false, false]);
});

test('who waits is free as soon as the generation is over, and what fails later is told', async () => {
  const late = new TypeError('late');
  let fail = (): void => undefined;
  const failing = new Promise<void>((_, reject) => (fail = () => reject(late)));
  const { run, generation, errors } = started({ take: () => failing });
  await run.begin(generation, EXTENTS);
  const taking = run.take(batch);
  const waiting = run.tick(() => 0);
  await new Promise(setImmediate);
  run.abort();

  await expect(taking).rejects.toBeInstanceOf(GenerationOver);
  await expect(waiting).rejects.toBeInstanceOf(GenerationOver);
  fail();
  await new Promise(setImmediate);
  expect(errors[0]).toBe(late);
  await expect(run.take(batch)).rejects.toBeInstanceOf(GenerationOver);
});

test.each([4, 11, undefined])('a generation cannot begin at %s of offsets 5 to 10', async (offset) => {
  const { run, generation } = started({
    begin: async () =>
      new Map(
        offset === undefined
          ? [[ONE, 0]]
          : [
              [ZERO, offset],
              [ONE, 0],
            ],
      ),
  });

  await expect(run.begin(generation, EXTENTS)).rejects.toBeInstanceOf(InvariantError);
});

test('a late heartbeat of the generation before confirms nothing', async () => {
  const { run } = started();
  expect(run.confirm({ memberId: 'other', generationId: 7 })).toBe(false);
  expect(run.confirm({ memberId: 'me', generationId: 7 })).toBe(true);
  const next = new GenerationRun('me', run.membership, [], { maxWaitMs: 0, onError: () => undefined });
  expect(next.confirm({ memberId: 'me', generationId: 7 })).toBe(false);
  expect(next.confirm({ memberId: 'me', generationId: 8 })).toBe(true);
  expect(await next.again().confirmedId()).toBe(8);
});
