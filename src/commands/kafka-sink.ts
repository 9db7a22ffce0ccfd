import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { SinkError } from '../files/errors.js';
import { createClient } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { Producer } from '../kafka/producer.js';
import type { TooLarge } from '../kafka/producer.js';
import type { OutgoingRecord, RecordSink } from '../stages/ports.js';
import { kafkaClientConfig } from './kafka.js';

export interface KafkaSinkDeps {
  readonly environment: Environment;
  /** Told what an operator may want to know: once for each change. */
  readonly tell: (text: string) => void;
  /** Called each time that Kafka keeps it waiting for longer. */
  readonly onWait?: () => void;
}

/** Sends records to topics. */
export class KafkaSink<O extends string> implements RecordSink<O> {
  private constructor(
    private readonly producer: Producer,
    private readonly topics: Readonly<Record<O, string>>,
    private readonly onSent: () => void,
  ) {}

  /** @throws ConfigError, SinkError */
  static async open<O extends string>(
    topics: Readonly<Record<O, string>>,
    settings: KafkaSettings,
    { environment, tell, onWait = () => undefined }: KafkaSinkDeps,
  ): Promise<KafkaSink<O>> {
    // What kafkajs says of its own is told by who asks for something.
    const kafka = createClient(await kafkaClientConfig(settings, environment), { log: onWait });
    let trouble: string | undefined;
    const onRetry = ({ text }: { readonly text: string }): void => {
      onWait();
      if (trouble === undefined) tell(`${text} What is to be sent waits, and is sent again.`);
      trouble = text;
    };
    const onSent = (): void => {
      if (trouble !== undefined) tell('Kafka takes records again.');
      trouble = undefined;
    };
    try {
      const producer = await Producer.open(Object.values(topics), {
        kafka,
        settings,
        random: () => Math.random(),
        setTimer: (delayMs, run) => {
          const timer = setTimeout(run, delayMs);
          return () => clearTimeout(timer);
        },
        onRetry,
      });
      return new KafkaSink(producer, topics, onSent);
    } catch (error) {
      throw asSinkError(error);
    }
  }

  /** How many partitions a topic has. */
  partitionCountOf(outlet: O): number {
    return this.producer.partitionCountOf(this.topics[outlet]);
  }

  async send(records: readonly OutgoingRecord<O>[]): Promise<void> {
    let tooLarge: TooLarge | undefined;
    const onSettled = (refusal?: TooLarge): void => {
      tooLarge ??= refusal;
    };
    try {
      for (const { outlet, key, ...record } of records)
        await this.producer.add({ ...record, topic: this.topics[outlet], key: Buffer.from(key) }, onSettled);
      await this.producer.flush();
    } catch (error) {
      throw asSinkError(error);
    }
    this.onSent();
    if (tooLarge !== undefined) throw new SinkError(tooLargeText(tooLarge));
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

function asSinkError(error: unknown): unknown {
  return error instanceof KafkaError ? new SinkError(error.message, { cause: error }) : error;
}

function tooLargeText({ topic, bytes, limitBytes }: TooLarge): string {
  const limit = limitBytes === undefined ? '' : `, which is ${limitBytes}`;
  return (
    `Kafka refuses a record of ${bytes} bytes for ${topic}: raise max.message.bytes of the topic${limit}, ` +
    'and run it again: it goes on where it stopped.'
  );
}
