import { describe, expect, test } from '@jest/globals';
import { alertDocument } from '../../../src/core/documents/alert.js';
import { hostOf } from '../../../src/core/documents/ecs.js';
import { createKnown, markKnown } from '../../../src/core/documents/known.js';
import type { KnownIncident } from '../../../src/core/documents/known.js';
import type { Finding } from '../../../src/core/detect/finding.js';
import type { Incident } from '../../../src/core/detect/incidents.js';
import { at, expectDocuments, written } from '../../support/documents.js';

const UNTIL = Date.parse('2026-11-24T00:00:00Z');
const ENTRY: KnownIncident = { kind: 'auth_flood', untilMs: UNTIL, reason: 'audit' };

function incident(found: Partial<Finding> = {}, rest: Partial<Incident> = {}): Incident {
  const finding: Finding = { kind: 'auth_flood', client: '192.0.2.66', observed: 60, n: 80, text: 'many', ...found };
  const { kind, client, user } = finding;
  return {
    ...{ subject: 'mail:mx', kind, who: client ?? user, startedMs: UNTIL - 600_000, lastSeenMs: UNTIL },
    ...{ state: 'confirmed', finding },
    ...rest,
  };
}

const nobody = { client: undefined, kind: 'pop3_storm' } as const;
const user = { client: undefined, user: 'jo', kind: 'outbound_mass_mailing' } as const;

describe.each<readonly [string, Partial<KnownIncident>, Incident, boolean]>([
  ['of any client', {}, incident(), true],
  ['of another kind', { kind: 'relay_probe' }, incident(), false],
  ['of its client', { client: '192.0.2.66' }, incident(), true],
  ['of its network', { client: '192.0.2.0/24' }, incident(), true],
  ['of another network', { client: '198.51.100.0/24' }, incident(), false],
  ['of a network that holds its /64', { client: '2001:db8::/32' }, incident({ client: '2001:db8::/64' }), true],
  ['of nobody', { kind: 'pop3_storm' }, incident(nobody), true],
  ['of a client, where it is of nobody', { kind: 'pop3_storm', client: '192.0.2.0/24' }, incident(nobody), false],
  ['of its user', { kind: 'outbound_mass_mailing', user: 'jo' }, incident(user), true],
  ['of another user', { kind: 'outbound_mass_mailing', user: 'joe' }, incident(user), false],
  ['of its server', { server: 'mx' }, incident(), true],
  ['of another server', { server: 'mx2' }, incident(), false],
  ['of its resolver', { server: 'ns' }, incident({}, { subject: 'dns:ns' }), true],
  ['of a time before', {}, incident({}, { lastSeenMs: UNTIL + 1 }), false],
])('an entry %s', (_, over, given, isKnown) => {
  const entry = { ...ENTRY, ...over };
  const find = createKnown([entry]);

  test(isKnown ? 'knows the incident' : 'does not know it', () => {
    expect(find(given)).toBe(isKnown ? entry : undefined);
  });

  test('says of the alert what it says of the incident', () => {
    const alert = alertDocument(
      { action: 'incident-confirmed', endMs: given.lastSeenMs, incident: given },
      hostOf(given.subject, undefined),
      { recipients: 'domain', enrich: () => ({}) },
    );
    const before = JSON.stringify(alert);
    const marked = markKnown(alert, find);

    expectDocuments({ alert: [written(marked)] });
    expect(at(marked, 'mxwarden.known')).toEqual(
      isKnown ? { reason: 'audit', until: '2026-11-24T00:00:00.000Z' } : undefined,
    );
    // All else is told as ever, and the document that was handed in stays what it was.
    expect(JSON.stringify(alert)).toBe(before);
    expect({ ...marked, mxwarden: undefined }).toEqual({ ...alert, mxwarden: undefined });
    expect(at(marked, 'mxwarden.incident')).toEqual(at(alert, 'mxwarden.incident'));
  });
});

test('of several entries the first one counts', () => {
  const entries = [
    { ...ENTRY, client: '192.0.2.66', reason: 'one' },
    { ...ENTRY, reason: 'two' },
  ];

  expect(createKnown(entries)(incident())?.reason).toBe('one');
  expect(createKnown(entries)(incident({ client: '192.0.2.67' }))?.reason).toBe('two');
});
