import { beforeAll, expect, test } from '@jest/globals';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { compress } from 'snappyjs';
import * as v from 'valibot';
import { registerCodecs } from '../../src/kafka/codecs.js';

const codec = v.object({ decompress: v.pipe(v.function(), v.args(v.tuple([v.instance(Buffer)]))) });

beforeAll(registerCodecs);

test('a block of Snappy without a frame, as librdkafka writes it, is unpacked', async () => {
  const text = Buffer.from('connect from unknown[192.0.2.9]\n'.repeat(5000));
  const { decompress } = v.parse(codec, CompressionCodecs[CompressionTypes.Snappy]());

  expect(await decompress(Buffer.from(compress(text)))).toEqual(text);
});

test.each([CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const)(
  'what is no packed data is refused by form %d',
  async (type) => {
    const { decompress } = v.parse(codec, CompressionCodecs[type]());

    await expect(decompress(Buffer.from('no packed data at all'))).rejects.toThrow();
  },
);
