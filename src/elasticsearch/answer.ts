import { valueIn } from '../core/documents/value.js';

/** What came back for a request: an answer of whatever status, or none. */
export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'silence'; readonly text: string };

const TEXT_LENGTH = 400;
const MAX_CAUSES = 10;

/** The words of an answer that is a refusal, shortened: `HTTP 400 type: reason: innermost reason`. */
export function wordsOf(answer: Answer): string {
  return answer.kind === 'silence' ? answer.text : `HTTP ${answer.status} ${errorText(answer.body)}`.trim();
}

/** `type: reason: innermost reason` of the error in it, or the error itself where it is a text; shortened. */
export function errorText(holder: unknown): string {
  const error = valueIn(holder, ['error']);
  if (typeof error === 'string') return error.slice(0, TEXT_LENGTH);
  const words = [valueIn(error, ['type']), valueIn(error, ['reason']), innermostReason(error)];
  return words
    .filter((word) => typeof word === 'string')
    .join(': ')
    .slice(0, TEXT_LENGTH);
}

/** Whether what was asked for is there, or was done. */
export function isThere(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
}

/**
 * Whether the server has no such interface at all: `no handler found for uri`, with 400 and as a text, or 405 where the path
 * is known for other methods.
 */
export function isAbsent(answer: Answer): boolean {
  if (answer.kind === 'silence') return false;
  if (answer.status === 405 || answer.status === 410) return true;
  return answer.status === 400 && typeof valueIn(answer.body, ['error']) === 'string';
}

function innermostReason(error: unknown): unknown {
  let reason: unknown;
  let cause = valueIn(error, ['caused_by']);
  for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth += 1) {
    reason = valueIn(cause, ['reason']) ?? reason;
    cause = valueIn(cause, ['caused_by']);
  }
  return reason;
}
