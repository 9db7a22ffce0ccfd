import { SECRETS } from '../config/elasticsearch.js';
import { digestOf } from '../core/content.js';
import type { DocumentKind, JsonObject } from '../core/documents/fields.js';
import type { Problem } from '../core/errors.js';
import { abilitiesOf } from './abilities.js';
import { errorText, isThere, wordsOf } from './answer.js';
import type { Answer } from './answer.js';
import type { Method, Request } from './client.js';
import { isObject, listIn, valueIn } from '../core/documents/value.js';
import { KINDS, TARGETS } from './targets.js';
import { resources } from './templates.js';
import type { Abilities, Resource, Retention } from './templates.js';

/** What is on a server of what setup makes. */
export interface Found {
  /** `Elasticsearch 8.19.2` or `OpenSearch 3.1.0`. */
  readonly server: string;
  readonly abilities: Abilities;
  /** By path what is there of each resource. */
  readonly resources: ReadonlyMap<string, FoundResource>;
  readonly indices: readonly FoundIndex[];
}

/** What says who made something; of another's making both are `undefined`. */
export interface Made {
  readonly version: number | undefined;
  readonly digest: string | undefined;
}

export interface FoundResource extends Made {
  /** All of it that people can change. */
  readonly content: unknown;
}

/** An index in which documents of a kind are already. */
export interface FoundIndex extends Made {
  readonly name: string;
  readonly kind: DocumentKind;
  /** Whether it is read under the name of its kind. */
  readonly isRead: boolean;
}

const OLDEST_MAJOR = { Elasticsearch: 8, OpenSearch: 2 } as const;

export type Problems = readonly Problem[];

/** Looks at a server. */
export async function inspect(
  request: Request,
  retention: Retention,
): Promise<Found | { readonly problems: Problems }> {
  const server = serverOf(await request('GET', '/'));
  if (typeof server !== 'string') return server;
  const problems: Problem[] = [];
  const ask = async (method: Method, path: string, body?: object): Promise<Answer> => {
    const answer = await request(method, path, body);
    if (isRefusedToUs(answer)) problems.push(refusal(`${method} ${path}`, answer));
    return answer;
  };
  const abilities = await abilitiesOf(ask);
  const made = new Map<string, FoundResource>();
  for (const { what, name, path } of resources(abilities, retention)) {
    const answer = await ask('GET', path);
    if (isThere(answer)) made.set(path, foundResource(bodyOf(answer), what, name));
  }
  const indices: FoundIndex[] = [];
  for (const kind of KINDS) {
    const found = await indicesOf(kind, ask);
    indices.push(...found.indices);
    problems.push(...found.problems);
  }
  return problems.length > 0 ? { problems } : { server, abilities, resources: made, indices };
}

/** Which server it is, if it is one that we can use. */
export function serverOf(answer: Answer): string | { readonly problems: Problems } {
  const problem = (text: string, remedy: string): { readonly problems: Problems } => ({
    problems: [{ text: `GET /: ${text}`, remedy }],
  });
  if (answer.kind === 'silence')
    return problem(
      `Elasticsearch does not answer: ${answer.text}.`,
      'Check that it runs, and elasticsearch.nodes, ca_file and ca_fingerprint.',
    );
  if (errorText(answer.body).startsWith('media_type_header_exception'))
    return problem(
      `Elasticsearch is too new: it does not take requests of version 8 (${wordsOf(answer)}).`,
      'Update mxwarden, or name an Elasticsearch 8 or 9 in elasticsearch.nodes.',
    );
  if (answer.status !== 200) return problem(`Elasticsearch refuses: ${wordsOf(answer)}.`, remedyFor(answer));
  const number = valueIn(answer.body, ['version', 'number']);
  if (typeof number !== 'string')
    return problem(
      'What answers is not Elasticsearch, or a proxy removes the header x-elastic-product.',
      'If it is OpenSearch, set elasticsearch.distribution to opensearch; else check elasticsearch.nodes.',
    );
  const isOpenSearch = valueIn(answer.body, ['version', 'distribution']) === 'opensearch';
  const product = isOpenSearch ? 'OpenSearch' : 'Elasticsearch';
  const oldest = OLDEST_MAJOR[product];
  if (Number.parseInt(number, 10) >= oldest) return `${product} ${number}`;
  return problem(
    `${product} ${number} is too old: ${oldest} is needed.`,
    'Update it, or name another one in elasticsearch.nodes.',
  );
}

/** A request that was refused, with what to do about it. */
export function refusal(asked: string, answer: Answer): Problem {
  return { text: `${asked}: ${wordsOf(answer)}.`, remedy: remedyFor(answer) };
}

function remedyFor(answer: Answer): string {
  if (answer.kind === 'silence') return 'Check that Elasticsearch is well; then run this again.';
  if (answer.status === 401)
    return `Check elasticsearch.username and ${SECRETS.password}, or ${SECRETS.apiKey} or ${SECRETS.token}.`;
  if (answer.status === 403)
    return 'Give this user or API key the privileges of deploy/roles/setup.json; then run this again.';
  if (answer.status >= 300 && answer.status < 400) return 'Check elasticsearch.nodes: something else is there.';
  return 'Look into the log of Elasticsearch; then run this again.';
}

/** The indices of a kind, and what keeps documents from getting there. */
async function indicesOf(
  kind: DocumentKind,
  ask: Request,
): Promise<{ readonly indices: readonly FoundIndex[]; readonly problems: Problems }> {
  const { name, isStream } = TARGETS[kind];
  const resolved = await ask('GET', `/_resolve/index/${name}`);
  const isIndex =
    isThere(resolved) && listIn(bodyOf(resolved), 'indices').some((index) => valueIn(index, ['name']) === name);
  if (isIndex) {
    const use = isStream ? 'the data stream' : 'the alias of all indices of its kind';
    const text = `GET /_resolve/index/${name}: ${name} is an index, but is to be ${use}.`;
    const remedy = `Copy it to another name if it is needed (POST /_reindex), then DELETE /${name} and run this again.`;
    return { indices: [], problems: [{ text, remedy }] };
  }
  const pattern = isStream ? name : `${name}-*`;
  const answer = await ask('GET', `/${pattern}?filter_path=*.aliases,*.mappings._meta`);
  const body = bodyOf(answer);
  if (!isThere(answer) || typeof body !== 'object' || body === null) return { indices: [], problems: [] };
  const indices = Object.entries(body).map(([index, state]): FoundIndex => {
    const isRead = isStream || valueIn(state, ['aliases', name]) !== undefined;
    return { name: index, kind, isRead, ...madeOf(valueIn(state, ['mappings', '_meta'])) };
  });
  return { indices, problems: [] };
}

/** What is there of a resource, as its server gives it back. */
function foundResource(body: unknown, what: Resource['what'], name: string): FoundResource {
  if (what === 'lifecycle policy') {
    const policy = valueIn(body, [name, 'policy']);
    return { ...madeOf(valueIn(policy, ['_meta'])), content: valueIn(policy, ['phases']) };
  }
  const isComponent = what === 'component template';
  const [list, inner] = isComponent
    ? ['component_templates', 'component_template']
    : ['index_templates', 'index_template'];
  const found = valueIn(listIn(body, list)[0], [inner]);
  const made = madeOf(valueIn(found, ['_meta']));
  if (isComponent) return { ...made, content: lifecycleAsGiven(valueIn(found, ['template'])) };
  return { ...made, content: withoutWhatServersAdd(found) };
}

const ADDED = ['_meta', 'version', 'created_date', 'created_date_millis', 'modified_date', 'modified_date_millis'];

function withoutWhatServersAdd(template: unknown): unknown {
  if (!isObject(template)) return template;
  const { data_stream: stream, ...others } = without(template, ADDED);
  // OpenSearch names the field that every data stream has.
  const own = isObject(stream) ? without(stream, ['timestamp_field']) : stream;
  return stream === undefined ? others : { ...others, data_stream: own };
}

/** A template without the word that its lifecycle is in force. */
function lifecycleAsGiven(template: unknown): unknown {
  const lifecycle = valueIn(template, ['lifecycle']);
  if (!isObject(template) || !isObject(lifecycle) || lifecycle['enabled'] !== true) return template;
  return { ...template, lifecycle: without(lifecycle, ['enabled']) };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Whether people changed it since a mxwarden made it, or made it themselves. */
export function isEdited({ digest, content }: FoundResource): boolean {
  return digestOf(content) !== digest;
}

function madeOf(meta: unknown): Made {
  const version = valueIn(meta, ['version']);
  const digest = valueIn(meta, ['digest']);
  return {
    version: typeof version === 'number' ? version : undefined,
    digest: typeof digest === 'string' ? digest : undefined,
  };
}

function bodyOf(answer: Answer): unknown {
  return answer.kind === 'answer' ? answer.body : undefined;
}

/** Whether an answer says nothing of what is there, as we may not ask, or nobody answers. */
function isRefusedToUs(answer: Answer): boolean {
  return answer.kind === 'silence' || answer.status === 401 || answer.status === 403 || answer.status >= 429;
}
