import { expect, test } from '@jest/globals';
import { seekCoordinator } from '../../src/kafka/coordinator.js';
import { valueIn } from '../../src/core/documents/value.js';
import { failureOf, isFinal } from '../../src/kafka/errors.js';

/** What a consumer is told whose cluster answers so when it is asked for the coordinator. */
async function toldOf(failure: Error, asked = new Error('nobody there')): Promise<unknown> {
  const cluster = {
    findGroupCoordinator: (_: { readonly groupId: string }): Promise<never> => Promise.reject(failure),
    findControllerBroker: (): Promise<never> => Promise.reject(asked),
  };
  seekCoordinator(cluster);
  return cluster.findGroupCoordinator({ groupId: 'g' }).catch((error: unknown) => error);
}

const NOT_FOUND = Object.assign(new Error('Failed to find group coordinator'), {
  name: 'KafkaJSGroupCoordinatorNotFound',
  retriable: false,
});

test('a coordinator that no broker names is sought again', async () => {
  const told = await toldOf(NOT_FOUND);

  expect(valueIn(told, ['retriable'])).toBe(true);
  expect(isFinal(failureOf(told))).toBe(false);
});

test('one that we may not know of is not', async () => {
  const refusal = Object.assign(new Error('no'), { name: 'KafkaJSProtocolError', type: 'GROUP_AUTHORIZATION_FAILED' });

  expect(await toldOf(NOT_FOUND, refusal)).toBe(refusal);
});

test('any other error stays as it is', async () => {
  const refused = Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError', retriable: false });

  expect(await toldOf(refused)).toBe(refused);
});
