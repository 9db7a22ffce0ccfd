import { realpathSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

/** A log with its rotations, oldest first: one source. */
export interface Family {
  /** Path of the log without the marks of rotation. */
  readonly path: string;
  /** Base name of the log without the marks of rotation: part of the origin of its lines. */
  readonly name: string;
  readonly files: readonly string[];
}

/**
 * `mail.log.2.gz` is (mail.log, rotation 2), `mail.log-20260301` and `mail-2026-03-01.log` are (mail.log, of that day),
 * with the hour or the epoch behind it where a site rotates more often. `mx-01` and `mx.2.log` are no rotations: a log
 * of its own that is taken for one would be read at the wrong time.
 */
const ROTATION =
  /^(?<name>.+?)(?:\.(?<number>\d{1,4})|[.-](?<date>\d{8}|\d{4}-\d\d-\d\d)(?:-?(?<time>\d{2,10}))?(?<ending>\.log)?)?$/;

const PACKING = /\.(?:gz|bz2|xz|zst)$/;

/** The name that a file had before it was packed. */
export function withoutPacking(path: string): string {
  return path.replace(PACKING, '');
}

/** The files in families, each ordered from its oldest rotation to the live log; in order of their first mention. */
export function familiesOf(paths: readonly string[]): readonly Family[] {
  const families = new Map<string, { readonly file: string; readonly age: bigint }[]>();
  // The first name under which each file is given: by another, or by a link, it would count twice.
  const files = new Map(paths.toReversed().map((path) => [identityOf(path), path === '-' ? path : normalize(path)]));
  for (const file of [...files.values()].toReversed()) {
    const { name, age } = rotationOf(basename(file));
    const path = file === '-' ? file : join(dirname(file), name);
    const members = families.get(path) ?? [];
    members.push({ file, age });
    families.set(path, members);
  }
  return [...families].map(([path, files]) => ({
    path,
    name: path === '-' ? 'stdin' : basename(path),
    files: files.sort((a, b) => (a.age > b.age ? -1 : 1)).map(({ file }) => file),
  }));
}

/** The file that a path leads to; the path itself where there is none. */
function identityOf(path: string): string {
  if (path === '-') return path;
  try {
    return realpathSync(path);
  } catch {
    return normalize(path);
  }
}

/** Younger than any date. */
const LIVE = -(10n ** 20n);

/**
 * Name without rotation, and how old the rotation is: numbers grow with age, dates fall. Where a log has both, numbers
 * are from before its site turned to dates.
 */
function rotationOf(base: string): { readonly name: string; readonly age: bigint } {
  const unpacked = withoutPacking(base);
  const { name = unpacked, number, date, time = '', ending = '' } = ROTATION.exec(unpacked)?.groups ?? {};
  if (number !== undefined) return { name, age: BigInt(number) };
  const age = date === undefined ? LIVE : -BigInt(date.replaceAll('-', '') + time.padStart(10, '0'));
  return { name: name + ending, age };
}
