import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { incidentId } from '../../../src/core/documents/alert.js';
import type { Finding } from '../../../src/core/detect/finding.js';
import { IncidentBook } from '../../../src/core/detect/incidents.js';
import type { IncidentEvent } from '../../../src/core/detect/incidents.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import type { Span } from '../../../src/core/windows/calendar.js';
import { anyPlaces } from '../../support/arbitraries.js';
import { expectRestorable } from '../../support/restored.js';

const WINDOW_MS = 5 * MINUTE_MS;
const SUBJECT = 'mail:mx';

const finding = (client = 'a', observed = 30): Finding => ({
  kind: 'auth_flood',
  client,
  observed,
  n: observed,
  text: `${String(observed)} failed log-ins`,
});

const spanOf = (window: number): Span => ({ startMs: window * WINDOW_MS, endMs: (window + 1) * WINDOW_MS });

/** What was found in which window, `fire` before its seal. */
type Step = readonly [step: 'fire' | 'seal', window: number, findings: readonly Finding[]];

const toldOf = ({ action, endMs, incident }: IncidentEvent): string =>
  `${String(endMs / WINDOW_MS - 1)} ${action.replace('incident-', '')} ${incident.who ?? ''}`;

function eventsOf(steps: readonly Step[]): readonly IncidentEvent[] {
  const book = new IncidentBook(SUBJECT);
  return steps.flatMap(([step, window, findings]) => book[step](findings, spanOf(window)));
}

const sealed = (...windows: readonly (readonly Finding[])[]): readonly Step[] =>
  windows.map((findings, window) => ['seal', window, findings] as const);

const F = [finding()];
const NOTHING: readonly Finding[] = [];

describe('an incident', () => {
  test.each<readonly [string, readonly Step[], readonly string[]]>([
    [
      'is opened and confirmed at the seal, and closed after two windows without it',
      sealed(F, F, NOTHING, NOTHING, NOTHING),
      ['0 opened a', '0 confirmed a', '3 closed a'],
    ],
    ['goes on over one window without it', sealed(F, NOTHING, F, NOTHING, F), ['0 opened a', '0 confirmed a']],
    [
      'that comes back later is another',
      sealed(F, NOTHING, NOTHING, F),
      ['0 opened a', '0 confirmed a', '2 closed a', '3 opened a', '3 confirmed a'],
    ],
    [
      'of each client is one of its own',
      sealed([finding('a'), finding('b')], [finding('b')], [finding('b')]),
      ['0 opened a', '0 confirmed a', '0 opened b', '0 confirmed b', '2 closed a'],
    ],
    [
      'is told once however often a window is given out',
      [
        ['fire', 0, F],
        ['fire', 0, F],
        ['fire', 1, F],
        ['seal', 0, F],
        ['seal', 1, F],
      ],
      ['0 opened a', '0 confirmed a'],
    ],
    [
      'is withdrawn if its window is sealed without it',
      [
        ['fire', 0, F],
        ['seal', 0, NOTHING],
      ],
      ['0 opened a', '0 withdrawn a'],
    ],
    [
      'waits for the seal of its own window',
      [
        ['fire', 3, F],
        ['seal', 0, NOTHING],
        ['seal', 1, NOTHING],
        ['seal', 2, NOTHING],
        ['seal', 3, F],
      ],
      ['3 opened a', '3 confirmed a'],
    ],
    [
      'that began before it seemed to is another one',
      [
        ['fire', 2, F],
        ['seal', 1, F],
        ['seal', 2, F],
      ],
      ['2 opened a', '1 opened a', '1 confirmed a', '2 withdrawn a'],
    ],
    [
      'is not opened again by a later window while an earlier one is to be sealed',
      [
        ['fire', 0, F],
        ['fire', 1, F],
        ['seal', 0, NOTHING],
        ['seal', 1, F],
      ],
      ['0 opened a', '0 withdrawn a', '1 opened a', '1 confirmed a'],
    ],
    [
      'that is found twice in a window is one',
      sealed([finding('a', 30), finding('a', 40)]),
      ['0 opened a', '0 confirmed a'],
    ],
  ])('%s', (_, steps, told) => {
    expect(eventsOf(steps).map(toldOf)).toEqual(told);
  });

  test('changes when it is twice as bad as when it was last told, at most once an hour', () => {
    const perHour = HOUR_MS / WINDOW_MS;
    // Twice as bad in each window.
    const windows = Array.from({ length: 3 * perHour }, (_, window) => [finding('a', 30 * 2 ** window)]);
    const changes = eventsOf(sealed(...windows)).filter(({ action }) => action === 'incident-changed');

    expect(changes.map(({ endMs }) => endMs / WINDOW_MS - 1)).toEqual([perHour, 2 * perHour]);
  });

  test('does not change as long as it is less than twice as bad', () => {
    const windows = Array.from({ length: 40 }, (_, window) => [finding('a', 30 + window / 2)]);

    expect(eventsOf(sealed(...windows)).map(toldOf)).toEqual(['0 opened a', '0 confirmed a']);
  });

  test('keeps what was found in its worst window, and when it was first and last seen', () => {
    const events = eventsOf(sealed([finding('a', 30)], [finding('a', 50)], [finding('a', 40)], NOTHING, NOTHING));

    expect(events.at(-1)?.incident).toMatchObject({
      state: 'closed',
      startedMs: 0,
      lastSeenMs: 3 * WINDOW_MS,
      finding: { observed: 50 },
    });
  });

  test('tells of the states that it had at the time', () => {
    const states = eventsOf(sealed(F, NOTHING, NOTHING)).map(({ incident }) => incident.state);

    expect(states).toEqual(['provisional', 'confirmed', 'closed']);
  });
});

describe('a subject is quiet', () => {
  test('whatever was found in windows that are not sealed', () => {
    const book = new IncidentBook(SUBJECT);
    book.fire(F, spanOf(0));

    expect(book.isQuiet(WINDOW_MS)).toBe(true);
  });

  test('while nothing is wrong with it, and when that has lasted for a day', () => {
    const book = new IncidentBook(SUBJECT);
    const before = book.isQuiet(0);
    book.seal(F, spanOf(0));

    expect(before).toBe(true);
    expect(book.isQuiet(WINDOW_MS)).toBe(false);
    expect(book.isQuiet(DAY_MS - 1)).toBe(false);
    expect(book.isQuiet(DAY_MS)).toBe(true);
  });
});

/** For each window whether two clients are found at its seal, and what was found when it was fired. */
const windowsOf = fc.array(
  fc.record({
    a: fc.boolean(),
    b: fc.boolean(),
    fired: fc.option(fc.record({ a: fc.boolean(), b: fc.boolean() })),
    observed: fc.integer({ min: 20, max: 500 }),
  }),
  { maxLength: 40 },
);

const findingsOf = ({ a, b, observed }: { a: boolean; b: boolean; observed: number }): readonly Finding[] => [
  ...(a ? [finding('a', observed)] : []),
  ...(b ? [finding('b', observed)] : []),
];

/** Windows are sealed so many windows after they are fired. */
const delays = fc.integer({ min: 0, max: 15 });

describe('over any windows', () => {
  test('what is confirmed is the same with and without provisional windows before', () => {
    fc.assert(
      fc.property(windowsOf, delays, (windows, delay) => {
        const seals = windows.map((window, index): Step => ['seal', index, findingsOf(window)]);
        const steps: Step[] = [];
        for (let index = 0; index < windows.length + delay; index += 1) {
          const { fired, observed = 0 } = windows[index] ?? {};
          if (fired) steps.push(['fire', index, findingsOf({ ...fired, observed })]);
          const seal = seals[index - delay];
          if (seal !== undefined) steps.push(seal);
        }
        const told = (events: readonly IncidentEvent[]) =>
          events.filter(({ incident: { state } }) => state === 'confirmed' || state === 'closed');

        expect(told(eventsOf(steps))).toEqual(told(eventsOf(seals)));
      }),
      { numRuns: 500 },
    );
  });

  test('events have identities of their own, and each incident a life that makes sense', () => {
    fc.assert(
      fc.property(windowsOf, delays, (windows, delay) => {
        const steps: Step[] = [];
        for (let index = 0; index < windows.length + delay; index += 1) {
          const { fired, observed = 0 } = windows[index] ?? {};
          if (fired) steps.push(['fire', index, findingsOf({ ...fired, observed })]);
          const sealed = windows[index - delay];
          if (sealed !== undefined) steps.push(['seal', index - delay, findingsOf(sealed)]);
        }
        const events = eventsOf(steps);
        const ids = events.map(({ action, endMs, incident }) => `${incidentId(incident)}|${action}|${String(endMs)}`);
        const lives = new Map<string, string>();
        for (const { action, incident } of events) {
          const id = incidentId(incident);
          lives.set(id, `${lives.get(id) ?? ''}${action.replace('incident-', '')} `);
        }

        expect(new Set(ids).size).toBe(ids.length);
        for (const life of lives.values())
          expect(life).toMatch(/^opened (withdrawn |(confirmed (changed )*(closed )?)?)$/);
      }),
      { numRuns: 500 },
    );
  });
});

test('a book that was packed goes on', () => {
  fc.assert(
    fc.property(windowsOf, delays, anyPlaces(80), (windows, delay, cuts) => {
      const steps: Step[] = [];
      for (let index = 0; index < windows.length + delay; index += 1) {
        const { fired, observed = 0 } = windows[index] ?? {};
        if (fired) steps.push(['fire', index, findingsOf({ ...fired, observed })]);
        const sealed = windows[index - delay];
        if (sealed !== undefined) steps.push(['seal', index - delay, findingsOf(sealed)]);
      }
      const take = (book: IncidentBook, [step, window, findings]: Step) => {
        const events = book[step](findings, spanOf(window));
        return [events, book.open, book.isQuiet(spanOf(window).endMs)];
      };
      expectRestorable({ create: (packed) => new IncidentBook(SUBJECT, packed), take }, steps, cuts);
    }),
  );
});
