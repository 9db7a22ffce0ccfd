import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { lineBefore } from '../../src/stages/line-before.js';
import type { Chunk, OutgoingRecord, ShipSource, Waiting } from '../../src/stages/ports.js';
import { ship } from '../../src/stages/ship.js';
import type { Shipped } from '../../src/stages/ship.js';
import { connectLine, textOf } from '../support/sources.js';

const NOON = Date.UTC(2026, 10, 23, 12);
const parse = createLineParser({ zone: createZone('UTC') });
const connect = (second: number, host = 'mx', address = '192.0.2.7'): string =>
  connectLine(NOON + second * 1000, host, address);

/** A log in memory that is read from a byte on, cut after so many lines each; 0 is a moment without anything new. */
class MemoryLog implements ShipSource {
  acknowledged: number;
  private byte: number;
  private given = Buffer.alloc(0);
  private cut = 0;

  constructor(
    readonly name: string,
    private readonly bytes: Buffer,
    from: number,
    private readonly cuts: readonly number[],
  ) {
    this.byte = from;
    this.acknowledged = from;
  }

  async next(): Promise<Chunk | Waiting | undefined> {
    // What was given out is good until here.
    this.given.fill('x');
    const { bytes, byte, name } = this;
    if (byte === bytes.length) return undefined;
    const lines = this.cuts[this.cut] ?? 1000;
    this.cut += 1;
    if (lines === 0) return { wait: setImmediate(undefined) };
    let end = byte;
    for (let line = 0; line < lines && end < bytes.length; line += 1) end = bytes.indexOf('\n', end) + 1;
    this.byte = end;
    this.given = Buffer.from(bytes.subarray(byte, end));
    const before = lineBefore(bytes, byte, { from: 0, line: undefined });
    const place = { offset: byte, byte, origin: `${name}:12ab`, path: name };
    return { ...place, bytes: this.given, leftOutBytes: 0, writtenMs: NOON, before };
  }

  acknowledge(origin: string, byte: number): void {
    expect(origin).toBe(`${this.name}:12ab`);
    expect(byte).toBeGreaterThanOrEqual(this.acknowledged);
    this.acknowledged = byte;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** What outlives a run: the topics, and the positions. */
class World {
  readonly records: OutgoingRecord[] = [];
  readonly positions = new Map<string, number>();
  readonly sizes: number[] = [];

  constructor(private readonly logs: ReadonlyMap<string, Buffer>) {}

  /** Sends what there is from the positions on. */
  async run(plan: Partial<RunPlan> = {}): Promise<Shipped> {
    const { cuts, saves, crash, stopAfter, isInStep, valueBytes } = { ...NO_PLAN, ...plan };
    const sources = [...this.logs].map(
      ([name, bytes]) => new MemoryLog(name, bytes, this.positions.get(name) ?? 0, cuts),
    );
    const stop = new AbortController();
    let [sent, acknowledged] = [0, 0];
    const crashIf = (place: CrashPlace, count: number): void => {
      if (crash?.place === place && crash.count === count) throw new Crash();
    };
    const save = (): void => {
      for (const { name, acknowledged: byte } of sources) this.positions.set(name, byte);
    };
    const shipped = await ship({
      sources,
      parse,
      sink: {
        send: async (records) => {
          sent += 1;
          this.sizes.push(records.reduce((sum, { value }) => sum + value.length, 0));
          await setImmediate();
          crashIf('before it is sent', sent);
          const isHalf = crash?.place === 'when half of it is sent' && crash.count === sent;
          this.records.push(...(isHalf ? records.slice(0, records.length >> 1) : records));
          crashIf('when half of it is sent', sent);
          crashIf('before it is acknowledged', sent);
          if (stopAfter === sent) stop.abort();
        },
      },
      encode: (event) => Buffer.concat([Buffer.from(JSON.stringify(event)), Buffer.alloc(valueBytes, ' ')]),
      resolverOf: (source) => source,
      yearReference: () => NOON,
      isInStep,
      onAcknowledged: async () => {
        acknowledged += 1;
        crashIf('before positions are written', acknowledged);
        if (saves[acknowledged % saves.length] !== false) save();
        crashIf('after positions are written', acknowledged);
      },
      onIdle: async () => save(),
      signal: stop.signal,
    });
    save();
    return shipped;
  }
}

class Crash extends Error {}

const CRASH_PLACES = [
  'before it is sent',
  'when half of it is sent',
  'before it is acknowledged',
  'before positions are written',
  'after positions are written',
] as const;
type CrashPlace = (typeof CRASH_PLACES)[number];

interface RunPlan {
  readonly cuts: readonly number[];
  /** Whether positions are written after each batch, in turns. */
  readonly saves: readonly boolean[];
  readonly crash: { readonly place: CrashPlace; readonly count: number } | undefined;
  /** After how many batches somebody ends the run. */
  readonly stopAfter: number | undefined;
  readonly isInStep: boolean;
  /** Makes records longer, so that few of them are a batch. */
  readonly valueBytes: number;
}

const NO_PLAN: RunPlan = {
  cuts: [],
  saves: [true],
  crash: undefined,
  stopAfter: undefined,
  isInStep: true,
  valueBytes: 0,
};

function worldOf(logs: Readonly<Record<string, readonly string[]>>): World {
  return new World(new Map(Object.entries(logs).map(([name, lines]) => [name, Buffer.from(textOf(lines))])));
}

function originOf({ outlet, value }: OutgoingRecord): string {
  const found = /"origin":"([^"]*)"/.exec(value.toString());
  return `${outlet} ${found?.[1] ?? ''}`;
}

const text = ({ value }: OutgoingRecord): string => value.toString().trimEnd();

describe('whatever happens to the runs', () => {
  const lineArbitrary = fc
    .record({
      second: fc.nat(600),
      host: fc.constantFrom('mx', 'mx2'),
      form: fc.constantFrom('connect', 'dns', 'repeat', 'twice', 'dead', 'blank'),
    })
    .map(({ second, host, form }) => {
      const stamp = new Date(NOON + second * 1000).toISOString();
      if (form === 'connect') return connect(second, host);
      if (form === 'dns')
        return `${stamp} ${host} named[1]: client @0x1 192.0.2.25#4711 (a.example): query: a.example IN MX + (192.0.2.1)`;
      if (form === 'repeat') return `${stamp} ${host} last message repeated 3 times`;
      if (form === 'twice')
        return `${stamp} ${host} postfix/smtpd[1]: message repeated 2 times: [ connect from unknown[192.0.2.9]]`;
      return form === 'dead' ? 'no line of a log' : '';
    });
  const logsArbitrary = fc
    .array(fc.array(lineArbitrary, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 })
    .map((logs) => Object.fromEntries(logs.map((lines, index) => [`log${index}`, lines])));
  const planArbitrary = fc.record({
    cuts: fc.array(fc.nat(12), { maxLength: 20 }),
    saves: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
    isInStep: fc.boolean(),
    valueBytes: fc.constantFrom(0, 30_000, 140_000),
  });
  const crashArbitrary = fc.record({
    crash: fc.record({ place: fc.constantFrom(...CRASH_PLACES), count: fc.integer({ min: 1, max: 6 }) }),
    plan: planArbitrary,
  });

  /** What is to come of the logs, whatever happens: the values of all records, by where they belong and whence they are. */
  async function expectedOf(logs: Readonly<Record<string, readonly string[]>>): Promise<ReadonlyMap<string, string>> {
    const world = worldOf(logs);
    await world.run();
    const expected = new Map(world.records.map((record) => [originOf(record), text(record)]));
    expect(expected.size).toBe(world.records.length);
    return expected;
  }

  test('no line is lost by crashes, and what is sent again is the same', async () => {
    await fc.assert(
      fc.asyncProperty(logsArbitrary, fc.array(crashArbitrary, { maxLength: 4 }), async (logs, crashes) => {
        const expected = await expectedOf(logs);
        const world = worldOf(logs);
        for (const { crash, plan } of crashes) {
          await world.run({ ...plan, crash }).catch((error: unknown) => {
            if (!(error instanceof Crash)) throw error;
          });
          const there = new Set(world.records.map(originOf));
          for (const [name, position] of world.positions)
            for (const origin of expected.keys()) {
              const [, file, , byte] = /^\w+ ([^:]*):([^:]*):(\d+)/.exec(origin) ?? [];
              if (file === name && Number(byte) < position) expect(there).toContain(origin);
            }
        }
        await world.run();

        expect(new Set(world.records.map(originOf))).toEqual(new Set(expected.keys()));
        for (const record of world.records) expect(text(record)).toBe(expected.get(originOf(record)));
      }),
      { numRuns: 60 },
    );
  });

  test('nothing is sent twice where runs are ended in good order', async () => {
    const stopped = fc.record({ stopAfter: fc.integer({ min: 1, max: 6 }), plan: planArbitrary });
    await fc.assert(
      fc.asyncProperty(logsArbitrary, fc.array(stopped, { maxLength: 4 }), async (logs, stops) => {
        const expected = await expectedOf(logs);
        const world = worldOf(logs);

        for (const { stopAfter, plan } of stops) await world.run({ ...plan, stopAfter });
        await world.run();

        expect(world.records.map(originOf).toSorted()).toEqual([...expected.keys()].toSorted());
      }),
      { numRuns: 60 },
    );
  });

  test('lines of one log stay in their order, and batches small', async () => {
    await fc.assert(
      fc.asyncProperty(logsArbitrary, planArbitrary, async (logs, plan) => {
        const world = worldOf(logs);

        await world.run(plan);

        for (const name of Object.keys(logs)) {
          const bytes = world.records
            .map(originOf)
            .filter((origin) => origin.includes(` ${name}:`))
            .map((origin) => Number(/:(\d+)(?:#\d+)?$/.exec(origin)?.[1]));
          expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
        }
        // A batch ends with the line that fills it, which stands for three records at most.
        const longest = plan.valueBytes + 1000;
        for (const size of world.sizes) expect(size).toBeLessThan((1 << 17) + 3 * longest);
      }),
      { numRuns: 60 },
    );
  });
});

describe('logs that are sent together', () => {
  const hostsOf = (world: World): readonly unknown[] => world.records.map(({ key }) => key);

  test('are sent in order of time', async () => {
    const world = worldOf({ a: [connect(1, 'a'), connect(4, 'a')], b: [connect(2, 'b'), connect(3, 'b')] });

    await world.run();

    expect(hostsOf(world)).toEqual(['a', 'b', 'b', 'a']);
  });

  test('do not wait for a line whose stamp is forged', async () => {
    const late = connect(3600, 'a');
    const world = worldOf({ a: [connect(1, 'a'), late, connect(2, 'a')], b: [connect(3, 'b')] });

    await world.run();

    expect(hostsOf(world)).toEqual(['a', 'a', 'a', 'b']);
  });

  test('wait for each other only where they are read in step', async () => {
    const logs = { a: [connect(1, 'a')], b: [connect(2, 'b'), connect(3, 'b')] };
    const [inStep, asTheyCome] = [worldOf(logs), worldOf(logs)];

    await inStep.run({ cuts: [0, 1], isInStep: true });
    await asTheyCome.run({ cuts: [1, 0], isInStep: false });

    expect(hostsOf(inStep)).toEqual(['a', 'b', 'b']);
    expect(asTheyCome.records).toHaveLength(3);
  });
});

test('what was sent is counted, by what became of it', async () => {
  const dns = `${new Date(NOON).toISOString()} ns named[1]: client @0x1 192.0.2.25#4711 (a.example): query: a.example IN MX + (192.0.2.1)`;
  const unknown = `${new Date(NOON).toISOString()} mx postfix/smtpd[1]: something that nobody knows`;
  const world = worldOf({ log: [connect(1), dns, unknown, 'no line of a log', ''] });

  const shipped = await world.run();

  expect(shipped).toEqual({ lines: 4, events: 3, unrecognised: 1, dead: { no_envelope: 1 } });
  expect(world.records.map(({ outlet, key }) => `${outlet} ${key}`)).toEqual([
    'mail mx',
    'dns ns',
    'mail mx',
    expect.stringMatching(/^dead log:12ab:\d+$/),
  ]);
});

test('a line that stands for more than waits at a time is sent whole', async () => {
  const many = `${new Date(NOON).toISOString()} mx postfix/smtpd[1]: message repeated 900 times: [ connect from unknown[192.0.2.9]]`;
  const world = worldOf({ log: [connect(1), many, many, connect(2)] });

  await world.run({ valueBytes: 3000, crash: { place: 'before it is sent', count: 2 } }).catch(() => undefined);
  expect(world.positions.get('log')).toBeLessThan(textOf([connect(1), many, many]).length);
  await world.run({ valueBytes: 3000 });

  expect(new Set(world.records.map(originOf)).size).toBe(1802);
});

test('a place behind lines that are no records moves too', async () => {
  const world = worldOf({ log: ['', '', connect(1), '', ''] });

  await world.run();

  expect(world.positions.get('log')).toBe(textOf(['', '', connect(1), '', '']).length);
});
