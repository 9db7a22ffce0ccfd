import type { KibanaConnection } from '../kibana/client.js';
import { inspectKibana } from '../kibana/inspect.js';
import type { KibanaTarget, Problems } from '../kibana/inspect.js';
import { applyKibana, planKibana } from '../kibana/setup.js';
import type { KibanaPlan, KibanaStep } from '../kibana/setup.js';
import { changeLines, doneLine, isLeft, sayer } from './setup-lines.js';
import type { SetupDeps, SetupOptions } from './setup.js';

export const WITHOUT_KIBANA =
  'Kibana: skipped, as there is no section kibana. With "kibana: {url: https://kibana.example.org:5601}" it gets dashboards and rules.';

/** Makes dashboards and rules in Kibana; returns what is in the way. */
export async function setUpKibana(
  connection: KibanaConnection,
  target: KibanaTarget,
  options: SetupOptions,
  { print }: Pick<SetupDeps, 'print'>,
): Promise<Problems> {
  const found = await inspectKibana(connection.request, target);
  if ('problems' in found) return found.problems;
  const planned = planKibana(found, options);
  const steps: readonly KibanaStep[] = [...planned.objects, ...planned.rules];
  const say = sayer(print);
  await say(`${found.server}, space ${target.space}`);
  if (found.isNew) await say('It is newer than all that mxwarden was tried with: look for a newer mxwarden.');
  for (const lack of found.lacks) await say(lack);
  if (options.dryRun === true) {
    for (const line of dryRunLines(planned, target)) await say(line);
    return [];
  }
  const { done, notes, problems } = await applyKibana(planned, connection.request, target);
  for (const step of steps) if (done.includes(step) || isLeft(step)) await say(doneLine(step, ADVICE));
  for (const note of notes) await say(note);
  return problems;
}

const ADVICE = 'keep a copy under another name if you need it; to have ours again: setup --overwrite';

/** Each step, and the requests: those that Kibana's own console takes as it takes them. */
function dryRunLines({ objects, rules }: KibanaPlan, { space }: KibanaTarget): readonly string[] {
  const prefix = space === 'default' ? '' : `/s/${space}`;
  const done = objects.filter((step) => !isLeft(step));
  const imports = [...new Set(done.map(({ path }) => path))].map((path) => {
    const names = done.filter((step) => step.path === path).map(({ what }) => what);
    return `# POST ${prefix}${path} with a file of ${names.length}: ${names.join(', ')}`;
  });
  const ofRules = rules.flatMap((step) => {
    const lines = changeLines(step, ADVICE);
    const { method, path, body } = step;
    return isLeft(step) ? lines : [...lines, `${method} kbn:${prefix}${path}`, JSON.stringify(body)];
  });
  return [...objects.flatMap((step) => changeLines(step, ADVICE)), ...imports, ...ofRules];
}
