import fc from 'fast-check';
import { expect, test } from '@jest/globals';
import { Aggregator } from '../../src/core/aggregate.js';
import type { Asides } from '../../src/core/aggregate.js';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine, foldChunk } from '../../src/stages/fold-chunk.js';
import { AGGREGATE, identityOf } from '../support/runs.js';
import { connectLine } from '../support/sources.js';

const BLOCK_BYTES = 1 << 16;
const NOON = Date.UTC(2026, 10, 23, 12);

function linesOf(bytes: Buffer): readonly (readonly [string, number])[] {
  const lines: (readonly [string, number])[] = [];
  eachLine(bytes, ({ text, from }, start, end) => lines.push([text.substring(start, end), from + start]));
  return lines;
}

/** The lines of a text, each with its first byte: what `eachLine` must find. */
function plainLinesOf(bytes: Buffer): readonly (readonly [string, number])[] {
  const texts = bytes.toString('latin1').split('\n');
  if (texts[texts.length - 1] === '') texts.pop();
  let at = 0;
  return texts.map((text) => {
    const line = [text, at] as const;
    at += text.length + 1;
    return line;
  });
}

test('lines are found with their first byte, whatever their lengths and bytes', () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: BLOCK_BYTES - 3, max: BLOCK_BYTES + 3 }).map((length) => new Uint8Array(length).fill(120)),
    fc.integer({ min: 0, max: 3 * BLOCK_BYTES }).map((length) => new Uint8Array(length).fill(233)),
  );
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
    .map(([lines, isEnded]) =>
      Buffer.concat(
        lines.flatMap((bytes, i) => (isEnded || i < lines.length - 1 ? [bytes, Buffer.from('\n')] : [bytes])),
      ),
    );

  fc.assert(
    fc.property(text, (bytes) => {
      expect(linesOf(bytes)).toEqual(plainLinesOf(bytes));
    }),
    { numRuns: 60 },
  );
});

test('blank lines are no records; all others are, and each has its own origin', () => {
  const aggregator = new Aggregator('log', AGGREGATE, identityOf([{ id: 'mx', hosts: ['mx'] }]));
  const text = `\n${connectLine(NOON, 'mx', '192.0.2.7')}\r\n\r\nbroken\n\nbr\u00f6ken`;
  const chunk = {
    bytes: Buffer.from(text, 'utf8'),
    offset: 1000,
    byte: 500,
    origin: 'mail.log:12ab',
    writtenMs: NOON,
    path: 'log',
  };
  const parse = createLineParser({ zone: createZone('UTC') });

  const asides: Asides[] = [];
  const onAsides = (more: Asides): void => {
    asides.push(more);
  };
  const lines = foldChunk(chunk, parse, { aggregator, reference: { yearMs: NOON, nowMs: NOON }, onAsides });
  const { contributions, ...last } = aggregator.finishChunk(['log'], true);
  const deadLetters = [...asides, last].flatMap((aside) => aside.deadLetters);

  const at = (line: string): string => `mail.log:12ab:${String(500 + Buffer.from(text).indexOf(line))}`;
  expect(lines).toBe(3);
  expect(contributions.map(({ subject }) => subject)).toEqual(['mail:mx']);
  expect(deadLetters).toEqual([
    { reason: 'no_envelope', origin: at('broken'), text: 'broken' },
    { reason: 'no_envelope', origin: at('br\u00f6ken'), text: 'br\u00f6ken' },
  ]);
});
