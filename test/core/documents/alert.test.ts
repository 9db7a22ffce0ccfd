import { describe, expect, test } from '@jest/globals';
import { alertDocument, incidentId } from '../../../src/core/documents/alert.js';
import type { Naming } from '../../../src/core/documents/alert.js';
import { hostOf } from '../../../src/core/documents/ecs.js';
import type { Enrich } from '../../../src/core/enrich.js';
import type { Finding } from '../../../src/core/detect/finding.js';
import { INCIDENT_ACTIONS } from '../../../src/core/detect/incidents.js';
import type { Incident, IncidentAction } from '../../../src/core/detect/incidents.js';
import { KINDS } from '../../../src/core/detect/kinds.js';
import type { Kind } from '../../../src/core/detect/kinds.js';
import { entries } from '../../../src/core/tally/counters.js';
import { at, expectDocuments, written } from '../../support/documents.js';
import * as make from '../../support/events.js';

const START = Date.parse('2026-11-23T02:05:00Z');
const END = Date.parse('2026-11-23T02:10:00Z');

const FOUND: Finding = {
  kind: 'auth_flood',
  client: '192.0.2.66',
  observed: 60,
  n: 80,
  expected: 1.23456789,
  baseline: { median: 2, spread: 1.4826, n: 12 },
  text: '60 failed log-ins in 80 sessions',
};

function incident(over: Partial<Finding> = {}, rest: Partial<Incident> = {}): Incident {
  const finding = { ...FOUND, ...over };
  const who = finding.client ?? finding.user;
  const { kind } = finding;
  const subject = 'mail:mx';
  return { subject, kind, who, startedMs: START, lastSeenMs: END, state: 'confirmed', finding, ...rest };
}

const ENRICH: Enrich = (client, name) =>
  name === undefined ? { 'source.as.number': 64496 } : { 'source.registered_domain': `${client} ${name}` };

const SERVER = make.mailServer({ hosts: ['mx', 'mx.example.org'], addresses: ['192.0.2.1', '127.0.0.1@ns'] }).config;

function documentOf(given: Incident, action: IncidentAction = 'incident-confirmed', naming: Naming = 'address') {
  const server = given.subject.startsWith('mail:') ? SERVER : undefined;
  const document = written(
    alertDocument({ action, endMs: END, incident: given }, hostOf(given.subject, server), {
      recipients: naming,
      enrich: ENRICH,
    }),
  );
  expectDocuments({ alert: [document] });
  return document;
}

test('an alert says what, since when, who and what to do', () => {
  const document = documentOf(incident());

  expect(document).toMatchObject({
    '@timestamp': '2026-11-23T02:10:00.001Z',
    message:
      'Password guessing at mail:mx by 192.0.2.66 since 2026-11-23T02:05:00.000Z: 60 failed log-ins in 80 sessions. ' +
      'What to do: refuse the client, and look whether one of its attempts succeeded.',
    event: {
      kind: 'alert',
      action: 'incident-confirmed',
      id: 'mail:mx|auth_flood|192.0.2.66|2026-11-23T02:05:00.000Z|incident-confirmed|2026-11-23T02:10:00.000Z',
      severity: 47,
    },
    rule: { id: 'auth_flood', category: 'signature' },
    source: { ip: '192.0.2.66', as: { number: 64496 } },
    mxwarden: { incident: { state: 'confirmed' }, evidence: { observed: 60, n: 80, baseline_n: 12 } },
  });
  expect(at(document, 'mxwarden.incident.ended')).toBeUndefined();
});

test('of what happens to an incident in one window the last comes last, to whoever sorts by time', () => {
  const times = INCIDENT_ACTIONS.map((action) => at(documentOf(incident(), action), '@timestamp'));

  expect(times).toEqual([0, 1, 2, 3, 4].map((place) => new Date(END + place).toISOString()));
});

test('an alert is about the mail server as a machine, and about all others in it', () => {
  const document = documentOf(incident({ clientName: 'a.example.org' }));

  expect(document).toMatchObject({
    host: { name: 'mx', ip: ['192.0.2.1', '127.0.0.1'] },
    related: { hosts: ['mx', 'mx.example.org', 'a.example.org'], ip: ['192.0.2.1', '127.0.0.1', '192.0.2.66'] },
  });
  expect(documentOf(incident({ client: undefined, user: 'jo' }))['related']).toMatchObject({ user: ['jo'] });
});

test.each([
  ['dns:ns', { name: 'ns' }, { hosts: ['ns'], ip: ['192.0.2.66'] }],
  ['dns:192.0.2.53', { name: '192.0.2.53', ip: ['192.0.2.53'] }, { ip: ['192.0.2.53', '192.0.2.66'] }],
] as const)('an alert of %s is about the DNS server', (subject, host, related) => {
  const document = documentOf(incident({ kind: 'infected_host' }, { subject }));

  expect(document['host']).toEqual(host);
  expect(document['related']).toMatchObject(related);
  expect(at(document, 'event.category')).toEqual(['intrusion_detection', 'network']);
});

test.each([
  ['auth_flood', ['authentication', 'intrusion_detection', 'email', 'network']],
  ['relay_probe', ['intrusion_detection', 'email', 'network']],
  ['deferral_storm', ['email', 'network']],
] as const)('%s is in ECS of %j', (kind, category) => {
  expect(at(documentOf(incident({ kind })), 'event.category')).toEqual(category);
});

test('an alert about a client says what is known of it beside its log', () => {
  const document = documentOf(incident({ clientName: 'a.example.org' }));

  expect(document['source']).toEqual({
    ip: '192.0.2.66',
    address: '192.0.2.66',
    domain: 'a.example.org',
    registered_domain: '192.0.2.66 a.example.org',
  });
  expect(documentOf(incident({ client: undefined }))).not.toHaveProperty(['source']);
});

test.each(entries(KINDS).map(([kind]) => kind))('%s is declared, and told in one line', (kind: Kind) => {
  const document = documentOf(incident({ kind }));

  expect(at(document, 'message')).toMatch(/^[A-Z][^\n]*: 60 failed log-ins in 80 sessions\. What to do: [^\n]*[^.]\.$/);
});

test('an incident ends when it was last seen, not when it is closed', () => {
  const lastSeenMs = END - 300_000;
  const document = documentOf(incident({}, { state: 'closed', lastSeenMs }), 'incident-closed');

  expect(at(document, 'mxwarden.incident.ended')).toBe('2026-11-23T02:05:00.000Z');
});

test('a user is no address, and no client', () => {
  const document = documentOf(incident({ kind: 'outbound_mass_mailing', client: undefined, user: 'jo' }));

  expect(at(document, 'user.name')).toBe('jo');
  expect(at(document, 'source')).toBeUndefined();
});

test.each<readonly [Naming, readonly string[], readonly string[]]>([
  ['address', ['a@example.com', 'b@example.com', 'c'], ['a@example.com', 'b@example.com', 'c']],
  ['domain', ['a@example.com', 'b@example.com', 'c@example.org'], ['example.com', 'example.org']],
  ['domain', ['"a@b"@example.com', 'c', ''], ['example.com']],
])('recipients by their %s: %j', (naming, recipients, named) => {
  const document = documentOf(incident({ kind: 'removed_accounts', recipients }), 'incident-confirmed', naming);

  expect(at(document, 'mxwarden.incident.recipients')).toEqual(named);
});

test('a log is no client', () => {
  const given = incident({ kind: 'source_silent', client: undefined, side: 'dns' }, { who: 'dns' });
  const document = documentOf(given);

  expect(at(document, 'mxwarden.incident.side')).toBe('dns');
  expect(at(document, 'source')).toBeUndefined();
  expect(incidentId(given)).toBe('mail:mx|source_silent|dns|2026-11-23T02:05:00.000Z');
});

test('an incident of nobody has an identity', () => {
  expect(incidentId(incident({ kind: 'pop3_storm', client: undefined }))).toBe(
    'mail:mx|pop3_storm||2026-11-23T02:05:00.000Z',
  );
});

describe('hostile names', () => {
  const LONG = 'x'.repeat(10_000);

  test.each([
    ['of 10,000 characters', LONG],
    ['of markup', '</script><img src=x onerror=alert(1)>'],
    ['of lines', 'a\r\nBcc: b@example.org\u2028c\u0000'],
    ['of what divides an identity', 'a|b|c'],
    ['of a part of a character', '\ud800'],
  ])('%s stay text', (_, name) => {
    const given = incident({ kind: 'outbound_mass_mailing', client: undefined, user: name, recipients: [name, LONG] });
    const document = documentOf(given);

    expect(at(document, 'source.ip')).toBeUndefined();
    expect(JSON.stringify(document).length).toBeLessThan(4000);
    // One sentence, on one line.
    // eslint-disable-next-line no-control-regex -- these are what it must not have
    expect(at(document, 'message')).not.toMatch(/[\u0000-\u001f\u2028\u2029]/);
  });

  test('that begin alike are of incidents of their own', () => {
    const [a, b] = ['a', 'b'].map((end) => incidentId(incident({ client: undefined, user: `${LONG}${end}` })));

    expect(a).not.toBe(b);
    expect(a?.length).toBeLessThan(512);
  });
});
