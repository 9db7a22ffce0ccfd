import { describe, expect, test } from '@jest/globals';
import type { Detector, PackedPast } from '../../../src/core/detect/detector.js';
import type { Subject } from '../../../src/core/identity.js';
import type { Reading } from '../../../src/core/measure/reading.js';
import { DAY_MS, MINUTE_MS } from '../../../src/core/time.js';
import { incidentOf } from '../../support/incidents.js';
import { createRandom } from '../../support/random.js';
import { expectRestorable } from '../../support/restored.js';
import { nothing } from '../../support/rule-cases.js';
import { ATTACKER, DAYS, detectionOf, partner, stranger, workstation } from '../../support/site.js';
import type { Act, Scene } from '../../support/site.js';

const guess: Act = (site) => site.times(100, (time) => site.guess(time, ATTACKER));
const isTurnedAway: Act = (site) => site.times(100, (time) => site.turnAway(time, ATTACKER));
const ACTS: readonly Act[] = [
  nothing,
  guess,
  isTurnedAway,
  (site) => site.times(60, (time) => site.ask(time, workstation(3), 'MX')),
  (site) => site.times(900, (time) => site.ask(time, '192.0.2.1', 'PTR')),
  (site) => site.times(60, (time) => site.refuse(time, ATTACKER, 'user_unknown')),
  (site) => site.times(120, (time) => site.refuse(time, partner(1), 'user_unknown', ['gone@example.com'])),
  (site) => site.times(80, (time) => site.submit(time, 5, { domains: 4 })),
  (site) => site.times(150, (time) => site.refuse(time, stranger(site.below(200)), 'dnsbl')),
];
/** Something else every few windows. */
const allSorts: Act = (site, window) => ACTS[((window * 7) >> 3) % ACTS.length]?.(site, window);

const SCENES: readonly (readonly [string, Scene])[] = [
  ['of all sorts of things', { happens: allSorts, windows: 40, after: 15, chunks: 60 }],
  ['in which too many clients come', { happens: allSorts, windows: 20, after: 3, clientCap: 20 }],
  [
    'of a client that is refused, goes on and gives up',
    {
      happens: (site, window) => (window < 3 ? guess : window < 8 ? isTurnedAway : nothing)(site, window),
      windows: 12,
      after: 20,
      chunks: 40,
    },
  ],
  [
    'of a server with few sessions, whose hours are looked at',
    {
      ...{ windowSizes: ['5m', '1h', '1d'], rate: 0.1, quiet: 60, windows: 36, after: 24, chunks: 60 },
      happens: (site, window) => {
        const flood: Act = () => site.times(150, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
        (window < 12 ? flood : window < 18 ? isTurnedAway : nothing)(site, window);
      },
    },
  ],
  [
    'of two days with a job that comes daily',
    {
      ...{ rate: 0.2, quiet: 200, windows: 288, after: 3, startMs: DAYS.working_day },
      happens: (site, window) => {
        if (window % 288 < 4) site.times(1500, (time) => site.ask(time, '192.0.2.1', 'PTR'));
        if (window === 40) site.times(80, (time) => site.submit(time, 5, { domains: 4 }));
      },
    },
  ],
  [
    'of a log that falls silent',
    {
      usual: (site) => site.times(300, (time) => site.ask(time, '192.0.2.1', 'PTR')),
      ...{ quiet: 14, windows: 12, after: 4, happens: nothing },
    },
  ],
  [
    'after a run that told of a client',
    {
      happens: isTurnedAway,
      windows: 6,
      earlier: [
        incidentOf({}, {}, { startedMs: DAYS.working_day - DAY_MS, lastSeenMs: DAYS.working_day - DAY_MS }),
        // Its proposal expires after some windows.
        incidentOf({ client: '192.0.2.67' }, {}, { lastSeenMs: DAYS.working_day - 7 * DAY_MS + 20 * MINUTE_MS }),
      ],
    },
  ],
];

/** A detector with a life of its own; what is packed of it is by subject. */
function packable(detector: Detector, subjects: ReadonlySet<Subject>) {
  return {
    detector,
    pack(): ReadonlyMap<Subject, PackedPast | undefined> {
      return new Map(Array.from(subjects, (subject) => [subject, detector.pack(subject)]));
    },
  };
}

describe('subjects that were packed and restored have the verdicts of an unbroken run', () => {
  test.each(SCENES)('%s', (_, scene) => {
    const { readings, create } = detectionOf(scene);
    const subjects = new Set(readings.map(({ result }) => result.subject));
    const below = createRandom(readings.length);
    const cuts = Array.from({ length: 12 }, () => below(readings.length));
    const events: unknown[] = [];
    expectRestorable(
      {
        create: (packed?: ReadonlyMap<Subject, PackedPast | undefined>) => {
          const detector = create();
          for (const [subject, past] of packed ?? []) if (past !== undefined) detector.restore(subject, past);
          return packable(detector, subjects);
        },
        take: ({ detector }, reading: Reading) => {
          const verdict = detector.observe(reading);
          events.push(...(verdict?.events ?? []));
          return verdict;
        },
        holds: ({ detector }) => detector,
      },
      readings,
      cuts,
    );

    expect(events).not.toEqual([]);
  });
});

test('of a subject that was never seen there is nothing to pack', () => {
  const { create } = detectionOf({ happens: nothing, quiet: 1, windows: 0, after: 0 });

  expect(create().pack('mail:mx')).toBeUndefined();
});
