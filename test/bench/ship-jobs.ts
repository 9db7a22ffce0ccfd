// What a job of the benchmarks of shipping costs, as a process of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Kafka, Message } from 'kafkajs';
import * as v from 'valibot';
import { runShip } from '../../src/commands/ship.js';
import { COMPRESSIONS } from '../../src/config/kafka.js';
import { COMPRESSION_TYPES } from '../../src/kafka/codecs.js';
import { kafkaClient, withAdmin } from '../support/kafka.js';

const READ_BYTES = 1 << 20;
/** Lengths of key and value in front of each record of the file that the bare producer sends. */
const HEAD_BYTES = 8;

const jobSchema = v.variant('way', [
  v.object({ way: v.literal('ship'), files: v.array(v.string()), config: v.string(), state: v.string() }),
  v.object({
    way: v.literal('bare'),
    address: v.string(),
    topic: v.string(),
    records: v.string(),
    /** What a request has room for. */
    batchBytes: v.number(),
    /** Values that come into one message, of one key, one after the other. */
    together: v.number(),
    compression: v.picklist(COMPRESSIONS),
  }),
]);
export type Job = v.InferOutput<typeof jobSchema>;

const costSchema = v.object({ seconds: v.number(), cpuSeconds: v.number(), sentBytes: v.number() });
export type Cost = v.InferOutput<typeof costSchema>;

async function ship({ files, config, state }: Extract<Job, { way: 'ship' }>): Promise<void> {
  const ignore = (): void => undefined;
  const deps = { stdin: new PassThrough(), machineTimezone: 'UTC', environment: {}, tell: ignore, warn: ignore };
  await runShip(files, { config, state }, { ...deps, signal: new AbortController().signal });
}

/** Sends what is in a file of records, a batch at a time, the next one when that is acknowledged. */
async function sendBare(job: Extract<Job, { way: 'bare' }>): Promise<void> {
  const { address, topic, records, batchBytes, together, compression } = job;
  const { kafka } = kafkaClient(address);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  let messages: Message[] = [];
  let bytes = 0;
  const send = async (): Promise<void> => {
    await producer.send({ topic, messages, acks: -1, compression: COMPRESSION_TYPES[compression] });
    messages = [];
    bytes = 0;
  };
  for (const message of together > 1 ? joined(records, together) : recordsIn(records)) {
    messages.push(message);
    bytes += message.value.length;
    if (bytes >= batchBytes) await send();
  }
  if (messages.length > 0) await send();
  await producer.disconnect();
}

interface KeptRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The values of each key in messages of so many. */
function* joined(path: string, together: number): Generator<KeptRecord> {
  const waiting = new Map<string, KeptRecord[]>();
  const join = (records: readonly KeptRecord[]): KeptRecord => ({
    key: records[0]?.key ?? Buffer.alloc(0),
    value: Buffer.concat(records.map(({ value }) => value)),
  });
  for (const record of recordsIn(path)) {
    const key = record.key.toString();
    const records = waiting.get(key) ?? [];
    records.push(record);
    waiting.set(key, records);
    if (records.length < together) continue;
    waiting.delete(key);
    yield join(records);
  }
  for (const records of waiting.values()) yield join(records);
}

function* recordsIn(path: string): Generator<KeptRecord> {
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
export async function save(kafka: Kafka, topics: readonly string[], path: string): Promise<readonly [number, number]> {
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
  const written = writtenBytes();
  await (job.way === 'ship' ? ship(job) : sendBare(job));
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
    sentBytes: writtenBytes() - written,
  };
}

/** What this process has written so far, nearly all of it to the broker; 0 where the system does not say. */
function writtenBytes(): number {
  if (!existsSync('/proc/self/io')) return 0;
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** Runs a job as a process of its own, on one core where that can be said. */
export async function costOf(job: Job): Promise<Cost> {
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

export const IS_BOUND = spawnSync('taskset', ['--version']).status === 0;

const [program, job] = process.argv.slice(1);
if (program === import.meta.filename && job !== undefined)
  process.stdout.write(JSON.stringify(await measure(v.parse(jobSchema, JSON.parse(job)))));
