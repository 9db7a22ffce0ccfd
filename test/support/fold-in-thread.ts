// Folds standard input as a chunk in a thread and in this one, and in threads that cannot start. Tells what came of it as
// JSON.
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import type { AggregateConfig } from '../../src/core/aggregate.js';
import { createIdentity } from '../../src/core/identity.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS, createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { foldChunk } from '../../src/stages/fold-chunk.js';
import type { Folded } from '../../src/stages/fold-chunk.js';
import { startFoldThreads } from '../../src/threads/fold-threads.js';
import { serverConfig } from './events.js';

/** All that it is, with the types of its parts. */
function shown(folded: Folded | undefined): string {
  if (folded === undefined) return '';
  const { rejections, deadLetters, ...rest } = folded;
  const texts = [rejections, deadLetters].map((lines) => Buffer.concat(lines).toString());
  return inspect([rest, texts], { depth: null, maxArrayLength: null, maxStringLength: null });
}

const AGGREGATE: AggregateConfig = {
  ...{ paneMs: 5 * MINUTE_MS, outOfOrdernessMs: 30 * SECOND_MS, allowedLatenessMs: HOUR_MS },
  ...{ futureSkewMs: 5 * MINUTE_MS, clientCap: 20, dnsDuplicates: 'drop' },
};
const servers = [serverConfig()];
const threads = startFoldThreads(1, { timezone: 'UTC', servers, aggregate: AGGREGATE });
const text = readFileSync(0);
const bytes = Buffer.from(new SharedArrayBuffer(text.length + 100), 0, text.length);
text.copy(bytes);
const nowMs = Date.UTC(2026, 10, 24);
const chunk = { bytes, leftOutBytes: 0, offset: 70, byte: 7, origin: 'log', writtenMs: NaN, path: 'log' };
const task = { chunk, lead: Buffer.alloc(0), reference: { yearMs: nowMs, nowMs }, defaultResolver: 'ns' };
const parse = createLineParser({ zone: createZone('UTC') });
const alone = foldChunk(task, { parse, identity: createIdentity(servers, 'UTC'), config: AGGREGATE });

const folded = [await threads.fold(task), await threads.fold(task)].map(shown);
await threads.close();

const failing = startFoldThreads(2, {
  timezone: 'UTC',
  servers: [serverConfig({ own_networks: ['no network'] })],
  aggregate: AGGREGATE,
});
const before = failing.capacity;
const answers = [await failing.fold(task), await failing.fold(task), await failing.fold(task)];
await failing.close();

process.stdout.write(
  JSON.stringify({ alone: shown(alone), folded, before, answers: answers.map(shown), after: failing.capacity }),
);
