import { valueIn } from '../../src/core/documents/value.js';
import type { Answer } from '../../src/elasticsearch/answer.js';
import type { BatcherConfig } from '../../src/elasticsearch/batcher.js';
import type { VirtualTime } from './virtual-time.js';

/** Small enough that a few documents fill a request. */
export const SMALL_BATCHES: BatcherConfig = {
  batchBytes: 1000,
  batchCount: 4,
  batchAgeMs: 100,
  queueBytes: 100_000,
  queueCount: 100,
  firstDelayMs: 1000,
  maxDelayMs: 30_000,
};

/** How the server meets a request. */
export type Mood =
  | { readonly kind: 'well' }
  /** It refuses the whole request. */
  | { readonly kind: 'refuses'; readonly status: 429 | 500 | 503 }
  /** No answer comes, though it may have written everything. */
  | { readonly kind: 'silent'; readonly isWritten: boolean }
  /** It refuses each item whose place is a multiple of a number. */
  | { readonly kind: 'picky'; readonly every: number; readonly status: 429 | 503 };

/** What the fake knows of one item of a request. */
interface Received {
  readonly key: string;
  readonly version: number | undefined;
  readonly isBad: boolean;
}

/** A server that takes bulk requests in virtual time, and whose moods are given; after the last one it is well. */
export class BulkServer {
  readonly written = new Map<string, number | undefined>();
  /** Numbers of items, in the order of the requests. */
  readonly requests: number[] = [];
  readonly breaches: string[] = [];
  private readonly busy = new Set<string>();
  private inFlight = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly moods: { readonly mood: Mood; readonly delayMs: number }[],
    private readonly maxBytes = Infinity,
  ) {}

  readonly send = async (body: Buffer): Promise<Answer> => {
    const items = received(body);
    const { mood, delayMs } = this.moods.shift() ?? { mood: { kind: 'well' }, delayMs: 1 };
    this.requests.push(items.length);
    this.inFlight += 1;
    if (this.inFlight > 2) this.breaches.push(`${this.inFlight} requests at once`);
    for (const { key } of items) {
      if (this.busy.has(key)) this.breaches.push(`${key} is in two places at once`);
      this.busy.add(key);
    }
    await this.time.sleep(delayMs);
    const answer = this.answer(mood, body, items);
    this.inFlight -= 1;
    for (const { key } of items) this.busy.delete(key);
    return answer;
  };

  private answer(mood: Mood, body: Buffer, items: readonly Received[]): Answer {
    if (body.length > this.maxBytes) return { kind: 'answer', status: 413, body: undefined };
    if (mood.kind === 'refuses') return { kind: 'answer', status: mood.status, body: { error: { type: 'refused' } } };
    if (mood.kind === 'silent') {
      if (mood.isWritten) for (const item of items) this.write(item);
      return { kind: 'silence', text: 'ECONNRESET' };
    }
    const results = items.map((item, place) => {
      const isRefused = mood.kind === 'picky' && place % mood.every === 0;
      return { index: { status: isRefused ? mood.status : this.write(item) } };
    });
    return { kind: 'answer', status: 200, body: { items: results } };
  }

  private write({ key, version, isBad }: Received): number {
    if (isBad) return 400;
    const there = this.written.get(key);
    if (this.written.has(key) && (there === undefined || version === undefined || there > version)) return 409;
    this.written.set(key, version);
    return 201;
  }
}

function received(body: Buffer): readonly Received[] {
  const lines = body
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
  return lines.flatMap((line, place) => {
    if (place % 2 === 1) return [];
    const action = valueIn(line, ['index']) ?? valueIn(line, ['create']);
    const version = valueIn(action, ['version']);
    return {
      key: `${String(valueIn(action, ['_index']))}\n${String(valueIn(action, ['_id']))}`,
      version: typeof version === 'number' ? version : undefined,
      isBad: valueIn(lines[place + 1], ['bad']) === true,
    };
  });
}
