import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Watermark } from '../../../src/core/windows/watermark.js';

function watermarkOf(times: readonly number[], outOfOrdernessMs = 10): Watermark {
  const watermark = new Watermark(outOfOrdernessMs);
  for (const time of times) watermark.observe(time);
  return watermark;
}

test.each([
  [[], -Infinity],
  [[100], -Infinity],
  [[100, 100], -Infinity],
  [[100, 100, 100], 90],
  [[300, 200, 100], 90],
  [[100, 300, 200], 90],
  [[100, 200, 300, 150], 140],
  [[100, 200, 300, 99], 90],
  [[100, 200, 300, 400], 190],
  [[100, 100, 100, 9e15], 90],
  [[100, 100, 100, 9e15, 9e15], 90],
  [[100, 100, 100, 9e15, 9e15, 9e15], 9e15 - 10],
  [[-300, -200, -100], -310],
])('after %j it is at %i', (times, timeMs) => {
  expect(watermarkOf(times).timeMs).toBe(timeMs);
});

test('it is the third-highest time less the out-of-orderness and never falls', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (times, outOfOrdernessMs) => {
      let before = -Infinity;
      for (let n = 0; n <= times.length; n += 1) {
        const { timeMs } = watermarkOf(times.slice(0, n), outOfOrdernessMs);
        const [, , third = -Infinity] = times.slice(0, n).sort((a, b) => b - a);
        expect(timeMs).toBe(third - outOfOrdernessMs);
        expect(timeMs).toBeGreaterThanOrEqual(before);
        before = timeMs;
      }
    }),
  );
});

test('the latest time is the highest observed', () => {
  expect(watermarkOf([]).latestMs).toBe(-Infinity);
  expect(watermarkOf([100, 300, 200]).latestMs).toBe(300);
});
