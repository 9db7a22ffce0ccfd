import * as v from 'valibot';
import { batcherConfig } from '../../src/commands/elasticsearch.js';
import { elasticsearch } from '../../src/config/elasticsearch.js';
import type { Credentials, ElasticsearchSettings, Environment } from '../../src/config/elasticsearch.js';
import type { DocumentKind } from '../../src/core/documents/fields.js';
import { isObject } from '../../src/core/documents/value.js';
import { Batcher } from '../../src/elasticsearch/batcher.js';
import type { BatcherConfig, Delay } from '../../src/elasticsearch/batcher.js';
import { Connection } from '../../src/elasticsearch/client.js';
import { bulkItem } from '../../src/elasticsearch/request.js';
import type { BulkItem } from '../../src/elasticsearch/request.js';
import { ElasticsearchWriter } from '../../src/elasticsearch/writer.js';
import type { Unwritable, WriteOutcome } from '../../src/stages/ports.js';
import { printedBySetup } from './setup.js';

/** Calls back after a while; what it returns calls that off. */
export function startTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/** Settings for a node with all defaults, apart from what is changed. */
export function settingsFor(address: string, change: object = {}): ElasticsearchSettings {
  return v.parse(elasticsearch, { nodes: [address], ...change });
}

/** Sets a server up; returns what that printed. */
export async function setUp(
  address: string,
  change: object = {},
  run: { readonly dryRun?: boolean; readonly environment?: Environment } = {},
): Promise<string> {
  return printedBySetup({ elasticsearch: { nodes: [address], ...change } }, run);
}

/** A batcher on a real server, and all that it tells. */
export class Writer {
  readonly connection: Connection;
  readonly batcher: Batcher;
  readonly outcomes: { readonly id: string; readonly outcome: WriteOutcome }[] = [];
  readonly retries: Delay[] = [];

  constructor(
    address: string,
    settings: object = {},
    { credentials, ...config }: Partial<BatcherConfig> & { readonly credentials?: Credentials } = {},
  ) {
    const given = settingsFor(address, settings);
    this.connection = new Connection({ settings: given, credentials, ca: undefined });
    this.batcher = new Batcher(
      { ...batcherConfig(given), batchAgeMs: 50, firstDelayMs: 50, maxDelayMs: 500, ...config },
      {
        send: this.connection.bulk,
        random: Math.random,
        setTimer: startTimer,
        onRetry: (delay) => this.retries.push(delay),
      },
    );
  }

  /** Adds documents, and waits until they are settled. */
  async write(items: readonly BulkItem[]): Promise<void> {
    await this.add(items);
    await this.batcher.drain();
  }

  async add(items: readonly BulkItem[]): Promise<void> {
    for (const item of items) await this.batcher.add(item, (outcome) => this.outcomes.push({ id: item.id, outcome }));
  }

  /** How many documents came to each end, and the reasons of those that are dead. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome } of this.outcomes) {
      const end = outcome.kind === 'dead' ? outcome.reason : outcome.kind;
      counts[end] = (counts[end] ?? 0) + 1;
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.batcher.close();
    await this.connection.close();
  }
}

/** A writer of documents to a real server, and its retries. */
export function openWriter(
  address: string,
  change: object = { request_timeout: '5s' },
  credentials?: Credentials,
): {
  readonly writer: ElasticsearchWriter;
  readonly connection: Connection;
  readonly retries: readonly Delay[];
  readonly close: () => Promise<void>;
} {
  const settings = settingsFor(address, change);
  const connection = new Connection({ settings, credentials, ca: undefined });
  const retries: Delay[] = [];
  const writer = new ElasticsearchWriter(
    { ...batcherConfig(settings), batchAgeMs: 50, firstDelayMs: 50, maxDelayMs: 500 },
    {
      connection,
      nowMs: () => Date.now(),
      random: Math.random,
      setTimer: startTimer,
      onRetry: (delay) => retries.push(delay),
    },
  );
  const close = async (): Promise<void> => {
    await writer.close();
    await connection.close();
  };
  return { writer, connection, retries, close };
}

/** The bulk item of a document, which comes as JSON. */
export function bulkItemOf(
  kind: DocumentKind,
  document: object,
  ingestedMs: number,
  json = JSON.stringify(document),
): BulkItem | Unwritable {
  const said: unknown = JSON.parse(json);
  if (!isObject(said)) throw new Error(json);
  return bulkItem({ kind, document: said, json: Buffer.from(json) }, ingestedMs);
}

/** An item with what is given as its two lines, whether that makes sense or not. */
export function rawItem(index: string, id: string, action: object, document: object): BulkItem {
  return { index, id, bytes: Buffer.from(`${JSON.stringify(action)}\n${JSON.stringify(document)}\n`) };
}
