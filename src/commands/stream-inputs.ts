import { createEventDecoder } from '../avro/events.js';
import type { Decoder } from '../avro/decoder.js';
import type { AnyEvent } from '../avro/events.js';
import type { Registry } from '../avro/registry.js';
import { SCHEMAS } from '../avro/schemas.js';
import { WriterSchemas } from '../avro/writer-schemas.js';
import { fingerprintOfConfig } from '../config/fingerprint.js';
import type { Config } from '../config/schema.js';
import type { KafkaSettings } from '../config/kafka.js';
import type { Format } from '../config/stream.js';
import { configuredServers } from '../config/servers.js';
import { zonesOf } from '../core/identity.js';
import { partitionOfSource } from '../core/source-name.js';
import { createZone } from '../core/time.js';
import { createLineParser } from '../parse/line.js';
import type { AggregateStageDeps } from '../stages/aggregate.js';
import { createLineDecoder } from '../stages/line-decoder.js';
import type { DecodeRecord } from '../stages/source-fold.js';
import type { Stage } from '../telemetry/declarations.js';
import type { Enrichment } from './enrichment.js';

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

/** The topics that a stage reads. */
export function topicsOf(stage: Stage, config: Config, kafka: KafkaSettings): readonly string[] {
  const { partials, correlations, clients, alerts, rejections } = kafka.topics;
  switch (stage) {
    case 'aggregate':
      return inputTopics(config, kafka).map(({ topic }) => topic);
    case 'correlate':
      return [partials];
    case 'index':
      return [correlations, clients, alerts, rejections];
  }
}

/** The consumer group of a stage. */
export function groupOf(stage: Stage, { stream }: Config): string {
  return `${stream.group}.${stage}`;
}

/** The fingerprint of all that changes numbers or documents, also of what is in no setting. */
export function cfgOf(config: Config, { files }: Enrichment): string {
  const digests = [...files].map(([name, file]) => `${name} ${file.digest()}`);
  return fingerprintOfConfig(config, [JSON.stringify(SCHEMAS.contribution), ...digests]);
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
      const decode = byTopic.get(partitionOfSource(source).topic);
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
