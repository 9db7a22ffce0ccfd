import * as v from 'valibot';
import { parseDuration } from '../core/time.js';

export const duration = v.pipe(
  v.string(),
  v.check((text) => parseDuration(text) !== undefined, 'is no duration such as 30s, 5m, 1h or 1d'),
  v.title('duration'),
);

/** What has names and values; to `object` and `record` alone, a list is one as well. */
export function mapping(message: string) {
  return v.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), message);
}

/** A mapping with these settings only, each other one an issue: `strictObject` would tell the first of them. */
export function settings<const Entries extends v.ObjectEntries>(message: string, entries: Entries) {
  const known = v.lazy((value) => {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const others = names.filter((name) => !Object.hasOwn(entries, name));
    const refused: object = Object.fromEntries(others.map((name) => [name, v.never('is no setting')]));
    return v.object({ ...entries, ...refused });
  });
  return v.pipe(mapping(message), known, v.metadata({ entries }));
}

export function described<const Schema extends v.GenericSchema>(schema: Schema, text: string) {
  return v.pipe(schema, v.description(text));
}

/** SHA-256 of a certificate, with or without colons. */
export const fingerprint = v.pipe(
  v.string(),
  v.regex(/^([\da-f]{2}:){31}[\da-f]{2}$|^[\da-f]{64}$/i, 'is not the SHA-256 of a certificate in hexadecimal'),
);

const LAST_PORT = 65_535;

/** The parts of `HOST:PORT`, of which an IPv6 address is in brackets; `undefined` if it is none. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, name, address, digits] = /^(?:([\w.-]+)|\[([\da-fA-F:.]+)\]):(\d{1,5})$/.exec(text) ?? [];
  const host = name ?? address;
  const port = Number(digits);
  return host !== undefined && port > 0 && port <= LAST_PORT ? { host, port } : undefined;
}

/** A setting that is none, since the file is no place for it. */
export function secret(variable: string) {
  const never = v.pipe(v.never(`is a secret: it belongs into the variable ${variable}`), v.title('secret'));
  return described(v.optional(never), `in the variable ${variable} of the environment`);
}

/** What goes into an HTTP header, where other characters end it or are refused. */
export const HEADER_VALUE = /^[\x21-\x7e]+$/;

/** What is at a URL, in words with an article, with an example of one and the variable of its password. */
interface UrlOf {
  readonly what: string;
  readonly example: string;
  readonly passwordVariable: string;
}

/** The URL of a server; its parts tell what is wrong with it, and no message repeats it, since it may have a password. */
export function serverUrl(of: UrlOf) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const message = problemOfUrl(dataset.value, of);
      if (message !== undefined) addIssue({ message });
    }),
    v.title('URL'),
  );
}

function problemOfUrl(url: string, { what, example, passwordVariable }: UrlOf): string | undefined {
  if (!URL.canParse(url)) return `is not the URL of ${what}, such as ${example}`;
  const { protocol, username, password, search, hash } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return 'begins neither with https:// nor with http://';
  if (username !== '' || password !== '')
    return `has a user in it: give username, and the password in ${passwordVariable}`;
  return search === '' && hash === '' ? undefined : `ends with a query, which ${what} has not`;
}
