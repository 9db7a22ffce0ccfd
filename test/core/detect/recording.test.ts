import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/core/documents/fields.js';
import { HOUR_MS, createZone } from '../../../src/core/time.js';
import { windowSizes } from '../../../src/core/windows/calendar.js';
import { createLineParser } from '../../../src/parse/line.js';
import { analyze } from '../../../src/stages/analyze.js';
import { FIXTURES, NOW_MS, jsonLines, linesOf, textAt } from '../../support/analysis.js';
import { AGGREGATE, CORRELATE, identityOf } from '../../support/runs.js';
import { memorySink, memorySource, textOf } from '../../support/sources.js';
import { truth } from '../../support/truth.js';

const DEPT = join(FIXTURES, 'dept');
const LOGS = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'];

const { phases: PHASES, probe: PROBE } = truth();

interface Told {
  readonly kind: string;
  readonly client: string | undefined;
  readonly startedMs: number;
  /** `Infinity` if it never ended. */
  readonly endedMs: number;
  readonly openedMs: number;
  readonly text: string;
}

/** The lines of the recording with their stamps moved apart: `factor` times as slow. */
function slowed(lines: readonly string[], factor: number): readonly string[] {
  if (factor === 1) return lines;
  const startMs = Date.parse('2026-11-23T01:57:00Z');
  const later = (ms: number): string => new Date(startMs + factor * (ms - startMs)).toISOString();
  return lines.map((line) => {
    const syslog = /^(\w{3} \d\d \d\d:\d\d:\d\d) (.*)$/.exec(line);
    if (syslog !== null) return `${later(Date.parse(`${syslog[1] ?? ''} 2026 UTC`))} ${syslog[2] ?? ''}`;
    const [day = '', clock = '', ...rest] = line.split(' ');
    return `${later(Date.parse(`${day.replaceAll('-', ' ')} ${clock} UTC`))} ${rest.join(' ')}`;
  });
}

/** The alerts of the recording in windows of a size, its time going so many times as slowly. */
async function alertsAt(size: string, factor = 1): Promise<readonly JsonObject[]> {
  const sizes = windowSizes([size]);
  const alerts = memorySink();
  const other = memorySink();
  await analyze(
    {
      aggregate: { ...AGGREGATE, paneMs: sizes[0]?.lengthMs ?? 0 },
      correlate: { ...CORRELATE, sizes, gapFillMs: HOUR_MS },
    },
    {
      sources: LOGS.map((name) => memorySource(name, [textOf(slowed(linesOf(join(DEPT, name)), factor))])),
      identity: identityOf([
        {
          id: 'gpo',
          hosts: ['gpo'],
          addresses: ['127.0.0.1'],
          own_networks: ['127.0.0.1/32', '127.0.6.0/24'],
        },
      ]),
      parse: createLineParser({ zone: createZone('UTC') }),
      sinks: { correlations: other, clients: other, alerts, rejections: other, deadLetters: other },
      resolverOf: () => 'gpo',
      yearReference: () => Date.UTC(2026, 10, 23),
      bytesOfYear: ({ bytes }) => bytes.length,
      nowMs: NOW_MS,
      onResult: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
      startThreads: undefined,
      threadsAfterBytes: 0,
    },
  );
  return jsonLines(textOf(alerts.documents.map((document) => JSON.stringify(document))));
}

function toldBy(alerts: readonly JsonObject[]): readonly Told[] {
  const of = (alert: JsonObject): string => textAt(alert, 'mxwarden.incident.id');
  const opened = alerts.filter((alert) => textAt(alert, 'event.action') === 'incident-opened');
  return opened.map((alert) => {
    const closed = alerts.find((end) => textAt(end, 'event.action') === 'incident-closed' && of(end) === of(alert));
    const [, , client] = of(alert).split('|');
    return {
      kind: textAt(alert, 'rule.id'),
      client: client === '' ? undefined : client,
      startedMs: Date.parse(textAt(alert, 'event.start')),
      endedMs: closed === undefined ? Infinity : Date.parse(textAt(closed, 'mxwarden.incident.ended')),
      openedMs: Date.parse(textAt(alert, '@timestamp')),
      text: textAt(alert, 'mxwarden.evidence.text'),
    };
  });
}

const SECOND = 1000;

describe.each([
  ['in windows of 30 s', '30s', 1, 30 * SECOND],
  ['in windows of 1 min, twice the rates', '1m', 1, 60 * SECOND],
  ['in windows of 15 s, half the rates', '15s', 1, 15 * SECOND],
  ['ten times as slow, in windows of 5 min', '5m', 10, 300 * SECOND],
])('of the recording %s', (_name, size, factor, windowMs) => {
  const startMs = Date.parse('2026-11-23T01:57:00Z');
  const at = (time: number): number => startMs + factor * (time - startMs);
  const incidents = PHASES.filter(({ incident }) => incident !== undefined);
  let alerts: readonly JsonObject[] = [];
  let told: readonly Told[] = [];

  beforeAll(async () => {
    alerts = await alertsAt(size, factor);
    told = toldBy(alerts);
    const rows = told.map(({ kind, client = '', startedMs, openedMs, endedMs, text }) => {
      const clock = (ms: number): string => (ms === Infinity ? '...' : new Date(ms).toISOString().slice(11, 19));
      return [kind.padEnd(18), client.padEnd(12), clock(startedMs), clock(openedMs), clock(endedMs), text].join('  ');
    });
    process.stdout.write(`\nwindows of ${size}: kind, client, started, opened, ended, evidence\n${rows.join('\n')}\n`);
  });

  test.each(incidents.map((phase) => [phase.incident, phase] as const))(
    '%s is told',
    (kind, { startMs: causedMs, endMs, client }) => {
      const found = told.filter((one) => one.kind === kind);

      expect(found).toHaveLength(1);
      expect(found[0]?.client).toBe(client);
      expect(found[0]?.openedMs).toBeGreaterThan(at(causedMs));
      expect(found[0]?.openedMs).toBeLessThanOrEqual(at(causedMs) + 2 * windowMs + windowMs);
      expect(found[0]?.endedMs).toBeLessThanOrEqual(at(endMs) + 3 * windowMs);
    },
  );

  test('nothing else is', () => {
    const kinds = new Set<string | undefined>(incidents.map(({ incident }) => incident));

    expect(told.filter(({ kind }) => !kinds.has(kind))).toEqual([]);
    expect(told.filter(({ client }) => client === PROBE)).toEqual([]);
  });

  test('each event is a document with an identity of its own', () => {
    expect(new Set(alerts.map((alert) => textAt(alert, 'event.id'))).size).toBe(alerts.length);
  });
});
