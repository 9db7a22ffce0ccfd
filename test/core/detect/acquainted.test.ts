import { expect, test } from '@jest/globals';
import { Acquainted } from '../../../src/core/detect/acquainted.js';
import { DAY_MS } from '../../../src/core/time.js';
import { createRandom } from '../../support/random.js';
import { expectRestorable } from '../../support/restored.js';

const KEPT = 4096;
const clients = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `client ${String(index)}`);

test('a client is known for a day after it was last seen', () => {
  const acquainted = new Acquainted();
  acquainted.see(['a'], 0);
  acquainted.see(['a'], 1000);

  expect(acquainted.has('a', 1000 + DAY_MS - 1)).toBe(true);
  expect(acquainted.has('a', 1000 + DAY_MS)).toBe(false);
  expect(acquainted.has('b', 1000)).toBe(false);
});

test('of too many clients those that were seen longest ago are forgotten', () => {
  const acquainted = new Acquainted();
  acquainted.see(['first', 'second'], 0);
  acquainted.see(['first'], 1);
  acquainted.see(clients(KEPT - 1), 2);

  expect(acquainted.has('second', 3)).toBe(false);
  expect(acquainted.has('first', 3)).toBe(true);
  expect(acquainted.has('client 0', 3)).toBe(true);
});

test('the same are remembered in whatever order those of a window come', () => {
  const all = clients(KEPT + 1000);
  const [one, other] = [all, [...all].reverse()].map((order) => {
    const acquainted = new Acquainted();
    acquainted.see(order, 0);
    return all.filter((client) => acquainted.has(client, 1));
  });

  expect(one).toHaveLength(KEPT);
  expect(other).toEqual(one);
});

test('what was packed goes on: it forgets in the same order', () => {
  const below = createRandom(1);
  const all = clients(2 * KEPT);
  const steps = Array.from({ length: 60 }, (_, time) => ({ time, seen: all.filter(() => below(20) === 0) }));
  const take = (acquainted: Acquainted, { time, seen }: (typeof steps)[number]) => {
    acquainted.see(seen, time);
    return all.filter((client) => acquainted.has(client, time + 1)).join(' ');
  };

  expectRestorable({ create: (packed) => new Acquainted(packed), take }, steps, [0, 5, 19, 20, 21, 40]);
});
