import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBlock } from '../../src/parse/block.js';
import { literal } from '../../src/parse/literal.js';

/** Text of few different characters, so that a literal is often found, and almost found; some differ in the top bit only. */
const anyText = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', '\0', '\u0080', 'á'), { maxLength }).map((characters) => characters.join(''));

/** A text, a part of it, and what is sought there. */
const anySearch = fc.tuple(anyText(30), anyText(6), fc.nat(30), fc.nat(30)).map(([text, sought, a, b]) => {
  const [start, end] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)];
  return { text, sought: sought === '' ? 'a' : sought, start, end };
});

describe('a literal', () => {
  test('is found where the same string is, first and last, and only in the part looked at', () => {
    fc.assert(
      fc.property(anySearch, ({ text, sought, start, end }) => {
        const block = createBlock(Buffer.from(text, 'latin1'));
        const part = text.substring(start, end);
        const inText = (index: number): number => (index < 0 ? -1 : start + index);

        expect(literal(sought).findIn(block, start, end)).toBe(inText(part.indexOf(sought)));
        expect(literal(sought).findLastIn(block, start, end)).toBe(inText(part.lastIndexOf(sought)));
      }),
      { numRuns: 2000 },
    );
  });

  test('is at a place where the same string starts', () => {
    fc.assert(
      fc.property(anySearch, ({ text, sought, start }) => {
        fc.pre(start + sought.length <= text.length);
        const { view } = createBlock(Buffer.from(text, 'latin1'));

        expect(literal(sought).isAt(view, start)).toBe(text.startsWith(sought, start));
      }),
      { numRuns: 1000 },
    );
  });
});
