import { createHash } from 'node:crypto';

/** A value whose members come in the order of their names. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, canonical(member)]));
}

/** A value without members that say nothing: servers add some of them, and leave others out. */
export function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(
    ([, member]) => member !== undefined && member !== null && member !== false && member !== '',
  );
  return Object.fromEntries(members.map(([name, member]) => [name, pruned(member)]));
}

/** Tells values apart that differ in more than the order of their members, or in members that say nothing. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(pruned(value ?? null))))
    .digest('hex');
}

const SHOWN_DIFFERENCES = 4;
const SHOWN_CHARS = 60;

/** In what one value differs from another, as `path: before -> after`; the first few of many. */
export function differencesOf(before: unknown, after: unknown): readonly string[] {
  const found = differences(pruned(before), pruned(after), '');
  const more = found.length - SHOWN_DIFFERENCES;
  return more > 1 ? [...found.slice(0, SHOWN_DIFFERENCES), `and ${more} more`] : found;
}

function differences(before: unknown, after: unknown, path: string): readonly string[] {
  if (JSON.stringify(canonical(before)) === JSON.stringify(canonical(after))) return [];
  if (!isMapping(before) || !isMapping(after)) return [`${path}: ${shown(before)} -> ${shown(after)}`];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => differences(before[name], after[name], path === '' ? name : `${path}.${name}`));
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text;
}
