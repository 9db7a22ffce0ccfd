import { differencesOf } from '../core/content.js';
import type { Problem } from '../core/errors.js';
import { lacksOf } from './abilities.js';
import { isThere, wordsOf } from './answer.js';
import type { Method, Request } from './client.js';
import { isEdited, refusal } from './inspect.js';
import type { Found, FoundIndex, FoundResource, Made, Problems } from './inspect.js';
import { TARGETS } from './targets.js';
import { TEMPLATES_VERSION, mappings, resources } from './templates.js';
import type { Abilities, Meta, Resource, Retention } from './templates.js';

/** One thing that setup does or leaves. */
export interface Step {
  readonly action: 'create' | 'update' | 'keep' | 'newer' | 'edited';
  /** What it is, such as `index template mxwarden-client`. */
  readonly what: string;
  readonly request: { readonly method: Method; readonly path: string; readonly body: object };
  /** In what ours differs from what is there. */
  readonly changes: readonly string[];
  /** True where a refusal is no problem: the next index gets what this one cannot have any more. */
  readonly isOptional?: true;
}

/** All that setup has to do for a server, and what it cannot do there. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly lacks: readonly string[];
}

/** What may be asked of a plan. */
export interface PlanOptions {
  /** Whether what somebody changed is made anew as well. */
  readonly overwrite?: boolean;
}

/** What is to be done on a server where this was found. */
export function plan(found: Found, retention: Retention, options: PlanOptions = {}): Plan {
  const { abilities, indices } = found;
  const made = resources(abilities, retention).map((resource): Step => {
    const { what, name, path, body, content } = resource;
    const there = found.resources.get(path);
    return {
      action: actionOnResource(there, resource, options),
      what: `${what} ${name}`,
      request: { method: 'PUT', path, body },
      changes: there === undefined ? [] : differencesOf(there.content, content),
    };
  });
  return {
    steps: [...made, ...indices.flatMap((index) => stepsOn(index, abilities))],
    lacks: lacksOf(abilities),
  };
}

function actionOnResource(
  there: FoundResource | undefined,
  { meta }: Resource,
  { overwrite }: PlanOptions,
): Step['action'] {
  if (there === undefined) return 'create';
  const action = actionOn(there, meta);
  if (action === 'newer' || !isEdited(there)) return action;
  return overwrite === true ? 'update' : 'edited';
}

function actionOn({ version, digest }: Made, ours: Meta): Step['action'] {
  if ((version ?? 0) > TEMPLATES_VERSION) return 'newer';
  return digest === ours.digest ? 'keep' : 'update';
}

/** What an index from before lacks: templates are for new ones only. */
function stepsOn({ name, kind, isRead, ...made }: FoundIndex, abilities: Abilities): readonly Step[] {
  const mapping = mappings(kind, abilities);
  const steps: Step[] = [
    {
      action: actionOn(made, mapping._meta),
      what: `mapping of index ${name}`,
      request: { method: 'PUT', path: `/${name}/_mapping`, body: mapping },
      changes: [],
      isOptional: true,
    },
  ];
  if (isRead) return steps;
  const alias = TARGETS[kind].name;
  const body = { actions: [{ add: { index: name, alias } }] };
  return [
    ...steps,
    {
      action: 'create',
      what: `alias ${alias} of index ${name}`,
      request: { method: 'POST', path: '/_aliases', body },
      changes: [],
    },
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
  const problems: Problem[] = [];
  for (const step of steps) {
    if (step.action !== 'create' && step.action !== 'update') continue;
    const { method, path, body } = step.request;
    const answer = await request(method, path, body);
    if (isThere(answer)) done.push(step);
    else if (step.isOptional === true && answer.kind === 'answer' && answer.status === 400)
      notes.push(`The ${step.what} stays as it is, and the next index gets the new one: ${wordsOf(answer)}.`);
    else problems.push(refusal(`${method} ${path} (${step.what})`, answer));
  }
  return { done, notes, problems };
}
