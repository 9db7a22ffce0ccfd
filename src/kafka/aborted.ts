import { listIn, valueIn } from '../core/documents/value.js';

/** A transaction that was taken back, as a broker tells of it. */
interface Aborted {
  readonly producerId: string;
  readonly firstOffset: number;
}

const TYPE_AT = 2;
const ABORT = 0;

/**
 * Marks what belongs to transactions that were taken back as what kafkajs hands to nobody, in the answer of a broker that gives
 * committed records. kafkajs would look for such records itself, but it takes the list for one in the order of first offsets,
 * which it is not where producers write at the same time, and a key of four zero bytes for the end of a transaction. Their
 * offsets stay, so that it goes on behind them.
 */
export function hideAborted(answer: unknown): void {
  for (const response of listIn(answer, 'responses'))
    for (const partition of listIn(response, 'partitions')) {
      const aborted = abortedOf(partition);
      if (aborted.length === 0) continue;
      hideIn(listIn(partition, 'messages'), aborted);
      // Nothing is left for kafkajs to look for.
      Reflect.set(Object(partition), 'abortedTransactions', []);
    }
}

/** Those of a partition, by where they begin. */
function abortedOf(partition: unknown): readonly Aborted[] {
  return listIn(partition, 'abortedTransactions')
    .map((given) => ({
      producerId: String(valueIn(given, ['producerId'])),
      firstOffset: Number(valueIn(given, ['firstOffset'])),
    }))
    .sort((a, b) => a.firstOffset - b.firstOffset);
}

function hideIn(messages: readonly unknown[], aborted: readonly Aborted[]): void {
  /** Producers whose transaction under way will be taken back. */
  const open = new Set<string>();
  let begun = 0;
  for (const message of messages) {
    const offset = Number(valueIn(message, ['offset']));
    for (let next = aborted[begun]; next !== undefined && next.firstOffset <= offset; next = aborted[begun]) {
      open.add(next.producerId);
      begun += 1;
    }
    const producerId = String(valueIn(message, ['batchContext', 'producerId']));
    if (!open.has(producerId)) continue;
    if (isControl(message)) {
      if (endsAborted(message)) open.delete(producerId);
    } else if (valueIn(message, ['batchContext', 'inTransaction']) === true)
      Reflect.set(Object(message), 'isControlRecord', true);
  }
}

/** Whether a message is no record: a marker of a transaction, or what was hidden. */
export function isControl(message: unknown): boolean {
  return valueIn(message, ['isControlRecord']) === true;
}

function endsAborted(marker: unknown): boolean {
  const key = valueIn(marker, ['key']);
  return Buffer.isBuffer(key) && key.length >= TYPE_AT + 2 && key.readInt16BE(TYPE_AT) === ABORT;
}
