import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hideAborted, isControl } from '../../src/kafka/aborted.js';

interface Message {
  readonly offset: string;
  readonly key: Buffer | null;
  isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

interface Log {
  readonly messages: Message[];
  /** As a broker lists them: in the order in which they end. */
  readonly abortedTransactions: { readonly producerId: string; readonly firstOffset: string }[];
  readonly kept: readonly number[];
}

const COMMIT_KEY = Buffer.from([0, 0, 0, 1]);
const ABORT_KEY = Buffer.from([0, 0, 0, 0]);

type Act = readonly [producer: number, what: 'write' | 'plain' | 'commit' | 'abort'];

/** What a broker would have in a partition after these acts; what is open in the end is not given by one. */
function logOf(acts: readonly Act[], key: Buffer | null): Log {
  const messages: Message[] = [];
  const abortedTransactions: Log['abortedTransactions'] = [];
  const kept: number[] = [];
  const open = new Map<number, number[]>();
  for (const [producer, what] of [...acts, ...acts.map(([each]): Act => [each, 'abort'])]) {
    const offset = messages.length;
    const isEnd = what === 'commit' || what === 'abort';
    const written = open.get(producer);
    if (isEnd && written === undefined) continue;
    if (what === 'plain') kept.push(offset);
    if (what === 'write') open.set(producer, [...(written ?? []), offset]);
    if (what === 'commit') kept.push(...(written ?? []));
    if (what === 'abort')
      abortedTransactions.push({ producerId: String(producer), firstOffset: String(written?.[0] ?? 0) });
    if (isEnd) open.delete(producer);
    messages.push({
      offset: String(offset),
      key: isEnd ? (what === 'commit' ? COMMIT_KEY : ABORT_KEY) : key,
      isControlRecord: isEnd,
      batchContext: { producerId: String(producer), inTransaction: what !== 'plain' },
    });
  }
  return { messages, abortedTransactions, kept: kept.sort((a, b) => a - b) };
}

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('write', 'plain', 'commit', 'abort')),
);

test('what stays is what was committed, however transactions lie, and from wherever a read begins', () => {
  fc.assert(
    fc.property(acts, fc.constantFrom(null, ABORT_KEY, Buffer.from('k')), fc.nat(40), (given, key, from) => {
      const { messages, abortedTransactions, kept } = logOf(given, key);
      const rest = messages.filter(({ offset }) => Number(offset) >= from);
      // Those that end before are not listed.
      const listed = abortedTransactions.filter(({ producerId, firstOffset }) =>
        rest.some(
          ({ batchContext, key: end, isControlRecord }, index) =>
            isControlRecord &&
            end === ABORT_KEY &&
            batchContext.producerId === producerId &&
            firstOf(messages, from + index) === Number(firstOffset),
        ),
      );
      const partition = { partition: 0, abortedTransactions: listed, messages: rest };
      hideAborted({ responses: [{ topicName: 'a', partitions: [partition] }] });

      expect(rest.filter((message) => !isControl(message)).map(({ offset }) => Number(offset))).toEqual(
        kept.filter((offset) => offset >= from),
      );
      expect(partition.abortedTransactions).toEqual([]);
    }),
  );
});

/** Where the transaction began that a marker ends. */
function firstOf(messages: readonly Message[], marker: number): number | undefined {
  const producerId = messages[marker]?.batchContext.producerId;
  let first: number | undefined;
  for (const { offset, batchContext, key, isControlRecord } of messages.slice(0, marker)) {
    if (batchContext.producerId !== producerId || !batchContext.inTransaction) continue;
    if (isControlRecord && key !== null) first = undefined;
    else first ??= Number(offset);
  }
  return first;
}

test('an answer of no records, or of no shape that is known, is left as it is', () => {
  for (const answer of [undefined, {}, { responses: [{}] }, { responses: [{ partitions: [{ messages: [{}] }] }] }]) {
    const before = structuredClone(answer);
    hideAborted(answer);
    expect(answer).toEqual(before);
  }
});
