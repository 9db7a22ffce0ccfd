import { reasonOf } from '../../files/errors.js';
import { KafkaError, diagnose } from '../../kafka/errors.js';
import { untilAborted } from '../../kafka/until-aborted.js';
import { durationText, failure } from './finding.js';
import type { Area, Finding } from './finding.js';

/** What a check comes to, whatever happens to it: it ends when its time is up, and an error is a finding. */
export async function within(
  area: Area,
  limitMs: number,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    return await untilAborted(check(), signal);
  } catch (error) {
    if (!signal.aborted) return [kafkaTrouble(area, error)];
    const text = `Nothing came back within ${durationText(limitMs)}.`;
    return [failure(area, text, 'Look whether the server is well and the network between; then run this again.')];
  }
}

/** An error of the client of Kafka, or of whatever else went wrong, without its stack. */
export function kafkaTrouble(area: Area, error: unknown): Finding {
  const next = 'Look into the log of the broker; then run this again.';
  if (error instanceof KafkaError) return failure(area, error.message, next);
  if (!(error instanceof Error && error.name.startsWith('KafkaJS')))
    return failure(area, `The check itself failed: ${reasonOf(error)}`, 'Please report it, with this line.');
  const { problem, advice } = diagnose(error);
  return failure(area, problem, advice ?? next);
}
