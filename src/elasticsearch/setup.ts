import type { DocumentKind } from '../core/documents/fields.js';
import { abilitiesOf, lacksOf } from './abilities.js';
import { isThere, wordsOf } from './answer.js';
import type { Answer } from './answer.js';
import type { Method, Request } from './client.js';
import { listIn, valueIn } from '../core/documents/value.js';
import { KINDS, TARGETS } from './targets.js';
import { TEMPLATES_VERSION, mappings, resources } from './templates.js';
import type { Abilities, Resource, Retention } from './templates.js';

/** What is on a server of what setup makes. */
export interface Found {
  /** `Elasticsearch 8.19.2` or `OpenSearch 3.1.0`. */
  readonly server: string;
  readonly abilities: Abilities;
  /** By path: the version and the digest of each resource that is there; of another's making both are `undefined`. */
  readonly resources: ReadonlyMap<string, Made>;
  readonly indices: readonly FoundIndex[];
}

interface Made {
  readonly version: number | undefined;
  readonly digest: string | undefined;
}

/** An index in which documents of a kind are already. */
interface FoundIndex extends Made {
  readonly name: string;
  readonly kind: DocumentKind;
  /** Whether it is read under the name of its kind. */
  readonly isRead: boolean;
}

/** One thing that setup does or leaves. */
export interface Step {
  readonly action: 'create' | 'update' | 'keep' | 'leave';
  /** What it is, such as `index template mxwarden-client`. */
  readonly what: string;
  readonly request: { readonly method: Method; readonly path: string; readonly body: object };
  /** True where a refusal is no problem: the next index gets what this one cannot have any more. */
  readonly isOptional?: true;
}

/** All that setup has to do for a server, and what it cannot do there. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly lacks: readonly string[];
}

const OLDEST_MAJOR = { Elasticsearch: 8, OpenSearch: 2 } as const;

/** Problems found on a server; each is a sentence that says what to do. */
export type Problems = readonly string[];

/** Looks at a server. */
export async function inspect(
  request: Request,
  retention: Retention,
): Promise<Found | { readonly problems: Problems }> {
  const server = serverOf(await request('GET', '/'));
  if (typeof server !== 'string') return server;
  const problems: string[] = [];
  const ask = async (method: Method, path: string, body?: object): Promise<Answer> => {
    const answer = await request(method, path, body);
    if (isRefusedToUs(answer)) problems.push(`${method} ${path}: ${wordsOf(answer)}.`);
    return answer;
  };
  const abilities = await abilitiesOf(ask);
  const made = new Map<string, Made>();
  for (const { what, name, path } of resources(abilities, retention)) {
    const answer = await ask('GET', path);
    if (isThere(answer)) made.set(path, madeOf(metaIn(bodyOf(answer), what, name)));
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
  const problem = (text: string): { readonly problems: Problems } => ({ problems: [text] });
  if (answer.kind === 'silence') return problem(`Elasticsearch does not answer: ${answer.text}.`);
  const number = valueIn(answer.body, ['version', 'number']);
  if (answer.status !== 200) return problem(`Elasticsearch refuses: ${wordsOf(answer)}.`);
  if (typeof number !== 'string')
    return problem(
      'What answers is not Elasticsearch, or a proxy removes the header x-elastic-product. ' +
        'If it is OpenSearch, set elasticsearch.distribution to opensearch.',
    );
  const isOpenSearch = valueIn(answer.body, ['version', 'distribution']) === 'opensearch';
  const product = isOpenSearch ? 'OpenSearch' : 'Elasticsearch';
  const oldest = OLDEST_MAJOR[product];
  if (Number.parseInt(number, 10) < oldest) return problem(`${product} ${number} is too old: ${oldest} is needed.`);
  return `${product} ${number}`;
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
    return { indices: [], problems: [`${name} is an index, but is to be ${use}: rename it (_reindex), or delete it.`] };
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

/** What is to be done on a server where this was found. */
export function plan(found: Found, retention: Retention): Plan {
  const { abilities, indices } = found;
  const made = resources(abilities, retention).map((resource): Step => {
    const { what, name, path, body } = resource;
    const request = { method: 'PUT', path, body } as const;
    return { action: actionOn(found.resources.get(path), resource), what: `${what} ${name}`, request };
  });
  return {
    steps: [...made, ...indices.flatMap((index) => stepsOn(index, abilities))],
    lacks: lacksOf(abilities),
  };
}

function actionOn(there: Made | undefined, { meta }: Pick<Resource, 'meta'>): Step['action'] {
  if (there === undefined) return 'create';
  if ((there.version ?? 0) > TEMPLATES_VERSION) return 'leave';
  return there.digest === meta.digest ? 'keep' : 'update';
}

/** What an index from before lacks: templates are for new ones only. */
function stepsOn({ name, kind, isRead, ...made }: FoundIndex, abilities: Abilities): readonly Step[] {
  const mapping = mappings(kind, abilities);
  const steps: Step[] = [
    {
      action: actionOn(made, { meta: mapping._meta }),
      what: `mapping of index ${name}`,
      request: { method: 'PUT', path: `/${name}/_mapping`, body: mapping },
      isOptional: true,
    },
  ];
  if (isRead) return steps;
  const alias = TARGETS[kind].name;
  const body = { actions: [{ add: { index: name, alias } }] };
  return [
    ...steps,
    { action: 'create', what: `alias ${alias} of index ${name}`, request: { method: 'POST', path: '/_aliases', body } },
  ];
}

/** What came of the steps of a plan: what was done, what an index from before cannot have, and what was refused. */
interface Applied {
  readonly done: readonly Step[];
  readonly notes: readonly string[];
  readonly problems: Problems;
}

/** Does all steps of a plan, those after a refused one as well. */
export async function apply({ steps }: Plan, request: Request): Promise<Applied> {
  const done: Step[] = [];
  const notes: string[] = [];
  const problems: string[] = [];
  for (const step of steps) {
    if (step.action === 'keep' || step.action === 'leave') continue;
    const { method, path, body } = step.request;
    const answer = await request(method, path, body);
    if (isThere(answer)) done.push(step);
    else if (step.isOptional === true && answer.kind === 'answer' && answer.status === 400)
      notes.push(`The ${step.what} stays as it is, and the next index gets the new one: ${wordsOf(answer)}.`);
    else problems.push(`The ${step.what} was refused: ${wordsOf(answer)}.`);
  }
  return { done, notes, problems };
}

function metaIn(body: unknown, what: Resource['what'], name: string): unknown {
  if (what === 'lifecycle policy') return valueIn(body, [name, 'policy', '_meta']);
  const [list, inner] =
    what === 'component template'
      ? ['component_templates', 'component_template']
      : ['index_templates', 'index_template'];
  return valueIn(listIn(body, list)[0], [inner, '_meta']);
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
