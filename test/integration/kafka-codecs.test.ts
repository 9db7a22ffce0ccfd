import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { COMPRESSIONS } from '../../src/config/kafka.js';
import { findKafka } from '../servers/kafka.js';
import type { Server } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { createTopic, kafkaClient, openProducer, readTopic } from '../support/kafka.js';

const TIMEOUT_MS = 60_000;

let server: Server;
beforeAll(async () => {
  server = await findKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

/** Values that pack well, and some that do not pack at all; together more than a block of any form. */
const VALUES = [
  ...Array.from({ length: 4000 }, (_, number) =>
    Buffer.from(`Nov 23 02:01:15 gpo postfix/smtpd[${number}]: connect from unknown[192.0.2.${number % 256}]`),
  ),
  randomBytes(300_000),
  Buffer.alloc(300_000, 'x'),
];

/** Writes the values by the one form to a topic that keeps them in the other, and reads them. */
async function roundTrip(sent: string, kept: string): Promise<readonly (Buffer | null)[]> {
  const client = kafkaClient(server.address, { compression: sent });
  const configEntries = [{ name: 'compression.type', value: kept === 'none' ? 'uncompressed' : kept }];
  const topic = await createTopic(client.kafka, { configEntries });
  const { producer } = await openProducer(client, [topic]);
  for (const value of VALUES) await producer.add({ topic, key: Buffer.from('gpo'), value }, () => undefined);
  await producer.flush();
  await producer.close();
  return (await readTopic(client.kafka, topic)).map(({ value }) => value);
}

describe('what is packed', () => {
  test.each(COMPRESSIONS)(
    'with %s comes back as it was',
    async (form) => {
      expect(await roundTrip(form, 'producer')).toEqual(VALUES);
    },
    TIMEOUT_MS,
  );

  test.each(COMPRESSIONS)(
    'with %s is unpacked by the broker',
    async (form) => {
      expect(await roundTrip(form, form === 'gzip' ? 'none' : 'gzip')).toEqual(VALUES);
    },
    TIMEOUT_MS,
  );

  test.each(COMPRESSIONS)(
    'by the broker with %s is unpacked',
    async (form) => {
      expect(await roundTrip(form === 'gzip' ? 'none' : 'gzip', form)).toEqual(VALUES);
    },
    TIMEOUT_MS,
  );
});
