import kafkajs, { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import type { KafkaSettings } from '../config/kafka.js';
import { durationMs } from '../core/time.js';
import { registerCodecs } from './codecs.js';

/** What is asked of a cluster goes through these; nothing else outside this folder knows kafkajs. */
export type { Admin, Kafka } from 'kafkajs';

export interface ClientConfig {
  readonly settings: KafkaSettings;
  /** Password or token of `sasl`. */
  readonly secret: string | undefined;
  /** Gives the token of `sasl` as it is now, where that may change. */
  readonly readToken?: () => Promise<string>;
  /** Texts of the files that `ssl` names. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** A line for the log of the program. */
export interface LogLine {
  readonly level: 'error' | 'warn';
  readonly message: string;
  /** The broker that it is about, if it is about one. */
  readonly broker: string | undefined;
}

export interface ClientDeps {
  readonly log: (line: LogLine) => void;
}

const FIRST_RETRY_MS = 300;
const MAX_RETRY_MS = 5000;
const RETRIES = 4;
/** So long before a token expires it is given anew. A broker takes none sooner than a second after the one before. */
const REAUTHENTICATION_MS = 3000;

/** A client of Kafka; it connects with what is made of it. */
export function createClient({ settings, secret, readToken, tls }: ClientConfig, { log }: ClientDeps): Kafka {
  registerCodecs();
  const timeoutMs = durationMs(settings.request_timeout);
  const config: KafkaConfig = {
    brokers: [...settings.brokers],
    clientId: settings.client_id,
    ...(settings.ssl === undefined ? {} : { ssl: { ...tls } }),
    ...(settings.sasl === undefined ? {} : { sasl: saslOf(settings.sasl, secret ?? '', readToken) }),
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    reauthenticationThreshold: REAUTHENTICATION_MS,
    requestTimeout: timeoutMs,
    // Each try asks the next of the brokers.
    retry: {
      initialRetryTime: FIRST_RETRY_MS,
      maxRetryTime: MAX_RETRY_MS,
      retries: Math.max(RETRIES, settings.brokers.length),
    },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      if (!isExpected(entry)) log(lineOf(entry, secret));
    },
  };
  return new Kafka(config);
}

function saslOf(
  { mechanism, username = '' }: NonNullable<KafkaSettings['sasl']>,
  secret: string,
  readToken = (): Promise<string> => Promise.resolve(secret),
): SASLOptions {
  if (mechanism !== 'oauthbearer') return { mechanism, username, password: secret };
  const oauthBearerProvider = async (): Promise<{ value: string }> => {
    // Whoever renews it may be writing it now: as an error of kafkajs it is tried again.
    const value = await readToken().catch((error: unknown) => {
      throw new kafkajs.KafkaJSError(error instanceof Error ? error.message : String(error));
    });
    return { value };
  };
  return { mechanism, oauthBearerProvider };
}

/** What it warns of where an idempotent producer is not to try for ever: we make a new one then. */
function isExpected({ log }: LogEntry): boolean {
  return log.message.startsWith('Limiting retries for the idempotent producer');
}

function lineOf({ level, log }: LogEntry, secret: string | undefined): LogLine {
  const reason: unknown = log['error'];
  const said = typeof reason === 'string' && reason !== log.message ? `${log.message}: ${reason}` : log.message;
  const broker: unknown = log['broker'];
  return {
    level: level === logLevel.ERROR ? 'error' : 'warn',
    message: secret === undefined || secret === '' ? said : said.replaceAll(secret, '***'),
    broker: typeof broker === 'string' ? broker : undefined,
  };
}
