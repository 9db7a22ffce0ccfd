import { parentPort } from 'node:worker_threads';
import type { AggregateConfig } from '../core/aggregate.js';
import { createIdentity, zonesOf } from '../core/identity.js';
import type { ServerConfig } from '../core/identity.js';
import { createZone } from '../core/time.js';
import { createLineParser } from '../parse/line.js';
import { foldChunk } from '../stages/fold-chunk.js';
import type { FoldTask, Folded } from '../stages/fold-chunk.js';

/** What is the same for all chunks of a run. */
export interface FoldSettings {
  readonly timezone: string;
  readonly servers: readonly ServerConfig[];
  readonly aggregate: AggregateConfig;
}

// The settings come first, then one chunk after the other; each has one answer.
parentPort?.once('message', ({ timezone, servers, aggregate }: FoldSettings) => {
  const parse = createLineParser({ zone: createZone(timezone), zoneOf: zonesOf(servers, timezone) });
  const deps = { parse, identity: createIdentity(servers, timezone), config: aggregate };
  parentPort?.on('message', (task: FoldTask) => {
    const folded = foldChunk(withBuffers(task), deps);
    parentPort?.postMessage(folded, buffersOf(folded));
  });
});

/** Between threads a Buffer becomes the array of bytes that it is. */
function withBuffers(task: FoldTask): FoldTask {
  const { chunk, lead } = task;
  const before = chunk.before === undefined ? undefined : bufferOf(chunk.before);
  return { ...task, chunk: { ...chunk, bytes: bufferOf(chunk.bytes), before }, lead: bufferOf(lead) };
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

/** Buffers that are given away rather than copied. */
function buffersOf({ rejections, deadLetters }: Folded): readonly ArrayBuffer[] {
  return [...rejections, ...deadLetters].map(({ buffer }) => buffer);
}
