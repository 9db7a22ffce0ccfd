// `npm run bench:stream`: what counting the events in Kafka costs, next to other programs that read them. Each of its parts
// can be run alone, with fewer rounds, and with a share of the events: `npm run bench:stream -- costs --rounds=3 --scale=0.1`.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startKafka } from '../servers/kafka.js';
import { AGGREGATE, FLOOR, STREAMS, aggregateCommand, contestants, requireBuild } from './stream-contestants.js';
import type { Place } from './stream-contestants.js';
import { costOf, machine, median, memoryOf, print, rangeOf, requireTime, serverSeconds, tell } from './stream-cost.js';
import { fill } from './stream-topics.js';
import type { EventSet } from './stream-topics.js';

const MILLION = 1e6;
const MIN_ROUNDS = 3;

interface Setting extends Place {
  readonly rounds: number;
  /** What costs start-up and compilation is in both, and falls out of their difference. */
  readonly short: () => Promise<EventSet>;
  readonly long: () => Promise<EventSet>;
  readonly veryLong: () => Promise<EventSet>;
}

/** All programs in turns. */
async function compareCosts(setting: Setting): Promise<void> {
  const { folder, rounds } = setting;
  const [short, long] = [await setting.short(), await setting.long()];
  const rows = (await contestants(setting)).map((contestant, index) => ({
    contestant,
    index,
    perMillion: new Array<number>(),
    start: new Array<number>(),
    peakMiB: new Array<number>(),
  }));
  for (let round = 1; round <= rounds; round += 1)
    // What the machine does from the beginning of a round to its end falls on each of them alike.
    for (const { contestant, index, perMillion, start, peakMiB } of round % 2 === 1 ? rows : rows.toReversed()) {
      const costs: number[] = [];
      const peaks: number[] = [];
      for (const set of [short, long]) {
        const id = `cost-${round}-${index}-${set.events}`;
        const cost = await costOf(await contestant.commandOf(set, id), folder, id);
        costs.push(cost.cpuSeconds);
        peaks.push(cost.peakMiB);
      }
      const [less = 0, more = 0] = costs;
      const slope = (more - less) / (long.events - short.events);
      perMillion.push(slope * MILLION);
      start.push(less - slope * short.events);
      peakMiB.push(Math.max(...peaks));
      tell(`round ${round}, ${contestant.name}: ${less.toFixed(2)} ${more.toFixed(2)}`);
    }
  const costOfRow = new Map(rows.map(({ contestant, perMillion }) => [contestant.name, median(perMillion)]));
  const shareOf = (name: string, other: string): string =>
    ((costOfRow.get(name) ?? NaN) / (costOfRow.get(other) ?? NaN)).toFixed(2);
  print('| | CPU s per million events | range | of the floor | CPU s once | peak memory in MiB |');
  print('|---|---:|---:|---:|---:|---:|');
  for (const { contestant, perMillion, start, peakMiB } of rows) {
    const { name } = contestant;
    const numbers = [median(perMillion).toFixed(2), rangeOf(perMillion), shareOf(name, FLOOR)];
    print(`| ${[name, ...numbers, median(start).toFixed(1), median(peakMiB).toFixed(0)].join(' | ')} |`);
  }
  print(`\n${AGGREGATE}: ${shareOf(AGGREGATE, FLOOR)} of the floor, ${shareOf(AGGREGATE, STREAMS)} of ${STREAMS}.`);
  const events = `${short.events.toLocaleString('en')} and ${long.events.toLocaleString('en')} events`;
  print(`Medians of ${rounds} rounds of ${events} of ${long.meanBytes.toFixed(0)} bytes; ${machine()}.\n`);
}

/** One process and two. */
async function compareCores(setting: Setting): Promise<void> {
  const { folder, rounds } = setting;
  const set = await setting.veryLong();
  const rows = [1, 2].map((count) => ({
    count,
    speed: new Array<number>(),
    perMillion: new Array<number>(),
    broker: new Array<number>(),
  }));
  for (let round = 1; round <= rounds; round += 1)
    for (const { count, speed, perMillion, broker } of rows) {
      const group = `cores-${round}-${count}`;
      const command = await aggregateCommand(setting, set, group);
      const before = serverSeconds();
      const each = await Promise.all(
        Array.from({ length: count }, (_, index) => costOf(command, folder, `${group}-${index}`)),
      );
      speed.push(set.events / Math.max(...each.map(({ wallSeconds }) => wallSeconds)));
      const cpuSeconds = each.reduce((sum, cost) => sum + cost.cpuSeconds, 0);
      perMillion.push((cpuSeconds * MILLION) / set.events);
      broker.push(((serverSeconds() - before) * MILLION) / set.events);
      tell(`round ${round}, ${count}: ${Math.round(speed.at(-1) ?? NaN)} a second, CPU s ${JSON.stringify(each)}`);
    }
  const [one = NaN, two = NaN] = rows.map(({ speed }) => median(speed));
  print('| processes | events per second | CPU s per million events | of the broker |\n|---:|---:|---:|---:|');
  for (const { count, speed, perMillion, broker } of rows) {
    const costs = [median(perMillion), median(broker)].map((cost) => cost.toFixed(2));
    print(`| ${[count, Math.round(median(speed)).toLocaleString('en'), ...costs].join(' | ')} |`);
  }
  print(`\nTwo do ${(two / one).toFixed(2)} times what one does.`);
  print(`Medians of ${rounds} rounds of ${set.events.toLocaleString('en')} events; ${machine()}.\n`);
}

/** Memory of one process. */
async function watchMemory(setting: Setting): Promise<void> {
  const set = await setting.veryLong();
  const samples = await memoryOf(await aggregateCommand(setting, set, 'memory'), 'memory');
  const third = Math.floor(samples.length / 3);
  const [first, last] = [median(samples.slice(0, third)), median(samples.slice(-third))];
  print('| most, MiB | median of the first third | of the last third | difference |\n|---:|---:|---:|---:|');
  const numbers = [Math.max(...samples), first, last, last - first].map((value) => value.toFixed(0));
  print(`| ${numbers.join(' | ')} |`);
  print(`\n${samples.length} samples, one a second, of ${set.events.toLocaleString('en')} events; ${machine()}.\n`);
}

const PARTS: Readonly<Record<string, (setting: Setting) => Promise<void>>> = {
  costs: compareCosts,
  memory: watchMemory,
  cores: compareCores,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, scale: { type: 'string', default: '1' } },
});
const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
const parts = positionals.length === 0 ? Object.keys(PARTS) : positionals;
const unknown = parts.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0 || !(rounds >= 1) || !(scale > 0))
  throw new Error(`Parts are ${Object.keys(PARTS).join(', ')}; --rounds and --scale are numbers above 0.`);
if (rounds < MIN_ROUNDS) tell(`The median of fewer than ${MIN_ROUNDS} rounds says little.`);
requireBuild();
requireTime();

const folder = await mkdtemp(join(tmpdir(), 'mxwarden-bench-stream-'));
const server = await startKafka();
try {
  const { address } = server;
  const sets = new Map<string, Promise<EventSet>>();
  const setOf = (name: string, millions: number) => (): Promise<EventSet> => {
    const set = sets.get(name) ?? fill(address, name, Math.round(millions * MILLION * scale));
    sets.set(name, set);
    return set;
  };
  const setting: Setting = {
    address,
    folder,
    rounds,
    short: setOf('short', 1),
    long: setOf('long', 3),
    veryLong: setOf('very-long', 10),
  };
  for (const name of parts) await PARTS[name]?.(setting);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
