// `npm run bench:ship`: what shipping a log to a real Kafka costs, next to a bare kafkajs producer that sends the same bytes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../servers/kafka.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';
import { YEAR, count, median, prepare } from './repeated-recording.js';
import { IS_BOUND, costOf, save } from './ship-jobs.js';
import type { Cost } from './ship-jobs.js';

const ROUNDS = 5;
const MINIMUM_LINES = 1_000_000;
const PARTITIONS = 4;
/** Of the bare producer: as `ship` does by default. */
const BARE = { batchBytes: 1 << 17, together: 1, compression: 'lz4' } as const;

async function main(): Promise<void> {
  const inputs = prepare(MINIMUM_LINES);
  const lines = inputs.reduce((sum, input) => sum + input.lines, 0);
  const folder = mkdtempSync(join(tmpdir(), 'mxwarden-bench-run-'));
  const server = await startKafka();
  try {
    const { kafka } = kafkaClient(server.address);
    const newTopic = (): Promise<string> => createTopic(kafka, { numPartitions: PARTITIONS });
    const records = join(folder, 'records');
    const costs = { 'mxwarden ship': new Array<Cost>(), 'bare kafkajs producer': new Array<Cost>() };
    let [recordCount, valueBytes] = [0, 0];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const topics = { mail_events: await newTopic(), dns_events: await newTopic(), dead_letters: await newTopic() };
      const config = join(folder, 'mxwarden.yaml');
      writeFileSync(config, JSON.stringify({ year: YEAR, kafka: { brokers: [server.address], topics } }));
      const state = join(folder, `${round}.json`);
      costs['mxwarden ship'].push(await costOf({ way: 'ship', files: inputs.map(({ path }) => path), config, state }));
      const all = Object.values(topics);
      if (round === 1) [recordCount, valueBytes] = await save(kafka, all, records);
      const topic = await newTopic();
      const { address } = server;
      costs['bare kafkajs producer'].push(await costOf({ way: 'bare', address, topic, records, ...BARE }));
      await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [...all, topic] }));
      process.stderr.write(`Round ${round} of ${ROUNDS}\n`);
    }
    const rows = Object.entries(costs).map(([name, rounds]) => rowOf(name, rounds, lines));
    const head = '| | CPU s per million lines | range | lines/s of one core | seconds | range |';
    process.stdout.write([head, '|---|---:|---:|---:|---:|---:|', ...rows, ''].join('\n'));
    const [processor] = cpus();
    process.stdout.write(
      `\nMedians of ${ROUNDS} rounds of ${count(lines)} lines: ${count(recordCount)} records of ` +
        `${(valueBytes / recordCount).toFixed(0)} bytes; ${server.description}, Node.js ${process.version}, ` +
        `${processor?.model ?? 'unknown processor'}${IS_BOUND ? '' : '; not bound to one core'}.\n`,
    );
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(name: string, costs: readonly Cost[], lines: number): string {
  const cpu = costs.map(({ cpuSeconds }) => cpuSeconds / (lines / 1e6));
  const wall = costs.map(({ seconds }) => seconds);
  const range = (values: readonly number[]): string =>
    `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`;
  const perSecond = `${count(Math.round(1e3 / median(cpu)))} k`;
  const cells = [median(cpu).toFixed(1), range(cpu), perSecond, median(wall).toFixed(1), range(wall)];
  return `| ${[name, ...cells].join(' | ')} |`;
}

await main();
