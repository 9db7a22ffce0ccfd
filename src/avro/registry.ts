import { request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RegistryLogin } from '../config/registry.js';
import { isFields } from '../core/documents/value.js';
import type { Ms } from '../core/event.js';
import { createMissing } from './missing.js';

/** Longer than any schema; an answer is not read further. */
const MAX_ANSWER_BYTES = 1 << 20;
const MIME = 'application/vnd.schemaregistry.v1+json';
/** With these a registry says that it has no such schema; any other 404 is of something else at that address. */
const NO_SUCH_SCHEMA = [40402, 40403];
const NO_SUCH_SUBJECT = 40401;
/** The subject is there, and this schema is none of its versions. */
const NO_SUCH_VERSION = 40403;

export interface RegistryConfig {
  /** Such as `https://registry.example:8081` or `http://localhost:8080/apis/ccompat/v7`. */
  readonly url: string;
  readonly auth?: RegistryLogin | undefined;
  /** Certificates, in PEM, of authorities to trust instead of the usual ones. */
  readonly ca?: string | undefined;
  /** For one answer, from connecting to its last byte. */
  readonly timeoutMs: Ms;
  /** For how long a schema that the registry does not have is not asked for again. */
  readonly absentMs: Ms;
  /** For how long a schema that the registry does not have may still come: writers may be quicker than it is. */
  readonly waitMs: Ms;
}

export interface RegistryDeps {
  readonly nowMs: () => Ms;
}

/** The registry cannot say: try again later. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly why: string;
}

/** There is no such schema, nor will there be. */
export interface Absent {
  readonly kind: 'absent';
  readonly why: string;
}

export type Found = { readonly kind: 'found'; readonly text: string } | Absent | Unavailable;

/** The schema does not go with those that the subject has. */
export interface Refused {
  readonly kind: 'refused';
  readonly why: string;
}

export type Registered = { readonly kind: 'registered'; readonly id: number } | Refused | Unavailable;

/** Whether a schema is under a subject, or could be: `new` where the subject is not there or a version before it is. */
export type Standing =
  { readonly kind: 'registered'; readonly id: number } | { readonly kind: 'new' } | Refused | Unavailable;

/** A schema registry with Confluent's interface. Nothing throws, and no message holds a secret. */
export interface Registry {
  /** The schema with a number. What is found never changes and is asked for once, also by several at a time. */
  schemaOf(id: number): Promise<Found>;
  /** The number of a schema under a subject, which gets it if it has none yet. */
  register(subject: string, schema: string): Promise<Registered>;
  /** What `register` would come to, without doing it. */
  standingOf(subject: string, schema: string): Promise<Standing>;
}

interface Answer {
  /** What was asked, for messages. */
  readonly place: string;
  readonly status: number;
  readonly body: unknown;
}

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** @throws TypeError if the address is none. */
export function createRegistry(config: RegistryConfig, { nowMs }: RegistryDeps): Registry {
  const ask = createAsk(config);
  const found = new Map<number, Promise<Found>>();
  const missing = createMissing(config, nowMs);
  const registered = new Map<string, Promise<Registered>>();

  const fetchSchema = async (id: number): Promise<Found> => {
    const answer = await ask({ method: 'GET', path: `/schemas/ids/${id}` });
    const result = 'kind' in answer ? answer : foundIn(answer, id);
    // What has a number never changes, also if it is none of Avro.
    const isGiven = 'status' in answer && answer.status === 200 && result.kind !== 'unavailable';
    if (!isGiven) found.delete(id);
    if (result.kind === 'absent' && !isGiven) return missing.note(id, result);
    missing.forget(id);
    return result;
  };

  return {
    schemaOf: (id) => {
      const answer = missing.find(id);
      if (answer !== undefined) return Promise.resolve(answer);
      const known = found.get(id);
      if (known !== undefined) return known;
      const asked = fetchSchema(id);
      found.set(id, asked);
      return asked;
    },
    register: (subject, schema) => {
      const key = JSON.stringify([subject, schema]);
      const known = registered.get(key);
      if (known !== undefined) return known;
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const asked = ask({ method: 'POST', path, body: JSON.stringify({ schema }) }).then((answer): Registered => {
        const result = 'kind' in answer ? answer : registeredIn(answer, subject);
        if (result.kind !== 'registered') registered.delete(key);
        return result;
      });
      registered.set(key, asked);
      return asked;
    },
    standingOf: async (subject, schema) => {
      const body = JSON.stringify({ schema });
      const name = encodeURIComponent(subject);
      const there = await ask({ method: 'POST', path: `/subjects/${name}`, body });
      if ('kind' in there) return there;
      const { code, id } = { code: numberIn(there, 'error_code'), id: numberIn(there, 'id') };
      if (there.status === 200 && id !== undefined) return { kind: 'registered', id };
      if (there.status !== 404 || code === undefined) return unexpected(there);
      if (code !== NO_SUCH_VERSION) return code === NO_SUCH_SUBJECT ? { kind: 'new' } : unexpected(there);
      const path = `/compatibility/subjects/${name}/versions/latest`;
      const fits = await ask({ method: 'POST', path, body });
      return 'kind' in fits ? fits : fitIn(fits, subject);
    },
  };
}

function numberIn({ body }: Answer, name: string): number | undefined {
  const value = isFields(body) ? body[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

function fitIn(answer: Answer, subject: string): Standing {
  const { status, body } = answer;
  if (status === 200 && isFields(body) && typeof body.is_compatible === 'boolean')
    return body.is_compatible
      ? { kind: 'new' }
      : { kind: 'refused', why: `the schema does not go with the versions of ${subject}` };
  // A subject whose versions were all deleted has no latest one.
  if (status === 404 && numberIn(answer, 'error_code') !== undefined) return { kind: 'new' };
  return unexpected(answer);
}

function foundIn(answer: Answer, id: number): Found {
  const { status, body } = answer;
  if (status === 200 && isFields(body) && typeof body.schema === 'string') {
    const { schemaType = 'AVRO' } = body;
    if (schemaType === 'AVRO') return { kind: 'found', text: body.schema };
    return { kind: 'absent', why: `schema ${id} in the registry is none of Avro` };
  }
  if (status === 404 && isFields(body) && NO_SUCH_SCHEMA.some((code) => code === body.error_code))
    return { kind: 'absent', why: `the registry has no schema ${id}` };
  return unexpected(answer);
}

function registeredIn(answer: Answer, subject: string): Registered {
  const { status, body } = answer;
  if (status === 200 && isFields(body) && typeof body.id === 'number') return { kind: 'registered', id: body.id };
  if (status === 409 || status === 422) {
    const why = `the registry refuses the schema for ${subject} (status ${status}${messageIn(body)})`;
    return { kind: 'refused', why: `${why}; compare it with the versions there, or lower the subject's compatibility` };
  }
  return unexpected(answer);
}

function unexpected({ place, status, body }: Answer): Unavailable {
  const advice =
    status === 401 || status === 403
      ? 'check its user, password or token'
      : status === 404 || (status >= 300 && status < 400)
        ? 'check that its address leads to the Confluent interface'
        : 'look into its log';
  return { kind: 'unavailable', why: `${place}: status ${status}${messageIn(body)}; ${advice}` };
}

function messageIn(body: unknown): string {
  return isFields(body) && typeof body.message === 'string' ? `, ${body.message.slice(0, 200)}` : '';
}

/** A function that asks the registry, and says where it asked if there is no answer. */
function createAsk({ url, auth, ca, timeoutMs }: RegistryConfig): (question: Ask) => Promise<Answer | Unavailable> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const prefix = pathname.replace(/\/$/, '');
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { accept: MIME, ...(auth === undefined ? {} : { authorization: authorization(auth) }) };
  // In brackets an IPv6 address is no host name to Node.
  const host = hostname.replace(/^\[|\]$/g, '');
  return async ({ method, path, body }) => {
    const place = `${method} ${prefix}${path}`;
    const options = { host, port, method, path: prefix + path, ca, signal: AbortSignal.timeout(timeoutMs) };
    const withBody = body === undefined ? headers : { ...headers, 'content-type': MIME };
    try {
      const answer = await exchange(send, { ...options, headers: withBody }, body);
      if (answer !== undefined) return { place, ...answer };
      return { kind: 'unavailable', why: `${place}: the answer is no JSON; check the address of the registry` };
    } catch (cause) {
      return { kind: 'unavailable', why: `${place}: ${whyNoAnswer(cause, timeoutMs)}` };
    }
  };
}

function authorization(auth: RegistryLogin): string {
  if (auth.kind === 'bearer') return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

/** What came back; `undefined` if it is no JSON. */
function exchange(
  send: typeof httpRequest,
  options: RequestOptions & { readonly ca: string | undefined },
  body: string | undefined,
): Promise<Omit<Answer, 'place'> | undefined> {
  return new Promise((resolve, reject) => {
    const question = send(options, (answer) => {
      readAnswer(answer).then(resolve, reject);
    });
    question.on('error', reject);
    question.end(body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Omit<Answer, 'place'> | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer) {
    if (!Buffer.isBuffer(piece)) continue;
    length += piece.length;
    if (length > MAX_ANSWER_BYTES) throw new RangeError('the answer is too long');
    pieces.push(piece);
  }
  const status = answer.statusCode ?? 0;
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
    return { status, body };
  } catch {
    return status === 200 ? undefined : { status, body: undefined };
  }
}

function whyNoAnswer(cause: unknown, timeoutMs: Ms): string {
  const { name, code, message } = { name: '', code: undefined, message: 'no answer', ...fieldsOf(cause) };
  if (name === 'AbortError' || name === 'TimeoutError')
    return `no answer within ${timeoutMs} ms; check that the registry runs`;
  const what = typeof code === 'string' ? code : message;
  const isCertificate = /CERT|TLS|SSL/.test(what);
  return `${what}; ${isCertificate ? 'check its certificate authority' : 'check that the registry runs'}`;
}

/** What tells errors of Node apart. */
function fieldsOf(cause: unknown): { readonly name?: string; readonly code?: unknown; readonly message?: string } {
  if (!isFields(cause)) return {};
  const { name, code, message } = cause;
  return { name: String(name), code, message: String(message).slice(0, 100) };
}
