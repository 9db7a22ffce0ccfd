// What any program on kafkajs costs at least: reads all of some topics, and decodes it if it is told to.
import { createEventDecoder } from '../../src/avro/events.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { kafkaClient } from '../support/kafka.js';

const [way, address = '', groupId = '', events = '', ...topics] = process.argv.slice(2);
const decoder = way === 'decode' ? createEventDecoder(new WriterSchemas(), 'counted') : undefined;
const consumer = kafkaClient(address).kafka.consumer({ groupId, maxWaitTimeInMs: 250, maxBytesPerPartition: 1 << 16 });
let left = Number(events);
await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
await new Promise<void>((resolve, reject) => {
  consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
  consumer
    .run({
      eachBatch: ({ batch: { messages } }) => {
        left -= messages.length;
        if (decoder !== undefined)
          for (const { value } of messages)
            if (value === null || decoder.decode(value).kind === 'dead') reject(new Error('This is no event.'));
        if (left === 0) resolve();
        return Promise.resolve();
      },
    })
    .catch(reject);
});
await consumer.disconnect();
