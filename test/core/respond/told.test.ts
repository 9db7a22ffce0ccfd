import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Effect } from '../../../src/core/respond/effect.js';
import { incidentsTold, readAlert, toldBy } from '../../../src/core/respond/told.js';
import { addFields } from '../../../src/core/documents/fields.js';
import { markKnown } from '../../../src/core/documents/known.js';
import { MINUTE_MS } from '../../../src/core/time.js';
import { STARTED, incidentOf, alertOf } from '../../support/incidents.js';

const EFFECT: Effect = {
  verdict: 'no_effect',
  sinceMs: STARTED,
  attempts: 12,
  refused: 11,
  before: { connects: 30, clientQueries: 29.5, queries: 100, mee: 0.25 },
  after: { connects: 0, clientQueries: 0, queries: undefined, mee: undefined },
};

test.each([
  ['a client', incidentOf()],
  ['a user', incidentOf({ kind: 'outbound_mass_mailing', user: 'jo' }, { layer: 'user', client: undefined })],
  [
    'recipients',
    incidentOf(
      { kind: 'removed_accounts', client: undefined, recipients: ['a@example.org'] },
      { layer: 'recipients', client: undefined, collateral: undefined, writers: ['192.0.2.1'], temporary: 3 },
    ),
  ],
  [
    'a refused proposal',
    incidentOf({}, { refusal: 'partner', now: { connects: 1, queries: undefined, mee: undefined } }),
  ],
  ['a baseline', incidentOf({ expected: 3, baseline: { median: 2, spread: 1.5, n: 12 } })],
  ['an effect', incidentOf({}, {}, { effect: EFFECT })],
])('an incident of %s comes back out of its document', (_, incident) => {
  const document = alertOf(incident);

  expect(readAlert(document)?.incident).toEqual(incident);
});

test('an incident without a proposal has none', () => {
  expect(readAlert(alertOf(incidentOf({ proposal: undefined })))?.incident.finding.proposal).toBeUndefined();
});

test.each([undefined, null, 1, 'a', [], {}, { mxwarden: { incident: { id: 'a' } } }, { mxwarden: [] }])(
  '%j is no alert',
  (value) => {
    expect(readAlert(value)).toBeUndefined();
  },
);

test.each([
  ['its kind', { 'mxwarden.incident.kind': 'mischief' }],
  ['its state', { 'mxwarden.incident.state': 'dubious' }],
  ['its start', { 'mxwarden.incident.started': 'yesterday' }],
  ['whom it is about', { 'mxwarden.subject': 'mx' }],
])('of which nobody knows %s is no alert', (_, fields) => {
  const document = alertOf(incidentOf());
  addFields(document, fields);

  expect(readAlert(document)).toBeUndefined();
});

test('nothing that JSON can hold makes it throw', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => readAlert(value)).not.toThrow();
      expect(() => readAlert({ ...alertOf(incidentOf()), mxwarden: value })).not.toThrow();
    }),
  );
});

test('why the operator knows about an incident is read', () => {
  const known = markKnown(alertOf(incidentOf()), () => ({ kind: 'auth_flood', untilMs: STARTED, reason: 'an audit' }));

  expect(readAlert(known)?.known).toBe('an audit');
});

test('of each incident the last that was told counts, unless it was withdrawn', () => {
  const later = { lastSeenMs: STARTED + 10 * MINUTE_MS };
  const documents = [
    alertOf(incidentOf({}, {}, { ...later, state: 'closed' }), 'incident-closed', STARTED + 20 * MINUTE_MS),
    alertOf(incidentOf()),
    alertOf(incidentOf({ client: '192.0.2.67' }, {}, { state: 'withdrawn' }), 'incident-withdrawn'),
  ];
  const told = toldBy([{}, ...documents, null, 'a']);

  expect(incidentsTold(told).map(({ incident }) => [incident.who, incident.state])).toEqual([['192.0.2.66', 'closed']]);
});
