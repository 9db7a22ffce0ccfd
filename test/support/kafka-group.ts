import { randomUUID } from 'node:crypto';
import { GroupSource } from '../../src/kafka/source.js';
import type { GroupConfig } from '../../src/kafka/source.js';
import type { LogLine } from '../../src/kafka/client.js';
import type { Generation, Given, LogRecord, RecordBatch } from '../../src/stages/ports.js';
import { kafkaClient } from './kafka.js';

/** What a test has a generation do, after it was noted. */
export interface Script {
  readonly begin?: (seen: Seen) => void | Promise<void>;
  readonly take?: (batch: RecordBatch, seen: Seen) => void | Promise<void>;
  readonly tick?: (seen: Seen) => void | Promise<void>;
  readonly end?: (seen: Seen) => void | Promise<void>;
}

/** One generation as a test sees it. */
export interface Seen {
  /** 0 for the first one. */
  readonly index: number;
  readonly given: Given;
  readonly sources: readonly string[];
  readonly records: Map<string, LogRecord[]>;
  readonly values: string[];
  readonly nextOffsets: Map<string, number>;
  readonly begins: ReadonlyMap<string, number>;
  caughtUp: ReadonlySet<string>;
  ticks: number;
  ends: number;
  hasBegun: boolean;
}

export interface Joined {
  readonly source: GroupSource;
  readonly seen: readonly Seen[];
  readonly retries: readonly string[];
  /** Why kafkajs gave up and began anew. */
  readonly restarts: readonly string[];
  readonly lines: readonly LogLine[];
  /** The generation under way. */
  current(): Seen;
  /** Resolves when this holds; it is looked at whenever something has happened. */
  until(holds: () => boolean): Promise<void>;
  beats(): number;
}

export function groupConfig(topics: readonly string[], given: Partial<GroupConfig> = {}): GroupConfig {
  return {
    groupId: `group-${randomUUID()}`,
    topics,
    sessionTimeoutMs: 30_000,
    tickMs: 20,
    maxWaitMs: 100,
    maxBytesPerPartition: 1_000_000,
    metadataMs: 1000,
    ...given,
  };
}

/** A member of a group whose first generation has begun to begin. */
export async function join(address: string, config: GroupConfig, script: Script = {}): Promise<Joined> {
  const joined = await enter(address, config, script);
  await joined.until(() => joined.seen.length > 0);
  return joined;
}

/** One that is about to be a member of a group, with a client of its own. */
export async function enter(
  address: string,
  config: GroupConfig,
  script: Script = {},
  settings: object = {},
): Promise<Joined> {
  const seen: Seen[] = [];
  const retries: string[] = [];
  const restarts: string[] = [];
  const waiters: { holds: () => boolean; resolve: () => void }[] = [];
  let beats = 0;
  const poke = (): void => {
    for (const waiter of [...waiters])
      if (waiter.holds()) {
        waiters.splice(waiters.indexOf(waiter), 1);
        waiter.resolve();
      }
  };
  const startGeneration = (given: Given): Generation => {
    const own = see(given, seen.length);
    seen.push(own);
    poke();
    return noting(own, script, poke);
  };
  const { kafka, lines } = kafkaClient(address, { request_timeout: '5s', ...settings });
  const source = new GroupSource(config, {
    kafka,
    startGeneration,
    now: () => performance.now(),
    random: () => 0.5,
    on: {
      onAlive: () => {
        beats += 1;
        poke();
      },
      onRetry: ({ text }) => void retries.push(text),
      onRestart: (text) => {
        restarts.push(text);
        poke();
      },
    },
  });
  await source.start();
  return {
    source,
    seen,
    retries,
    restarts,
    lines,
    beats: () => beats,
    current: () => {
      const last = seen.at(-1);
      if (last === undefined) throw new Error('No generation has begun.');
      return last;
    },
    until: async (holds) => {
      if (holds()) return;
      const held = new Promise<void>((resolve) => waiters.push({ holds, resolve }));
      await Promise.race([held, source.finished.then(() => Promise.reject(new Error('The source has ended.')))]);
    },
  };
}

function see(given: Given, index: number): Seen {
  const begins = new Map(
    given.assigned.map(({ source, committed, startOffset }) => [
      source,
      Math.max(committed?.offset ?? startOffset, startOffset),
    ]),
  );
  const sources = given.assigned.map(({ source }) => source);
  return {
    index,
    given,
    sources,
    records: new Map(sources.map((source) => [source, []])),
    values: [],
    nextOffsets: new Map(),
    begins,
    caughtUp: new Set(),
    ticks: 0,
    ends: 0,
    hasBegun: false,
  };
}

/** Notes all calls, and does what the script says. Two calls at the same time are an error. */
function noting(seen: Seen, script: Script, poke: () => void): Generation {
  let isBusy = false;
  const alone = async (work: () => void | Promise<void>): Promise<void> => {
    if (isBusy) throw new Error('Two calls at the same time.');
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
      poke();
    }
  };
  return {
    begin: async () => {
      await alone(async () => script.begin?.(seen));
      seen.hasBegun = true;
      return seen.begins;
    },
    take: (batch) =>
      alone(async () => {
        const { source, records, nextOffset } = batch;
        const before = seen.nextOffsets.get(source) ?? seen.begins.get(source) ?? -1;
        if (records.some(({ offset }, i) => offset < before || offset < (records[i - 1]?.offset ?? 0)))
          throw new Error(`${source} went back.`);
        seen.records.get(source)?.push(...records);
        seen.values.push(...records.map(({ value }) => String(value)));
        await script.take?.(batch, seen);
        seen.nextOffsets.set(source, nextOffset);
      }),
    tick: (caughtUp) =>
      alone(async () => {
        seen.caughtUp = caughtUp;
        seen.ticks += 1;
        await script.tick?.(seen);
      }),
    end: () =>
      alone(async () => {
        seen.ends += 1;
        await script.end?.(seen);
      }),
  };
}
