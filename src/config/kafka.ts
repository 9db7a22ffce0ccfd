import * as v from 'valibot';
import type { Environment } from './elasticsearch.js';
import { registry } from './registry.js';
import { HEADER_VALUE, described, duration, hostAndPort, secret, settings } from './settings.js';

/** Names of the variables that hold secrets; they are in no file and never printed. */
export const KAFKA_SECRETS = { password: 'MXWARDEN_KAFKA_PASSWORD', token: 'MXWARDEN_KAFKA_TOKEN' } as const;

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

const text = v.pipe(v.string(), v.minLength(1));
const count = (max: number) => {
  const message = `must be a number from 1 to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(1, message), v.maxValue(max, message));
};

const NO_BROKER = 'is not HOST:PORT of a broker, such as kafka1.example.org:9092';
const broker = v.pipe(
  v.string(NO_BROKER),
  v.check((address) => hostAndPort(address) !== undefined, NO_BROKER),
  v.title('HOST:PORT'),
);

const NO_TOPIC = 'is no name of a topic: up to 249 letters, digits, dots, dashes and underscores';
const topic = v.pipe(
  v.string(NO_TOPIC),
  v.regex(/^[\w.-]{1,249}$/, NO_TOPIC),
  v.check((name) => name !== '.' && name !== '..', NO_TOPIC),
  v.title('topic'),
);

const topics = v.pipe(
  settings('must be names such as {mail_events: mail}', {
    mail_events: described(v.optional(topic, 'mxwarden.mail-events'), 'events of mail logs'),
    dns_events: described(v.optional(topic, 'mxwarden.dns-events'), 'events of DNS query logs'),
    partials: described(v.optional(topic, 'mxwarden.partials'), 'contributions and marks'),
    snapshots: described(v.optional(topic, 'mxwarden.snapshots'), 'states to go on from'),
    correlations: described(v.optional(topic, 'mxwarden.correlations'), 'documents of windows'),
    clients: described(v.optional(topic, 'mxwarden.clients'), 'rows of clients'),
    alerts: described(v.optional(topic, 'mxwarden.alerts'), 'what happens to incidents'),
    rejections: described(v.optional(topic, 'mxwarden.rejections'), 'rejections, with the lines of the log'),
    dead_letters: described(v.optional(topic, 'mxwarden.dead-letters'), 'what cannot be counted, with the reason'),
  }),
  v.check((names) => new Set(Object.values(names)).size === Object.keys(names).length, 'names a topic twice'),
);

const MAX_PARTITIONS = 1000;
const partitions = settings('must be numbers such as {events: 8}', {
  events: described(v.optional(count(MAX_PARTITIONS), 4), 'of each topic of events, and of dead letters'),
  partials: described(v.optional(count(MAX_PARTITIONS), 12), 'of partials and of snapshots'),
  results: described(v.optional(count(MAX_PARTITIONS), 4), 'of each topic of results'),
});

const retention = settings('must be durations such as {events: 30d}', {
  events: described(v.optional(duration, '7d'), 'how long events are kept after they were written'),
  partials: described(v.optional(duration, '7d'), 'of partials and snapshots; longer than any outage'),
  results: described(v.optional(duration, '30d'), 'of results and dead letters: they hold lines of the log'),
});

const ssl = v.pipe(
  settings('must be settings such as {ca_file: ca.pem}, or {} for authorities that the machine trusts', {
    ca_file: described(v.optional(text), 'certificates (PEM) of who signed those of the brokers'),
    cert_file: described(v.optional(text), 'certificate (PEM) by which we are known'),
    key_file: described(v.optional(text), 'key (PEM) of cert_file'),
  }),
  v.check(
    ({ cert_file: cert, key_file: key }) => (cert === undefined) === (key === undefined),
    'needs both of cert_file and key_file, or neither',
  ),
);

const sasl = v.pipe(
  settings('must be settings such as {mechanism: scram-sha-512, username: mxwarden}', {
    mechanism: described(v.picklist(MECHANISMS, `must be one of ${MECHANISMS.join(', ')}`), 'how we log in'),
    username: described(v.optional(text), `user, whose password is in ${KAFKA_SECRETS.password}`),
    password: secret(KAFKA_SECRETS.password),
    token: secret(KAFKA_SECRETS.token),
    token_file: described(
      v.optional(text),
      `file with the token of oauthbearer, in place of ${KAFKA_SECRETS.token}; read at each log-in, so it can be renewed`,
    ),
  }),
  v.check(
    ({ mechanism, username }) => (username === undefined) === (mechanism === 'oauthbearer'),
    'needs a username, but for oauthbearer, which has none',
  ),
  v.check(
    ({ mechanism, token_file: file }) => file === undefined || mechanism === 'oauthbearer',
    'has a token_file, which is for oauthbearer',
  ),
);

/** Where events and results go, and come from. */
export const kafka = settings('must be settings such as {brokers: [kafka1.example.org:9092]}', {
  brokers: described(v.pipe(v.array(broker), v.minLength(1, 'names no broker')), 'some of the brokers'),
  client_id: described(v.optional(text, 'mxwarden'), 'name in logs and quotas of the brokers'),
  ssl: described(v.optional(ssl), 'TLS; default: none'),
  sasl: described(v.optional(sasl), 'who we are; default: nobody asks'),
  request_timeout: described(v.optional(duration, '30s'), 'how long an answer may take'),
  compression: described(v.optional(v.picklist(COMPRESSIONS), 'lz4'), 'how what is sent is packed'),
  topics: described(v.optional(topics, {}), 'names'),
  partitions: described(v.optional(partitions, {}), 'number in topics that setup makes'),
  replication_factor: described(
    v.optional(count(100)),
    'copies of topics that setup makes; default: 3, or each broker',
  ),
  retention: described(v.optional(retention, {}), 'how long topics that setup makes keep what is in them'),
  registry: described(v.optional(registry), 'where the schemas of events are; default: each record names its own'),
});
export type KafkaSettings = v.InferOutput<typeof kafka>;

/** The secret for these settings from the environment (`undefined` where none is needed), or all that is wrong with it. */
export function readKafkaSecret(
  { sasl: login }: KafkaSettings,
  environment: Environment,
): { readonly secret: string | undefined } | { readonly problems: readonly string[] } {
  const needed = login === undefined || login.token_file !== undefined ? undefined : nameOfSecret(login.mechanism);
  const why =
    login?.token_file === undefined ? 'kafka.sasl has no mechanism that uses it' : 'there is kafka.sasl.token_file';
  const problems = Object.values(KAFKA_SECRETS)
    .filter((name) => name !== needed && environment[name] !== undefined)
    .map((name) => `${name} is set, but ${why}.`);
  const value = needed === undefined ? undefined : environment[needed];
  if (needed !== undefined && value === undefined) problems.push(`kafka.sasl is given, but ${needed} is not set.`);
  else if (value === '') problems.push(`${needed ?? ''} is set to nothing.`);
  else if (value !== undefined && needed === KAFKA_SECRETS.token && !HEADER_VALUE.test(value))
    problems.push(`${needed} has a blank or another character in it that no token has.`);
  return problems.length > 0 ? { problems } : { secret: value };
}

function nameOfSecret(mechanism: (typeof MECHANISMS)[number]): string {
  return mechanism === 'oauthbearer' ? KAFKA_SECRETS.token : KAFKA_SECRETS.password;
}
