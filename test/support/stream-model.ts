import fc from 'fast-check';
import { PartialEncoder, createPartialDecoder } from '../../src/avro/partials.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import type { AggregateConfig } from '../../src/core/aggregate.js';
import { Correlator } from '../../src/core/correlate.js';
import type { CorrelateConfig, Correlated, LateRange, SnapshotPart } from '../../src/core/correlate.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { Event, Ms } from '../../src/core/event.js';
import type { Identity } from '../../src/core/identity.js';
import type { PartialRecord } from '../../src/core/progress.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { createAggregateStage } from '../../src/stages/aggregate.js';
import type { AggregateStageConfig } from '../../src/stages/aggregate.js';
import type { AggregateOutlet } from '../../src/stages/emitted-records.js';
import { createCorrelateStage } from '../../src/stages/correlate.js';
import type { CorrelateOutlet, CorrelateStageDeps } from '../../src/stages/correlate.js';
import type { RecordSink } from '../../src/stages/ports.js';
import { isAtEnd } from '../../src/stages/snapshot-note.js';
import type { DecodedRecord } from '../../src/stages/source-fold.js';
import { anyEvent } from './arbitraries.js';
import { Chance, Turns } from './chance.js';
import type { Process } from './chance.js';
import { jsonObject } from './analysis.js';
import { at, expectDocuments } from './documents.js';
import { NOON } from './events.js';
import { Group, MemorySnapshots, createSink, createTopic } from './memory-kafka.js';
import type { Partition, Strays, World } from './memory-kafka.js';
import { expectSchema } from './json-schema.js';
import { createRandom } from './random.js';
import { AGGREGATE, CORRELATE, SourceFold, identityOf } from './runs.js';

export const TWO_SERVERS = identityOf([
  { id: 'mx', hosts: ['mx'], addresses: ['192.0.2.1'] },
  { id: 'mx2', hosts: ['mx2'], addresses: ['192.0.2.77'] },
]);
/** The same servers, with another one for the first host. */
export const MAPPED_OTHERWISE = identityOf([
  { id: 'mx', hosts: ['elsewhere'], addresses: ['192.0.2.1'] },
  { id: 'mx2', hosts: ['mx', 'mx2'], addresses: ['192.0.2.77'] },
]);

export interface ModelConfig {
  readonly identity: Identity;
  readonly aggregate: AggregateConfig;
  readonly correlate: CorrelateConfig;
  readonly chunkRecords: number;
  readonly idleMs: Ms;
  readonly maxSkewMs: Ms;
  readonly epoch: number;
  readonly from?: AggregateStageConfig['from'];
  /** Whether the run goes on beyond the records that there are at its start. */
  readonly isLive: boolean;
}

export const MODEL: ModelConfig = {
  identity: TWO_SERVERS,
  aggregate: { ...AGGREGATE, allowedLatenessMs: 20 * MINUTE_MS },
  correlate: {
    ...CORRELATE,
    sizes: windowSizes(['5m', '1h']),
    allowedLatenessMs: 20 * MINUTE_MS,
    gapFillMs: 30 * MINUTE_MS,
    provisional: true,
  },
  chunkRecords: 10,
  idleMs: 5 * MINUTE_MS,
  maxSkewMs: HOUR_MS,
  epoch: 1,
  isLive: false,
};

/** A record of an input, as it will be written. */
export interface InputRecord {
  readonly text: string;
  /** When the broker writes it. */
  readonly timeMs: Ms;
  /** Offsets left out after it. */
  readonly skipped: number;
}

const POISON = 'no event at all';
const SCHEMA = /^#(\d+) /;

/** Records whose times rise but for jitter, with some that are too late, from the future or no events. */
export function anyRecords(maxLength: number): fc.Arbitrary<readonly InputRecord[]> {
  const gapMs = fc.oneof(
    { weight: 40, arbitrary: fc.nat({ max: 3 * MINUTE_MS }) },
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat({ max: HOUR_MS }) },
    { weight: 1, arbitrary: fc.constant(9 * HOUR_MS) },
  );
  const backMs = fc.oneof(
    { weight: 12, arbitrary: fc.nat({ max: 30 * SECOND_MS }) },
    { weight: 4, arbitrary: fc.nat({ max: 20 * MINUTE_MS }) },
    { weight: 1, arbitrary: fc.nat({ max: 2 * HOUR_MS }) },
  );
  const oddity = fc.nat({ max: 40 });
  const step = fc.record({ gapMs, backMs, oddity, isSecond: fc.boolean(), event: anyEvent(0) });
  return fc.array(step, { maxLength, size: 'max' }).map((steps) => {
    let nowMs = NOON;
    return steps.map(({ gapMs: passed, backMs: back, oddity: odd, isSecond, event }) => {
      nowMs += passed;
      const time = odd === 1 ? nowMs + HOUR_MS : nowMs - back;
      const host = event.kind !== 'dns' && event.host === 'mx' && isSecond ? { host: 'mx2' } : {};
      const text = odd === 0 ? POISON : JSON.stringify({ ...event, ...host, time });
      return { text, timeMs: nowMs, skipped: odd === 2 ? 3 : 0 };
    });
  });
}

export function inputOf(name: string, records: readonly InputRecord[]): Partition[] {
  const topic = createTopic(name, 1);
  for (const partition of topic) for (const record of records) appendTo(partition, record);
  return topic;
}

export function appendTo(partition: Partition, { text, timeMs, skipped }: InputRecord): void {
  partition.append(Buffer.from(text), timeMs);
  partition.skip(skipped);
}

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The event of a record. Records of schemas that are not known say their number first. */
export function decodeInput(value: Buffer, known: ReadonlySet<number> = new Set()): DecodedRecord {
  let text = value.toString();
  const schema = SCHEMA.exec(text);
  if (schema !== null) {
    const id = Number(schema[1]);
    if (!known.has(id)) return { kind: 'unknown_schema', id };
    text = text.slice(schema[0].length);
  }
  if (!text.startsWith('{')) return { kind: 'dead', reason: 'unreadable' };
  const event: unknown = JSON.parse(text);
  return isEvent(event) ? event : { kind: 'dead', reason: 'unreadable' };
}

/** What comes out in the end: texts by identity. */
export interface Results {
  readonly correlations: ReadonlyMap<string, string>;
  readonly clients: ReadonlyMap<string, string>;
  readonly alerts: ReadonlyMap<string, string>;
  readonly rejections: ReadonlyMap<string, string>;
  readonly dead: ReadonlyMap<string, string>;
}

/** Each source folded and correlated in one piece. */
export function batch(inputs: readonly Partition[], config: ModelConfig): Results {
  const expected = inputs.map(({ name }) => name);
  const correlator = new Correlator({ ...config.correlate, provisional: false }, config.identity);
  const dead = new Map<string, string>();
  const rejections = new Map<string, string>();
  const marks = inputs.map(({ name, records }) => {
    const fold = new SourceFold(name, config.aggregate, config.identity);
    for (const { offset, timeMs, value } of records) {
      const text = value.toString();
      const record = { offset, referenceMs: timeMs, origin: () => `${name}/${offset}`, text: () => text };
      const decoded = decodeInput(value, ALL_KNOWN);
      if (decoded.kind === 'dead') fold.bury(decoded.reason, record);
      else if (decoded.kind !== 'unknown_schema' && !('origin' in decoded)) fold.add(decoded, record);
    }
    const { contributions, mark, ...asides } = fold.finishChunk(expected, true);
    for (const letter of asides.deadLetters) dead.set(letter.origin, JSON.stringify(letter));
    for (const rejection of asides.rejections) rejections.set(idOf(rejection), JSON.stringify(rejection));
    for (const contribution of contributions) correlator.contribute(contribution);
    return mark;
  });
  const outputs: Correlated[] = marks.flatMap((mark, place) => [...correlator.mark(mark, place)]);
  const texts = (documents: readonly object[]) => new Map(documents.map((each) => [idOf(each), unversioned(each)]));
  return {
    correlations: texts(outputs.map(({ correlation }) => correlation)),
    clients: texts(outputs.flatMap(({ clients }) => clients)),
    alerts: texts(outputs.flatMap(({ alerts }) => alerts).filter(isSettled)),
    rejections,
    dead,
  };
}

const ALL_KNOWN: ReadonlySet<number> = new Set([7, 8]);

function idOf(document: unknown): string {
  return String(at(document, 'event.id'));
}

function isSettled(alert: unknown): boolean {
  return ['incident-confirmed', 'incident-closed'].includes(String(at(alert, 'event.action')));
}

function unversioned(document: object): string {
  const versions = new Set(['version', 'revision']);
  return JSON.stringify(document, (key, value: unknown) => (versions.has(key) ? undefined : value));
}

const encoder = new PartialEncoder();
const decoder = createPartialDecoder(new WriterSchemas());

function encodePartial(record: PartialRecord): Buffer {
  return record.kind === 'mark' ? encoder.encodeMark(record.mark) : encoder.encodeContribution(record.contribution);
}

export function decodePartial(value: Buffer): PartialRecord | undefined {
  const record = decoder.decode(value);
  return record.kind === 'contribution' || record.kind === 'mark' ? record : undefined;
}

/** What a schedule is: what chance begins with, for how long it rules, and what it may do. */
export interface Schedule {
  readonly seed: number;
  readonly times: number;
  readonly partials: number;
  readonly isStable: boolean;
}

export function anySchedule(times = 3000): fc.Arbitrary<Schedule> {
  return fc.record({
    seed: fc.nat(),
    times: fc.nat({ max: times }),
    partials: fc.integer({ min: 1, max: 3 }),
    isStable: fc.constant(false),
  });
}

/** Another way to do something than the stages have, to see that it shows. */
export interface Spoilt {
  readonly sink?: (sink: RecordSink<AggregateOutlet>) => RecordSink<AggregateOutlet>;
  readonly decode?: () => CorrelateStageDeps['decode'];
}

/** Topics, and the two stages that run on them in some processes that come and go. */
export class StreamModel implements World {
  readonly chance: Chance;
  readonly turns = new Turns();
  readonly clock = { nowMs: NOON + 24 * HOUR_MS };
  readonly partials: Partition[];
  readonly topics = {
    rejections: createTopic('rejections', 1),
    dead: createTopic('dead', 1),
    correlations: createTopic('correlations', 2),
    clients: createTopic('clients', 1),
    alerts: createTopic('alerts', 1),
  };
  readonly strays: Strays = [];
  readonly snapshots: MemorySnapshots;
  readonly knownSchemas = new Set<number>();
  readonly late: LateRange[] = [];
  readonly seen = { snapshots: 0, restored: 0, held: 0, crashes: 0 };
  /** Offsets that were told to be lost: `topic/partition/offset`. */
  readonly lost = new Set<string>();
  /** Windows that are not sealed, by partition. */
  readonly openWindows = new Map<string, number>();
  /** Up to where the inputs and the partitions of contributions were read. */
  readonly reached = new Map<string, number>();
  readonly taken = new Map<string, number>();
  aggregate: Group;
  correlate: Group;
  private ends: ReadonlyMap<string, number> | undefined;
  private isCalm = false;

  constructor(
    readonly inputs: readonly Partition[],
    readonly config: ModelConfig,
    private readonly schedule: Schedule,
    private readonly spoilt: Spoilt = {},
    /** What was contributed already. */
    partials = createTopic('partials', schedule.partials),
  ) {
    this.chance = new Chance(createRandom(schedule.seed), schedule.times);
    this.partials = partials;
    this.snapshots = new MemorySnapshots(this, (parts) => this.checkBounds(parts));
    this.ends = config.isLive ? undefined : new Map(inputs.map(({ name, end }) => [name, end]));
    this.aggregate = this.aggregateGroup(config);
    this.correlate = new Group(this, this.partials, (process) => this.correlateIn(process, config));
  }

  /** Goes on with other settings, in new processes. */
  reconfigure(config: ModelConfig, inputs = this.inputs): void {
    this.ends = config.isLive ? undefined : new Map(inputs.map(({ name, end }) => [name, end]));
    for (const group of [this.aggregate, this.correlate]) for (const runner of group.runners) group.crash(runner);
    const aggregate = this.aggregateGroup(config, inputs);
    const correlate = new Group(this, this.partials, (process) => this.correlateIn(process, config));
    for (const [before, after] of [
      [this.aggregate, aggregate],
      [this.correlate, correlate],
    ] as const) {
      for (const [source, position] of before.committed) after.committed.set(source, position);
      after.problems.push(...before.problems);
    }
    this.aggregate = aggregate;
    this.correlate = correlate;
  }

  private aggregateGroup(config: ModelConfig, inputs = this.inputs): Group {
    return new Group(this, inputs, (process) => this.aggregateIn(process, config), config.from !== undefined);
  }

  private aggregateIn(process: Process, config: ModelConfig) {
    const sink = createSink<AggregateOutlet>(
      this,
      process,
      (outlet) => (outlet === 'partials' ? this.partials : this.topics[outlet]),
      this.strays,
    );
    const stageConfig: AggregateStageConfig = { ...config, cfg: `cfg${config.epoch}`, ends: this.ends };
    return createAggregateStage(stageConfig, {
      identity: config.identity,
      defaultResolver: 'ns',
      decodeOf: () => (value) => decodeInput(value, this.knownSchemas),
      learn: async (id) => {
        await this.turns.next(process);
        return this.knownSchemas.has(id) ? 'known' : 'later';
      },
      encode: encodePartial,
      partialsCount: this.partials.length,
      isFresh: async () => this.partials.every(({ end }) => end === 0),
      sink: this.spoilt.sink?.(sink) ?? sink,
      nowMs: () => this.clock.nowMs,
      timeOfDayMs: () => this.clock.nowMs,
      onOutcomes: () => undefined,
      observe: {
        source: (name, { isHeld, next }) => {
          this.seen.held += Number(isHeld);
          this.reached.set(name, next);
        },
        lost: () => undefined,
        gap: (name, { from, to }) => {
          for (let offset = from; offset < to; offset += 1) this.lost.add(`${name}/${offset}`);
        },
        dead: () => undefined,
        schema: () => undefined,
      },
    });
  }

  private correlateIn(process: Process, config: ModelConfig) {
    const deps: CorrelateStageDeps = {
      identity: config.identity,
      decode: this.spoilt.decode?.() ?? decodePartial,
      snapshots: this.snapshots.of(process),
      sink: createSink<CorrelateOutlet>(this, process, (outlet) => this.topics[outlet], this.strays),
      nowMs: () => this.clock.nowMs,
      observe: {
        partition: (name, { openWindows, next }) => {
          this.openWindows.set(name, openWindows);
          this.taken.set(name, next);
        },
        lost: () => undefined,
        late: (range) => void this.late.push(range),
        documents: () => undefined,
        restored: () => void (this.seen.restored += 1),
        snapshot: () => void (this.seen.snapshots += 1),
      },
    };
    return createCorrelateStage({ correlate: config.correlate, epoch: config.epoch, cfg: `cfg${config.epoch}` }, deps);
  }

  /** Whether all sources have ended in all partitions. */
  get isAtEnd(): boolean {
    const { committed } = this.correlate;
    return this.partials.every(({ name }) => isAtEnd(committed.get(name)?.note ?? ''));
  }

  /** Lets things happen until something is so. @throws Error if that never comes. */
  async until(isSo: () => boolean, limit = 60_000): Promise<void> {
    for (let steps = 0; !isSo(); steps += 1) {
      if (steps > limit)
        throw new Error(
          `Nothing more comes of it: ${JSON.stringify([...this.aggregate.committed, ...this.correlate.committed])}, ${this.partials.map(({ end }) => end).join()}`,
        );
      await this.step();
      const [problem] = [...this.aggregate.problems, ...this.correlate.problems];
      if (problem !== undefined) throw problem;
    }
  }

  /** Lets so many things happen. */
  async steps(count: number): Promise<void> {
    let left = count;
    await this.until(() => left-- === 0);
  }

  async step(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { chance, schedule } = this;
    if (chance.isOver) this.calmStep();
    else if (!schedule.isStable && chance.below(60) === 0) this.disturb();
    else if (chance.below(30) === 0) this.clock.nowMs += chance.of([10, 200, 600, 600, 6000, 61_000]) ?? 0;
    else if (chance.below(3) === 0 || !this.turns.give(chance))
      (chance.below(2) === 0 ? this.aggregate : this.correlate).act();
    this.populate();
  }

  /** Deletes what a partition of an input has before an offset: whoever reads it begins anew. */
  forget(partition: Partition, offset: number): void {
    partition.trim(offset);
    this.aggregate.rebalance();
    this.aggregate.abortOld();
  }

  /** Everything that was written as a result, by topic. */
  get written(): Readonly<Record<string, ReadonlySet<string>>> {
    const textsIn = (topic: readonly Partition[]) => new Set(documentsOf(topic).map(([, text]) => text));
    const { correlations, clients, alerts } = this.topics;
    return { correlations: textsIn(correlations), clients: textsIn(clients), alerts: textsIn(alerts) };
  }

  private calmStep(): void {
    for (const group of [this.aggregate, this.correlate]) {
      // In the end it is noticed who is gone.
      if (!this.isCalm) group.rebalance();
      group.abortOld();
    }
    this.isCalm = true;
    for (const stray of this.strays.splice(0)) stray();
    if (this.turns.give(this.chance)) return;
    this.aggregate.act();
    this.correlate.act();
    this.clock.nowMs += 300;
  }

  /** At least one process reads for each group. */
  private populate(): void {
    for (const group of [this.aggregate, this.correlate]) if (group.runners.size === 0) group.join();
  }

  private disturb(): void {
    const { chance } = this;
    const group = chance.of([this.aggregate, this.correlate]) ?? this.aggregate;
    const runner = chance.of([...group.runners]);
    switch (chance.below(9)) {
      case 0:
      case 1:
        if (runner !== undefined) {
          group.crash(runner);
          this.seen.crashes += 1;
        }
        // The others are told later.
        if (chance.below(2) === 0) group.rebalance();
        break;
      case 2:
        if (group.runners.size < 3) group.join();
        break;
      case 3:
        group.rebalance();
        break;
      case 4:
        if (runner !== undefined) runner.isLeaving = true;
        break;
      case 5:
        group.abortOld();
        break;
      case 6:
        this.snapshots.damage();
        break;
      case 7:
        this.strays.splice(chance.below(this.strays.length), 1)[0]?.();
        break;
      default:
        this.clock.nowMs += 61_000;
    }
  }

  /** What a correlator remembers ends with what is over. */
  private checkBounds(parts: readonly SnapshotPart[]): void {
    const { chunkRecords, correlate } = this.config;
    const [first] = parts;
    if (first?.kind !== 'sources') throw new Error('A snapshot begins otherwise.');
    const problems: string[] = [];
    const { sources, watermarkMs } = first.sources;
    for (const [name, { held, chunk }] of sources) {
      const old = held.filter(([, entry]) => entry.chunk < chunk);
      if (old.length > 0) problems.push(`${name} holds ${old.length} of chunks that are over`);
      if (held.length > 4 * chunkRecords) problems.push(`${name} holds ${held.length}`);
    }
    for (const part of parts)
      if (part.kind === 'subject')
        for (const open of part.windows.open)
          for (const { span } of open)
            if (span.endMs + correlate.allowedLatenessMs <= watermarkMs)
              problems.push(`${part.windows.subject} has a window open that is over`);
    for (const problem of problems) this.correlate.problems.push(new Error(problem));
  }

  /** Of each window the last document of its highest version, whatever else was written. */
  newest(): ReadonlyMap<string, string> {
    const versions = new Map<string, number>();
    const texts = new Map<string, string>();
    for (const [id, text, document] of documentsOf(this.topics.correlations)) {
      const version = Number(at(document, 'mxwarden.window.version'));
      if (version < (versions.get(id) ?? 0)) continue;
      versions.set(id, version);
      texts.set(id, text);
    }
    return texts;
  }

  /** What came out: of each identity the highest version. @throws Error if a promise of the topics was broken. */
  results(): Results {
    const { correlations, clients, alerts, rejections, dead } = this.topics;
    const byId = (topic: readonly Partition[]) => new Map(documentsOf(topic).map(([id, text]) => [id, text]));
    expectDocuments({
      correlation: objectsOf(correlations),
      client: objectsOf(clients),
      alert: objectsOf(alerts),
      rejection: objectsOf(rejections),
    });
    expectSchema('dead_letter', objectsOf(dead));
    const settled = documentsOf(alerts).filter(([, , document]) => isSettled(document));
    expectSame([...documentsOf(alerts), ...documentsOf(rejections), ...documentsOf(dead)]);
    return {
      correlations: finalsOf(correlations),
      clients: finalsOf(clients),
      alerts: new Map(settled.map(([id, , document]) => [id, unversioned(document)])),
      rejections: byId(rejections),
      dead: byId(dead),
    };
  }
}

/** Documents with identity, as they stand in a topic. */
function documentsOf(topic: readonly Partition[]): readonly (readonly [string, string, object])[] {
  return topic.flatMap(({ records }) =>
    records.map(({ key, value }) => {
      const document: unknown = JSON.parse(value.toString());
      if (typeof document !== 'object' || document === null) throw new Error('That is no document.');
      return [String(key), value.toString(), document] as const;
    }),
  );
}

function objectsOf(topic: readonly Partition[]): readonly JsonObject[] {
  return documentsOf(topic).map(([, text]) => jsonObject(text));
}

/** What repeats something says the same. */
function expectSame(documents: readonly (readonly [string, string, object])[]): void {
  const known = new Map<string, string>();
  for (const [id, text] of documents) {
    if ((known.get(id) ?? text) !== text) throw new Error(`Two things of one identity: ${known.get(id)} and ${text}`);
    known.set(id, text);
  }
}

/** The document with the highest version of each window, which is its only final one. */
function finalsOf(topic: readonly Partition[]): ReadonlyMap<string, string> {
  const newest = new Map<string, { readonly version: number; readonly isFinal: boolean; readonly document: object }>();
  const documents = documentsOf(topic);
  const versionOf = (document: object): number => Number(at(document, 'mxwarden.window.version'));
  expectSame(documents.map(([id, text, document]) => [`${id} ${versionOf(document)}`, text, document]));
  const known = new Set<string>();
  for (const [id, , document] of documents) {
    const version = versionOf(document);
    const isFinal = at(document, 'mxwarden.window.final') === true;
    const before = newest.get(id);
    const isRepeat = known.has(`${id} ${version}`);
    known.add(`${id} ${version}`);
    if (!isRepeat && before !== undefined && before.version > version) throw new Error(`${id} falls to ${version}`);
    if (!isRepeat && before?.isFinal === true) throw new Error(`${id} goes on after its last document`);
    if (before === undefined || version > before.version) newest.set(id, { version, isFinal, document });
  }
  for (const [id, { isFinal }] of newest) if (!isFinal) throw new Error(`${id} was never sealed`);
  return new Map([...newest].map(([id, { document }]) => [id, unversioned(document)]));
}

/** A result in an order that does not depend on that in which it came. */
export function sorted(results: Results): object {
  return Object.fromEntries(
    Object.entries(results).map(([name, texts]: [string, ReadonlyMap<string, string>]) => [
      name,
      [...texts].sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}
