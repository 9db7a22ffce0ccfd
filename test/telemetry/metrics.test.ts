import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { labelRows, metricRows } from '../../src/telemetry/declarations.js';
import { Metrics } from '../../src/telemetry/metrics.js';

const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
const SOURCE = { stage: 'aggregate', source: 'mxwarden.mail-events/3' } as const;
const SERIES = '{stage="aggregate",topic="mxwarden.mail-events",partition="3"}';

/** Metrics with a clock that is moved by hand. */
function createMetrics(): { readonly metrics: Metrics; readonly clock: { nowMs: number } } {
  const clock = { nowMs: 1_000_000 };
  return { metrics: new Metrics({ nowMs: () => clock.nowMs }), clock };
}

/** The lines of values that begin so. */
async function valuesOf(metrics: Metrics, beginning: string): Promise<readonly string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(beginning));
}

test('a gauge is of a partition until it is unset', async () => {
  const { metrics } = createMetrics();
  metrics.set('mxwarden_processed_lag_records', SOURCE, 7);
  metrics.set('mxwarden_processed_lag_records', SOURCE, 5);
  expect(await valuesOf(metrics, 'mxwarden_processed')).toEqual([`mxwarden_processed_lag_records${SERIES} 5`]);

  metrics.set('mxwarden_processed_lag_records', SOURCE, undefined);
  expect(await valuesOf(metrics, 'mxwarden_processed')).toEqual([]);
});

test('an age grows while nothing is said', async () => {
  const { metrics, clock } = createMetrics();
  metrics.since('mxwarden_watermark_delay_seconds', SOURCE, clock.nowMs - 30_000);
  expect(await valuesOf(metrics, 'mxwarden_watermark')).toEqual([`mxwarden_watermark_delay_seconds${SERIES} 30`]);

  clock.nowMs += 500;
  expect(await valuesOf(metrics, 'mxwarden_watermark')).toEqual([`mxwarden_watermark_delay_seconds${SERIES} 30.5`]);
});

test.each([undefined, Infinity, -Infinity, NaN])('%p is no instant', async (instantMs) => {
  const { metrics, clock } = createMetrics();
  metrics.since('mxwarden_seal_age_seconds', SOURCE, clock.nowMs);
  metrics.since('mxwarden_seal_age_seconds', SOURCE, instantMs);

  expect(await valuesOf(metrics, 'mxwarden_seal')).toEqual([]);
});

test('counters with closed labels are there from the start', async () => {
  const { metrics } = createMetrics();
  expect(await valuesOf(metrics, 'mxwarden_events_total{outcome="late"}')).toEqual([
    'mxwarden_events_total{outcome="late"} 0',
  ]);
  expect(await valuesOf(metrics, 'mxwarden_bulk_items_total')).toHaveLength(20);
  expect(await valuesOf(metrics, 'mxwarden_gap')).toEqual([]);

  metrics.add('mxwarden_events_total', { outcome: 'late' });
  metrics.add('mxwarden_events_total', { outcome: 'late' }, 4);
  expect(await valuesOf(metrics, 'mxwarden_events_total{outcome="late"}')).toEqual([
    'mxwarden_events_total{outcome="late"} 5',
  ]);
});

describe('a partition that is lost', () => {
  test('is in no gauge and no age any more, but in the counters', async () => {
    const { metrics, clock } = createMetrics();
    metrics.set('mxwarden_committed_lag_records', SOURCE, 7);
    metrics.set('mxwarden_held_back', SOURCE, 1);
    metrics.since('mxwarden_watermark_delay_seconds', SOURCE, clock.nowMs);
    metrics.add('mxwarden_gap_records_total', SOURCE, 12);
    await metrics.text();
    metrics.forget('aggregate', SOURCE.source);

    const text = await metrics.text();
    expect(text.split('\n').filter((line) => line.includes(SERIES))).toEqual([
      `mxwarden_gap_records_total${SERIES} 12`,
    ]);
  });

  test('leaves others alone, of another stage as well', async () => {
    const { metrics } = createMetrics();
    const others = [
      { ...SOURCE, source: 'mxwarden.mail-events/30' },
      { ...SOURCE, source: 'mail-events/3' },
      { ...SOURCE, stage: 'correlate' as const },
    ];
    for (const other of others) metrics.set('mxwarden_open_panes', other, 1);
    metrics.forget('aggregate', SOURCE.source);

    expect(await valuesOf(metrics, 'mxwarden_open_panes')).toHaveLength(others.length);
  });
});

test('each process has metrics of its own', async () => {
  const { metrics } = createMetrics();
  createMetrics().metrics.add('mxwarden_rebalances_total', { stage: 'index' });

  expect(await valuesOf(metrics, 'mxwarden_rebalances_total{stage="index"}')).toEqual([
    'mxwarden_rebalances_total{stage="index"} 0',
  ]);
});

test('what is scraped says what each metric is, and has the process beside it', async () => {
  const { metrics } = createMetrics();
  const text = await metrics.text();

  for (const { name, kind, help } of metricRows())
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
  expect(text).toContain('process_resident_memory_bytes ');
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds ');
  expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
});

describe('the declaration', () => {
  test.each(metricRows())('of $name keeps to the conventions of Prometheus', ({ name, kind, labels, help }) => {
    expect(name).toMatch(/^mxwarden_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    if (kind === 'gauge') expect(labels).toEqual(['stage', 'topic', 'partition']);
    expect(help).toMatch(/^[A-Z\d].*[^.]$/);
  });

  test('is what the README lists', () => {
    const metrics = metricRows().map(
      ({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |`,
    );
    const labels = labelRows().map(
      ([label, values]) => `| \`${label}\` | ${values.map((value) => `\`${value}\``).join(', ')} |`,
    );

    const [section = ''] = /^## Metrics\n[^]*?\n## /m.exec(README) ?? [];
    expect(section.match(/^\| `\w+` \|.*/gm)).toEqual([...metrics, ...labels]);
  });
});
