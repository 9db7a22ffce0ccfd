import type { DocumentKind } from '../core/documents/fields.js';
import { valueIn } from '../core/documents/value.js';
import type { Ms } from '../core/event.js';
import type { DocumentWriter, ResultDocument, WriteOutcome } from '../stages/ports.js';
import { wordsOf } from './answer.js';
import type { Answer } from './answer.js';
import { backOffMs } from '../core/back-off.js';
import { Batcher } from './batcher.js';
import type { BatcherConfig, BatcherDeps } from './batcher.js';
import type { Connection, Method } from './client.js';
import { bulkItem, fittingId } from './request.js';
import { TARGETS } from './targets.js';
import { retryReason } from './verdict.js';

export interface WriterDeps extends Omit<BatcherDeps, 'send'> {
  readonly connection: Pick<Connection, 'bulk' | 'request'>;
  readonly nowMs: () => Ms;
}

/** As many as a search returns by default: some of the documents asked for may be there more than once. */
const MAX_HITS = 10_000;
const NONE: ReadonlySet<string> = new Set();

/** Writes documents to Elasticsearch, and finds out which are there. One is enough for whoever writes. */
export class ElasticsearchWriter implements DocumentWriter {
  private readonly batcher: Batcher;

  constructor(
    private readonly config: BatcherConfig,
    private readonly deps: WriterDeps,
  ) {
    this.batcher = new Batcher(config, { ...deps, send: deps.connection.bulk });
  }

  async add(document: ResultDocument, onOutcome: (outcome: WriteOutcome) => void): Promise<void> {
    const item = bulkItem(document, this.deps.nowMs());
    if ('reason' in item) onOutcome(item);
    else await this.batcher.add(item, (outcome) => onOutcome(withoutQuotes(outcome)));
  }

  flush(): Promise<void> {
    return this.batcher.drain();
  }

  /** A search finds what was written a second ago, or where this right is missing (`maintenance`) some more. */
  async refresh(kind: DocumentKind, signal: AbortSignal): Promise<void> {
    const { name, isStream } = TARGETS[kind];
    // Nothing is searched for in the others.
    if (isStream) await this.ask({ method: 'POST', path: `/${name}/_refresh?${LENIENT}`, count: 0, signal }, isFinal);
  }

  async existing(kind: DocumentKind, ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { name, isStream } = TARGETS[kind];
    if (!isStream || ids.length === 0) return NONE;
    const nameOf = new Map(ids.map((id) => [fittingId(id), id]));
    const path = `/${name}/_search?${LENIENT}&allow_partial_search_results=false&filter_path=hits.hits._id,_shards.failed`;
    const query = { ids: { values: [...nameOf.keys()] } };
    const body = { size: MAX_HITS, _source: false, track_total_hits: false, sort: ['_doc'], query };
    const answer = await this.ask({ method: 'POST', path, body, count: ids.length, signal }, isFound);
    return new Set(foundIn(answer).flatMap((id) => nameOf.get(id) ?? []));
  }

  /** Sends nothing any more. */
  close(): Promise<void> {
    return this.batcher.close();
  }

  /** Asks until the answer is one; `undefined` if nobody waits for it any longer. */
  private async ask(question: Question, isAnswered: (answer: Answer) => boolean): Promise<Answer | undefined> {
    const { method, path, body, count, signal } = question;
    const { connection, random, onRetry } = this.deps;
    for (let retries = 0; !signal.aborted; retries += 1) {
      const answer = await connection.request(method, path, body);
      if (isAnswered(answer)) return answer;
      const delayMs = backOffMs(this.config, retries, random);
      const status = answer.kind === 'silence' ? undefined : answer.status;
      const reason = status === undefined ? 'no_answer' : (retryReason(status) ?? 'strange_answer');
      onRetry({ reason, text: wordsOf(answer), count, delayMs });
      await this.pause(delayMs, signal);
    }
    return undefined;
  }

  private pause(delayMs: Ms, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.deps.setTimer(delayMs, end);
      signal.addEventListener('abort', end);
    });
  }
}

interface Question {
  readonly method: Method;
  readonly path: string;
  readonly body?: object;
  /** How many documents it is about. */
  readonly count: number;
  readonly signal: AbortSignal;
}

/** Where nothing was written yet, nothing is there. */
const LENIENT = 'ignore_unavailable=true&allow_no_indices=true';

/** Whether to ask again changes nothing. */
function isFinal(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.status < 500 && answer.status !== 429;
}

/** Whether all shards said what they have. */
function isFound(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.status === 200 && valueIn(answer.body, ['_shards', 'failed']) === 0;
}

function foundIn(answer: Answer | undefined): readonly string[] {
  const hits = answer?.kind === 'answer' ? valueIn(answer.body, ['hits', 'hits']) : undefined;
  if (!Array.isArray(hits)) return [];
  return hits.map((hit) => valueIn(hit, ['_id'])).filter((id) => typeof id === 'string');
}

/** A refusal up to where it quotes the document: behind the field it says `in document with id 'a'. Preview of ...: 'b'`. */
function withoutQuotes(outcome: WriteOutcome): WriteOutcome {
  if (outcome.kind !== 'dead') return outcome;
  const [text = ''] = outcome.text.split(/['"‘“]/, 1);
  return { ...outcome, text: text.trim() };
}
