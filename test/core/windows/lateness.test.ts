import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LatenessJudge } from '../../../src/core/windows/lateness.js';
import type { Lateness } from '../../../src/core/windows/lateness.js';
import { highestOf } from '../../../src/core/windows/watermark.js';
import type { Highest } from '../../../src/core/windows/watermark.js';

const CONFIG = { outOfOrdernessMs: 3, allowedLatenessMs: 12 };
const PANE = 5;

interface Judged {
  readonly latenesses: readonly Lateness[];
  readonly highest: Highest;
  readonly below: Highest;
}

function judged(times: readonly number[], before?: Highest): Judged {
  const judge = new LatenessJudge(CONFIG, before);
  const latenesses = times.map((time) => judge.judge(time, (Math.floor(time / PANE) + 1) * PANE));
  return { latenesses, highest: judge.highest, below: judge.below };
}

const holds = (before: Highest, below: Highest): boolean => before.every((time, place) => time < (below[place] ?? NaN));

const anyTimes = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 14, size: 'max' });

describe('an event', () => {
  test.each<[readonly number[], readonly Lateness[]]>([
    // The pane of 0 ends at 5, its allowed lateness at 17; the watermark is the third time less 3.
    [
      [7, 7, 7, 0],
      ['in_time', 'in_time', 'in_time', 'in_time'],
    ],
    [
      [8, 8, 8, 0],
      ['in_time', 'in_time', 'in_time', 'late'],
    ],
    [
      [19, 19, 19, 0],
      ['in_time', 'in_time', 'in_time', 'late'],
    ],
    [
      [20, 20, 20, 0],
      ['in_time', 'in_time', 'in_time', 'too_late'],
    ],
  ])('of %j is judged by those before it', (times, latenesses) => {
    expect(judged(times).latenesses).toEqual(latenesses);
  });
});

test('two halves of a log are judged as the whole, the second after the highest times of the first', () => {
  fc.assert(
    fc.property(anyTimes, anyTimes, (first, second) => {
      const whole = judged([...first, ...second]);
      const before = judged(first);
      const after = judged(second, before.highest);
      expect([...before.latenesses, ...after.latenesses]).toEqual(whole.latenesses);
      expect(highestOf(before.highest, after.highest)).toEqual(whole.highest);
    }),
    { numRuns: 500 },
  );
});

test('what a chunk must have before it to be judged otherwise is told exactly', () => {
  let same = 0;
  fc.assert(
    fc.property(anyTimes, anyTimes, (first, second) => {
      const { highest } = judged(first);
      const alone = judged(second);
      const isSame = judged(second, highest).latenesses.every((lateness, n) => lateness === alone.latenesses[n]);
      expect(holds(highest, alone.below)).toBe(isSame);
      if (isSame && first.length > 0 && second.length > 0) same += 1;
    }),
    { numRuns: 2000 },
  );
  expect(same).toBeGreaterThan(50);
});

test('that holds too for a chunk that was judged with some of the events before it', () => {
  fc.assert(
    fc.property(anyTimes, fc.nat({ max: 14 }), anyTimes, (first, known, second) => {
      const { highest } = judged(first);
      const some = judged(second, judged(first.slice(known)).highest);
      const isSame = judged(second, highest).latenesses.every((lateness, n) => lateness === some.latenesses[n]);
      expect(holds(highest, some.below)).toBe(isSame);
    }),
    { numRuns: 2000 },
  );
});

test('one or two times far ahead make no difference to a chunk in order, a third one does', () => {
  const chunk = [20, 20, 21, 22, 23];

  expect(holds([900, 20, 19], judged(chunk).below)).toBe(true);
  expect(holds([900, 900, 19], judged(chunk).below)).toBe(true);
  expect(holds([900, 900, 900], judged(chunk).below)).toBe(false);
});
