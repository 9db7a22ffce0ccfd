import { valueIn } from '../../core/documents/value.js';
import { SECOND_MS } from '../../core/time.js';
import { isAbsent, wordsOf } from '../../elasticsearch/answer.js';
import type { Request } from '../../elasticsearch/client.js';
import { inspect, serverOf } from '../../elasticsearch/inspect.js';
import { TO_SET_UP, TO_WRITE } from '../../elasticsearch/privileges.js';
import type { Needs } from '../../elasticsearch/privileges.js';
import { plan } from '../../elasticsearch/setup.js';
import type { Step } from '../../elasticsearch/setup.js';
import type { Retention } from '../../elasticsearch/templates.js';
import { command } from './context.js';
import type { Context } from './context.js';
import { count, durationText, failure, listed, ok, warning } from './finding.js';
import type { Area, Finding } from './finding.js';

/** The newest version that mxwarden was tested with. */
const NEWEST_MAJOR = 9;
const SKEW_MS = 5 * SECOND_MS;

/** Whether the server can be used, by whom we are, with all that setup makes. */
export async function elasticsearchFindings(
  request: Request,
  retention: Retention,
  context: Context,
): Promise<Finding[]> {
  const root = await request('GET', '/');
  const server = serverOf(root);
  if (typeof server !== 'string')
    return server.problems.map(({ text, remedy }) => failure('elasticsearch', text, remedy));
  const [privileges, clocks] = await Promise.all([privilegesOf(request), clockFindings(request, context)]);
  const findings = [versionFinding(server), ...privilegeFindings(privileges), ...clocks];
  const lacks = privileges.kind === 'known' ? privileges.toSetUp : [];
  if (lacks.length === 0) return [...findings, ...(await templateFindings(request, retention, context))];
  const text = `This user may not look at templates (it lacks ${listed(lacks)}).`;
  const next = `Run ${command(context, 'doctor')} once more as the user who sets up.`;
  return [...findings, warning('templates', text, next)];
}

function versionFinding(server: string): Finding {
  const [product, number = ''] = server.split(' ');
  if (product === 'OpenSearch')
    return ok(
      'elasticsearch',
      `${server} answers: it is for the documents; what is made for Kibana does not run there.`,
    );
  if (Number.parseInt(number, 10) <= NEWEST_MAJOR) return ok('elasticsearch', `${server} answers.`);
  const text = `${server} answers, and is newer than all that mxwarden was tested with.`;
  return warning('elasticsearch', text, `Look for a newer mxwarden, or stay with Elasticsearch ${NEWEST_MAJOR}.`);
}

type Privileges =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      readonly user: string;
      readonly toWrite: readonly string[];
      readonly toSetUp: readonly string[];
    };

async function privilegesOf(request: Request): Promise<Privileges> {
  const body = {
    cluster: TO_SET_UP.cluster,
    index: [...TO_WRITE.indices, ...TO_SET_UP.indices],
  };
  const answer = await request('POST', '/_security/user/_has_privileges', body);
  if (answer.kind === 'answer' && answer.status === 200) {
    const user = valueIn(answer.body, ['username']);
    return {
      kind: 'known',
      user: typeof user === 'string' ? user : 'the user',
      toWrite: lacking(answer.body, TO_WRITE),
      toSetUp: lacking(answer.body, TO_SET_UP),
    };
  }
  // A server without security has no such interface; OpenSearch has another one.
  const isNone = isAbsent(answer) || (answer.kind === 'answer' && answer.status === 404);
  return isNone ? { kind: 'none' } : { kind: 'unknown', why: wordsOf(answer) };
}

/** Privileges that an answer does not grant, as `manage on mxwarden-*`. */
function lacking(answer: unknown, { cluster, indices }: Needs): readonly string[] {
  return [
    ...cluster.filter((name) => valueIn(answer, ['cluster', name]) !== true),
    ...indices.flatMap(({ names, privileges }) =>
      names.flatMap((name) =>
        privileges
          .filter((privilege) => valueIn(answer, ['index', name, privilege]) !== true)
          .map((privilege) => `${privilege} on ${name}`),
      ),
    ),
  ];
}

function privilegeFindings(privileges: Privileges): Finding[] {
  switch (privileges.kind) {
    case 'none':
      return [ok('privileges', 'The server tells nobody apart, or has no interface to ask who may do what.')];
    case 'unknown': {
      const next = 'Look into the log of the server; then run this again.';
      return [warning('privileges', `What we may do there is not known: ${privileges.why}.`, next)];
    }
    case 'known': {
      const { user, toWrite } = privileges;
      if (toWrite.length === 0) return [ok('privileges', `${user} may write documents.`)];
      const text = `${user} may not write documents: it lacks ${toWrite.join(', ')}.`;
      return [failure('privileges', text, `Give ${user} the role in deploy/roles/run.json.`)];
    }
  }
}

/** How the clocks of the nodes go with ours. An answer has no date, so the nodes are asked for their statistics. */
async function clockFindings(request: Request, { nowMs }: Context): Promise<Finding[]> {
  const beforeMs = nowMs();
  const answer = await request('GET', '/_nodes/stats/os?filter_path=nodes.*.name,nodes.*.timestamp');
  const afterMs = nowMs();
  if (answer.kind === 'silence' || answer.status !== 200) return [];
  const nodes = valueIn(answer.body, ['nodes']);
  if (typeof nodes !== 'object' || nodes === null) return [];
  const area: Area = 'clocks';
  const findings: Finding[] = [];
  for (const [id, node] of Object.entries(nodes)) {
    const timeMs = valueIn(node, ['timestamp']);
    if (typeof timeMs !== 'number') continue;
    const skewMs = timeMs > afterMs ? timeMs - afterMs : Math.min(0, timeMs - beforeMs);
    if (Math.abs(skewMs) <= SKEW_MS) continue;
    const name = valueIn(node, ['name']);
    const text = `The clock of the node ${typeof name === 'string' ? name : id} is ${durationText(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} ours.`;
    findings.push(warning(area, text, 'Set the clocks of that node and of this machine (NTP).'));
  }
  if (findings.length > 0) return findings;
  return [ok(area, `The clocks of ${count(Object.keys(nodes).length, 'node')} of Elasticsearch go with ours.`)];
}

/** Whether what setup makes is there, and as this mxwarden makes it. */
async function templateFindings(request: Request, retention: Retention, context: Context): Promise<Finding[]> {
  const area: Area = 'templates';
  const found = await inspect(request, retention);
  const setUp = command(context, 'setup');
  if ('problems' in found) return found.problems.map(({ text, remedy }) => failure(area, text, remedy));
  const { steps, lacks } = plan(found, retention);
  const of = (...actions: readonly Step['action'][]): readonly Step[] =>
    steps.filter(({ action }) => actions.includes(action));
  const names = (some: readonly Step[]): string => listed(some.map(({ what }) => what));
  const made = of('create').filter(({ isOptional }) => isOptional !== true);
  const updated = of('update').filter(({ isOptional }) => isOptional !== true);
  // The next index has what one from before cannot have any more.
  const old = of('create', 'update').filter(({ isOptional }) => isOptional === true);
  const findings: Finding[] = [];
  if (made.length > 0)
    findings.push(failure(area, `${made.length} of ${steps.length} are not there: ${names(made)}.`, setUp));
  if (updated.length > 0) {
    const text = `${count(updated.length, 'of them is', 'of them are')} not as this mxwarden makes ${updated.length === 1 ? 'it' : 'them'} with these settings: ${names(updated)}.`;
    findings.push(warning(area, text, setUp));
  }
  const newer = of('newer');
  if (newer.length > 0) {
    const text = `A newer mxwarden has made ${names(newer)}.`;
    findings.push(warning(area, text, 'Update this mxwarden as well: it may not know all fields there.'));
  }
  for (const { what, changes } of of('edited')) {
    const differences = changes.length === 0 ? '' : `: ours has ${changes.join('; ')}`;
    const next = `Leave it so, or move what is yours to mxwarden@custom and run ${setUp} --overwrite`;
    findings.push(warning(area, `Somebody changed the ${what}, and setup leaves it alone${differences}.`, next));
  }
  const current = of('keep');
  if (current.length > 0) {
    const notes = [
      `${current.length} of ${steps.length} templates, policies and mappings are current`,
      count(found.indices.length, 'index holds documents', 'indices hold documents'),
      ...(old.length > 0 ? [`setup gives ${names(old)} what can still be changed there`] : []),
    ];
    findings.unshift(ok(area, `${notes.join('; ')}.`));
  }
  return [...findings, ...lacks.map((lack) => ok(area, lack))];
}
