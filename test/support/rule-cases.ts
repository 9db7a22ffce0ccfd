import { describe, expect, test } from '@jest/globals';
import { openedIn, play } from './site.js';
import type { Act, Scene } from './site.js';

/** What happens, in words; the incidents that are opened for it, all of them; the scene, or what is done in it. */
export type Case = readonly [name: string, told: readonly string[], scene: Act | Scene];

const CONDITIONS = [0.5, 1, 2].flatMap((rate) => [[rate, 'working_day'] as const, [rate, 'weekend'] as const]);

/** Tests what is told of scenes and of their look-alikes, at all rates and on all types of day. */
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
