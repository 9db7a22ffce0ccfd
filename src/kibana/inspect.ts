import { isObject, objectsAt, valueIn } from '../core/documents/value.js';
import type { Problem } from '../core/errors.js';
import { bodyOf, isWell, nameOf, trouble } from './answers.js';
import type { Answer, Request } from './client.js';
import { contentOf, madeOf, objectDigest, standingOf } from './made.js';
import type { Content, Standing } from './made.js';
import { DEFAULT_SPACE, kibanaObjects } from './objects.js';
import { detectionRules, ruleContent, ruleDigest, ruleMade } from './rules.js';
import type { DetectionRule } from './rules.js';
import type { SavedObject } from './saved-object.js';
import { isAtLeast, versionOf } from './version.js';

/** What is to be in Kibana, and where. */
export interface KibanaTarget {
  readonly space: string;
  readonly windowSize: string;
}

/** What is in a Kibana of what setup makes there. */
export interface FoundKibana {
  /** `Kibana 9.1.0`. */
  readonly server: string;
  /** Newer than all that was tried. */
  readonly isNew: boolean;
  readonly objects: readonly FoundObject[];
  readonly rules: readonly FoundRule[];
  /** What it cannot have, as sentences. */
  readonly lacks: readonly string[];
}

export interface FoundObject {
  readonly ours: SavedObject;
  readonly standing: Standing;
  readonly there: Content | undefined;
}

export interface FoundRule {
  readonly ours: DetectionRule;
  readonly standing: Standing;
  readonly there: Readonly<Record<string, unknown>> | undefined;
}

export type Problems = readonly Problem[];

const NEWEST_MAJOR = 9;
/** Before it ES|QL, where it is there at all, cannot read how ours ask for the identity of a document. */
const ESQL = { major: 8, minor: 13 };

/** Looks at a Kibana. */
export async function inspectKibana(
  request: Request,
  { space, windowSize }: KibanaTarget,
): Promise<FoundKibana | { readonly problems: Problems }> {
  const version = versionOf(await request('GET', '/api/status'), space);
  if ('problems' in version) return version;
  const missing = await spaceProblem(request, space);
  if (missing !== undefined) return { problems: [missing] };
  const { problems, objects } = await lookAtObjects(request, kibanaObjects(windowSize, space), space);
  const all = detectionRules(windowSize);
  const hasEsql = isAtLeast(version, ESQL);
  const wanted = all.filter(({ type }) => hasEsql || type !== 'esql');
  const rules = await lookAtRules(request, wanted, space);
  const found = [...problems, ...rules.problems];
  if (found.length > 0) return { problems: found };
  const lacks = [
    ...(hasEsql
      ? []
      : [`It cannot read our rules in ES|QL, before 8.13: ${idsOf(all.filter((it) => !wanted.includes(it)))}.`]),
    ...(rules.isAbsent ? ['It has no Elastic Security, and so no detection rules.'] : []),
  ];
  const server = `Kibana ${version.number}`;
  return { server, isNew: version.major > NEWEST_MAJOR, objects, rules: rules.rules, lacks };
}

function idsOf(rules: readonly DetectionRule[]): string {
  return rules.map(({ rule_id: id }) => id).join(', ');
}

/** Kibana takes requests for a space that is not there, and what it keeps then nobody sees. */
async function spaceProblem(request: Request, space: string): Promise<Problem | undefined> {
  const path = `/api/spaces/space/${space}`;
  const answer = await request('GET', path);
  if (isWell(answer)) return undefined;
  if (answer.kind === 'answer' && answer.status === 404 && space !== DEFAULT_SPACE)
    return {
      text: `GET ${path}: there is no space ${space}.`,
      remedy: `Make it in Kibana (Stack Management, Spaces), or change kibana.space; then run this again.`,
    };
  return trouble(`GET ${path}`, answer, space);
}

/** How our objects stand; with `problems` where that cannot be told. */
export async function lookAtObjects(
  request: Request,
  objects: readonly SavedObject[],
  space: string,
): Promise<{ readonly objects: readonly FoundObject[]; readonly problems: Problems }> {
  const names = objects.map(({ type, id }) => ({ type, id }));
  let read = await exportOf(request, names);
  if ('missing' in read) {
    const { missing } = read;
    const others = names.filter(({ type, id }) => !missing.has(`${type}/${id}`));
    read = others.length === 0 ? { exported: [] } : await exportOf(request, others);
  }
  if (!('exported' in read)) {
    const why = 'answer' in read ? read.answer : undefined;
    const asked = 'POST /api/saved_objects/_export';
    const problem =
      why === undefined
        ? { text: `${asked}: objects come and go meanwhile.`, remedy: 'Run this again.' }
        : trouble(asked, why, space);
    return { objects: [], problems: [problem] };
  }
  const { exported } = read;
  const found = objects.map((ours): FoundObject => {
    const there = exported.find((it) => it.type === ours.type && it.id === ours.id);
    if (there === undefined) return { ours, standing: 'missing', there: undefined };
    const state = { digest: objectDigest(there), made: madeOf(there.attributes) };
    return { ours, standing: standingOf(state, { digest: objectDigest(ours) }), there: contentOf(there) };
  });
  return { objects: found, problems: [] };
}

type Exported = Pick<SavedObject, 'attributes' | 'id'> & {
  readonly type: string;
  readonly references: readonly unknown[];
};
type Export =
  | { readonly exported: readonly Exported[] }
  /** Kibana exports all or nothing: names of those that are not there, as `type/id`. */
  | { readonly missing: ReadonlySet<string> }
  | { readonly answer: Answer };

async function exportOf(
  request: Request,
  objects: readonly { readonly type: string; readonly id: string }[],
): Promise<Export> {
  const answer = await request('POST', '/api/saved_objects/_export', { objects, excludeExportDetails: true });
  if (isWell(answer)) return { exported: linesOf(bodyOf(answer)).flatMap(exportedIn) };
  if (answer.kind === 'silence' || answer.status !== 400) return { answer };
  const failed = objectsAt(answer.body, 'attributes.objects');
  const isMissing = failed.every((object) => valueIn(object, ['error', 'statusCode']) === 404);
  if (failed.length > 0 && isMissing) return { missing: new Set(failed.map((object) => nameOf(object, '/'))) };
  // One that may not be read comes as 400 as well; the words are with the object.
  const refused = failed.find((object) => valueIn(object, ['error', 'statusCode']) !== 404);
  const status = valueIn(refused, ['error', 'statusCode']);
  return { answer: typeof status === 'number' ? { ...answer, status, body: valueIn(refused, ['error']) } : answer };
}

function linesOf(body: unknown): readonly unknown[] {
  const lines = typeof body === 'string' ? body.split('\n') : [];
  return lines.flatMap((line): readonly unknown[] => {
    try {
      const value: unknown = JSON.parse(line);
      return [value];
    } catch {
      return [];
    }
  });
}

function exportedIn(value: unknown): readonly Exported[] {
  if (!isObject(value)) return [];
  const { type, id, attributes, references } = value;
  if (typeof type !== 'string' || typeof id !== 'string' || !isObject(attributes)) return [];
  return [{ type, id, attributes, references: Array.isArray(references) ? references : [] }];
}

/** Where the rules are kept. */
export const RULES_PATH = '/api/detection_engine/rules';

async function lookAtRules(
  request: Request,
  wanted: readonly DetectionRule[],
  space: string,
): Promise<{ readonly rules: readonly FoundRule[]; readonly problems: Problems; readonly isAbsent: boolean }> {
  const rules: FoundRule[] = [];
  for (const ours of wanted) {
    const path = `${RULES_PATH}?rule_id=${ours.rule_id}`;
    const answer = await request('GET', path);
    const body = bodyOf(answer);
    if (isWell(answer) && isObject(body)) rules.push(foundRule(ours, body));
    // Elastic Security says of a rule that it is not there; without it nobody knows the path.
    else if (answer.kind === 'answer' && answer.status === 404) {
      if (valueIn(answer.body, ['status_code']) === undefined) return { rules: [], problems: [], isAbsent: true };
      rules.push({ ours, standing: 'missing', there: undefined });
    } else return { rules: [], problems: [trouble(`GET ${path}`, answer, space)], isAbsent: false };
  }
  return { rules, problems: [], isAbsent: false };
}

/** How a rule that Kibana gave back stands. */
export function foundRule(ours: DetectionRule, there: Readonly<Record<string, unknown>>): FoundRule {
  const state = { digest: ruleDigest(there, ours), made: ruleMade(there) };
  return { ours, standing: standingOf(state, { digest: ruleDigest(ours) }), there };
}

/** What a rule that is there finds, without what Kibana adds to it. */
export function contentOfRule({ ours, there }: FoundRule): unknown {
  return there === undefined ? undefined : ruleContent(there, ours);
}
