import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { failureOf, isFinal } from '../../src/kafka/errors.js';

const { KafkaJSConnectionError, KafkaJSError, KafkaJSNumberOfRetriesExceeded } = kafkajs;

test.each([
  ['a broker that is away', new KafkaJSConnectionError('connect ECONNREFUSED'), false],
  ['a connection that has ended', new Error('Broker not connected'), false],
  [
    'the same, after several tries',
    new KafkaJSNumberOfRetriesExceeded(new Error('Broker not connected'), { retryCount: 5, retryTime: 300 }),
    false,
  ],
  ['any other error of kafkajs', new KafkaJSError('something'), false],
  ['a refused login', Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError' }), true],
  ['what is no error of kafkajs', new TypeError('undefined is not a function'), true],
])('after %s to try again is of use, or in vain', (_what, error, isInVain) => {
  expect(isFinal(failureOf(error))).toBe(isInVain);
});
