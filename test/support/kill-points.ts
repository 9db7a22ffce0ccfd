// `node --import ./test/support/kill-points.ts src/main.ts stream`: the process is sent SIGKILL, or another signal, at a
// point that the environment names, such as `marks:3` for the third time that it is there.
import { KafkaSink } from '../../src/commands/kafka-sink.js';
import { GroupSource } from '../../src/kafka/source.js';
import type { OutgoingRecord, Position } from '../../src/stages/ports.js';
import { SourceFold } from '../../src/stages/source-fold.js';

/**
 * `chunk`: the last contributions of a chunk are about to be sent; `marks`: contributions are safe, and their mark is about to be sent; `commit`: what was
 * done is about to be noted; `outputs`: documents are about to be sent; `snapshot`: part of a snapshot is on its way.
 */
export type KillPoint = 'chunk' | 'marks' | 'commit' | 'outputs' | 'snapshot';

const [wanted, count = '1'] = (process.env['MXWARDEN_TEST_KILL'] ?? '').split(':');
let left = Number(count);

function reach(point: KillPoint): void {
  if (point !== wanted) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, process.env['MXWARDEN_TEST_SIGNAL'] ?? 'SIGKILL');
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with what it is a method of
const { send } = KafkaSink.prototype;
KafkaSink.prototype.send = async function sendOrDie(this: KafkaSink<string>, records): Promise<void> {
  const [first] = records;
  if (first?.outlet === 'partials' && first.partition !== undefined) reach('marks');
  if (isChunkAtEnd) reach('chunk');
  isChunkAtEnd = false;
  if (first?.outlet === 'correlations') reach('outputs');
  const sent = send.call(this, first?.outlet === 'snapshots' && isDamaging ? records.map(damaged) : records);
  if (first?.outlet === 'snapshots') setImmediate(() => reach('snapshot'));
  return sent;
};

let isChunkAtEnd = false;
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with what it is a method of
const { endChunk } = SourceFold.prototype;
SourceFold.prototype.endChunk = function endChunkAndNote(this: SourceFold, next, nowMs) {
  isChunkAtEnd = true;
  return endChunk.call(this, next, nowMs);
};

const isDamaging = process.env['MXWARDEN_TEST_DAMAGE'] !== undefined;

function damaged(record: OutgoingRecord<string>): OutgoingRecord<string> {
  const value = Buffer.from(record.value);
  value[value.length >> 1] = (value[value.length >> 1] ?? 0) ^ 1;
  return { ...record, value };
}

type Commit = (this: GroupSource, run: unknown, positions: readonly Position[]) => Promise<void>;
const commit = commitOf(GroupSource.prototype);
const noted = new Map<string, number>();
Reflect.set(GroupSource.prototype, 'commit', async function commitOrDie(this: GroupSource, run, positions) {
  const isFurther = positions.some(({ source, offset }) => offset > (noted.get(source) ?? offset));
  if (isFurther) reach('commit');
  for (const { source, offset } of positions) noted.set(source, offset);
  return commit.call(this, run, positions);
} satisfies Commit);

function commitOf(prototype: object): Commit {
  const method: unknown = Reflect.get(prototype, 'commit');
  if (!isCommit(method)) throw new TypeError('A group has no method to commit.');
  return method;
}

function isCommit(method: unknown): method is Commit {
  return typeof method === 'function';
}

const rate = Number(process.env['MXWARDEN_TEST_CLOCK_RATE'] ?? 1);
if (rate !== 1) {
  // What is done once a minute is done more often.
  const clocks = [Date, performance];
  for (const clock of clocks) {
    const now = clock.now.bind(clock);
    const began = now();
    clock.now = () => began + (now() - began) * rate;
  }
}
