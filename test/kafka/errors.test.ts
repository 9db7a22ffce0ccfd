import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { explain, failureOf, isFinal } from '../../src/kafka/errors.js';

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

const protocolError = (type: string, message: string): Error =>
  Object.assign(new Error(message), { name: 'KafkaJSProtocolError', type });

test.each<[string, string, string | undefined, string]>([
  ['TOPIC_AUTHORIZATION_FAILED', 'no', undefined, 'Kafka forbids it: no. The user needs the right (ACL).'],
  [
    'TOPIC_AUTHORIZATION_FAILED',
    'no',
    'Write of a',
    'Kafka forbids it: no. The user needs the right (ACL) Write of a.',
  ],
  ['NOT_ENOUGH_REPLICAS', 'few', 'Write of a', 'Kafka: few. Too few brokers with copies'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'none', undefined, 'Kafka: none. Was the topic deleted? mxwarden setup'],
  ['SOMETHING_ELSE', 'odd.', undefined, 'Kafka: odd.'],
])('%s (%s, right %s) is told as %j', (type, message, right, text) => {
  expect(explain(protocolError(type, message), right).slice(0, text.length)).toBe(text);
});
