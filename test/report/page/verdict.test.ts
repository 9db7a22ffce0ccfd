import { expect, test } from '@jest/globals';
import type { PageIncident } from '../../../src/report/page-data.js';
import { byUrgency, severityWord, verdictOn } from '../../../src/report/page/verdict.js';

const HEARD = { windows: 288, traffic: 5000 };

function incident(fields: Partial<PageIncident> = {}): PageIncident {
  return {
    id: 'a',
    subject: 'mail:mx1',
    kind: 'auth_flood',
    name: 'Password guessing',
    category: 'signature',
    severity: 47,
    who: '192.0.2.7',
    startedMs: 0,
    lastSeenMs: 1,
    isOver: true,
    evidence: '',
    advice: '',
    recipients: [],
    known: undefined,
    proposal: undefined,
    outlooks: [],
    effect: undefined,
    ...fields,
  };
}

test.each([
  ['no incident', [], HEARD, 'healthy', 'mail:mx1 was healthy: no incident was found.'],
  [
    'incidents that are over',
    [incident(), incident({ severity: 73 })],
    HEARD,
    'recovered',
    'mail:mx1 is healthy at the end of the logs; before, it had 2 incidents, 1 of high severity.',
  ],
  [
    'grave incidents alone',
    [incident({ severity: 73 })],
    HEARD,
    'recovered',
    'mail:mx1 is healthy at the end of the logs; before, it had 1 incident of high severity.',
  ],
  [
    'one that goes on',
    [incident(), incident({ isOver: false })],
    HEARD,
    'abnormal',
    'mail:mx1 is not healthy: Password guessing was still going on at the end of the logs. 1 other incident ended before.',
  ],
  [
    'one that goes on and is known',
    [incident({ isOver: false, known: 'a test' })],
    HEARD,
    'healthy',
    'mail:mx1 was healthy: no incident was found. 1 known incident not counted.',
  ],
  ['29 connections', [], { windows: 288, traffic: 29 }, 'unknown', 'mail:mx1 had too little traffic for a verdict.'],
  ['30 connections', [], { windows: 288, traffic: 30 }, 'healthy', 'mail:mx1 was healthy: no incident was found.'],
  ['no windows', [], { windows: 0, traffic: 0 }, 'unknown', 'Nothing was counted for mail:mx1.'],
] as const)('with %s', (_, incidents, heard, state, sentence) => {
  expect(verdictOn('mail:mx1', incidents, heard)).toMatchObject({ state, sentence });
});

test('what is open, over and known is counted apart', () => {
  const [open, over, known] = [incident({ isOver: false }), incident(), incident({ known: 'a test' })];

  const told = [[], [over, over], [open, over], [known], [open, over, known]].map((incidents) => {
    const { tally, hadIncidents } = verdictOn('mail:mx1', incidents, HEARD);
    return [tally, hadIncidents];
  });

  expect(told).toEqual([
    ['no incident', false],
    ['2 incidents before', true],
    ['1 open, 1 incident before', true],
    ['1 known', false],
    ['1 open, 1 incident before, 1 known', true],
  ]);
});

test('the most urgent comes first, what is known last', () => {
  const known = incident({ id: 'known', known: 'a test', isOver: false, severity: 73 });
  const open = incident({ id: 'open', isOver: false, severity: 21 });
  const high = incident({ id: 'high', severity: 73 });
  const late = incident({ id: 'late', startedMs: 9 });
  const early = incident({ id: 'early', startedMs: 2 });

  expect(byUrgency([early, known, late, high, open]).map(({ id }) => id)).toEqual([
    'open',
    'high',
    'late',
    'early',
    'known',
  ]);
});

test.each([
  [21, 'low'],
  [46, 'low'],
  [47, 'medium'],
  [72, 'medium'],
  [73, 'high'],
] as const)('a severity of %p is %s', (severity, word) => {
  expect(severityWord(severity)).toBe(word);
});
