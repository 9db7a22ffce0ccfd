import * as v from 'valibot';
import { HEADER_VALUE, described, duration, secret, serverUrl, settings } from './settings.js';

/** Names of the variables that hold secrets; they are in no file and never printed. */
export const SECRETS = {
  apiKey: 'MXWARDEN_ELASTICSEARCH_API_KEY',
  password: 'MXWARDEN_ELASTICSEARCH_PASSWORD',
  token: 'MXWARDEN_ELASTICSEARCH_TOKEN',
} as const;

const text = v.pipe(v.string(), v.minLength(1));
const FINGERPRINT = /^([\da-f]{2}:){31}[\da-f]{2}$|^[\da-f]{64}$/i;

const node = serverUrl({
  what: 'a node',
  example: 'https://es1.example.org:9200',
  passwordVariable: SECRETS.password,
});

const cloudId = v.pipe(
  v.string(),
  v.regex(/^[^:]*:[\w+/]+=*$/, 'is not the Cloud ID of a deployment, such as name:ZXhhbXBsZS50ZXN0JGVz'),
);

const bytes = (min: number, max: number) => {
  const message = `must be a number of bytes from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
    v.title('bytes'),
  );
};

const retention = settings('must be durations such as {alerts: 400d}', {
  correlations: described(v.optional(duration, '800d'), 'how long windows are kept, by the month'),
  clients: described(v.optional(duration, '100d'), 'how long rows of clients are kept, by the month'),
  alerts: described(v.optional(duration, '800d'), 'how long alerts are kept'),
  rejections: described(v.optional(duration, '30d'), 'how long rejections are kept: they hold lines of the log'),
});

/** Where and how documents are written. */
export const elasticsearch = v.pipe(
  settings('must be settings such as {nodes: [https://es1.example.org:9200]}', {
    nodes: described(v.optional(v.pipe(v.array(node), v.minLength(1, 'names no node'))), 'URLs of the nodes'),
    cloud_id: described(v.optional(cloudId), 'deployment of Elastic Cloud, in place of nodes'),
    distribution: described(v.optional(v.picklist(['elasticsearch', 'opensearch']), 'elasticsearch'), 'which it is'),
    username: described(v.optional(text), `user, whose password is in ${SECRETS.password}`),
    api_key: secret(SECRETS.apiKey),
    password: secret(SECRETS.password),
    token: secret(SECRETS.token),
    ca_file: described(v.optional(text), 'certificates (PEM) of who signed those of the nodes'),
    ca_fingerprint: described(
      v.optional(v.pipe(v.string(), v.regex(FINGERPRINT, 'is not the SHA-256 of a certificate in hexadecimal'))),
      'SHA-256 of the certificate of who signed those of the nodes',
    ),
    request_timeout: described(v.optional(duration, '30s'), 'how long an answer may take'),
    compression: described(v.optional(v.boolean(), true), 'whether requests are packed'),
    batch_bytes: described(v.optional(bytes(10_000, 50_000_000), 1_000_000), 'size of a bulk request'),
    batch_age: described(v.optional(duration, '1s'), 'how long a document waits for others to fill a request'),
    queue_bytes: described(
      v.optional(bytes(100_000, 1_000_000_000), 16_000_000),
      'documents in memory that are not written yet',
    ),
    retention: described(v.optional(retention, {}), 'how long documents are kept; applied by setup'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { nodes, cloud_id: cloud, ca_fingerprint: fingerprint } = dataset.value;
    if ((nodes === undefined) === (cloud === undefined)) addIssue({ message: 'needs either nodes or cloud_id' });
    if (fingerprint !== undefined && nodes?.some((url) => !url.startsWith('https:')) === true)
      addIssue({ message: 'has a ca_fingerprint, but a node without https://' });
    if (dataset.value.queue_bytes < 2 * dataset.value.batch_bytes)
      addIssue({ message: 'has a queue_bytes of less than two requests of batch_bytes' });
  }),
);
export type ElasticsearchSettings = v.InferOutput<typeof elasticsearch>;

/** Who we are to Elasticsearch; `undefined` where it asks nobody. */
export type Credentials =
  { readonly apiKey: string } | { readonly username: string; readonly password: string } | { readonly bearer: string };

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The credentials for these settings from the environment, or all that is wrong with them, without their values. */
export function readCredentials(
  { username }: ElasticsearchSettings,
  environment: Environment,
): { readonly credentials: Credentials | undefined } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { apiKey, password, token } = SECRETS;
  const given = Object.values(SECRETS).filter((name) => environment[name] !== undefined);
  if (given.length > 1) problems.push(`${given.join(' and ')} are set: only one of them can be used.`);
  for (const name of given) {
    const value = environment[name] ?? '';
    if (value === '') problems.push(`${name} is set to nothing.`);
    else if (name !== password && !HEADER_VALUE.test(value))
      problems.push(`${name} has a blank or another character in it that no such secret has.`);
  }
  const isPassword = given.includes(password);
  if (username === undefined && isPassword) problems.push(`${password} is set, but no elasticsearch.username.`);
  if (username !== undefined && !isPassword)
    problems.push(`elasticsearch.username is given, but ${password} is not set.`);
  if (problems.length > 0) return { problems };
  const secretOf = (name: string): string => environment[name] ?? '';
  if (username !== undefined) return { credentials: { username, password: secretOf(password) } };
  if (given.includes(apiKey)) return { credentials: { apiKey: secretOf(apiKey) } };
  return { credentials: given.includes(token) ? { bearer: secretOf(token) } : undefined };
}
