import { differencesOf } from '../core/content.js';
import { isObject, objectsAt, textAt, valueIn } from '../core/documents/value.js';
import type { Problem } from '../core/errors.js';
import { bodyOf, isWell, nameOf, trouble } from './answers.js';
import type { Answer, Method, Request } from './client.js';
import { RULES_PATH, contentOfRule, foundRule, lookAtObjects } from './inspect.js';
import type { FoundKibana, FoundObject, FoundRule, KibanaTarget, Problems } from './inspect.js';
import { contentOf } from './made.js';
import type { Standing } from './made.js';
import { replacing, ruleContent } from './rules.js';
import { exported } from './saved-object.js';
import type { SavedObject } from './saved-object.js';

export type Action = 'create' | 'update' | 'keep' | 'newer' | 'edited';

/** One object or rule, and what is done with it. */
export interface KibanaStep {
  readonly action: Action;
  /** What it is, such as `dashboard mxwarden-overview`. */
  readonly what: string;
  readonly method: Method;
  readonly path: string;
  /** In what ours differs from the one that is there. */
  readonly changes: readonly string[];
}

interface ObjectStep extends KibanaStep {
  readonly object: SavedObject;
}

interface RuleStep extends KibanaStep {
  readonly body: object;
  readonly rule: FoundRule['ours'];
}

/** All that setup has to do for a Kibana. */
export interface KibanaPlan {
  readonly objects: readonly ObjectStep[];
  readonly rules: readonly RuleStep[];
}

const ACTIONS: Readonly<Record<Standing, Action>> = {
  missing: 'create',
  older: 'update',
  current: 'keep',
  newer: 'newer',
  edited: 'edited',
};

const IMPORT = '/api/saved_objects/_import';
const NAMES = { 'index-pattern': 'data view', search: 'saved search', dashboard: 'dashboard' } as const;

/** What is to be done in a Kibana where this was found; `overwrite` makes anew what somebody changed as well. */
export function planKibana(
  { objects, rules }: FoundKibana,
  { overwrite }: { readonly overwrite?: boolean } = {},
): KibanaPlan {
  const actions = overwrite === true ? { ...ACTIONS, edited: 'update' as const } : ACTIONS;
  return {
    objects: objects.map((found) => objectStep(found, actions[found.standing])),
    rules: rules.map((found) => ruleStep(found, actions[found.standing])),
  };
}

function objectStep({ ours, there }: FoundObject, action: Action): ObjectStep {
  return {
    action,
    what: `${NAMES[ours.type]} ${ours.id}`,
    method: 'POST',
    // What is not there is not written over either, should somebody make it meanwhile.
    path: action === 'update' ? `${IMPORT}?overwrite=true` : IMPORT,
    changes: there === undefined ? [] : differencesOf(there, contentOf(ours)),
    object: ours,
  };
}

function ruleStep(found: FoundRule, action: Action): RuleStep {
  const { ours, there } = found;
  return {
    action,
    what: `detection rule ${ours.rule_id}`,
    method: there === undefined ? 'POST' : 'PUT',
    path: RULES_PATH,
    changes: there === undefined ? [] : differencesOf(contentOfRule(found), ruleContent(ours)),
    body: there === undefined ? ours : replacing(ours, there),
    rule: ours,
  };
}

/** What came of a plan: what was done, what is to be known of it, and what was refused. */
export interface AppliedKibana {
  readonly done: readonly KibanaStep[];
  readonly notes: readonly string[];
  readonly problems: Problems;
}

/** Does all of a plan; what is refused keeps nothing else from being done. */
export async function applyKibana(
  { objects, rules }: KibanaPlan,
  request: Request,
  { space }: Pick<KibanaTarget, 'space'>,
): Promise<AppliedKibana> {
  const of = (action: Action): readonly ObjectStep[] => objects.filter((step) => step.action === action);
  const parts = [await importObjects(of('create'), request, space), await importObjects(of('update'), request, space)];
  for (const step of rules)
    if (step.action === 'create' || step.action === 'update') parts.push(await putRule(step, request, space));
  return {
    done: parts.flatMap(({ done }) => done),
    notes: parts.flatMap(({ notes }) => notes),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

const NOTHING: AppliedKibana = { done: [], notes: [], problems: [] };

/** Kibana imports all objects of a file or, if one cannot be, hardly any; it answers 200 in either case. */
async function importObjects(steps: readonly ObjectStep[], request: Request, space: string): Promise<AppliedKibana> {
  const [first] = steps;
  if (first === undefined) return NOTHING;
  const asked = `${first.method} ${first.path}`;
  const answer = await request(first.method, first.path, { file: exported(steps.map(({ object }) => object)) });
  if (!isWell(answer) || !isObject(bodyOf(answer))) return { ...NOTHING, problems: [trouble(asked, answer, space)] };
  const body = bodyOf(answer);
  const failures = objectsAt(body, 'errors').map((error) => failureOf(error, asked));
  const elsewhere = objectsAt(body, 'successResults').flatMap((result) => misplaced(result, asked));
  if (failures.length > 0) return { ...NOTHING, problems: failures };
  if (valueIn(body, ['success']) !== true) return { ...NOTHING, problems: [trouble(asked, answer, space)] };
  const after = await lookAtObjects(
    request,
    steps.map(({ object }) => object),
    space,
  );
  const standings = new Map(after.objects.map(({ ours, standing }) => [ours, standing]));
  const done = steps.filter(({ object }) => standings.get(object) !== 'missing');
  const changed = done.filter(({ object }) => standings.get(object) !== 'current').map(({ what }) => what);
  const notes =
    changed.length === 0
      ? []
      : [
          `This Kibana keeps ${changed.join(', ')} in another form than it was given: later runs take that for an edit, and leave them alone.`,
        ];
  return { done, notes, problems: [...after.problems, ...elsewhere] };
}

/** What an object was refused for. Nothing of its file is kept then, or hardly anything. */
function failureOf(error: Readonly<Record<string, unknown>>, asked: string): Problem {
  const name = nameOf(error);
  const type = textAt(error, 'error.type') ?? 'unknown';
  const problem = (text: string, remedy: string): Problem => ({ text: `${asked}: ${name} ${text} (${type}).`, remedy });
  switch (type) {
    case 'conflict':
    case 'ambiguous_conflict':
      return problem(
        'was made by somebody else meanwhile, or there are several of it',
        'Run this again; if it stays so, delete that one.',
      );
    case 'missing_references': {
      const missing = objectsAt(error, 'error.references').map((it) => nameOf(it));
      return problem(`needs ${missing.join(', ')}, which is not there`, 'Run this again: it makes what is missing.');
    }
    case 'unsupported_type':
      return problem('is of a type that this Kibana does not have', 'Update Kibana, then run this again.');
    default: {
      const words = textAt(error, 'error.message') ?? textAt(error, 'error.reason') ?? 'no words why';
      return problem(
        `was refused: ${words}`,
        'If it is too new for this Kibana, update Kibana; else look into its log. Then run this again.',
      );
    }
  }
}

/** Kibana gives an object another id where an object in another space has its own. */
function misplaced(result: Readonly<Record<string, unknown>>, asked: string): readonly Problem[] {
  const { id, destinationId } = result;
  if (typeof destinationId !== 'string' || destinationId === id) return [];
  return [
    {
      text: `${asked}: ${nameOf(result)} is in another space already, so that Kibana made ${destinationId} of it, to which nothing leads.`,
      remedy: 'Delete both in Kibana (Stack Management, Saved Objects), then run this again.',
    },
  ];
}

async function putRule(step: RuleStep, request: Request, space: string): Promise<AppliedKibana> {
  const { method, path, body, rule, what } = step;
  const answer: Answer = await request(method, path, body);
  const there = bodyOf(answer);
  if (!isWell(answer) || !isObject(there)) {
    const problem =
      answer.kind === 'answer' && answer.status === 409
        ? { text: `${method} ${path}: ${what} was made by somebody else meanwhile.`, remedy: 'Run this again.' }
        : trouble(`${method} ${path} (${what})`, answer, space);
    return { ...NOTHING, problems: [problem] };
  }
  const isSame = foundRule(rule, there).standing === 'current';
  const note = `This Kibana keeps ${what} in another form than it was given: later runs take that for an edit, and leave it alone.`;
  return { done: [step], notes: isSame ? [] : [note], problems: [] };
}
