import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { PageWindows } from '../../src/report/page-data.js';
import { Windows } from '../../src/report/page/windows.js';
import { ReportBuilder } from '../../src/report/report-data.js';
import type { Report } from '../../src/report/report-data.js';
import { EMPTY_SUMMARY } from '../support/empty-summary.js';

const SIZES = [
  { name: '5m', lengthMs: 300_000 },
  { name: '1h', lengthMs: 3_600_000 },
];
const START_MS = Date.UTC(2026, 6, 5, 10);

/** A window's document, so many panes after the start. */
function correlation(subject: string, pane: number, fields: JsonObject = {}, size = '5m'): JsonObject {
  return {
    event: { start: new Date(START_MS + pane * 300_000).toISOString() },
    mxwarden: { subject, window: { size, final: true }, ...fields },
  };
}

function alert(id: string, action: string, fields: JsonObject = {}): JsonObject {
  return {
    event: { action: `incident-${action}`, severity: 47 },
    rule: { name: 'Password guessing', category: 'signature' },
    source: { address: '192.0.2.7' },
    mxwarden: {
      subject: 'mail:mx1',
      incident: {
        id,
        kind: 'auth_flood',
        state: action === 'closed' ? 'closed' : 'confirmed',
        started: '2026-07-05T10:00:00.000Z',
        last_seen: '2026-07-05T10:15:00.000Z',
        advice: 'refuse the client',
      },
      evidence: { text: '204 failed log-ins' },
      ...fields,
    },
  };
}

function builder(maxBytes?: number): ReportBuilder {
  return new ReportBuilder(SIZES, () => 'Europe/Berlin', maxBytes);
}

function isWindows(data: unknown): data is PageWindows {
  return typeof data === 'object' && data !== null && 'columns' in data;
}

/** The windows of a subject as the page reads them. */
function windowsOf(report: Report, index = 0): Windows {
  const data: unknown = JSON.parse([...(report.windows[index]?.pieces() ?? [])].join(''));
  const info = report.page.subjects[index];
  if (info === undefined || !isWindows(data)) throw new RangeError(`No subject ${String(index)}.`);
  return new Windows(data, info);
}

describe('the numbers of the page', () => {
  test('are those of the documents, to the last decimal', () => {
    const report = builder();
    report.add(
      correlation('mail:mx1', 0, {
        dns: { queries: 6078 },
        smtp: { connects: 250 },
        qmgr: { backlog_delta: -12 },
        mee: { value: 0.215316, adjusted: 1 },
        demand: { rest: -3.25 },
        reject: { user_unknown: 32028 },
      }),
      [],
    );
    report.add(correlation('mail:mx1', 1, { dns: { queries: 70_000 }, smtp: { connects: 0 } }), []);

    const windows = windowsOf(report.finish(EMPTY_SUMMARY));

    expect(windows.starts).toEqual([START_MS / 1000, START_MS / 1000 + 300]);
    expect(windows.of('queries')).toEqual([6078, 70_000]);
    expect(windows.of('connects')).toEqual([250, 0]);
    expect(windows.of('backlog')).toEqual([-12, null]);
    expect(windows.of('mee')).toEqual([0.215316, null]);
    expect(windows.of('adjusted')).toEqual([1, null]);
    expect(windows.of('rest')).toEqual([-3.25, null]);
    expect(windows.of('reject_user_unknown')).toEqual([32_028, null]);
  });

  test('stay gaps where a document has none, also a whole number of blocks later', () => {
    const report = builder();
    for (let pane = 0; pane < 1100; pane += 1)
      report.add(correlation('mail:mx1', pane, pane === 1050 ? { mee: { value: 0.5 } } : {}), []);

    const mee = windowsOf(report.finish(EMPTY_SUMMARY)).of('mee');

    expect(mee.flatMap((value, row) => (value === null ? [] : [[row, value]]))).toEqual([[1050, 0.5]]);
  });

  test('leave a window without values where windows are missing', () => {
    const report = builder();
    for (const pane of [0, 1, 9]) report.add(correlation('mail:mx1', pane, { smtp: { connects: 5 } }), []);

    const windows = windowsOf(report.finish(EMPTY_SUMMARY));

    expect(windows.of('connects')).toEqual([5, 5, null, 5]);
    expect(windows.starts[2]).toBe(START_MS / 1000 + 600);
  });

  test('name the busiest clients, and the one that weighs most on MEE', () => {
    const report = builder();
    const clients = [
      { address: '192.0.2.1', connects: 90, mee_without: 0.6 },
      { address: '192.0.2.2', connects: 50, mee_without: 0.9 },
    ];
    report.add(correlation('mail:mx1', 0, { top_clients: clients }), []);

    const windows = windowsOf(report.finish(EMPTY_SUMMARY));

    const nameOf = (row: number | null | undefined): string | undefined => windows.names[row ?? -1];
    expect(nameOf(windows.of('client_1')[0])).toBe('192.0.2.1');
    expect(windows.of('client_2_connects')).toEqual([50]);
    expect(windows.of('client_3')).toEqual([null]);
    expect(nameOf(windows.of('culprit')[0])).toBe('192.0.2.2');
    expect(windows.of('mee_without')).toEqual([0.9]);
  });

  test('are of sealed windows only', () => {
    const report = builder();
    report.add({ mxwarden: { subject: 'mail:mx1', window: { size: '5m', final: false } } }, []);

    expect(report.finish(EMPTY_SUMMARY).page.subjects).toEqual([]);
  });
});

describe('where there is too much for a page', () => {
  const busy = { smtp: { connects: 5 }, mee: { value: 0.5 } };
  /** Ten hours of panes and hours. */
  function fill(report: ReportBuilder, subject: string): void {
    for (let pane = 0; pane < 120; pane += 1) {
      report.add(correlation(subject, pane, busy), []);
      if (pane % 12 === 0) report.add(correlation(subject, pane, busy, '1h'), []);
    }
  }

  test('the next larger windows stand for the smallest', () => {
    const report = builder(250_000);
    fill(report, 'mail:mx1');
    fill(report, 'mail:mx2');

    const { page } = report.finish(EMPTY_SUMMARY);

    expect(page.sizesLeftOut).toEqual(['5m']);
    expect(page.subjects.map(({ size, windows }) => [size, windows])).toEqual([
      ['1h', 10],
      ['1h', 10],
    ]);
  });

  test('of very many subjects those with most traffic stay, and the others are counted', () => {
    const report = builder(200_000);
    for (let id = 0; id < 20; id += 1)
      report.add(correlation(`mail:mx${id}`, 0, { smtp: { connects: id }, mee: { value: 0.5 } }, '1h'), []);

    const { page } = report.finish(EMPTY_SUMMARY);

    expect(page.subjects.length + page.subjectsLeftOut).toBe(20);
    expect(page.subjectsLeftOut).toBeGreaterThan(0);
    expect(page.subjects[0]?.subject).toBe('mail:mx19');
  });
});

describe('incidents', () => {
  test('are told as in the last alert', () => {
    const report = builder();
    report.add(correlation('mail:mx1', 0), [alert('a', 'opened'), alert('a', 'confirmed')]);
    report.add(correlation('mail:mx1', 1), [alert('a', 'changed', { evidence: { text: '300 failed log-ins' } })]);
    report.add(correlation('mail:mx1', 4), [alert('a', 'closed', { evidence: { text: '300 failed log-ins' } })]);

    const { incidents } = report.finish(EMPTY_SUMMARY).page;

    expect(incidents).toEqual([
      expect.objectContaining({
        id: 'a',
        who: '192.0.2.7',
        isOver: true,
        evidence: '300 failed log-ins',
        lastSeenMs: Date.UTC(2026, 6, 5, 10, 15),
      }),
    ]);
  });

  test('that were withdrawn are none', () => {
    const report = builder();
    report.add(correlation('mail:mx1', 0), [alert('a', 'opened'), alert('a', 'withdrawn')]);

    expect(report.finish(EMPTY_SUMMARY).page.incidents).toEqual([]);
  });

  test('are known where the configuration says so', () => {
    const report = builder();
    const known = { reason: 'a test of ours', until: '2026-08-01T00:00:00.000Z' };
    report.add(correlation('mail:mx1', 0), [alert('a', 'confirmed', { known }), alert('b', 'confirmed')]);

    const { incidents } = report.finish(EMPTY_SUMMARY).page;

    expect(incidents.map((incident) => incident.known)).toEqual(['a test of ours (until 2026-08-01)', undefined]);
  });

  test('say what Postfix could do, or why it should not', () => {
    const report = builder();
    const outlook = { connects: 332, queries: 591, mee: 0.39 };
    const proposal = {
      layer: 'smtpd',
      cautious: 'warn',
      firm: 'reject',
      expires: '2026-07-12T00:00:00.000Z',
      now: outlook,
    };
    report.add(correlation('mail:mx1', 0), [
      alert('a', 'confirmed', { proposal, effect: { text: 'the client is gone' } }),
      alert('b', 'confirmed', { proposal: { refusal: 'partner' } }),
      alert('c', 'confirmed', { proposal: { layer: 'recipients', cautious: 'reject', firm: 'reject' } }),
    ]);

    const [a, b, c] = report.finish(EMPTY_SUMMARY).page.incidents;

    expect(a?.proposal).toBe('At smtpd: begin with warn, then reject; take it out again after 2026-07-12.');
    expect(a?.outlooks).toEqual([{ name: 'as it was', ...outlook }]);
    expect(a?.effect).toBe('the client is gone');
    expect(b?.proposal).toBe('Do not block it: it is a known partner.');
    expect(c?.proposal).toBe('Nobody is blocked: entries for the recipients answer 550.');
  });
});

test('clients are ranked by what they did in all windows of the largest size', () => {
  const report = builder();
  const asked = (address: string, queries: number): JsonObject => ({ address, dns_queries: queries, mx_queries: 1 });
  report.add(correlation('dns:ns1', 0, { top_clients: [asked('192.0.2.1', 5), asked('192.0.2.2', 4)] }, '1h'), []);
  report.add(correlation('dns:ns1', 12, { top_clients: [asked('192.0.2.2', 4)] }, '1h'), []);

  const [subject] = report.finish(EMPTY_SUMMARY).page.subjects;

  expect(subject?.clients.map(({ address, count, mxQueries }) => [address, count, mxQueries])).toEqual([
    ['192.0.2.2', 8, 2],
    ['192.0.2.1', 5, 1],
  ]);
});

test('clients have their autonomous system and country as far as they are known', () => {
  const report = builder();
  const clients = [
    { address: '192.0.2.1', as_number: 64496, country: 'NL' },
    { address: '192.0.2.2', as_number: 64511 },
    { address: '192.0.2.3', country: 'JP' },
    { address: '192.0.2.4' },
  ];
  report.add(correlation('mail:mx1', 0, { top_clients: clients }, '1h'), []);

  const [subject] = report.finish(EMPTY_SUMMARY).page.subjects;

  expect(subject?.clients.map(({ network }) => network)).toEqual(['AS64496, NL', 'AS64511', 'JP', undefined]);
});
