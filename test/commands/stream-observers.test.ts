import { beforeEach, describe, expect, test } from '@jest/globals';
import { aggregateObserver, correlateObserver, indexObserver } from '../../src/commands/stream-observers.js';
import type { Telemetry } from '../../src/commands/stream-observers.js';
import { valueIn } from '../../src/core/documents/value.js';
import { addSample, noOutcomes } from '../../src/core/outcomes.js';
import { Vitals } from '../../src/telemetry/health.js';
import { Log } from '../../src/telemetry/log.js';
import { Metrics } from '../../src/telemetry/metrics.js';

const NOW_MS = 1_000_000;
const SOURCE = 'mail/3';
let logged: string[];
let telemetry: Telemetry;
beforeEach(() => {
  logged = [];
  const nowMs = (): number => NOW_MS;
  telemetry = {
    metrics: new Metrics({ nowMs }),
    vitals: new Vitals([], { maxSilenceMs: 1, sessionMs: 1 }, { nowMs }),
    log: new Log({ level: 'info', version: '0', node: 'n' }, { nowMs, write: (line) => logged.push(line) }),
  };
});

/** What is not zero of our own metrics, by name and labels. */
async function metricsNow(): Promise<Readonly<Record<string, number>>> {
  const lines = (await telemetry.metrics.text()).split('\n').filter((line) => line.startsWith('mxwarden_'));
  const values = lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== 0));
}

/** Level, message, and what is said beside. */
function logNow(): readonly (readonly [unknown, unknown, unknown])[] {
  return logged.map((line) => {
    const entry: unknown = JSON.parse(line);
    return [valueIn(entry, ['log.level']), valueIn(entry, ['message']), valueIn(entry, ['mxwarden.count'])] as const;
  });
}

const labels = (stage: string): string => `{stage="${stage}",topic="mail",partition="3"}`;

describe('aggregate', () => {
  const state = { next: 40, end: 100, committed: 10, watermarkMs: NOW_MS - 5000, isHeld: true };

  test('tells where a partition stands, until it is lost', async () => {
    const observe = aggregateObserver(telemetry);
    observe.source(SOURCE, state);

    expect(await metricsNow()).toEqual({
      [`mxwarden_processed_lag_records${labels('aggregate')}`]: 60,
      [`mxwarden_committed_lag_records${labels('aggregate')}`]: 90,
      [`mxwarden_watermark_delay_seconds${labels('aggregate')}`]: 5,
      [`mxwarden_held_back${labels('aggregate')}`]: 1,
    });
    observe.source(SOURCE, { ...state, end: 30, watermarkMs: -Infinity, isHeld: false });
    expect(await metricsNow()).toEqual({ [`mxwarden_committed_lag_records${labels('aggregate')}`]: 20 });
    observe.lost(SOURCE);
    expect(await metricsNow()).toEqual({});
  });

  test('tells what became of events, each under its name', async () => {
    const outcomes = { ...noOutcomes(), counted: 1, unused: 2, duplicate: 4 };
    const line = { text: () => 'line' };
    addSample(outcomes.foreign, 'sshd', line, 10, 8);
    addSample(outcomes.unrecognised, 'smtpd', line, 10, 16);
    addSample(outcomes.unmapped, 'mx9', line, 10, 32);
    addSample(outcomes.unmapped, 'mx8', line, 10, 64);
    outcomes.dead.late = 128;
    outcomes.dead.future = 256;
    aggregateObserver(telemetry).outcomes(outcomes);

    expect(await metricsNow()).toEqual({
      'mxwarden_events_total{outcome="counted"}': 1,
      'mxwarden_events_total{outcome="unused"}': 10,
      'mxwarden_events_total{outcome="duplicate"}': 4,
      'mxwarden_events_total{outcome="unrecognised"}': 16,
      'mxwarden_events_total{outcome="unmapped"}': 96,
      'mxwarden_events_total{outcome="late"}': 128,
      'mxwarden_events_total{outcome="future"}': 256,
    });
    expect(logNow()).toEqual([['warn', expect.stringContaining('no server of the configuration'), 96]]);
    // Names of hosts come out of logs.
    expect(logged.join()).not.toContain('mx9');
  });

  test('tells of gaps, dead letters and schemas', async () => {
    const observe = aggregateObserver(telemetry);
    observe.gap(SOURCE, { from: 5, to: 12 });
    observe.dead('unreadable');
    observe.schema(SOURCE, 7, 'later');
    observe.schema(SOURCE, 7, 'absent');

    expect(await metricsNow()).toEqual({
      [`mxwarden_gap_records_total${labels('aggregate')}`]: 7,
      'mxwarden_dead_letters_total{stage="aggregate",reason="unreadable"}': 1,
    });
    expect(logNow()).toEqual([
      ['error', expect.stringContaining('raise the retention'), 7],
      ['warn', expect.stringContaining('does not give a schema'), undefined],
      ['warn', expect.stringContaining('has no schema of this number'), undefined],
    ]);
  });
});

describe('correlate', () => {
  test('tells where a partition stands, until it is lost', async () => {
    const observe = correlateObserver(telemetry);
    const watermarkMs = NOW_MS - 1000;
    const open = { openPanes: 3, openWindows: 4 };
    observe.partition(SOURCE, { next: 1, end: 3, committed: 0, watermarkMs, sealedMs: NOW_MS - 9000, ...open });

    expect(await metricsNow()).toEqual({
      [`mxwarden_processed_lag_records${labels('correlate')}`]: 2,
      [`mxwarden_committed_lag_records${labels('correlate')}`]: 3,
      [`mxwarden_watermark_delay_seconds${labels('correlate')}`]: 1,
      [`mxwarden_seal_age_seconds${labels('correlate')}`]: 9,
      [`mxwarden_open_panes${labels('correlate')}`]: 3,
      [`mxwarden_open_windows${labels('correlate')}`]: 4,
    });
    observe.lost(SOURCE);
    expect(await metricsNow()).toEqual({});
  });

  test('counts documents by their kind, and what comes too late', async () => {
    const observe = correlateObserver(telemetry);
    observe.documents('correlations', 3);
    observe.documents('clients', 5);
    observe.documents('alerts', 7);
    observe.documents('dead', 11);
    observe.late({ source: SOURCE, chunk: 0, subject: 'mail:mx', paneMs: 0, from: 0, upTo: 9 });

    expect(await metricsNow()).toEqual({
      'mxwarden_documents_total{document="correlation"}': 3,
      'mxwarden_documents_total{document="client"}': 5,
      'mxwarden_documents_total{document="alert"}': 7,
      'mxwarden_dead_letters_total{stage="correlate",reason="late"}': 1,
    });
    expect(logNow()).toEqual([['warn', expect.stringContaining('had been silent'), undefined]]);
  });

  test('tells of snapshots, and of what could not be restored', async () => {
    const observe = correlateObserver(telemetry);
    observe.snapshot(SOURCE, { tookMs: 250, bytes: 12_345 });
    observe.restored(SOURCE, { tookMs: 1500, isDamaged: false, lost: undefined });
    expect(logNow()).toEqual([]);
    observe.restored(SOURCE, { tookMs: 1500, isDamaged: true, lost: { from: 4, to: 13 } });

    expect(await metricsNow()).toEqual({
      [`mxwarden_snapshot_seconds${labels('correlate')}`]: 0.25,
      [`mxwarden_snapshot_bytes${labels('correlate')}`]: 12_345,
      [`mxwarden_restore_seconds${labels('correlate')}`]: 1.5,
      [`mxwarden_gap_records_total${labels('correlate')}`]: 9,
    });
    expect(logNow().map(([level, message]) => [level, String(message).split(' ').slice(0, 3).join(' ')])).toEqual([
      ['error', 'A snapshot is'],
      ['error', 'What was counted'],
    ]);
  });
});

test('index tells where a partition stands, until it is lost', async () => {
  const observe = indexObserver(telemetry);
  observe.onPartition(SOURCE, { next: 40, end: 100, committed: 10 });

  expect(await metricsNow()).toEqual({
    [`mxwarden_processed_lag_records${labels('index')}`]: 60,
    [`mxwarden_committed_lag_records${labels('index')}`]: 90,
  });
  observe.onLost(SOURCE);
  expect(await metricsNow()).toEqual({});
});

test('index counts documents by what became of them, and tells of later epochs and gaps', async () => {
  const observe = indexObserver(telemetry);
  observe.onIndexed('correlation', 'written');
  observe.onIndexed('correlation', 'stale');
  observe.onIndexed('alert', 'there');
  expect(logNow()).toEqual([]);
  observe.onIndexed('client', 'older_epoch');
  observe.onDeadLetter('rejection', 'malformed');
  observe.onGap({ source: SOURCE, fromOffset: 2, toOffset: 9 });

  expect(await metricsNow()).toEqual({
    'mxwarden_bulk_items_total{document="correlation",verdict="written"}': 1,
    'mxwarden_bulk_items_total{document="correlation",verdict="stale"}': 1,
    'mxwarden_bulk_items_total{document="alert",verdict="there"}': 1,
    'mxwarden_bulk_items_total{document="client",verdict="older_epoch"}': 1,
    'mxwarden_dead_letters_total{stage="index",reason="malformed"}': 1,
    [`mxwarden_gap_records_total${labels('index')}`]: 7,
  });
  expect(logNow()).toEqual([
    ['warn', expect.stringContaining('later epoch'), undefined],
    ['error', expect.stringContaining('deleted before they were indexed'), 7],
  ]);
});
