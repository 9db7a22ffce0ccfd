import { createEventDecoder } from '../avro/events.js';
import type { Decoder } from '../avro/decoder.js';
import type { AnyEvent } from '../avro/events.js';
import type { Registry } from '../avro/registry.js';
import { WriterSchemas } from '../avro/writer-schemas.js';
import type { Config } from '../config/schema.js';
import type { KafkaSettings } from '../config/kafka.js';
import type { Format } from '../config/stream.js';
import { configuredServers } from '../config/servers.js';
import { zonesOf } from '../core/identity.js';
import { createZone } from '../core/time.js';
import { createLineParser } from '../parse/line.js';
import type { AggregateStageDeps } from '../stages/aggregate.js';
import { createLineDecoder } from '../stages/line-decoder.js';
import type { DecodeRecord } from '../stages/source-fold.js';

export interface InputTopic {
  readonly topic: string;
  readonly format: Format;
}

/** The topics that events are read from. */
export function inputTopics({ stream }: Config, { topics }: KafkaSettings): readonly InputTopic[] {
  return (
    stream.inputs ?? [topics.mail_events, topics.dns_events].map((topic): InputTopic => ({ topic, format: 'avro' }))
  );
}

/** How the records of each topic are read. */
export function inputDecoders(
  inputs: readonly InputTopic[],
  config: Config,
  registry: Registry | undefined,
): Pick<AggregateStageDeps, 'decodeOf' | 'learn'> {
  const schemas = new WriterSchemas([], registry);
  const reading = config.dns_duplicates === 'drop' ? 'identified' : 'counted';
  const decoders: Readonly<Record<Format, () => DecodeRecord>> = {
    avro: () => decodeWith(createEventDecoder(schemas, reading)),
    ecs: () => lineDecoder(config),
    syslog: () => lineDecoder(config),
  };
  const byTopic = new Map(inputs.map(({ topic, format }) => [topic, decoders[format]()]));
  return {
    decodeOf: (source) => {
      const decode = byTopic.get(source.slice(0, source.lastIndexOf('/')));
      if (decode === undefined) throw new RangeError(`${source} is no input.`);
      return decode;
    },
    learn: async (id) => {
      const learned = await schemas.learn(id);
      return learned.kind === 'unavailable' ? 'later' : learned.kind;
    },
  };
}

function decodeWith(decoder: Decoder<AnyEvent>): DecodeRecord {
  return (value) => decoder.decode(value);
}

function lineDecoder(config: Config): DecodeRecord {
  const { timezone } = config;
  const zoneOf = zonesOf(configuredServers(config), timezone);
  return createLineDecoder(createLineParser({ zone: createZone(timezone), zoneOf }));
}
