import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBlock } from '../../src/parse/block.js';
import { Lexicon } from '../../src/parse/lexicon.js';

describe('a lexicon', () => {
  test('gives the text that stands there, whatever it gave before', () => {
    const lexicon = new Lexicon();
    // Lengths on both sides of a word and of a slot, and many more texts than slots.
    const anyText = fc
      .tuple(fc.constantFrom(0, 1, 3, 4, 5, 7, 8, 63, 64, 65), fc.nat(6000))
      .map(([length, n]) => String(n).repeat(20).substring(0, length));
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 50 }), anyText, (texts, before) => {
        for (const text of texts) {
          const block = createBlock(Buffer.from(`${before}${text}]`, 'latin1'));

          expect(lexicon.textOf(block, before.length, before.length + text.length)).toBe(text);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('tells texts apart that differ in one character', () => {
    const lexicon = new Lexicon();
    const texts = Array.from({ length: 20_000 }, (_, n) => `host${String(n)}.example.org`);
    const given = [...texts, ...texts].map((text) => lexicon.textOf(createBlock(Buffer.from(text)), 0, text.length));

    expect(given).toEqual([...texts, ...texts]);
  });
});
