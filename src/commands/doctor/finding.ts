import { escapeControls } from '../../report/escape-controls.js';

export const LEVELS = ['ok', 'warning', 'failure'] as const;
export type Level = (typeof LEVELS)[number];

/** What a check is about. */
export type Area =
  | 'configuration'
  | 'brokers'
  | 'topics'
  | 'registry'
  | 'coverage'
  | 'clocks'
  | 'identity'
  | 'stages'
  | 'elasticsearch'
  | 'privileges'
  | 'templates'
  | 'kibana'
  | 'dashboards'
  | 'rules';

/** What a check came to. */
export interface Finding {
  readonly area: Area;
  readonly level: Level;
  readonly text: string;
  /** What to do next; absent where nothing is to be done. */
  readonly next?: string;
}

export function ok(area: Area, text: string): Finding {
  return { area, level: 'ok', text };
}

export function warning(area: Area, text: string, next: string): Finding {
  return { area, level: 'warning', text, next };
}

export function failure(area: Area, text: string, next: string): Finding {
  return { area, level: 'failure', text, next };
}

export type Counts = Readonly<Record<Level, number>>;

/** How many findings there are of each level. */
export function countsOf(findings: readonly Finding[]): Counts {
  const of = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  return { ok: of('ok'), warning: of('warning'), failure: of('failure') };
}

/** The findings for people, a line each, below it what to do. Texts may quote logs and servers. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ area }) => area.length));
  const indent = ' '.repeat('failure'.length + width + 4);
  const lines = findings.flatMap(({ level, area, text, next }) => [
    escapeControls(`${level.padEnd('failure'.length)}  ${area.padEnd(width)}  ${text}`),
    ...(next === undefined ? [] : [escapeControls(`${indent}next: ${next}`)]),
  ]);
  const { ok: fine, warning: warnings, failure: failures } = countsOf(findings);
  const sum = `${count(fine, 'ok', 'ok')}, ${count(warnings, 'warning')}, ${count(failures, 'failure')}`;
  return `${[...lines, sum].join('\n')}\n`;
}

/** The findings as one JSON document. */
export function findingsJson(findings: readonly Finding[]): string {
  return `${escapeControls(JSON.stringify({ findings, counts: countsOf(findings) }))}\n`;
}

/** A number with the name of what it counts. */
export function count(number: number, name: string, plural = `${name}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? name : plural}`;
}

/** A length of time, roughly: 40 s, 12 min, 3 h, 5 d. */
export function durationText(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** An instant for people, in UTC. */
export function when(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

const NAMES_SHOWN = 3;

/** Names for people; of many only the first ones. */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
