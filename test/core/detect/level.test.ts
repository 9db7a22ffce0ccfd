import { describe, expect, test } from '@jest/globals';
import { nothing } from '../../support/rule-cases.js';
import { at } from '../../support/documents.js';
import { ATTACKER, openedIn, partner, play, stranger } from '../../support/site.js';
import type { Act, Scene } from '../../support/site.js';

const HOUR = 12;
/** Some ten sessions in five minutes, for five hours; then something for two hours, and three hours more. */
const SMALL = { windowSizes: ['5m', '1h', '1d'], quiet: 5 * HOUR, windows: 2 * HOUR, after: 3 * HOUR } as const;

const flood: Act = (site) => site.times(150, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
const refusals: Act = (site) => site.times(150, (time) => site.refuse(time, stranger(site.below(200)), 'dnsbl'));

describe.each([0.05, 0.15])('of a server with few sessions, %d times those of others', (rate) => {
  test.each<readonly [string, Partial<Scene>, readonly string[]]>([
    ['a client that drives the load is told', { happens: flood }, [`single_client_flood ${ATTACKER}`]],
    [
      'many clients that are refused, with all the queries that this costs, are told',
      { happens: refusals, lists: 3 },
      ['efficiency_drop'],
    ],
    [
      'a client that guesses passwords is told once',
      {
        happens: (site) => {
          for (let index = 0; index < 60; index += 1) site.guess(site.startMs + index, ATTACKER);
        },
      },
      [`auth_flood ${ATTACKER}`],
    ],
    [
      'nothing is told of a newsletter',
      {
        happens: (site, window) => {
          if (window === 0) site.submit(site.startMs, 5, { domains: 60 });
        },
      },
      [],
    ],
    [
      'nothing is told of a mailing list that sends',
      {
        happens: (site) => {
          site.times(150, (time) => site.deliver(time, partner(2)));
        },
      },
      [],
    ],
    ['nothing is told of a morning', { happens: nothing, usual: (site) => site.usual(2) }, []],
    [
      'nothing is told of greylisting',
      {
        happens: (site) => {
          site.times(20, (time) => site.refuse(time, stranger(site.below(200)), 'greylist'));
        },
      },
      [],
    ],
    ['nothing is told where it has always been so', { always: refusals, happens: nothing }, []],
    ['nothing is told on its first day', { quiet: 0, windows: 24 * HOUR, after: 0, happens: nothing }, []],
    [
      'nothing is told without windows of an hour',
      {
        windowSizes: ['5m', '1d'],
        happens: (site) => {
          site.times(60, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
        },
      },
      [],
    ],
  ])('%s', (_, scene, told) => {
    expect(openedIn(play({ ...SMALL, rate, happens: nothing, ...scene }))).toEqual(told);
  });
});

test('such an incident is over after two hours without it', () => {
  const { alerts } = play({ ...SMALL, rate: 0.1, windows: HOUR, happens: flood });

  // Quiet from noon to five.
  expect(
    alerts.map((alert) => `${String(at(alert, '@timestamp')).slice(11, 16)} ${String(at(alert, 'event.action'))}`),
  ).toEqual(['18:00 incident-opened', '18:00 incident-confirmed', '20:00 incident-closed']);
});

test('such an incident is over as well when the mail log falls silent', () => {
  const usual: Act = (site, window) => {
    if (window < HOUR) site.usual();
    else site.times(100, (time) => site.ask(time, '192.0.2.1', 'PTR'));
  };
  const once: Act = (site, window) => {
    if (window < HOUR) flood(site, window);
  };
  const { alerts } = play({ ...SMALL, rate: 0.1, windows: 4 * HOUR, after: 0, usual, happens: once });
  const ofClient = alerts.filter((alert) => at(alert, 'source.address') === ATTACKER);

  expect(ofClient.map((alert) => at(alert, 'event.action')).slice(-1)).toEqual(['incident-closed']);
});

test('a server with enough sessions in five minutes has no verdict on hours', () => {
  const strong: Act = (site) => site.times(400, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
  const { alerts } = play({ ...SMALL, rate: 1, happens: strong });

  expect(openedIn({ alerts })).toEqual([`single_client_flood ${ATTACKER}`]);
  expect(at(alerts[0], '@timestamp')).toBe('2003-04-16T17:05:00.000Z');
});

test('what the smaller windows have found is not told again of the hour', () => {
  // So many at once that a few windows have enough sessions.
  const burst: Act = (site, window) => {
    if (window % 6 === 0)
      for (let index = 0; index < 500; index += 1) site.refuse(site.startMs + index, ATTACKER, 'dnsbl');
  };
  const { alerts } = play({ ...SMALL, rate: 0.1, windows: 1, happens: burst });

  // Without the client too few sessions are left in five minutes to say that it is the one.
  expect(openedIn({ alerts })).toEqual(['efficiency_drop']);
  expect(at(alerts[0], '@timestamp')).toBe('2003-04-16T17:05:00.000Z');
});

test('hours are confirmed alike with and without provisional windows', () => {
  const told = (scene: Scene): readonly string[] =>
    play(scene)
      .alerts.filter((alert) => ['confirmed', 'closed'].includes(String(at(alert, 'mxwarden.incident.state'))))
      .map((alert) => JSON.stringify(alert));
  const scene = { ...SMALL, rate: 0.1, happens: flood };

  expect(told({ ...scene, chunks: 80 })).toEqual(told(scene));
  expect(told(scene)).not.toEqual([]);
});
