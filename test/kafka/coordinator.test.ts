import { expect, test } from '@jest/globals';
import { seekCoordinator } from '../../src/kafka/coordinator.js';
import { valueIn } from '../../src/core/documents/value.js';
import { failureOf, isFinal } from '../../src/kafka/errors.js';

/** What a consumer is told whose cluster answers so when it is asked for the coordinator. */
async function toldOf(failure: Error): Promise<unknown> {
  const cluster = { findGroupCoordinator: (): Promise<never> => Promise.reject(failure) };
  seekCoordinator(cluster);
  return cluster.findGroupCoordinator().catch((error: unknown) => error);
}

test('a coordinator that no broker names is sought again', async () => {
  const notFound = Object.assign(new Error('Failed to find group coordinator'), {
    name: 'KafkaJSGroupCoordinatorNotFound',
    retriable: false,
  });
  const told = await toldOf(notFound);

  expect(valueIn(told, ['retriable'])).toBe(true);
  expect(isFinal(failureOf(told))).toBe(false);
});

test('any other error stays as it is', async () => {
  const refused = Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError', retriable: false });

  expect(await toldOf(refused)).toBe(refused);
});
