import { describe, expect, test } from '@jest/globals';
import { at } from '../../support/documents.js';
import { reject } from '../../support/events.js';
import { ATTACKER, partner, play, workstation } from '../../support/site.js';
import type { Act, Scene } from '../../support/site.js';

/** The `mxwarden.proposal` of the last alert about a kind. */
function proposalOf(kind: string, scene: Act | Scene): unknown {
  const { alerts } = play(typeof scene === 'function' ? { happens: scene } : scene);
  const [last] = alerts.filter((alert) => at(alert, 'rule.id') === kind).slice(-1);
  if (last === undefined) throw new Error(`No ${kind}.`);
  return at(last, 'mxwarden.proposal');
}

const guess: Act = (site) => site.times(60, (time) => site.guess(time, ATTACKER));
const harvest: Act = (site) => site.times(60, (time) => site.refuse(time, ATTACKER, 'user_unknown'));

describe('a proposal', () => {
  test('is for smtpd where the client comes to port 25', () => {
    expect(proposalOf('address_harvest', harvest)).toMatchObject({
      layer: 'smtpd',
      key: ATTACKER,
      cautious: 'warn',
      firm: 'reject',
      // The last abnormal window ended at 12:55.
      expires: '2003-04-23T12:55:00.000Z',
      minutes: 5,
    });
  });

  test('is for the submission service where the client logs in there', () => {
    expect(proposalOf('auth_flood', guess)).toMatchObject({ layer: 'submission', key: ATTACKER, firm: 'reject' });
  });

  test('is for postscreen where the client meets it first', () => {
    const screened: Act = (site) =>
      site.times(60, (time) => {
        site.letThrough(time, ATTACKER);
        site.refuse(time, ATTACKER, 'user_unknown');
      });

    expect(proposalOf('address_harvest', screened)).toMatchObject({ layer: 'postscreen', key: ATTACKER });
  });

  test('is for the user where one sends too much: his mail is held', () => {
    const mailing: Act = (site) => site.times(300, (time) => site.submit(time, 7, { domains: 3 }));

    expect(proposalOf('outbound_mass_mailing', mailing)).toMatchObject({
      layer: 'user',
      key: 'user7',
      cautious: 'hold',
      firm: 'reject',
    });
  });

  test('is for the recipients where they are gone, and names who writes to them', () => {
    const gone = (reply_code: number): Act => {
      return (site) =>
        site.times(120, (time, index) => {
          const client = partner(index % 3);
          site.deliver(time, client);
          const recipient = `gone${String(index % 4)}@example.com`;
          site.mail(reject({ time, client_address: client, recipient, reply_code }));
        });
    };
    const writers = [partner(0), partner(1), partner(2)];
    const proposed = proposalOf('removed_accounts', gone(450));

    expect(proposed).toMatchObject({ layer: 'recipients', temporary: 120 });
    expect(at(proposed, 'writers')).toEqual(expect.arrayContaining(writers));
    expect(at(proposed, 'refusal')).toBeUndefined();
    expect(proposalOf('removed_accounts', gone(550))).toMatchObject({ temporary: 0 });
  });

  test.each<readonly [string, Act]>([
    ['dns_only_surge', (site) => site.times(1500, (time) => site.ask(time, '192.0.2.1', 'PTR'))],
    ['infected_host', (site) => site.times(200, (time) => site.ask(time, workstation(50), 'MX'))],
    ['pop3_storm', (site) => site.times(900, (time) => site.readMail(time, workstation(1)))],
  ])('is none for %s, of which Postfix knows nothing', (kind, happens) => {
    expect(proposalOf(kind, { happens })).toBeUndefined();
  });
});

describe('what is predicted', () => {
  // Nothing else happens, so that it can be worked out by hand: 40 messages of partners and 60 failed log-ins.
  const scene: Scene = {
    happens: guess,
    usual: (site) => site.times(40, (time, index) => site.deliver(time, partner(index))),
  };

  test('of an entry in smtpd: connections and the look-up of the name stay', () => {
    expect(proposalOf('auth_flood', scene)).toMatchObject({
      client: { connects: 60, queries: 60 },
      now: { connects: 100, queries: 200, mee: 0.4 },
      goes_on: { connects: 100, queries: 200, mee: 0.4 },
      // The look-up of the address that belongs to a name does not tell whose it is.
      gives_up: { connects: 40, queries: 140, mee: 1 },
    });
  });

  test('of one that is also asked about in block lists: these are spared', () => {
    const listed: Act = (site) =>
      site.times(60, (time) => {
        site.guess(time, ATTACKER);
        site.ask(time, '192.0.2.1', 'A', `${ATTACKER.split('.').reverse().join('.')}.list.example`);
      });

    expect(proposalOf('auth_flood', { ...scene, happens: listed })).toMatchObject({
      client: { connects: 60, queries: 120 },
      now: { connects: 100, queries: 260 },
      goes_on: { connects: 100, queries: 200 },
      gives_up: { connects: 40, queries: 140 },
    });
  });

  test('of an entry in postscreen: smtpd and DNS see nothing of the client, even if it goes on', () => {
    const screened: Act = (site) =>
      site.times(60, (time) => {
        site.letThrough(time, ATTACKER);
        site.refuse(time, ATTACKER, 'user_unknown');
      });

    expect(proposalOf('address_harvest', { ...scene, happens: screened })).toMatchObject({
      now: { connects: 100, queries: 200, mee: 0.4 },
      goes_on: { connects: 40, queries: 140, mee: 1 },
      gives_up: { connects: 40, queries: 140, mee: 1 },
    });
  });

  test('of few other sessions is no MEE', () => {
    const usual: Act = (site) => site.times(10, (time, index) => site.deliver(time, partner(index)));
    const proposed = proposalOf('auth_flood', { happens: guess, usual });

    expect(at(proposed, 'gives_up.connects')).toBe(10);
    expect(at(proposed, 'gives_up.mee')).toBeUndefined();
  });

  test('without a DNS log is no Dq', () => {
    const proposed = proposalOf('auth_flood', { ...scene, server: { dns_vantage: 'none' } });

    expect(at(proposed, 'now.connects')).toBe(100);
    expect(at(proposed, 'now.queries')).toBeUndefined();
    expect(at(proposed, 'gives_up.queries')).toBeUndefined();
    expect(at(proposed, 'client.queries')).toBeUndefined();
  });
});

describe('what else would be lost', () => {
  test('is nothing of a client that delivers nothing', () => {
    expect(proposalOf('address_harvest', harvest)).toMatchObject({
      collateral: { messages: 0, recipients: 0, share: 0, day_messages: 0, day_share: 0, day_hours: 1 },
    });
  });

  test('is what the client delivered in the window and within the day before', () => {
    const some: Act = (site, window) => {
      if (window === -8) for (let n = 0; n < 2; n += 1) site.deliver(site.startMs + n, ATTACKER, { recipients: 3 });
      if (window >= 0) site.deliver(site.startMs, ATTACKER, { recipients: 2 });
    };
    const proposed = proposalOf('address_harvest', { happens: harvest, always: some, windows: 1 });

    expect(proposed).toMatchObject({ collateral: { messages: 1, recipients: 2, day_messages: 2 }, firm: 'defer' });
    expect(at(proposed, 'refusal')).toBeUndefined();
  });
});

describe('nobody is told to block', () => {
  const refusalOf = (kind: string, scene: Act | Scene): unknown => at(proposalOf(kind, scene), 'refusal');

  test('an own host', () => {
    const server = { own_networks: ['192.0.2.64/28'] };

    expect(refusalOf('address_harvest', { happens: harvest, server })).toBe('own_network');
  });

  test.each(['127.0.0.1', '::/64'])('the host itself at %s, from which users and filters send', (client) => {
    const happens: Act = (site) => site.times(60, (time) => site.refuse(time, client, 'user_unknown'));

    expect(refusalOf('address_harvest', happens)).toBe('own_network');
  });

  test('a partner', () => {
    expect(refusalOf('address_harvest', { happens: harvest, server: { partners: ['192.0.2.64/28'] } })).toBe('partner');
  });

  test('a client whose mail is accepted: from 1 % of all and 5 messages on', () => {
    const sends =
      (count: number): Act =>
      (site, window) => {
        if (window < 0) return;
        site.times(count, (time) => site.deliver(time, ATTACKER));
      };
    // A scene has about 95 messages in a window.
    const scene = (count: number): Scene => ({ happens: harvest, always: sends(count), windows: 1 });

    expect(refusalOf('address_harvest', scene(4))).toBeUndefined();
    expect(refusalOf('address_harvest', scene(5))).toBe('accepted_mail');
  });

  test('a client whose mail was accepted within the day before', () => {
    const always: Act = (site, window) => {
      if (window < 0) site.times(2, (time) => site.deliver(time, ATTACKER));
    };

    expect(refusalOf('address_harvest', { happens: harvest, always, windows: 1 })).toBe('accepted_mail');
  });

  test('a proxy: it makes most sessions, and delivers in them', () => {
    const usual: Act = (site) => site.times(5, (time, index) => site.deliver(time, partner(index)));
    const behindProxy: Act = (site) =>
      site.times(12, (time) =>
        site.deliver(time, ATTACKER, { unknown: Array.from({ length: 10 }, () => site.name()) }),
      );

    expect(refusalOf('address_harvest', { happens: behindProxy, usual })).toBe('proxy');
  });

  test('a client that is refused already', () => {
    const refused: Act = (site) =>
      site.times(60, (time) => {
        site.refuse(time, ATTACKER, 'user_unknown');
        site.turnAway(time, ATTACKER);
        site.turnAway(time, ATTACKER);
      });

    expect(refusalOf('address_harvest', refused)).toBe('already_refused');
  });
});
