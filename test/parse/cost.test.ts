import { describe, expect, jest, test } from '@jest/globals';
import { Literal } from '../../src/parse/literal.js';
import { mutateOne, PIECES } from '../support/mutate.js';
import { createRandom } from '../support/random.js';
import { FOREIGN, SEEDS } from '../support/seeds.js';
import { parse } from './lines.js';

const LINES = [...Object.values(SEEDS).flat(), ...FOREIGN];
const SEARCHES = ['indexOf', 'lastIndexOf', 'includes', 'split', 'replace', 'replaceAll', 'match', 'search'] as const;
/** Nearly all of it are the words that tell why a client was refused: each is sought in the whole text. */
const SEARCHED_PER_BYTE = 200;
const LONG = 20_000;

/** How many characters the parser searches in a line, an upper bound. */
function searched(line: string): number {
  const ofStrings = SEARCHES.map((name) => jest.spyOn(String.prototype, name));
  const exec = jest.spyOn(RegExp.prototype, 'exec');
  const tests = jest.spyOn(RegExp.prototype, 'test');
  const findIn = jest.spyOn(Literal.prototype, 'findIn');
  const findLastIn = jest.spyOn(Literal.prototype, 'findLastIn');
  parse(line);
  const distance = (from: number, found: unknown, otherwise: number): number =>
    typeof found === 'number' && found >= 0 ? Math.abs(found - from) : otherwise;
  // All matches in a text are found one after the other, each from the end of the one before.
  let before = { text: '', end: 0 };
  const passedBy = (text: string, found: unknown): number => {
    const match = Array.isArray(found) && 'index' in found ? found : undefined;
    const from = text === before.text ? before.end : 0;
    const end = match === undefined ? text.length : Number(match.index) + String(match[0]).length;
    before = { text, end: match === undefined ? 0 : end };
    return Math.max(0, end - from);
  };
  const lengths = [
    ...ofStrings.flatMap((spy) => spy.mock.contexts.map((text) => String(text).length)),
    ...tests.mock.calls.map(([text]) => text.length),
    ...exec.mock.calls.map(([text], call) => passedBy(text, exec.mock.results[call]?.value)),
    ...findIn.mock.calls.map(([, start, end], call) => distance(start, findIn.mock.results[call]?.value, end - start)),
    ...findLastIn.mock.calls.map(([, start, end], call) =>
      distance(end, findLastIn.mock.results[call]?.value, end - start),
    ),
  ];
  for (const spy of [...ofStrings, exec, tests, findIn, findLastIn]) spy.mockRestore();
  return lengths.reduce((sum, length) => sum + length, 0);
}

describe('no line has more searched than a fixed multiple of its length', () => {
  test('and what is searched is seen here', () => {
    expect(searched('Nov 23 01:57:14 gpo postfix/smtpd[22658]: connect from unknown[192.0.2.5]')).toBeGreaterThan(0);
  });

  test.each([1, Math.floor(Math.random() * 2 ** 32)])('after mutations, from seed %d', (seed) => {
    const random = createRandom(seed);
    for (let number = 0; number < 1000; number++) {
      const line = mutateOne([LINES], random);

      expect([searched(line) <= SEARCHED_PER_BYTE * (line.length + 10), line.slice(0, 2000)]).toEqual([
        true,
        line.slice(0, 2000),
      ]);
    }
  });

  test.each([1, Math.floor(Math.random() * 2 ** 32)])('however often a piece is in it, from seed %d', (seed) => {
    const random = createRandom(seed);
    for (const line of LINES)
      for (let number = 0; number < 6; number++) {
        const at = random(line.length + 1);
        const piece = PIECES[random(PIECES.length)] ?? ' ';
        const repeated = piece.repeat(LONG / piece.length);
        const long = line.slice(0, at) + repeated + line.slice(at + random(2) * 20);

        expect([searched(long) <= SEARCHED_PER_BYTE * long.length, line, at, piece]).toEqual([true, line, at, piece]);
      }
  });
});
