import * as v from 'valibot';
import type { Environment } from './elasticsearch.js';
import { HEADER_VALUE, described, duration, secret, serverUrl, settings } from './settings.js';

/** Names of the variables that hold secrets; they are in no file and never printed. */
export const REGISTRY_SECRETS = { password: 'MXWARDEN_REGISTRY_PASSWORD', token: 'MXWARDEN_REGISTRY_TOKEN' } as const;

const text = v.pipe(v.string(), v.minLength(1));

/** A schema registry with the interface of Confluent's. */
export const registry = v.pipe(
  settings('must be settings such as {url: https://registry.example.org:8081}', {
    url: described(
      serverUrl({
        what: 'a registry',
        example: 'https://registry.example.org:8081',
        passwordVariable: REGISTRY_SECRETS.password,
      }),
      'URL of the interface that Confluent has',
    ),
    username: described(
      v.optional(v.pipe(text, v.excludes(':', 'has a colon in it, which ends the name of a user'))),
      `user, whose password is in ${REGISTRY_SECRETS.password}; default: nobody, or who has the token`,
    ),
    password: secret(REGISTRY_SECRETS.password),
    token: secret(REGISTRY_SECRETS.token),
    ca_file: described(v.optional(text), 'certificates (PEM) of who signed that of the registry'),
    request_timeout: described(v.optional(duration, '10s'), 'how long an answer may take'),
  }),
  v.check(({ url, ca_file: ca }) => ca === undefined || url.startsWith('https:'), 'has a ca_file, but no https://'),
);
export type RegistrySettings = v.InferOutput<typeof registry>;

/** Who we are to the registry; `undefined` where it asks nobody. */
export type RegistryLogin =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** The login for these settings from the environment, or all that is wrong with it, without its values. */
export function readRegistryLogin(
  { username }: Pick<RegistrySettings, 'username'>,
  environment: Environment,
): { readonly login: RegistryLogin | undefined } | { readonly problems: readonly string[] } {
  const names = REGISTRY_SECRETS;
  const { [names.password]: password, [names.token]: token } = environment;
  const problems: string[] = [];
  if (password === '') problems.push(`${names.password} is set to nothing.`);
  if (username === undefined && password !== undefined)
    problems.push(`${names.password} is set, but no kafka.registry.username.`);
  if (username !== undefined && password === undefined)
    problems.push(`kafka.registry.username is given, but ${names.password} is not set.`);
  if (username !== undefined && token !== undefined)
    problems.push(`${names.token} is set, but kafka.registry.username is given: only one of them can be used.`);
  if (token !== undefined && !HEADER_VALUE.test(token))
    problems.push(`${names.token} is empty, or has a blank or another character in it that no token has.`);
  if (problems.length > 0) return { problems };
  if (username !== undefined && password !== undefined) return { login: { kind: 'basic', username, password } };
  return { login: token === undefined ? undefined : { kind: 'bearer', token } };
}
