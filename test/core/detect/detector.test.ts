import { describe, expect, test } from '@jest/globals';
import type { Event } from '../../../src/core/event.js';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/core/time.js';
import type { DayType } from '../../../src/core/detect/day-type.js';
import { at } from '../../support/documents.js';
import { connect, disconnect, opened, pop3Login, query } from '../../support/events.js';
import { run, identityOf } from '../../support/runs.js';
import { nothing } from '../../support/rule-cases.js';
import { ATTACKER, DAYS, openedIn, partner, play, stranger, workstation } from '../../support/site.js';
import type { Act, Scene } from '../../support/site.js';

const guess: Act = (site) => {
  site.times(60, (time) => site.guess(time, ATTACKER));
};
const surge: Act = (site) => {
  site.times(1500, (time) => site.ask(time, '192.0.2.1', 'PTR'));
};

const actionsIn = (scene: Scene): readonly string[] =>
  play(scene).alerts.map(
    (alert) => `${String(at(alert, '@timestamp')).slice(11, 16)} ${String(at(alert, 'event.action'))}`,
  );

describe('an incident', () => {
  test('is opened at the end of its first window, and closed after two windows without it', () => {
    // Eight quiet windows from noon on, then three.
    expect(actionsIn({ happens: guess })).toEqual([
      '12:45 incident-opened',
      '12:45 incident-confirmed',
      '13:05 incident-closed',
    ]);
  });

  test('does not teach what is usual', () => {
    const isClosed = ({ alerts }: { alerts: readonly JsonObject[] }): boolean =>
      alerts.some((alert) => at(alert, 'event.action') === 'incident-closed');
    // It lasts longer than all that was quiet before.
    const long = play({ happens: surge, windows: 40, after: 0 });

    expect(openedIn(long)).toEqual(['dns_only_surge 192.0.2.1']);
    expect(isClosed(long)).toBe(false);
  });

  test('that lasts for more than a day is how the server is now', () => {
    const windowsOfTwoDays = 600;
    const scene = play({ happens: surge, windows: windowsOfTwoDays, after: 0, rate: 0.2, quiet: 8 });

    expect(scene.alerts.map((alert) => at(alert, 'event.action'))).toContain('incident-closed');
  });

  test.each([
    ['of passwords', guess],
    ['of queries', surge],
    ['of nothing', nothing],
    [
      'of recipients',
      (site) => {
        site.times(60, (time) => site.refuse(time, ATTACKER, 'user_unknown'));
        site.times(120, (time, index) =>
          site.refuse(time, partner(index), 'user_unknown', [`gone${String(index % 4)}@example.com`]),
        );
      },
    ],
  ] satisfies readonly (readonly [string, Act])[])(
    '%s is confirmed alike with and without provisional windows',
    (_, happens) => {
      const told = ({ alerts }: { alerts: readonly JsonObject[] }): readonly string[] =>
        alerts
          .filter((alert) => ['confirmed', 'closed'].includes(String(at(alert, 'mxwarden.incident.state'))))
          .map((alert) => JSON.stringify(alert))
          .sort();
      const scene = { happens, windows: 6, after: 20 };
      const provisional = play({ ...scene, chunks: 60 });
      const ids = provisional.alerts.map((alert) => at(alert, 'event.id'));

      expect(told(provisional)).toEqual(told(play(scene)));
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test('is told before the seal where windows are provisional', () => {
    const { alerts } = play({ happens: guess, chunks: 60, after: 20 });
    const [first] = alerts;

    expect(at(first, 'event.action')).toBe('incident-opened');
    expect(at(first, 'mxwarden.incident.state')).toBe('provisional');
  });
});

test('of a holiday less is expected', () => {
  // A third of the sessions deliver something: little on a working day, as much as on a weekend.
  const happens: Act = (site) => {
    site.times(400, (time) => site.refuse(time, ATTACKER, 'dnsbl'));
    site.times(170, (time) => site.deliver(time, partner(site.below(40))));
  };
  const scene: Scene = { quiet: 0, windows: 3, after: 0, usual: nothing, happens };
  const specialDays = (date: string): DayType | undefined => (date === '2003-04-16' ? 'holiday' : undefined);

  expect(openedIn(play(scene))).toEqual([`single_client_flood ${ATTACKER}`]);
  expect(openedIn(play({ ...scene, detect: { specialDays } }))).toEqual([]);
  expect(openedIn(play({ ...scene, day: 'weekend' }))).toEqual([]);
  expect(openedIn(play({ ...scene, day: 'weekend', detect: { specialDays: () => 'working_day' } }))).toEqual([
    `single_client_flood ${ATTACKER}`,
  ]);
});

describe('no verdict and no crash', () => {
  const kindsIn = (events: readonly Event[]): readonly unknown[] =>
    run([{ name: 'log', chunks: [events] }], { identity: identityOf() }).alerts.map((alert) => at(alert, 'rule.id'));

  test('of a server that was seen once', () => {
    expect(kindsIn([connect()])).toEqual([]);
    expect(kindsIn([disconnect()])).toEqual([]);
    expect(kindsIn([query()])).toEqual([]);
    expect(kindsIn([pop3Login()])).toEqual([]);
  });

  test('of nothing', () => {
    expect(kindsIn([])).toEqual([]);
  });

  test.each<readonly [string, Act]>([
    ['windows without sessions', (site) => site.times(40, (time) => site.readMail(time, workstation(1)))],
    ['a mail log without DNS', (site) => site.times(60, (time) => site.mail(connect({ time }), disconnect({ time })))],
    ['a DNS log without mail', (site) => site.times(100, (time) => site.ask(time, workstation(1), 'A'))],
    [
      'a log of a Postfix that counts no commands',
      (site) => {
        site.times(60, (time) =>
          site.mail(connect({ time }), opened({ time }), disconnect({ time, commands: undefined })),
        );
      },
    ],
  ])('of %s', (_, usual) => {
    const always: Act = nothing;

    expect(openedIn(play({ quiet: 0, windows: 20, after: 0, usual, always, happens: nothing }))).toEqual([]);
  });

  test('of one log alone, though it holds what the others would explain', () => {
    const usual: Act = (site) => site.times(100, (time) => site.ask(time, '192.0.2.1', 'PTR'));
    const happens: Act = (site, window) => {
      if (window >= 10) surge(site, window);
    };

    expect(openedIn(play({ quiet: 0, windows: 14, after: 0, usual, happens }))).toEqual([]);
  });

  test('of a log that stops: it is told that it did, and nothing else', () => {
    // Queries and POP3 sessions go on.
    const usual: Act = (site) => {
      site.times(300, (time) => site.ask(time, '192.0.2.1', 'PTR'));
      site.times(40, (time) => site.readMail(time, workstation(site.below(40))));
    };

    expect(openedIn(play({ quiet: 14, windows: 6, after: 0, usual, happens: nothing }))).toEqual([
      'source_silent mail',
    ]);
  });

  test.each([
    [-2 * MINUTE_MS, []],
    [7 * MINUTE_MS, []],
    // It ends an hour before the others: that is told of the mail server and of the resolver.
    [-HOUR_MS, ['source_silent dns', 'source_silent dns']],
  ])('of clocks that disagree by %d ms', (offsetMs, told) => {
    const late: Act = (site) => {
      const mark = site.events.length;
      site.usual();
      for (let index = mark; index < site.events.length; index += 1) {
        const event = site.events[index];
        if (event?.kind === 'dns') site.events[index] = { ...event, time: event.time + offsetMs };
      }
    };

    expect(openedIn(play({ quiet: 0, windows: 40, after: 0, usual: late, happens: nothing }))).toEqual(told);
  });

  test('on the first day of a server that has hardly any mail', () => {
    const usual: Act = (site) => {
      site.arrive(2, (time) => site.deliver(time, partner(site.below(5))));
      site.arrive(1, (time) => site.breakOff(time, stranger(site.below(250))));
      site.arrive(1, (time) => site.readMail(time, workstation(0)));
    };

    expect(openedIn(play({ quiet: 0, windows: 288, after: 0, usual, happens: nothing }))).toEqual([]);
  });
});

test('two quiet days, a weekend and a Monday are quiet', () => {
  // From Friday to Monday, with nights: people do eight times as much at noon as at midnight.
  const usual: Act = (site) => {
    const hour = new Date(site.startMs).getUTCHours();
    site.usual(0.25 + 0.875 * (1 - Math.cos((2 * Math.PI * hour) / 24)));
  };
  const startMs = DAYS.weekend - 2.5 * 24 * HOUR_MS;

  expect(openedIn(play({ startMs, quiet: 0, windows: 4 * 288, after: 0, usual, happens: nothing, rate: 0.5 }))).toEqual(
    [],
  );
});

test('a window that is not sealed makes nothing of an earlier one an estimate', () => {
  const connects = (startMs: number, clients: number): readonly Event[] =>
    Array.from({ length: clients }, (_, index) => connect({ time: startMs + index, client_address: partner(index) }));
  const start = DAYS.working_day;
  const crowd = [...connects(start, 1), ...connects(start + 5 * MINUTE_MS, 30), ...connects(start + HOUR_MS / 2, 5)];
  const last = connects(start + 3 * HOUR_MS, 1);
  const settings = { identity: identityOf(), aggregate: { clientCap: 5 } };
  const [whole, inChunks] = [[[...crowd, ...last]], [crowd, last]].map((chunks) =>
    run([{ name: 'log', chunks }], { ...settings, correlate: { clientCap: 5, provisional: chunks.length > 1 } })
      .correlations.filter((document) => at(document, 'mxwarden.window.final') === true)
      .map((document) => at(document, 'mxwarden.window.estimated')),
  );

  expect(inChunks).toEqual(whole);
  expect(whole?.[0]).toBeUndefined();
});
