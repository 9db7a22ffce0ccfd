import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { EffectBook } from '../../../src/core/respond/effect.js';
import type { Effect } from '../../../src/core/respond/effect.js';
import { incidentsTold, toldBy } from '../../../src/core/respond/told.js';
import { at } from '../../support/documents.js';
import { incidentOf } from '../../support/incidents.js';
import { nothing } from '../../support/rule-cases.js';
import { ATTACKER, DAYS, play, stranger } from '../../support/site.js';
import type { Act, Scene, Site } from '../../support/site.js';

/** Sessions of the attacker in a window. */
const SESSIONS = 150;
/** Windows until somebody puts the client on a list. */
const BEFORE = 3;

const LOAD = { connects: 1, clientQueries: 1, queries: 1, mee: 0.5 };
const EFFECT: Effect = { verdict: 'confirmed', sinceMs: 0, attempts: 1, refused: 1, before: LOAD, after: LOAD };
const clientOf = (index: number): string => `198.51.${String(index >> 8)}.${String(index & 255)}`;

type Session = (site: Site, time: number) => void;

const guess: Session = (site, time) => site.guess(time, ATTACKER);
const isTurnedAway: Session = (site, time) => site.turnAway(time, ATTACKER);
const isKeptOut: Session = (site, time) => site.keepOut(time, ATTACKER);
const guessThroughScreen: Session = (site, time) => {
  site.letThrough(time, ATTACKER);
  guess(site, time);
};

const many =
  (session: Session, count = SESSIONS): Act =>
  (site) =>
    site.times(count, (time) => session(site, time));

/** One act after the other: each from its window on. */
const inTurn =
  (...acts: readonly (readonly [fromWindow: number, act: Act])[]): Act =>
  (site, window) => {
    const [, act = nothing] = acts.findLast(([from]) => from <= window) ?? [];
    act(site, window);
  };

const blockedAt = (window: number, ...then: readonly (readonly [number, Act])[]): Scene => ({
  happens: inTurn([0, many(guess)], [window, many(isTurnedAway)], ...then),
  windows: BEFORE + 9,
  after: 0,
});

/** When an effect was told, and which. */
const effectsIn = (alerts: readonly JsonObject[]): readonly string[] => {
  let last: unknown;
  return alerts.flatMap((alert) => {
    const verdict = at(alert, 'mxwarden.effect.verdict');
    if (typeof verdict !== 'string' || verdict === last) return [];
    last = verdict;
    return [`${String(at(alert, '@timestamp')).slice(11, 16)} ${verdict}`];
  });
};
const toldOf = (scene: Scene): readonly string[] => effectsIn(play(scene).alerts);

// Eight quiet windows from noon on, three of passwords from 12:40 on, then the list: at 12:55.
describe('the effect of refusing a client', () => {
  test('is confirmed where it gives up', () => {
    // Two more windows are looked at: from 13:00 on.
    expect(toldOf(blockedAt(BEFORE, [BEFORE + 1, nothing]))).toEqual(['13:10 confirmed']);
  });

  test('is little where it goes on: connections and look-ups of its name stay', () => {
    const { alerts } = play(blockedAt(BEFORE));
    const [told] = alerts.filter((alert) => at(alert, 'mxwarden.effect.verdict') !== undefined);
    const effect = (name: string): number => Number(at(told, `mxwarden.effect.${name}`));

    expect(effectsIn(alerts)).toEqual(['13:10 blocked_still_connecting']);
    expect([effect('attempts'), effect('refused')]).toEqual([2 * SESSIONS, 2 * SESSIONS]);
    expect([effect('before.connects'), effect('after.connects')]).toEqual([30, 30]);
    expect([effect('before.client_queries'), effect('after.client_queries')]).toEqual([30, 30]);
    expect(Math.abs(effect('after.mee') - effect('before.mee'))).toBeLessThan(0.1);
    expect(at(told, 'mxwarden.effect.since')).toBe('2003-04-16T13:00:00.000Z');
    expect(at(told, 'mxwarden.effect.text')).toMatch(
      /^refused since 2003-04-16T13:00:00\.000Z, 300 of 300 connections; a minute its sessions 30\.0 -> 30\.0, DNS/,
    );
  });

  test('is none where others take its place', () => {
    const others = many((site, time) => site.breakOff(time, stranger(site.below(250))));

    expect(toldOf(blockedAt(BEFORE, [BEFORE + 1, others]))).toEqual(['13:10 no_effect']);
  });

  test('is the worse where it comes back more often', () => {
    const more = blockedAt(BEFORE, [BEFORE + 1, many(isTurnedAway, 2 * SESSIONS)]);

    expect(toldOf(more)).toEqual(['13:10 worse']);
  });

  test('at postscreen is confirmed while it goes on: smtpd and DNS see nothing of it', () => {
    const { alerts } = play({
      happens: inTurn([0, many(guessThroughScreen)], [BEFORE, many(isKeptOut)]),
      windows: BEFORE + 9,
    });
    const [told] = alerts.filter((alert) => at(alert, 'mxwarden.effect.verdict') !== undefined);

    expect(effectsIn(alerts)).toEqual(['13:10 confirmed']);
    expect(at(told, 'mxwarden.effect.attempts')).toBe(2 * SESSIONS);
    expect(at(told, 'mxwarden.effect.after.connects')).toBe(0);
  });

  test('is told once, and again when it changes', () => {
    const scene = blockedAt(BEFORE, [BEFORE + 5, nothing]);

    // It leaves at 13:20.
    expect(toldOf(scene)).toEqual(['13:10 blocked_still_connecting', '13:30 confirmed']);
  });

  test('is not told of a client that stops by itself', () => {
    expect(toldOf({ happens: inTurn([0, many(guess)], [BEFORE, nothing]), windows: BEFORE + 9 })).toEqual([]);
  });

  test('is not told of a client that was let through again', () => {
    expect(toldOf(blockedAt(BEFORE, [BEFORE + 1, many(guess)]))).toEqual([]);
  });

  test('is not told of a client that postscreen only notes', () => {
    const noted: Session = (site, time) => {
      isKeptOut(site, time);
      guess(site, time);
    };

    expect(
      toldOf({ happens: inTurn([0, many(guessThroughScreen)], [BEFORE, many(noted)]), windows: BEFORE + 9 }),
    ).toEqual([]);
  });

  test('is not told of a client that nobody was told to block', () => {
    const server = { own_networks: [`${ATTACKER}/32`] };

    expect(toldOf({ ...blockedAt(BEFORE), server })).toEqual([]);
  });

  test('is not told while the mail log is silent', () => {
    const silent: Act = (site) => site.times(100, (time) => site.ask(time, '192.0.2.1', 'PTR'));
    const usual: Act = (site, window) => (window > BEFORE ? silent(site, window) : site.usual());
    const scene = { ...blockedAt(BEFORE, [BEFORE + 1, nothing]), usual };

    expect(toldOf(scene)).toEqual([]);
  });

  test('is an event of the incident, with an identity of its own', () => {
    const { alerts } = play(blockedAt(BEFORE));
    const ids = alerts.map((alert) => at(alert, 'event.id'));
    const [told] = alerts.filter((alert) => at(alert, 'mxwarden.effect.verdict') !== undefined);

    expect(new Set(ids).size).toBe(ids.length);
    expect(at(told, 'event.id')).toBe(
      `mail:mx|auth_flood|${ATTACKER}|2003-04-16T12:40:00.000Z|incident-changed|2003-04-16T13:10:00.000Z`,
    );
    expect(at(told, 'mxwarden.incident.state')).toBe('closed');
    expect(at(told, 'message')).toMatch(/What came of it: refused since /);
  });

  test('stays with an incident of an hour, of a server with few sessions, to its end', () => {
    const refusals: Act = (site) => site.times(150, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
    const { alerts } = play({
      ...{ windowSizes: ['5m', '1h', '1d'], rate: 0.1, quiet: 5 * 12, windows: 4 * 12, after: 0 },
      happens: inTurn([0, refusals], [12, many(isTurnedAway)], [18, nothing]),
    });
    const [last] = alerts.slice(-1);

    expect(effectsIn(alerts)).toEqual(['18:20 blocked_still_connecting', '18:40 confirmed']);
    expect(at(last, 'event.action')).toBe('incident-closed');
    expect(at(last, 'mxwarden.effect.verdict')).toBe('confirmed');
  });

  test('is the same however the log was cut', () => {
    const scene = { ...blockedAt(BEFORE, [BEFORE + 5, nothing]), after: 20 };
    const told = ({ alerts }: { alerts: readonly JsonObject[] }): readonly string[] =>
      alerts
        .filter((alert) => ['confirmed', 'closed'].includes(String(at(alert, 'mxwarden.incident.state'))))
        .map((alert) => JSON.stringify(alert))
        .sort();

    expect(told(play({ ...scene, chunks: 60 }))).toEqual(told(play(scene)));
  });
});

describe('proposals of an earlier run', () => {
  const before = play({ happens: many(guess), after: 3 });
  const earlier = incidentsTold(toldBy(before.alerts)).map(({ incident }) => incident);
  const later = (happens: Act): Scene => ({
    startMs: DAYS.working_day + 86_400_000,
    quiet: 8,
    windows: 6,
    after: 0,
    happens,
    earlier,
  });

  test('are judged by the log of this one', () => {
    const { alerts } = play(later(many(isTurnedAway)));
    const [told] = alerts.filter((alert) => at(alert, 'mxwarden.effect.verdict') !== undefined);

    // The list had it from the first window on: 12:40.
    expect(effectsIn(alerts)).toEqual(['12:55 blocked_still_connecting']);
    expect(at(told, 'mxwarden.incident.id')).toBe(`mail:mx|auth_flood|${ATTACKER}|2003-04-16T12:40:00.000Z`);
    expect(at(told, 'mxwarden.evidence.text')).toMatch(/failed log-ins/);
    expect(at(told, 'mxwarden.effect.before.connects')).toBe(30);
  });

  test('are over, though that run left them open: this one tells what goes on', () => {
    const open = earlier.map((incident) => ({ ...incident, state: 'confirmed' as const }));
    const { alerts } = play({ ...later(many(isTurnedAway)), earlier: open });
    const told = alerts.filter((alert) => at(alert, 'mxwarden.effect.verdict') !== undefined);

    expect(told.map((alert) => at(alert, 'mxwarden.incident.state'))).toEqual(['closed']);
  });

  test('say nothing where they were not followed', () => {
    expect(effectsIn(play(later(many(guess))).alerts)).toEqual([]);
  });

  test('are of another server: nothing is told', () => {
    const others = earlier.map((incident) => ({ ...incident, subject: 'mail:mx2' as const }));

    expect(effectsIn(play({ ...later(many(isTurnedAway)), earlier: others }).alerts)).toEqual([]);
  });

  test('have expired: nothing is told', () => {
    const late = { ...later(many(isTurnedAway)), startMs: DAYS.working_day + 8 * 86_400_000 };

    expect(effectsIn(play(late).alerts)).toEqual([]);
  });
});

test('what was packed forgets the oldest as what was not, and the rest stays known', () => {
  const incidents = Array.from({ length: 300 }, (_, index) =>
    incidentOf({ client: clientOf(index) }, {}, { effect: EFFECT }),
  );
  const events = incidents.map((incident) => {
    return {
      action: 'incident-closed',
      endMs: incident.lastSeenMs,
      incident: { ...incident, effect: undefined },
    } as const;
  });
  const known = (book: EffectBook): readonly boolean[] =>
    book.take(events).map(({ incident }) => incident.effect === EFFECT);
  const whole = new EffectBook(incidents);
  const parts = new EffectBook(incidents.slice(200), new EffectBook(incidents.slice(0, 200)).pack());

  expect(known(parts)).toEqual(known(whole));
  expect(known(whole).filter((isKnown) => isKnown)).toHaveLength(256);
});
