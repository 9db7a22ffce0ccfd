import type { Request } from '../../kibana/client.js';
import { inspectKibana } from '../../kibana/inspect.js';
import type { FoundKibana, KibanaTarget } from '../../kibana/inspect.js';
import { planKibana } from '../../kibana/setup.js';
import type { KibanaStep } from '../../kibana/setup.js';
import { command } from './context.js';
import type { Context } from './context.js';
import { count, failure, listed, ok, warning } from './finding.js';
import type { Area, Finding } from './finding.js';

/** Whether Kibana can be used, and has all that setup makes there. */
export async function kibanaFindings(request: Request, target: KibanaTarget, context: Context): Promise<Finding[]> {
  const found = await inspectKibana(request, target);
  if ('problems' in found) return found.problems.map(({ text, remedy }) => failure('kibana', text, remedy));
  const { objects, rules } = planKibana(found);
  const enabled = found.rules.filter(({ there }) => there?.['enabled'] === true).length;
  const ofRules =
    found.rules.length === 0 ? [] : stepFindings('rules', 'detection rule', rules, context, `${enabled} enabled`);
  return [
    answerFinding(found, target),
    ...stepFindings('dashboards', 'object', objects, context),
    ...ofRules,
    ...found.lacks.map((lack) => ok('rules', lack)),
  ];
}

function answerFinding({ server, isNew }: FoundKibana, { space }: KibanaTarget): Finding {
  if (!isNew) return ok('kibana', `${server} answers, and has the space ${space}.`);
  const text = `${server} answers, and is newer than all that mxwarden was tested with.`;
  return warning('kibana', text, 'Look for a newer mxwarden, or look at the dashboards whether all is well.');
}

function stepFindings(
  area: Area,
  name: string,
  steps: readonly KibanaStep[],
  context: Context,
  note?: string,
): readonly Finding[] {
  const of = (action: KibanaStep['action']): readonly string[] =>
    steps.filter((step) => step.action === action).map(({ what }) => what);
  const setUp = command(context, 'setup');
  const findings: Finding[] = [];
  const [current, made, old, edited, newer] = [of('keep'), of('create'), of('update'), of('edited'), of('newer')];
  if (current.length > 0) {
    const notes = note === undefined ? '' : `, ${note}`;
    findings.push(ok(area, `${current.length} of ${count(steps.length, name)} are current${notes}.`));
  }
  if (made.length > 0)
    findings.push(
      failure(area, `${made.length} of ${count(steps.length, name)} are not there: ${listed(made)}.`, setUp),
    );
  if (old.length > 0) findings.push(warning(area, `An older mxwarden made ${listed(old)}.`, setUp));
  if (edited.length > 0) {
    const next = `Leave it so; or keep a copy under another name and run ${setUp} --overwrite`;
    findings.push(warning(area, `Somebody changed ${listed(edited)}, and setup leaves it alone.`, next));
  }
  if (newer.length > 0)
    findings.push(warning(area, `A newer mxwarden made ${listed(newer)}.`, 'Update this mxwarden as well.'));
  return findings;
}
