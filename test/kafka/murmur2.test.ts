import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOf } from '../../src/kafka/murmur2.js';

// Those that Kafka's own tests expect of it.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('%s is %d', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash);
});

test('a key has the partition that kafkajs gives it', () => {
  const partition = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (bytes, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [],
        isr: [],
      }));
      const key = Buffer.from(bytes);

      expect(partitionOf(key, count)).toBe(partition({ topic: 'a', partitionMetadata, message: { key, value: null } }));
    }),
  );
});
