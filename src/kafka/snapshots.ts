import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { gunzip, gzip } from 'node:zlib';
import type { Kafka } from 'kafkajs';
import type { SnapshotPart } from '../core/correlate.js';
import { valueIn } from '../core/documents/value.js';
import { InvariantError } from '../core/errors.js';
import type { OutgoingRecord, RecordSink } from '../stages/ports.js';
import type { SnapshotStore } from '../stages/correlate.js';
import type { SnapshotPlace } from '../stages/snapshot-note.js';
import { askUntilAnswered } from './admin.js';
import { partitionOfSource, sourceOf } from '../core/source-name.js';
import { listOffsets } from './offsets.js';
import { readRanges } from './read-ranges.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);
/** It is read seldom and written often. */
const PACKING = { level: 1 };
/** Below the megabyte that a broker takes by default. */
const PIECE_BYTES = 800_000;
/** Parts that are packed together. */
const GROUP_BYTES = 4_000_000;
const READ = { timeoutMs: 60_000, maxBytesPerPartition: 4_000_000 };

export interface SnapshotDeps {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly sink: RecordSink<'snapshots'>;
  /** A name that no other snapshot has. */
  readonly newId: () => string;
}

/**
 * Snapshots in a topic, in the partition of the same number. A snapshot is some records whose keys begin with its name; there
 * may be records of others between them.
 */
export class KafkaSnapshots implements SnapshotStore {
  constructor(private readonly deps: SnapshotDeps) {}

  async write(
    source: string,
    parts: Iterable<SnapshotPart>,
  ): Promise<{ readonly place: SnapshotPlace; readonly bytes: number }> {
    const { sink, newId } = this.deps;
    const { partition } = partitionOfSource(source);
    const from = await this.endOf(partition);
    const id = newId();
    const hash = createHash('sha256');
    let count = 0;
    let bytes = 0;
    for await (const piece of piecesOf(parts)) {
      hash.update(piece);
      const record: OutgoingRecord<'snapshots'> = {
        outlet: 'snapshots',
        key: `${id}/${String(count)}`,
        value: piece,
        partition,
      };
      await sink.send([record]);
      count += 1;
      bytes += piece.length;
    }
    const place = { from, to: await this.endOf(partition), id, count, checksum: hash.digest('hex') };
    return { place, bytes };
  }

  async read(
    source: string,
    { from, to, id, count, checksum }: SnapshotPlace,
  ): Promise<readonly SnapshotPart[] | undefined> {
    const { kafka, topic } = this.deps;
    const { partition } = partitionOfSource(source);
    const pieces = new Map<string, Buffer>();
    const extents = await askUntilAnswered(kafka, (admin) => listOffsets(admin, [topic]));
    const extent = extents.get(sourceOf(topic, partition));
    if (extent === undefined || extent.startOffset > from || extent.endOffset < to) return undefined;
    await readRanges(kafka, [{ topic, partition, offset: from, count: to - from }], READ, ({ key, value }) => {
      const name = key?.toString() ?? '';
      if (name.startsWith(`${id}/`) && value !== undefined) pieces.set(name, Buffer.from(value));
    });
    const hash = createHash('sha256');
    const groups: Buffer[][] = [];
    for (let at = 0; at < count; at += 1) {
      const piece = pieces.get(`${id}/${String(at)}`);
      if (piece === undefined) return undefined;
      hash.update(piece);
      if (piece[0] === FIRST) groups.push([]);
      groups.at(-1)?.push(piece.subarray(1));
    }
    if (hash.digest('hex') !== checksum) return undefined;
    const parts: SnapshotPart[] = [];
    for (const group of groups) parts.push(...partsIn(await unpack(Buffer.concat(group))));
    return parts;
  }

  private async endOf(partition: number): Promise<number> {
    const { topic } = this.deps;
    const extents = await askUntilAnswered(this.deps.kafka, (admin) => listOffsets(admin, [topic]));
    return extents.get(sourceOf(topic, partition))?.endOffset ?? 0;
  }
}

/** Whether a piece begins a group of parts, or goes on with one. */
const FIRST = 1;
const NEXT = 0;
const LENGTH_BYTES = 4;

/** The parts in pieces that fit into records. */
async function* piecesOf(parts: Iterable<SnapshotPart>): AsyncGenerator<Buffer> {
  let group: Buffer[] = [];
  let bytes = 0;
  for (const part of parts) {
    const body = serialize(part);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(body.length);
    group.push(length, body);
    bytes += body.length;
    if (bytes < GROUP_BYTES) continue;
    yield* cut(await pack(Buffer.concat(group), PACKING));
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield* cut(await pack(Buffer.concat(group), PACKING));
}

function* cut(packed: Buffer): Generator<Buffer> {
  for (let at = 0; at < packed.length; at += PIECE_BYTES)
    yield Buffer.concat([Buffer.of(at === 0 ? FIRST : NEXT), packed.subarray(at, at + PIECE_BYTES)]);
}

/** By its checksum it is as it was written. */
function isPart(value: unknown): value is SnapshotPart {
  const kind = valueIn(value, ['kind']);
  return kind === 'sources' || kind === 'subject';
}

function partsIn(bytes: Buffer): readonly SnapshotPart[] {
  const parts: SnapshotPart[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
    const part: unknown = deserialize(bytes.subarray(at + LENGTH_BYTES, end));
    if (!isPart(part)) throw new InvariantError('A snapshot that is whole holds what is no part of one.');
    parts.push(part);
    at = end;
  }
  return parts;
}
