import { errorText, wordsOf } from './answer.js';
import type { Answer } from './answer.js';
import { textAt, valueIn } from '../core/documents/value.js';
import type { Unwritable, WriteOutcome } from '../stages/ports.js';

/** Why something must be sent again: nothing is wrong with the document, and it waits until the server takes it. */
export type RetryReason = 'no_answer' | 'overloaded' | 'server_error' | 'forbidden' | 'no_index' | 'strange_answer';

export interface Retry {
  readonly kind: 'retry';
  readonly reason: RetryReason;
  /** The server's words, shortened. */
  readonly text: string;
}

export type Verdict = WriteOutcome | Retry;

/**
 * What to do after a bulk request: look at each item, send all of it again, or send its halves, for one item of it has to do
 * with the refusal; if there is but one, that is dead.
 */
export type Judgement =
  | { readonly kind: 'items'; readonly verdicts: readonly Verdict[] }
  | Retry
  | { readonly kind: 'halve'; readonly reason: Unwritable['reason']; readonly text: string };

const SETTLED: WriteOutcome = { kind: 'settled' };
const STALE: WriteOutcome = { kind: 'stale' };

/** The verdict on a bulk request of so many items. */
export function judge(answer: Answer, count: number): Judgement {
  if (answer.kind === 'silence') return retry('no_answer', answer.text);
  const { status, body } = answer;
  if (status === 413) return { kind: 'halve', reason: 'too_large', text: wordsOf(answer) };
  if (status >= 200 && status < 300) {
    const items = valueIn(body, ['items']);
    // A proxy's page, or an answer cut short: nothing is known of any item, and sending it again changes nothing.
    if (!Array.isArray(items) || items.length !== count) return retry('strange_answer', `HTTP ${status} without items`);
    return { kind: 'items', verdicts: items.map(judgeItem) };
  }
  const text = wordsOf(answer);
  if (status === 400 && isAboutItems(body)) return { kind: 'halve', reason: 'malformed', text };
  return retry(retryReason(status) ?? 'strange_answer', text);
}

/** Whether Elasticsearch refused a request for what is in it, rather than a proxy, or for the headers of this client. */
function isAboutItems(body: unknown): boolean {
  const type = valueIn(body, ['error', 'type']);
  return typeof type === 'string' && type !== 'media_type_header_exception';
}

/** The verdict on one item, such as `{ index: { status: 201 } }`. */
function judgeItem(item: unknown): Verdict {
  const result: unknown = typeof item === 'object' && item !== null ? Object.values(item)[0] : undefined;
  const status = valueIn(result, ['status']);
  if (typeof status !== 'number') return retry('strange_answer', 'an item without a status');
  if (status >= 200 && status < 300) return SETTLED;
  if (status === 409) return staleBy(textAt(result, 'error.reason'));
  const text = `${status} ${errorText(result)}`;
  // Somebody closed the index: to open it again is up to the operator, as with a right or an index that is missing.
  const isClosed = valueIn(result, ['error', 'type']) === 'index_closed_exception';
  const reason = isClosed ? 'no_index' : retryReason(status);
  return reason === undefined ? { kind: 'dead', reason: 'rejected', text } : retry(reason, text);
}

const CURRENT_VERSION = 'current version [';

/** `[id]: version conflict, current version [9] is higher than the one provided [7]`; whatever the identity says itself. */
function staleBy(text = ''): WriteOutcome {
  const at = text.lastIndexOf(CURRENT_VERSION);
  const storedVersion = at < 0 ? NaN : Number.parseInt(text.slice(at + CURRENT_VERSION.length), 10);
  return Number.isNaN(storedVersion) ? STALE : { kind: 'stale', storedVersion };
}

/**
 * Why to try again after this status; `undefined` if it is about the document. A missing right or index has nothing to do
 * with the document either: were those dead letters, a revoked key would turn all documents into them.
 */
export function retryReason(status: number): RetryReason | undefined {
  if (status === 429) return 'overloaded';
  if (status >= 500) return 'server_error';
  if (status === 401 || status === 403) return 'forbidden';
  return status === 404 ? 'no_index' : undefined;
}

function retry(reason: RetryReason, text: string): Retry {
  return { kind: 'retry', reason, text };
}
