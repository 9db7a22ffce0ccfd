import { describe, expect, test } from '@jest/globals';
import { openedIn, play } from './site.js';
import type { Act, Scene } from './site.js';

/** What happens, in words; the incidents that are opened for it, all of them; the scene, or what is done in it. */
export type Case = readonly [name: string, told: readonly string[], scene: Act | Scene];

const CONDITIONS = [
  [0.5, 'working_day'],
  [1, 'working_day'],
  [2, 'working_day'],
  [1, 'weekend'],
] as const;

/** Tests what is told of scenes and of their look-alikes, at half and at twice the rate, and on a weekend. */
export function testCases(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    describe.each(CONDITIONS)('at %d times the rate, on a %s', (rate, day) => {
      test.each(cases)('%s', (_name, told, scene) => {
        const played = typeof scene === 'function' ? { happens: scene } : scene;

        expect(openedIn(play({ rate, day, ...played }))).toEqual(told);
      });
    });
  });
}

/** Nothing but what is usual. */
export const nothing: Act = () => undefined;
