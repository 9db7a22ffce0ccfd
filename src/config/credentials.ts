import { HEADER_VALUE } from './settings.js';

/** Who we are to Elasticsearch or Kibana. */
export type Credentials =
  { readonly apiKey: string } | { readonly username: string; readonly password: string } | { readonly bearer: string };

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whose credentials they are: the section of the settings, the user in it, and the variables with the secrets. */
interface Owner {
  readonly section: 'elasticsearch' | 'kibana';
  readonly username: string | undefined;
  readonly secrets: Readonly<Record<'apiKey' | 'password' | 'token', string>>;
}

/** `undefined` where nobody is asked who he is; or all that is wrong, without the values. */
export function credentialsIn(
  environment: Environment,
  { section, username, secrets }: Owner,
): { readonly credentials: Credentials | undefined } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { apiKey, password, token } = secrets;
  const given = Object.values(secrets).filter((name) => environment[name] !== undefined);
  if (given.length > 1) problems.push(`${given.join(' and ')} are set: only one of them can be used.`);
  for (const name of given) {
    const value = environment[name] ?? '';
    if (value === '') problems.push(`${name} is set to nothing.`);
    else if (name !== password && !HEADER_VALUE.test(value))
      problems.push(`${name} has a blank or another character in it that no such secret has.`);
  }
  const isPassword = given.includes(password);
  if (username === undefined && isPassword) problems.push(`${password} is set, but no ${section}.username.`);
  if (username !== undefined && !isPassword) problems.push(`${section}.username is given, but ${password} is not set.`);
  if (problems.length > 0) return { problems };
  const secretOf = (name: string): string => environment[name] ?? '';
  if (username !== undefined) return { credentials: { username, password: secretOf(password) } };
  if (given.includes(apiKey)) return { credentials: { apiKey: secretOf(apiKey) } };
  return { credentials: given.includes(token) ? { bearer: secretOf(token) } : undefined };
}
