import { escapeControls } from '../report/escape-controls.js';

/** One thing that setup does or leaves. */
interface Step {
  readonly action: 'create' | 'update' | 'keep' | 'newer' | 'edited';
  readonly what: string;
  readonly changes: readonly string[];
}

const DONE: Readonly<Record<Step['action'], string>> = {
  create: 'made',
  update: 'updated',
  keep: 'is as it should be',
  newer: 'left alone: a newer mxwarden made it',
  edited: 'left alone: somebody changed it',
};

/** Whether nothing is done with it. */
export function isLeft({ action }: Pick<Step, 'action'>): boolean {
  return action !== 'create' && action !== 'update';
}

/** What was done; of what somebody changed also in what ours differs from it, and what to do for ours. */
export function doneLine({ what, action, changes }: Step, advice: string): string {
  if (action !== 'edited') return `${what}: ${DONE[action]}`;
  const differences = changes.length === 0 ? '' : ` (ours has ${changes.join('; ')})`;
  return `${what}: ${DONE.edited}${differences}; ${advice}`;
}

/** What would be done, as comments. */
export function changeLines(step: Step, advice: string): readonly string[] {
  if (isLeft(step)) return [`# ${doneLine(step, advice)}`];
  const changes = step.action === 'update' ? step.changes.map((change) => `#   ${change}`) : [];
  return [`# ${step.what}: would be ${DONE[step.action]}`, ...changes];
}

/** Prints a line that may quote servers. */
export function sayer(print: (text: string) => Promise<void>): (line: string) => Promise<void> {
  return (line) => print(`${escapeControls(line)}\n`);
}
