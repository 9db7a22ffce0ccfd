import type { SnapshotPart } from '../../src/core/correlate.js';
import { InvariantError } from '../../src/core/errors.js';
import { murmur2 } from '../../src/kafka/murmur2.js';
import type { SnapshotStore } from '../../src/stages/correlate.js';
import type {
  Generation,
  LogRecord,
  Member,
  OutgoingRecord,
  Position,
  RecordSink,
  StartGeneration,
} from '../../src/stages/ports.js';
import type { SnapshotPointer } from '../../src/stages/snapshot-note.js';
import { Process } from './chance.js';
import type { Chance, Turns } from './chance.js';

/** Records that a fetch brings at most. */
const FETCHED = 8;

/** A partition of a topic; offsets may have holes, also at its end. */
export class Partition {
  readonly records: (LogRecord & { readonly value: Buffer })[] = [];
  start = 0;
  end = 0;
  /** How far anybody has read it. */
  read = 0;

  constructor(readonly name: string) {}

  append(value: Buffer, timeMs: number, key = ''): void {
    this.records.push({ offset: this.end, timeMs, key: Buffer.from(key), value });
    this.end += 1;
  }

  /** Leaves offsets out, as marks of transactions do. */
  skip(count: number): void {
    this.end += count;
  }

  /** Forgets what is before an offset. */
  trim(start: number): void {
    this.start = start;
    this.read = Math.max(this.read, start);
    const kept = this.records.filter(({ offset }) => offset >= start);
    this.records.splice(0, this.records.length, ...kept);
  }

  from(offset: number): readonly (LogRecord & { readonly value: Buffer })[] {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle]?.offset ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return this.records.slice(low, low + FETCHED);
  }
}

/** The partitions of a topic. */
export function createTopic(name: string, count: number): Partition[] {
  return Array.from({ length: count }, (_, index) => new Partition(`${name}/${String(index)}`));
}

/** What all that runs has in common. */
export interface World {
  readonly chance: Chance;
  readonly turns: Turns;
  readonly clock: { nowMs: number };
}

/** The generation of the member is over. */
export class RefusedError extends Error {}

/** A process that reads as a member of a group, with all generations of it that still do something. */
interface Runner {
  readonly process: Process;
  readonly generations: Set<RunningGeneration>;
  isLeaving: boolean;
}

/** Members that share the partitions of topics. */
export class Group {
  readonly committed = new Map<string, Position>();
  /** What broke a promise of the ports. */
  readonly problems: Error[] = [];
  readonly runners = new Set<Runner>();
  private number = 0;

  constructor(
    private readonly world: World,
    readonly partitions: readonly Partition[],
    private readonly startIn: (process: Process) => StartGeneration,
    /** Offsets never fall, unless the members are told to begin elsewhere. */
    private readonly mayFall = false,
  ) {}

  isCurrent(generation: RunningGeneration): boolean {
    return generation.number === this.number && !generation.process.isDead;
  }

  join(): void {
    this.runners.add({ process: new Process(), generations: new Set(), isLeaving: false });
    this.rebalance();
  }

  /** The partitions are given out anew. Those who had them do not always know at once. */
  rebalance(): void {
    const { chance } = this.world;
    this.number += 1;
    const runners = [...this.runners].filter(({ process }) => !process.isDead);
    const given = new Map<Runner, Partition[]>(runners.map((runner) => [runner, []]));
    for (const partition of this.partitions) {
      const runner = chance.of(runners);
      if (runner !== undefined) given.get(runner)?.push(partition);
    }
    for (const [runner, assigned] of given) {
      for (const old of runner.generations) if (chance.below(3) === 0) old.abort();
      const start = this.startIn(runner.process);
      runner.generations.add(
        new RunningGeneration(this.world, this, { ...runner, number: this.number, assigned, start }),
      );
    }
  }

  crash(runner: Runner): void {
    runner.process.isDead = true;
    this.runners.delete(runner);
  }

  /** Old generations learn that they are over. */
  abortOld(): void {
    for (const generation of this.generations()) if (!this.isCurrent(generation)) generation.abort();
  }

  generations(): readonly RunningGeneration[] {
    return [...this.runners].flatMap(({ generations }) => [...generations]);
  }

  commit(positions: readonly Position[]): void {
    for (const position of positions) {
      const before = this.committed.get(position.source);
      if (before !== undefined && before.offset > position.offset && !this.mayFall)
        this.problems.push(new Error(`${position.source} falls from ${before.offset} to ${position.offset}`));
      this.committed.set(position.source, position);
    }
  }

  /** Something is done by one of the generations that have nothing under way; false if there is none. */
  act(): boolean {
    for (const runner of this.runners) {
      const idle = [...runner.generations].filter((generation) => !generation.isBusy);
      for (const generation of idle) {
        if (generation.isOver) runner.generations.delete(generation);
        else if (runner.isLeaving && this.isCurrent(generation) && generation.hasBegun) this.leave(runner, generation);
      }
    }
    const idle = this.generations().filter((generation) => !generation.isBusy && !generation.isOver);
    const { chance } = this.world;
    if (!chance.isOver) chance.of(idle)?.act();
    else for (const generation of idle) generation.act();
    return idle.length > 0;
  }

  private leave(runner: Runner, generation: RunningGeneration): void {
    generation.end(() => {
      this.crash(runner);
      this.rebalance();
    });
  }
}

interface Started {
  readonly process: Process;
  readonly number: number;
  readonly assigned: readonly Partition[];
  readonly start: StartGeneration;
}

/** A generation of a member, which goes on though it may be over, until it hears of that. */
export class RunningGeneration {
  readonly process: Process;
  readonly number: number;
  isBusy = false;
  hasBegun = false;
  isOver = false;
  private readonly controller = new AbortController();
  private readonly generation: Generation;
  private readonly assigned: readonly Partition[];
  private positions: Map<string, number> = new Map();
  private readonly paused = new Set<string>();
  /** Of partitions that are paused, those of which something was fetched before. */
  private readonly fetched = new Set<string>();
  private turn = 0;
  /** They are good until the next ones are taken. */
  private taken: readonly LogRecord[] = [];

  constructor(
    private readonly world: World,
    private readonly group: Group,
    { process, number, assigned, start }: Started,
  ) {
    this.process = process;
    this.number = number;
    this.assigned = assigned;
    const allSources = group.partitions.map(({ name }) => name);
    const given = assigned.map(({ name: source, start: startOffset, end: endOffset }) => {
      return { source, committed: group.committed.get(source), startOffset, endOffset };
    });
    this.generation = start({ assigned: given, allSources, member: this.member() });
  }

  abort(): void {
    this.controller.abort(new RefusedError('The generation is over.'));
    if (!this.isBusy) this.isOver = true;
  }

  act(): void {
    const { chance } = this.world;
    if (!this.hasBegun) {
      this.call(async () => {
        this.positions = new Map(await this.generation.begin());
        this.hasBegun = true;
      });
      return;
    }
    const readable = this.assigned.filter((partition) => this.mayFetch(partition) && this.fetch(partition).length > 0);
    this.turn += 1;
    const partition = chance.isOver ? readable[this.turn % readable.length] : chance.of(readable);
    if (partition !== undefined && !chance.oneIn(4)) this.take(partition);
    else {
      const caughtUp = this.assigned
        .filter(({ name }) => !this.paused.has(name))
        .filter((each) => !this.fetch(each).length);
      this.call(() => this.generation.tick(new Set(caughtUp.map(({ name }) => name))));
    }
  }

  end(then: () => void): void {
    this.call(async () => {
      await this.generation.end();
      then();
    });
  }

  private take(partition: Partition): void {
    const { chance } = this.world;
    const { name: source, end: endOffset } = partition;
    const all = this.fetch(partition);
    const records = (chance.isOver ? all : all.slice(0, 1 + chance.below(all.length))).map((record) => {
      return { ...record, key: Buffer.from(record.key ?? ''), value: Buffer.from(record.value) };
    });
    const last = records.at(-1)?.offset ?? 0;
    const nextOffset = partition.from(last + 1)[0]?.offset ?? (chance.oneIn(2) ? endOffset : last + 1);
    for (const { value } of this.taken) value?.fill(0);
    this.taken = records;
    this.fetched.delete(source);
    partition.read = Math.max(partition.read, nextOffset);
    this.positions.set(source, nextOffset);
    this.call(() => this.generation.take({ source, records, nextOffset, endOffset }));
  }

  private fetch(partition: Partition): readonly (LogRecord & { readonly value: Buffer })[] {
    return partition.from(this.positions.get(partition.name) ?? Infinity);
  }

  private mayFetch({ name }: Partition): boolean {
    return !this.paused.has(name) || this.fetched.has(name);
  }

  private call(run: () => Promise<void>): void {
    this.isBusy = true;
    run().then(
      () => {
        this.isBusy = false;
        this.isOver ||= this.controller.signal.aborted;
      },
      (error: unknown) => {
        this.isBusy = false;
        this.isOver = true;
        const isTold = error instanceof RefusedError && !this.group.isCurrent(this);
        if (!isTold && !this.process.isDead)
          this.group.problems.push(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  private member(): Member {
    const { world, group, process } = this;
    return {
      signal: this.controller.signal,
      commit: async (positions) => {
        await world.turns.next(process);
        if (!group.isCurrent(this)) throw new RefusedError('The generation is over.');
        group.commit(positions);
        await world.turns.next(process);
      },
      pause: (sources) => {
        for (const source of sources) {
          if (!this.paused.has(source) && world.chance.oneIn(2)) this.fetched.add(source);
          this.paused.add(source);
        }
      },
      resume: (sources) => {
        for (const source of sources) this.paused.delete(source);
      },
      groupPositions: async () => {
        await world.turns.next(process);
        return new Map(group.committed);
      },
    };
  }
}

/** Copies of requests that are still on their way. */
export type Strays = (() => void)[];

/** Where a process sends records: they come in pieces, some of them twice, and some again when nobody awaits it. */
export function createSink<O extends string>(
  { chance, turns, clock }: World,
  process: Process,
  topicOf: (outlet: O) => readonly Partition[],
  strays: Strays,
): RecordSink<O> {
  const partitionOf = ({ outlet, key, partition }: OutgoingRecord<O>): Partition => {
    const topic = topicOf(outlet);
    const found = topic[partition ?? (murmur2(Buffer.from(key)) & 0x7fffffff) % topic.length];
    if (found === undefined) throw new InvariantError(`There is no partition ${String(partition)} of ${outlet}.`);
    return found;
  };
  return {
    async send(records) {
      await turns.next(process);
      const byPartition = new Map<Partition, OutgoingRecord<O>[]>();
      for (const record of records) {
        const partition = partitionOf(record);
        const list = byPartition.get(partition) ?? [];
        byPartition.set(partition, list);
        list.push(record);
      }
      const left = [...byPartition];
      while (left.length > 0) {
        const at = chance.below(left.length);
        const [partition, list] = left[at] ?? [];
        if (partition === undefined || list === undefined) break;
        // Requests are split by their size, too, and those of a partition keep their order.
        const request = list.splice(0, chance.oneIn(3) ? 1 + chance.below(list.length) : list.length);
        if (list.length === 0) left.splice(at, 1);
        const append = (): void => {
          for (const { key, value } of request) partition.append(Buffer.from(value), clock.nowMs, key);
        };
        if (chance.oneIn(12)) {
          append();
          await turns.next(process);
        }
        if (chance.oneIn(20)) strays.push(append);
        append();
        if (!chance.isOver && chance.below(2) === 0) await turns.next(process);
      }
      await turns.next(process);
    },
  };
}

/** Snapshots as they were written, part by part. */
export class MemorySnapshots {
  private readonly stored = new Map<string, SnapshotPart[]>();
  /** What was damaged so far. */
  damaged = 0;

  constructor(
    private readonly world: World,
    private readonly check: (parts: readonly SnapshotPart[]) => void,
  ) {}

  of(process: Process): SnapshotStore {
    const { world, stored } = this;
    return {
      write: async (partition, parts) => {
        const id = String(stored.size);
        const written: SnapshotPart[] = [];
        stored.set(id, written);
        const all: SnapshotPart[] = [];
        for (const part of parts) {
          await world.turns.next(process);
          written.push(structuredClone(part));
          all.push(part);
        }
        await world.turns.next(process);
        this.check(all);
        return { place: { from: 0, to: 0, id, count: all.length, checksum: partition }, bytes: 0 };
      },
      read: async (partition, place) => {
        await world.turns.next(process);
        return this.read(partition, place);
      },
    };
  }

  read(partition: string, { id, count, checksum }: SnapshotPointer['place']): readonly SnapshotPart[] | undefined {
    const written = this.stored.get(id);
    if (written?.length !== count || checksum !== partition) return undefined;
    return structuredClone(written);
  }

  /** One of the last ones loses a part. */
  damage(): void {
    const ids = [...this.stored.keys()].slice(-3);
    if (this.stored.get(this.world.chance.of(ids) ?? '')?.pop() !== undefined) this.damaged += 1;
  }
}
