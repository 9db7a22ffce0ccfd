import type { Connection } from '../elasticsearch/client.js';
import { inspect } from '../elasticsearch/inspect.js';
import type { Problems } from '../elasticsearch/inspect.js';
import { apply, plan } from '../elasticsearch/setup.js';
import type { Step } from '../elasticsearch/setup.js';
import type { Retention } from '../elasticsearch/templates.js';
import { changeLines, doneLine, isLeft, sayer } from './setup-lines.js';
import type { SetupDeps, SetupOptions } from './setup.js';

const ADVICE =
  'what is yours belongs into the component template mxwarden@custom; to have ours again: setup --overwrite';

/** Sets up Elasticsearch; returns what is in the way. */
export async function setUpElasticsearch(
  connection: Connection,
  retention: Retention,
  options: SetupOptions,
  { print }: Pick<SetupDeps, 'print'>,
): Promise<Problems> {
  const found = await inspect(connection.request, retention);
  if ('problems' in found) return found.problems;
  const planned = plan(found, retention, options);
  const say = sayer(print);
  await say(found.server);
  for (const lack of planned.lacks) await say(lack);
  if (options.dryRun === true) {
    for (const line of planned.steps.flatMap(dryRunLines)) await say(line);
    return [];
  }
  const { done, notes, problems } = await apply(planned, connection.request);
  for (const step of planned.steps) if (done.includes(step) || isLeft(step)) await say(doneLine(step, ADVICE));
  for (const note of notes) await say(note);
  return problems;
}

/** Each step, and where it is one that does something its request, as the console of Kibana takes it. */
function dryRunLines(step: Step): readonly string[] {
  const { method, path, body } = step.request;
  const lines = changeLines(step, ADVICE);
  return isLeft(step) ? lines : [...lines, `${method} ${path}`, JSON.stringify(body)];
}
