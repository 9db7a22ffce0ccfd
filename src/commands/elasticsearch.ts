import { readCredentials } from '../config/elasticsearch.js';
import type { ElasticsearchSettings, Environment } from '../config/elasticsearch.js';
import { ConfigError } from '../config/load.js';
import { durationMs } from '../core/time.js';
import { Connection } from '../elasticsearch/client.js';
import type { BatcherConfig } from '../elasticsearch/batcher.js';
import type { Retention } from '../elasticsearch/templates.js';
import { readCertificates } from './certificates.js';
import { fingerprintAgent } from './fingerprint-agent.js';

/** A connection by these settings, with secrets from the environment. @throws ConfigError with all problems. */
export async function connectElasticsearch(
  settings: ElasticsearchSettings,
  environment: Environment,
): Promise<Connection> {
  const read = readCredentials(settings, environment);
  const problems = 'problems' in read ? [...read.problems] : [];
  const ca = await readCertificates(settings.ca_file, 'elasticsearch.ca_file', problems);
  if ('problems' in read || problems.length > 0) throw new ConfigError(problems);
  const { ca_fingerprint: fingerprint } = settings;
  const agent = fingerprint === undefined ? undefined : fingerprintAgent(fingerprint);
  return new Connection({ settings, credentials: read.credentials, ca, agent });
}

/** How long each kind of document is kept, by settings whose durations have been checked. */
export function retentionOf({ retention }: ElasticsearchSettings): Retention {
  return {
    correlation: durationMs(retention.correlations),
    client: durationMs(retention.clients),
    alert: durationMs(retention.alerts),
    rejection: durationMs(retention.rejections),
  };
}

/** More documents than this make a request no faster. */
const BATCH_COUNT = 5000;
/** Bounds what a document costs beside its bytes. */
const QUEUE_COUNT = 50_000;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** How the batcher writes, by settings whose durations have been checked. */
export function batcherConfig(settings: ElasticsearchSettings): BatcherConfig {
  return {
    batchBytes: settings.batch_bytes,
    batchCount: BATCH_COUNT,
    batchAgeMs: durationMs(settings.batch_age),
    queueBytes: settings.queue_bytes,
    queueCount: QUEUE_COUNT,
    firstDelayMs: FIRST_DELAY_MS,
    maxDelayMs: MAX_DELAY_MS,
  };
}
