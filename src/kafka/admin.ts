import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { KafkaError, explain, failureOf, isFinal } from './errors.js';
import { untilAborted } from './until-aborted.js';

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5000;

/** The same. @throws KafkaError if there is no answer. */
export async function askKafka<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  try {
    return await withAdmin(kafka, ask);
  } catch (error) {
    throw asKafkaError(error);
  }
}

/**
 * Asks until there is an answer: a broker that is away comes back. Rejects with the signal's reason once that is aborted.
 * @throws KafkaError if to ask again is in vain.
 */
export async function askUntilAnswered<T>(
  kafka: Kafka,
  ask: (admin: Admin) => Promise<T>,
  signal = new AbortController().signal,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    signal.throwIfAborted();
    try {
      return await untilAborted(withAdmin(kafka, ask), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KafkaError || isFinal(failureOf(error))) throw asKafkaError(error);
      const delayMs = Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** retries);
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Asks with a connection of its own. @throws what kafkajs throws */
export async function withAdmin<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    // Whoever has an answer, or none, need not wait for a broker that has gone since.
    admin.disconnect().catch(() => undefined);
  }
}

function asKafkaError(error: unknown): unknown {
  if (error instanceof KafkaError || !failureOf(error).name.startsWith('KafkaJS')) return error;
  return new KafkaError(explain(error), { cause: error });
}
