import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Told } from '../../../src/core/respond/told.js';
import { accessMapText, accessMaps } from '../../../src/core/respond/access-map.js';
import type { AccessMapOptions } from '../../../src/core/respond/access-plan.js';
import { ACTIONS, LAYERS, REFUSALS } from '../../../src/core/respond/proposal.js';
import { DAY_MS, MINUTE_MS } from '../../../src/core/time.js';
import { STARTED, incidentOf, toldOf } from '../../support/incidents.js';

const FLOOD = toldOf(incidentOf());
const SCREENED = toldOf(incidentOf({ kind: 'address_harvest', client: '2001:db8::/64' }, { layer: 'postscreen' }));
const USER = toldOf(
  incidentOf(
    { kind: 'outbound_mass_mailing', user: 'jo' },
    { layer: 'user', cautious: 'hold', client: undefined, givesUp: undefined },
  ),
);
const REMOVED = toldOf(
  incidentOf(
    { kind: 'removed_accounts', client: undefined, recipients: ['gone@example.org', 'left@example.org'] },
    { layer: 'recipients', client: undefined, collateral: undefined, writers: ['198.51.100.1'], temporary: 7 },
  ),
);

/** The entries of a text, without its comments. */
const entriesIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const entriesOf = (alerts: readonly Told[], options?: AccessMapOptions): readonly string[] =>
  entriesIn(accessMapText(alerts, options));

describe('an entry', () => {
  test('begins with the careful action, and says why, what it costs and when it is over', () => {
    expect(accessMapText([FLOOD])).toBe(`# mxwarden access-map: 1 incident, as of 2026-11-23 02:10:00 UTC.
# mxwarden changes nothing: look at it, and install what you want of it (--layer prints one map alone).

# ==== /etc/postfix/mxwarden_client.cidr: 1 entry, type cidr
# main.cf:   smtpd_client_restrictions = check_client_access cidr:/etc/postfix/mxwarden_client.cidr, (what is there now)
# then:      postfix reload (a cidr: table needs no postmap)
# With smtpd_delay_reject = yes (the default) smtpd asks the list at RCPT TO only. Who guesses passwords or just
# connects never gets there: set smtpd_delay_reject = no for this service (master.cf: -o smtpd_delay_reject=no).
# But first move out of the list what needs more than the client: nobody has logged in when it is asked, so that
# "permit_sasl_authenticated, reject" would refuse everybody; it belongs into smtpd_recipient_restrictions.
#
# 192.0.2.66: Password guessing, 2026-11-23 02:05:00 UTC on, last seen 2026-11-23 02:10:00 UTC: 60 failed log-ins in 80 sessions
#   incident mail:mx|auth_flood|192.0.2.66|2026-11-23T02:05:00.000Z
#   collateral: of its mail nothing accepted in that window, nothing in the day before (3 hours of it seen)
#   worst window (5 min): Nc 200, Dq 500, MEE 0.40; of it sessions 80, DNS queries about it 80
#   refused, if it goes on: Nc 200, Dq 500, MEE 0.40 (smtpd rejects after connect and PTR look-up)
#   refused, if it gives up: Nc 120, Dq 420, MEE 0.70
#   begins with warn; once the log shows that it meets the right one: --action reject
#   until 2026-11-30 02:10:00 UTC: take it out then, addresses change hands
192.0.2.66	warn_if_reject reject
`);
  });

  test('is for the layer that can act', () => {
    expect(
      accessMaps([FLOOD, SCREENED, USER, REMOVED]).map(({ layer, type, text }) => [layer, type, entriesIn(text)]),
    ).toEqual([
      ['smtpd', 'cidr', ['192.0.2.66\twarn_if_reject reject']],
      ['postscreen', 'cidr', ['2001:db8::/64\treject']],
      ['user', 'hash', ['jo\tHOLD']],
      ['recipients', 'hash', ['gone@example.org\t550 5.1.1 User unknown', 'left@example.org\t550 5.1.1 User unknown']],
    ]);
  });

  test('of a name is one however it is written: tables of Postfix do not tell case apart', () => {
    const recipients = ['Gone@example.org', 'gone@EXAMPLE.org', 'left@example.org'];
    const removed = toldOf(
      incidentOf(
        { kind: 'removed_accounts', client: undefined, recipients },
        { layer: 'recipients', client: undefined },
      ),
    );

    expect(entriesOf([removed])).toEqual([
      'Gone@example.org\t550 5.1.1 User unknown',
      'left@example.org\t550 5.1.1 User unknown',
    ]);
  });

  test.each([
    ['ok', 'OK'],
    ['reject', 'REJECT'],
    ['discard', 'DISCARD'],
    ['dunno', 'DUNNO'],
    ['hold', 'HOLD'],
    ['defer', 'DEFER'],
    ['warn', 'warn_if_reject reject'],
  ] as const)('can have the action %s', (name, value) => {
    expect(entriesOf([FLOOD], { action: { name } })).toEqual([`192.0.2.66\t${value}`]);
    expect(entriesOf([USER], { action: { name } })).toEqual([`jo\t${value}`]);
  });

  test('can have a filter', () => {
    const action = { name: 'filter', destination: 'scan:dummy' } as const;

    expect(entriesOf([FLOOD], { action })).toEqual(['192.0.2.66\tFILTER scan:dummy']);
  });

  test.each([
    ['ok', 'postscreen', 'permit'],
    ['reject', 'postscreen', 'reject'],
    ['warn', 'postscreen', 'reject'],
    ['hold', 'smtpd', 'HOLD'],
    ['discard', 'smtpd', 'DISCARD'],
  ] as const)('of postscreen with the action %s is one of %s', (name, layer, value) => {
    const [map] = accessMaps([SCREENED], { action: { name } });

    expect(map?.layer).toBe(layer);
    expect(entriesIn(map?.text ?? '')).toEqual([`2001:db8::/64\t${value}`]);
  });

  test('of recipients is the same whatever is to be done with clients', () => {
    expect(entriesOf([REMOVED], { action: { name: 'discard' } })).toEqual(entriesOf([REMOVED]));
  });

  test('of recipients says who writes to them, and that 450 makes them try again', () => {
    const text = accessMapText([REMOVED]);

    expect(text).toContain('#   who writes to them: 198.51.100.1\n');
    expect(text).toContain('7 of these refusals were temporary (450)');
    expect(text).toContain('unknown_local_recipient_reject_code = 550');
    expect(text).toContain('# relocated_maps: gone@example.org NEW-ADDRESS\n');
  });

  test('of a client with several incidents is one, with all reasons', () => {
    const harvest = toldOf(incidentOf({ kind: 'address_harvest' }));
    const text = accessMapText([FLOOD, harvest]);

    expect(entriesIn(text)).toEqual(['192.0.2.66\twarn_if_reject reject']);
    expect(text).toContain('192.0.2.66: Password guessing,');
    expect(text).toContain('192.0.2.66: Address harvest,');
  });

  test('of an incident that is over stays, and says so', () => {
    const closed = toldOf(incidentOf({}, {}, { state: 'closed' }), 'incident-closed');

    expect(entriesOf([FLOOD, closed])).toHaveLength(1);
    expect(accessMapText([FLOOD, closed])).toContain('to 2026-11-23 02:10:00 UTC (over): 60 failed');
  });

  test('of an incident that was withdrawn is none', () => {
    const withdrawn = toldOf(incidentOf({}, {}, { state: 'withdrawn' }), 'incident-withdrawn');

    expect(accessMapText([FLOOD, withdrawn])).toContain('# No entry is proposed.\n');
    expect(entriesOf([FLOOD, withdrawn])).toEqual([]);
  });
});

describe('no entry', () => {
  test('is for a whole domain, where recipients are named by their domains alone', () => {
    const removed = toldOf(
      incidentOf(
        { kind: 'removed_accounts', client: undefined, recipients: ['example.org'] },
        { layer: 'recipients', client: undefined, collateral: undefined, writers: ['198.51.100.1'], temporary: 7 },
      ),
    );

    const text = accessMapText([removed]);

    expect(entriesIn(text)).toEqual([]);
    expect(text).toContain('#   who writes to them: 198.51.100.1\n');
    expect(text).toContain('`recipients: address`');
  });

  test('is for an incident that the operator knows about', () => {
    const text = accessMapText([{ ...FLOOD, known: 'the auditors' }]);

    expect(entriesIn(text)).toEqual([]);
    expect(text).toContain('#   known: the auditors\n');
  });
});

describe('nobody is blocked', () => {
  test.each(Object.entries(REFUSALS))('who has the reason %s', (name, words) => {
    const refusal = Object.keys(REFUSALS).find((each): each is keyof typeof REFUSALS => each === name);
    const text = accessMapText([toldOf(incidentOf({}, { refusal }))]);

    expect(entriesIn(text)).toEqual([]);
    expect(text).toContain(`#   not to be blocked: ${words}\n`);
  });

  test('whom another incident protects', () => {
    const ofPartner = toldOf(incidentOf({ kind: 'misconfigured_client' }, { refusal: 'partner' }));

    expect(entriesOf([FLOOD, ofPartner])).toEqual([]);
    const incident = 'mail:mx|auth_flood|192.0.2.66|2026-11-23T02:05:00.000Z';
    const chosen = accessMapText([FLOOD, ofPartner], { incident });

    expect(entriesIn(chosen)).toEqual([]);
    expect(chosen).toContain('#   not to be blocked: another incident says why\n');
  });

  test('but an entry that is in place stays there', () => {
    const refused = toldOf(incidentOf({ kind: 'single_client_flood' }, { refusal: 'already_refused' }));

    expect(entriesOf([FLOOD, refused])).toEqual(['192.0.2.66\twarn_if_reject reject']);
  });

  test('for an incident that is nothing to Postfix: what to do is told', () => {
    const infected = toldOf(incidentOf({ kind: 'infected_host', proposal: undefined }, {}, { subject: 'dns:ns' }));
    const text = accessMapText([infected]);

    expect(entriesIn(text)).toEqual([]);
    expect(text).toContain('#   what to do: look at this host');
  });
});

describe('what is chosen', () => {
  const OTHER = toldOf(incidentOf({ client: '192.0.2.67' }));

  test('is one incident', () => {
    const incident = 'mail:mx|auth_flood|192.0.2.67|2026-11-23T02:05:00.000Z';

    expect(entriesOf([FLOOD, OTHER], { incident })).toEqual(['192.0.2.67\twarn_if_reject reject']);
  });

  test('is one layer: a file as it is', () => {
    const text = accessMapText([FLOOD, USER], { layer: 'user' });

    expect(entriesIn(text)).toEqual(['jo\tHOLD']);
    expect(text.startsWith('# ==== /etc/postfix/mxwarden_user: 1 entry, type hash\n')).toBe(true);
    expect(accessMapText([FLOOD], { layer: 'user' })).toBe('# No entry is proposed.\n');
  });

  test('is what an earlier run proposed as well, until it expires', () => {
    const after = (days: number): Told => {
      const startedMs = STARTED + days * DAY_MS;
      return toldOf(incidentOf({ client: '192.0.2.67' }, {}, { startedMs, lastSeenMs: startedMs + 5 * MINUTE_MS }));
    };

    expect(entriesOf([after(6)], { previous: [FLOOD] })).toHaveLength(2);
    expect(entriesOf([after(7)], { previous: [FLOOD] })).toEqual(['192.0.2.67\twarn_if_reject reject']);
    expect(accessMapText([after(7)], { previous: [FLOOD] })).toContain(
      '# ==== Expired: to be taken out\n# mail:mx|auth_flood|',
    );
  });

  test('is none where the logs go on for longer than an entry is good for', () => {
    const text = accessMapText([FLOOD], { endMs: STARTED + 8 * DAY_MS });

    expect(entriesIn(text)).toEqual([]);
    expect(text).toContain('as of 2026-12-01 02:05:00 UTC.');
    expect(text).toContain('# ==== Expired: to be taken out\n');
  });

  test('of nothing is nothing', () => {
    expect(accessMapText([])).toMatch(/^# mxwarden access-map: 0 incidents\.\n[^]*# No entry is proposed\.\n$/);
  });
});

describe('hostile names', () => {
  const HOSTILE = [
    'jo\n0.0.0.0/0 OK',
    'jo\r\nroot OK',
    'jo OK',
    '#jo',
    '"jo"',
    'jo\\',
    'jo\u2028root OK',
    'jo\u0000',
    '@example.org',
    '',
    ' ',
    'x'.repeat(10_000),
    '\ud800',
  ];

  test.each(HOSTILE)('as %j have no entry', (name) => {
    const user = toldOf(
      incidentOf({ kind: 'outbound_mass_mailing', user: name }, { layer: 'user', client: undefined }),
    );
    const recipients = toldOf(
      incidentOf({ kind: 'removed_accounts', client: undefined, recipients: [name] }, { layer: 'recipients' }),
    );
    const client = toldOf(incidentOf({ client: name }));

    expect(entriesOf([user, recipients, client])).toEqual([]);
  });

  test('are named with their incident, so that somebody can look', () => {
    const user = toldOf(
      incidentOf({ kind: 'outbound_mass_mailing', user: 'jo OK' }, { layer: 'user', client: undefined }),
    );

    expect(accessMapText([user])).toContain(`\n# "jo OK": incident ${user.id}\n`);
  });

  test('of any kind and place add no line and change no key', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...HOSTILE, 'jo', 'jo@example.org', '192.0.2.1', '2001:db8::/64'),
    );
    fc.assert(
      fc.property(
        anyText,
        anyText,
        fc.constantFrom(...LAYERS),
        fc.constantFrom(...ACTIONS),
        (name, text, layer, action) => {
          const isUser = layer === 'user';
          const incident = incidentOf(
            { ...(isUser ? { user: name } : { client: name }), text, recipients: [name, text] },
            { layer, writers: [name, text] },
          );
          const options = { action: { name: action, destination: 'a:b' } };
          const lines = entriesOf([toldOf(incident)], options);
          const keys = new Set([name, text]);

          for (const line of lines) {
            const [key = '', value = ''] = line.split('\t');
            expect(keys.has(key)).toBe(true);
            expect(key).toMatch(/^[!-~]+$/);
            expect(value).toMatch(/^[A-Za-z0-9_.: ]+$/);
          }
          expect(accessMapText([toldOf(incident)], options)).not.toMatch(/\n[ \t]/);
        },
      ),
    );
  });
});
