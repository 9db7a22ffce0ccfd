import * as v from 'valibot';
import { credentialsIn } from './credentials.js';
import type { Credentials, Environment } from './credentials.js';
import { described, duration, fingerprint, secret, serverUrl, settings } from './settings.js';

/** Names of the variables that hold secrets; they are in no file and never printed. */
export const KIBANA_SECRETS = {
  apiKey: 'MXWARDEN_KIBANA_API_KEY',
  password: 'MXWARDEN_KIBANA_PASSWORD',
  token: 'MXWARDEN_KIBANA_TOKEN',
} as const;

const text = v.pipe(v.string(), v.minLength(1));

/** The Kibana in which `setup` makes dashboards and rules. */
export const kibana = v.pipe(
  settings('must be settings such as {url: https://kibana.example.org:5601}', {
    url: described(
      serverUrl({
        what: 'Kibana',
        example: 'https://kibana.example.org:5601',
        passwordVariable: KIBANA_SECRETS.password,
      }),
      'URL of Kibana, with its base path',
    ),
    space: described(
      v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9_-]+$/, 'is not the identifier of a space')), 'default'),
      'identifier of the space that gets dashboards and rules',
    ),
    username: described(v.optional(text), `user, whose password is in ${KIBANA_SECRETS.password}`),
    api_key: secret(KIBANA_SECRETS.apiKey),
    password: secret(KIBANA_SECRETS.password),
    token: secret(KIBANA_SECRETS.token),
    ca_file: described(v.optional(text), 'certificates (PEM) of who signed that of Kibana'),
    ca_fingerprint: described(v.optional(fingerprint), 'SHA-256 of the certificate of who signed that of Kibana'),
    request_timeout: described(v.optional(duration, '60s'), 'how long an answer may take'),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { url, ca_file: file, ca_fingerprint: wanted } = dataset.value;
    if (url.startsWith('https:')) return;
    if (file !== undefined) addIssue({ message: 'has a ca_file, but no https://' });
    if (wanted !== undefined) addIssue({ message: 'has a ca_fingerprint, but no https://' });
  }),
);
export type KibanaSettings = v.InferOutput<typeof kibana>;

/** The credentials for these settings from the environment, or all that is wrong with them, without their values. */
export function readKibanaCredentials(
  { username }: Pick<KibanaSettings, 'username'>,
  environment: Environment,
): { readonly credentials: Credentials | undefined } | { readonly problems: readonly string[] } {
  return credentialsIn(environment, { section: 'kibana', username, secrets: KIBANA_SECRETS });
}
