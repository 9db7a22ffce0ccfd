// `npm run bench:ship`: what shipping a log to a real Kafka costs, next to a bare kafkajs producer that sends the same bytes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Kafka, Message } from 'kafkajs';
import * as v from 'valibot';
import { runShip } from '../../src/commands/ship.js';
import { COMPRESSION_TYPES } from '../../src/kafka/codecs.js';
import { startKafka } from '../servers/kafka.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';
import { YEAR, count, median, prepare } from './repeated-recording.js';

const ROUNDS = 5;
const MINIMUM_LINES = 1_000_000;
const PARTITIONS = 4;
/** Of the bare producer: as much as `ship` sends at a time. */
const BATCH_BYTES = 1 << 17;
const READ_BYTES = 1 << 20;
/** Lengths of key and value in front of each record of the file that the bare producer sends. */
const HEAD_BYTES = 8;

const jobSchema = v.variant('way', [
  v.object({ way: v.literal('ship'), files: v.array(v.string()), config: v.string(), state: v.string() }),
  v.object({ way: v.literal('bare'), address: v.string(), topic: v.string(), records: v.string() }),
]);
type Job = v.InferOutput<typeof jobSchema>;

const costSchema = v.object({ seconds: v.number(), cpuSeconds: v.number() });
type Cost = v.InferOutput<typeof costSchema>;

async function ship({ files, config, state }: Extract<Job, { way: 'ship' }>): Promise<void> {
  const ignore = (): void => undefined;
  const deps = { stdin: new PassThrough(), machineTimezone: 'UTC', environment: {}, tell: ignore, warn: ignore };
  await runShip(files, { config, state }, { ...deps, signal: new AbortController().signal });
}

/** Sends what is in a file of records, a batch at a time, the next one when that is acknowledged. */
async function sendBare({ address, topic, records }: Extract<Job, { way: 'bare' }>): Promise<void> {
  const { kafka, settings } = kafkaClient(address);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let messages: Message[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    await producer.send({ topic, messages, acks: -1, compression: COMPRESSION_TYPES[settings.compression] });
    messages = [];
    bytes = 0;
  };
  for (const message of recordsIn(records)) {
    messages.push(message);
    bytes += message.value.length;
    if (bytes >= BATCH_BYTES) await send();
  }
  if (messages.length > 0) await send();
  await producer.disconnect();
}

function* recordsIn(path: string): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  const file = openSync(path, 'r');
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const piece = Buffer.alloc(READ_BYTES);
    const length = readSync(file, piece);
    if (length === 0) break;
    rest = Buffer.concat([rest, piece.subarray(0, length)]);
    let at = 0;
    while (rest.length - at >= HEAD_BYTES) {
      const keyEnd = at + HEAD_BYTES + rest.readUInt32LE(at);
      const end = keyEnd + rest.readUInt32LE(at + HEAD_BYTES / 2);
      if (end > rest.length) break;
      yield { key: rest.subarray(at + HEAD_BYTES, keyEnd), value: rest.subarray(keyEnd, end) };
      at = end;
    }
    rest = rest.subarray(at);
  }
  closeSync(file);
}

/** Writes the records of topics into such a file; returns how many there are, and the bytes of their values. */
async function save(kafka: Kafka, topics: readonly string[], path: string): Promise<readonly [number, number]> {
  const file = openSync(path, 'w');
  let [records, bytes, left] = [0, 0, 0];
  await withAdmin(kafka, async (admin) => {
    for (const topic of topics) for (const { high } of await admin.fetchTopicOffsets(topic)) left += Number(high);
  });
  const consumer = kafka.consumer({ groupId: 'bench', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const eachBatch = async ({ batch }: { batch: { messages: { key: Buffer | null; value: Buffer | null }[] } }) => {
      for (const { key, value } of batch.messages) {
        const [keyBytes, valueBytes] = [key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)];
        const head = Buffer.alloc(HEAD_BYTES);
        head.writeUInt32LE(keyBytes.length);
        head.writeUInt32LE(valueBytes.length, HEAD_BYTES / 2);
        writeSync(file, Buffer.concat([head, keyBytes, valueBytes]));
        records += 1;
        bytes += valueBytes.length;
      }
      left -= batch.messages.length;
      if (left === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  closeSync(file);
  return [records, bytes];
}

async function measure(job: Job): Promise<Cost> {
  const start = performance.now();
  const before = process.cpuUsage();
  await (job.way === 'ship' ? ship(job) : sendBare(job));
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** Runs a job as a process of its own, on one core where that can be said. */
async function costOf(job: Job): Promise<Cost> {
  const loader = join(import.meta.dirname, '..', 'support', 'typescript.js');
  const command = [process.execPath, '--import', loader, import.meta.filename, JSON.stringify(job)];
  const [program = '', ...args] = IS_BOUND ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${job.way} failed.`);
  return v.parse(costSchema, JSON.parse(text));
}

const IS_BOUND = spawnSync('taskset', ['--version']).status === 0;

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
      costs['bare kafkajs producer'].push(await costOf({ way: 'bare', address: server.address, topic, records }));
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

const [job] = process.argv.slice(2);
if (job === undefined) await main();
else process.stdout.write(JSON.stringify(await measure(v.parse(jobSchema, JSON.parse(job)))));
