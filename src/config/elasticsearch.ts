import * as v from 'valibot';
import { credentialsIn } from './credentials.js';
import type { Credentials, Environment } from './credentials.js';
import { described, duration, fingerprint, secret, serverUrl, settings } from './settings.js';

/** Names of the variables that hold secrets; they are in no file and never printed. */
export const SECRETS = {
  apiKey: 'MXWARDEN_ELASTICSEARCH_API_KEY',
  password: 'MXWARDEN_ELASTICSEARCH_PASSWORD',
  token: 'MXWARDEN_ELASTICSEARCH_TOKEN',
} as const;

const text = v.pipe(v.string(), v.minLength(1));

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
    ca_fingerprint: described(v.optional(fingerprint), 'SHA-256 of the certificate of who signed those of the nodes'),
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
    const { nodes, cloud_id: cloud, ca_fingerprint: wanted } = dataset.value;
    if ((nodes === undefined) === (cloud === undefined)) addIssue({ message: 'needs either nodes or cloud_id' });
    if (wanted !== undefined && nodes?.some((url) => !url.startsWith('https:')) === true)
      addIssue({ message: 'has a ca_fingerprint, but a node without https://' });
    if (dataset.value.queue_bytes < 2 * dataset.value.batch_bytes)
      addIssue({ message: 'has a queue_bytes of less than two requests of batch_bytes' });
  }),
);
export type ElasticsearchSettings = v.InferOutput<typeof elasticsearch>;

export type { Credentials, Environment };

/** The credentials for these settings from the environment, or all that is wrong with them, without their values. */
export function readCredentials(
  { username }: Pick<ElasticsearchSettings, 'username'>,
  environment: Environment,
): { readonly credentials: Credentials | undefined } | { readonly problems: readonly string[] } {
  return credentialsIn(environment, { section: 'elasticsearch', username, secrets: SECRETS });
}
