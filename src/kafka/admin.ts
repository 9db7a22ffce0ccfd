import type { Admin, Kafka } from 'kafkajs';
import { KafkaError, explain, failureOf, isFinal } from './errors.js';
import { retry } from './retry.js';

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

/** The same; it needs this right, if it is given. @throws KafkaError if there is no answer. */
export async function askKafka<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>, right?: string): Promise<T> {
  try {
    return await withAdmin(kafka, ask);
  } catch (error) {
    throw asKafkaError(error, right);
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
  return retry(() => withAdmin(kafka, ask), {
    signal,
    random: () => Math.random(),
    onFailure: (error) => {
      if (error instanceof KafkaError || isFinal(failureOf(error))) throw asKafkaError(error);
    },
  });
}

function asKafkaError(error: unknown, right?: string): unknown {
  if (error instanceof KafkaError || !failureOf(error).name.startsWith('KafkaJS')) return error;
  return new KafkaError(explain(error, right), { cause: error });
}
