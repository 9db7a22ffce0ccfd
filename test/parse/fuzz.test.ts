import { expect, test } from '@jest/globals';
import { LineChecker } from '../support/line-checker.js';
import { mutateOne } from '../support/mutate.js';
import { createRandom } from '../support/random.js';
import { seedGroups } from '../support/seeds.js';

const GROUPS = seedGroups();
const LINES = 5000;

test('lines of all formats and of the bundled logs pass the checks', () => {
  const checker = new LineChecker();
  for (const line of GROUPS.flat()) checker.check(line);
  checker.checkCounts();

  expect(checker.kinds.get('dead')).toBeUndefined();
});

test.each([1, Math.floor(Math.random() * 2 ** 32)])('so do mutations of them, from seed %d', (seed) => {
  const random = createRandom(seed);
  const checker = new LineChecker();
  for (let number = 0; number < LINES; number++) {
    const line = mutateOne(GROUPS, random);
    try {
      checker.check(line);
    } catch (cause) {
      throw new Error(`Line ${number} of seed ${seed}: ${JSON.stringify(line.slice(0, 2000))}`, { cause });
    }
  }
  checker.checkCounts();

  // Many lines are still what they were: the grammars were reached, not only the envelope.
  expect(checker.kinds.get('dead') ?? 0).toBeLessThan(LINES * 0.8);
  expect(checker.kinds.size).toBeGreaterThan(12);
});
