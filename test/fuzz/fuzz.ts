// `npm run fuzz -- [LINES] [SEED]`: mutated lines of all formats through the parser and the counts, until one is amiss.
import { LineChecker } from '../support/line-checker.js';
import { mutateOne } from '../support/mutate.js';
import { createRandom } from '../support/random.js';
import { seedGroups } from '../support/seeds.js';

const SHOWN_EVERY = 50_000;

function wholeNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new RangeError(`Not a whole number: ${String(text)}; usage: npm run fuzz -- [LINES] [SEED]`);
}

function main(lines: number, seed: number): void {
  process.stdout.write(`${lines.toLocaleString('en-US')} lines from seed ${seed}\n`);
  const groups = seedGroups();
  const random = createRandom(seed);
  const checker = new LineChecker();
  for (let number = 0; number < lines; number++) {
    if (number > 0 && number % SHOWN_EVERY === 0) process.stdout.write(`${number.toLocaleString('en-US')} lines\n`);
    const line = mutateOne(groups, random);
    try {
      checker.check(line);
    } catch (cause) {
      throw new Error(`Line ${number} of seed ${seed}: ${JSON.stringify(line)}`, { cause });
    }
  }
  checker.checkCounts();
  for (const [kind, count] of [...checker.kinds].toSorted(([, a], [, b]) => b - a))
    process.stdout.write(`${String(count).padStart(9)} ${kind}\n`);
}

const [lines, seed] = process.argv.slice(2);
main(wholeNumber(lines, 1_000_000), wholeNumber(seed, Math.floor(Math.random() * 2 ** 32)));
