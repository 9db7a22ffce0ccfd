import { Aggregator } from '../../core/aggregate.js';
import { DEAD_REASONS } from '../../core/event.js';
import type { DeadReason, Ms } from '../../core/event.js';
import { addOutcomes, noOutcomes } from '../../core/outcomes.js';
import type { Outcomes } from '../../core/outcomes.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.js';
import { schemaKeyOf } from '../../avro/frame.js';
import { shownText } from '../../stages/shown-text.js';
import { aggregateConfig } from '../core-config.js';
import { command } from './context.js';
import type { Context } from './context.js';
import { count, durationText, failure, listed, ok, warning, when } from './finding.js';
import type { Finding } from './finding.js';
import type { SampledRecord, TopicSample } from './samples.js';

const AREA = 'coverage';
/** A share of records that is lost, or that is not understood, and no longer chance. */
const FEW = 0.01;
const MANY = 0.5;
const QUIET_MS = HOUR_MS;
/** Clocks that differ by less are as good as the same. */
const SKEW_MS = 5 * SECOND_MS;
/** Events that come so late were written by another clock or in another zone, or are replayed. */
const DELAY_MS = 15 * MINUTE_MS;
const SAMPLES_KEPT = 100;

/** A topic's sample, and what would become of its records. */
export interface CountedSample extends TopicSample {
  readonly outcomes: Outcomes;
  /** Records whose schema the registry could not tell now. */
  readonly waiting: number;
}

/** Counts samples as the stage aggregate does. */
export function countSample(sample: TopicSample, { config, identity }: Context): CountedSample {
  const outcomes = noOutcomes();
  let waiting = 0;
  const defaultResolver = config.dns_host ?? identity.servers[0]?.config.hosts[0] ?? '';
  const aggregators = new Map<string, Aggregator>();
  for (const { source, record, event } of sample.records) {
    const aggregator = aggregators.get(source) ?? new Aggregator(aggregateConfig(config), identity, defaultResolver);
    aggregators.set(source, aggregator);
    const { offset, timeMs, value } = record;
    const place = { offset, referenceMs: timeMs, origin: () => `${source}/${offset}`, text: () => textOf(value) };
    if (event.kind === 'unknown_schema') waiting += 1;
    else if (event.kind === 'dead') aggregator.bury(event.reason, place);
    else aggregator.add(event, place);
  }
  for (const aggregator of aggregators.values()) addOutcomes(outcomes, aggregator.takeOutcomes(), SAMPLES_KEPT);
  return { ...sample, outcomes, waiting };
}

function textOf(value: Buffer | undefined): string {
  return value === undefined ? '' : shownText(value);
}

/** Which share of the records is understood and counted, and whether the topic is heard of. */
export function coverageFindings(sample: CountedSample, context: Context): Finding[] {
  const { topic, records, outcomes, waiting } = sample;
  if (records.length === 0) {
    const next = `Start what fills it: ${command(context, 'ship --follow LOG')}, or your own shipper.`;
    return [warning(AREA, `${topic} is empty.`, next)];
  }
  const sum = (counts: ReadonlyMap<string, { readonly count: number }>): number =>
    [...counts.values()].reduce((all, entry) => all + entry.count, 0);
  const dead = DEAD_REASONS.reduce((all, reason) => all + outcomes.dead[reason], 0);
  const unrecognised = sum(outcomes.unrecognised);
  const unmapped = sum(outcomes.unmapped);
  const of = (part: number): string => share(part / records.length);
  const latestMs = latest(records, ({ event }) => ('time' in event ? event.time : -Infinity));
  const findings = [
    ...deadFindings(sample, dead, context),
    ...(waiting > 0 ? [waitingFinding(sample)] : []),
    ...(unrecognised > FEW * records.length ? [unrecognisedFinding(sample, unrecognised)] : []),
    ...silenceFindings(sample, context),
  ];
  const shares = [
    `of the last ${count(records.length, 'record')} ${of(records.length - dead - waiting)} are events`,
    `${of(unrecognised)} are not recognised`,
    `${of(unmapped)} are of no server`,
    ...(latestMs > -Infinity ? [`the latest event is of ${when(latestMs)} UTC`] : []),
  ];
  return [ok(AREA, `${topic}: ${shares.join(', ')}.`), ...findings];
}

function share(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

function latest(records: readonly SampledRecord[], timeOf: (record: SampledRecord) => Ms): Ms {
  return records.reduce((time, record) => Math.max(time, timeOf(record)), -Infinity);
}

const DEAD_NEXT: Readonly<Record<DeadReason, string>> = {
  no_envelope:
    'Give the lines with what stands before the message: time, host and program; mxwarden parse says what is missing.',
  too_long: 'Look at what writes lines of more than 64 KiB; they are no log lines.',
  future: 'Set the clock of the host that writes them, or its timezone under servers.',
  late: 'Send the logs of one host in order; replay old ones into an epoch of its own.',
  no_schema: 'Register the schema by which they were written (kafka.registry), or write them by those in schemas/.',
  unreadable: 'Look at what writes to this topic: it does not write by the schema that it names.',
};

function deadFindings({ topic, format, records, outcomes }: CountedSample, dead: number, { file }: Context): Finding[] {
  if (dead <= FEW * records.length) return [];
  const tell = dead > MANY * records.length ? failure : warning;
  const better = format === 'avro' ? formatOf(records) : isFramed(records) ? 'avro' : undefined;
  if (better !== undefined) {
    const text = `${topic} is read as ${format}, and ${share(dead / records.length)} of its records are ${FORMAT_NAMES[better]}.`;
    const next = `Set stream.inputs in ${file} to have {topic: ${topic}, format: ${better}} in it.`;
    return [tell(AREA, text, next)];
  }
  const reasons = DEAD_REASONS.filter((reason) => outcomes.dead[reason] > 0).sort(
    (a, b) => outcomes.dead[b] - outcomes.dead[a],
  );
  const counts = reasons.map((reason) => `${reason} ${outcomes.dead[reason].toLocaleString('en-US')}`);
  const text = `${topic}: ${share(dead / records.length)} of its records can never be counted (${counts.join(', ')}).`;
  return [tell(AREA, text, DEAD_NEXT[reasons[0] ?? 'unreadable'])];
}

const FORMAT_NAMES = { avro: 'in Avro', ecs: 'documents in JSON', syslog: 'lines of text' } as const;

const BRACE = 0x7b;
const BLANK = 0x20;

/** The format that dead records have that are not in Avro, if it is one of ours. */
function formatOf(records: readonly SampledRecord[]): 'ecs' | 'syslog' | undefined {
  const texts = deadValues(records).filter((value) => (value[0] ?? 0) >= BLANK && value.subarray(0, 200).every(isText));
  if (texts.length <= MANY * deadValues(records).length) return undefined;
  return texts.filter((value) => value[0] === BRACE).length > MANY * texts.length ? 'ecs' : 'syslog';
}

function isText(byte: number): boolean {
  return byte >= BLANK || byte === 9 || byte === 10 || byte === 13;
}

function isFramed(records: readonly SampledRecord[]): boolean {
  const values = deadValues(records);
  return values.filter((value) => schemaKeyOf(value) !== undefined).length > MANY * values.length;
}

function deadValues(records: readonly SampledRecord[]): readonly Buffer[] {
  return records.flatMap(({ record, event }) => (event.kind === 'dead' ? (record.value ?? []) : []));
}

function waitingFinding({ topic, records, waiting }: CountedSample): Finding {
  const ids = new Set(records.flatMap(({ event }) => (event.kind === 'unknown_schema' ? String(event.id) : [])));
  const text = `${topic}: ${count(waiting, 'record')} of schema ${listed([...ids])} wait for the registry, which cannot be asked.`;
  return failure(AREA, text, 'Mend what is said of the registry here.');
}

function unrecognisedFinding({ topic, records, outcomes }: CountedSample, unrecognised: number): Finding {
  const programs = [...outcomes.unrecognised].sort(([, a], [, b]) => b.count - a.count).map(([program]) => program);
  const text = `${topic}: ${share(unrecognised / records.length)} of its lines are of programs that are read, and not understood: ${listed(programs)}.`;
  return warning(AREA, text, 'See "My log is not recognised" in the README, and report such a line.');
}

function silenceFindings({ topic, records }: CountedSample, { nowMs }: Context): Finding[] {
  const quietMs = nowMs() - latest(records, ({ record }) => record.timeMs);
  if (quietMs <= QUIET_MS) return [];
  const next = 'Look whether what fills it runs (mxwarden ship --follow, or your own shipper), and into its log.';
  return [warning(AREA, `Nothing has come into ${topic} for ${durationText(quietMs)}.`, next)];
}

/** How the clocks of the hosts in the samples, of the brokers and of this machine go together. */
export function clockFindings(samples: readonly TopicSample[], { config, nowMs }: Context): Finding[] {
  const records = samples.flatMap((sample) => sample.records);
  if (records.length === 0) return [];
  const findings: Finding[] = [];
  const aheadMs = latest(records, ({ record }) => record.timeMs) - nowMs();
  if (aheadMs > SKEW_MS) {
    const text = `Records were written ${durationText(aheadMs)} after now, by the clock of this machine.`;
    findings.push(warning('clocks', text, 'Set the clocks of the brokers and of this machine (NTP).'));
  }
  const delays = delaysOf(records);
  const { futureSkewMs } = aggregateConfig(config);
  for (const [host, { leastMs }] of delays) {
    if (leastMs < -futureSkewMs) {
      const text = `Events of ${host} are ${durationText(-leastMs)} ahead of the records that they came in: they are never counted.`;
      findings.push(failure('clocks', text, zoneAdvice(host, config.timezone)));
    } else if (leastMs > DELAY_MS) {
      const text = `Events of ${host} come ${durationText(leastMs)} after their time.`;
      findings.push(
        warning('clocks', text, `Nothing, where an old log is read in. Else: ${zoneAdvice(host, config.timezone)}`),
      );
    }
  }
  if (findings.length > 0) return findings;
  return [ok('clocks', `The clocks of ${count(delays.size, 'host')} in the samples go with those of the brokers.`)];
}

function zoneAdvice(host: string, timezone: string): string {
  return `Set the clock of ${host}, or the timezone of its server under servers: its stamps without a zone are read in that, else in ${timezone}.`;
}

/** By host: how long after their times events were written to the topic, at least. */
function delaysOf(records: readonly SampledRecord[]): ReadonlyMap<string, { readonly leastMs: Ms }> {
  const delays = new Map<string, { leastMs: Ms }>();
  for (const { record, event } of records) {
    if (!('time' in event)) continue;
    const host = event.kind === 'dns' ? event.resolver : event.host;
    if (host === undefined || host === '') continue;
    const delayMs = record.timeMs - event.time;
    const known = delays.get(host);
    if (known === undefined) delays.set(host, { leastMs: delayMs });
    else known.leastMs = Math.min(known.leastMs, delayMs);
  }
  return delays;
}
