// `npm run bench:batches`: what batches and compression are worth when events are sent to a real Kafka, and what several events
// in a message would be.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPRESSIONS } from '../../src/config/kafka.js';
import { startKafka } from '../servers/kafka.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';
import { YEAR, count, median, prepare } from './repeated-recording.js';
import { IS_BOUND, costOf, save } from './ship-jobs.js';
import type { Cost, Job } from './ship-jobs.js';

const ROUNDS = 5;
const MINIMUM_LINES = 100_000;
const PARTITIONS = 4;
const DEFAULT = { batchBytes: 1 << 17, together: 1, compression: 'lz4' } as const;
type Bare = Omit<Extract<Job, { way: 'bare' }>, 'way' | 'address' | 'topic' | 'records'>;
const BARE: readonly (readonly [string, Bare])[] = [
  ...[1 << 12, 1 << 14, 1 << 17, 1 << 20].map(
    (batchBytes) => [`bare, lz4, batches of ${batchBytes >> 10} KiB`, { ...DEFAULT, batchBytes }] as const,
  ),
  ['bare, not packed, batches of 4 KiB', { ...DEFAULT, compression: 'none', batchBytes: 1 << 12 }],
  ['bare, not packed, batches of 128 KiB', { ...DEFAULT, compression: 'none' }],
  ['bare, lz4, batches of 128 KiB, 10 events in a message', { ...DEFAULT, together: 10 }],
];

const inputs = prepare(MINIMUM_LINES);
const files = inputs.map(({ path }) => path);
const lines = inputs.reduce((sum, input) => sum + input.lines, 0);
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-bench-run-'));
const server = await startKafka();
const { kafka } = kafkaClient(server.address);
const newTopic = (): Promise<string> => createTopic(kafka, { numPartitions: PARTITIONS });
const costs = new Map<string, Cost[]>();

async function measure(name: string, job: Job): Promise<void> {
  costs.set(name, [...(costs.get(name) ?? []), await costOf(job)]);
}

/** Sends the logs to new topics; returns their names. */
async function shipAll(compression: string, state: string): Promise<readonly string[]> {
  const topics = { mail_events: await newTopic(), dns_events: await newTopic(), dead_letters: await newTopic() };
  const config = join(folder, 'mxwarden.yaml');
  writeFileSync(config, JSON.stringify({ year: YEAR, kafka: { brokers: [server.address], topics, compression } }));
  await measure(`ship, ${compression === 'none' ? 'not packed' : compression}`, { way: 'ship', files, config, state });
  return Object.values(topics);
}

try {
  const records = join(folder, 'records');
  let [recordCount, valueBytes] = [0, 0];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const compression of COMPRESSIONS) {
      const topics = await shipAll(compression, join(folder, `${round}-${compression}.json`));
      if (recordCount === 0) [recordCount, valueBytes] = await save(kafka, topics, records);
      await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [...topics] }));
    }
    for (const [name, bare] of BARE) {
      const topic = await newTopic();
      await measure(name, { way: 'bare', address: server.address, topic, records, ...bare });
      await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }));
    }
    process.stderr.write(`Round ${round} of ${ROUNDS}\n`);
  }
  console.log('| | CPU s per million events | range | bytes sent per event | seconds |\n|---|---:|---:|---:|---:|');
  for (const [name, rounds] of costs) {
    const cpu = rounds.map(({ cpuSeconds }) => cpuSeconds / (recordCount / 1e6));
    const range = `${Math.min(...cpu).toFixed(1)}-${Math.max(...cpu).toFixed(1)}`;
    const sent = (median(rounds.map(({ sentBytes }) => sentBytes)) / recordCount).toFixed(0);
    const seconds = median(rounds.map((cost) => cost.seconds)).toFixed(1);
    console.log(`| ${[name, median(cpu).toFixed(1), range, sent, seconds].join(' | ')} |`);
  }
  console.log(
    `\nMedians of ${ROUNDS} rounds of ${count(lines)} lines: ${count(recordCount)} records of ` +
      `${(valueBytes / recordCount).toFixed(0)} bytes; ${server.description}, Node.js ${process.version}, ` +
      `${cpus()[0]?.model ?? 'unknown processor'}${IS_BOUND ? '' : '; not bound to one core'}.`,
  );
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
