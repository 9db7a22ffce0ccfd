import type { Environment } from '../config/elasticsearch.js';
import type { KafkaSettings } from '../config/kafka.js';
import { SinkError } from '../files/errors.js';
import { createClient } from '../kafka/client.js';
import { KafkaError } from '../kafka/errors.js';
import { Producer } from '../kafka/producer.js';
import type { TooLarge } from '../kafka/producer.js';
import { tooFewPartitions } from '../kafka/topics.js';
import type { EventSink, OutgoingRecord } from '../stages/ports.js';
import { kafkaClientConfig } from './kafka.js';

export interface KafkaSinkDeps {
  readonly environment: Environment;
  /** Told what an operator may want to know: once for each change. */
  readonly tell: (text: string) => void;
}

/** Sends records to the topics of events, and of dead letters. */
export class KafkaSink implements EventSink {
  private constructor(
    private readonly producer: Producer,
    private readonly topics: Readonly<Record<OutgoingRecord['outlet'], string>>,
    private readonly onSent: () => void,
  ) {}

  /** @throws ConfigError, SinkError */
  static async open(settings: KafkaSettings, { environment, tell }: KafkaSinkDeps): Promise<KafkaSink> {
    const { mail_events: mail, dns_events: dns, dead_letters: dead } = settings.topics;
    // What kafkajs says of its own is told by who asks for something.
    const kafka = createClient(await kafkaClientConfig(settings, environment), { log: () => undefined });
    let trouble: string | undefined;
    const onRetry = ({ text }: { readonly text: string }): void => {
      if (trouble === undefined) tell(`${text} What is read waits, and is sent again.`);
      trouble = text;
    };
    const onSent = (): void => {
      if (trouble !== undefined) tell('Kafka takes records again.');
      trouble = undefined;
    };
    try {
      const producer = await Producer.open([mail, dns, dead], {
        kafka,
        settings,
        random: () => Math.random(),
        setTimer: (delayMs, run) => {
          const timer = setTimeout(run, delayMs);
          return () => clearTimeout(timer);
        },
        onRetry,
      });
      const sink = new KafkaSink(producer, { mail, dns, dead }, onSent);
      const problems = partitionProblems(producer, settings);
      if (problems.length === 0) return sink;
      await sink.close();
      throw new SinkError(problems.join('\n'));
    } catch (error) {
      throw asSinkError(error);
    }
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    let tooLarge: TooLarge | undefined;
    const onSettled = (refusal?: TooLarge): void => {
      tooLarge ??= refusal;
    };
    try {
      for (const { outlet, key, value } of records)
        await this.producer.add({ topic: this.topics[outlet], key: Buffer.from(key), value }, onSettled);
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

/** A server's events are in order only in a topic whose partitions stay as many. */
function partitionProblems(producer: Producer, { topics, partitions }: KafkaSettings): readonly string[] {
  return [topics.mail_events, topics.dns_events].flatMap((topic) => {
    const count = producer.partitionCountOf(topic);
    return count < partitions.events ? [tooFewPartitions(topic, count, partitions.events)] : [];
  });
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
