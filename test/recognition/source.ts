import type { Parsed } from '../../src/parse/line.js';

/** A line of a source with what the source says that it holds, by the source's own names. */
export interface Case {
  readonly line: string;
  readonly expected: Readonly<Record<string, string>>;
  /** Why the line is none that a daemon writes; such lines are listed apart. */
  readonly aside?: string;
}

/** How many events of some kind a source finds in some of its lines, which follow each other. */
export interface Count {
  readonly name: string;
  readonly expected: number;
  /** The first line and the one behind the last. */
  readonly from: number;
  readonly to: number;
  readonly isCounted: (event: Parsed) => boolean;
}

/**
 * What a field of theirs is in our event; `undefined` where the event lacks it, `null` where an event of that kind keeps
 * no such thing. Both sides are compared as text.
 */
export interface Field {
  readonly ours: (event: Parsed) => string | number | undefined | null;
  /** Their notation in ours. */
  readonly normalise?: (text: string) => string;
}

/** A field where they are wrong, or differ from us by design. */
export interface Difference {
  readonly field: string;
  readonly line: string;
  readonly why: string;
}

/** A project whose test lines are public. */
export interface Source {
  readonly name: string;
  readonly licence: string;
  /** The file or folder, in the folder of all sources. */
  readonly path: string;
  readonly read: (path: string) => { readonly cases: readonly Case[]; readonly counts?: readonly Count[] };
  /** By their name. A field that is not here is nothing that we keep. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly differences?: readonly Difference[];
}

/** A property of the event, whatever its kind. */
export function property(name: string): (event: Parsed) => string | number | undefined {
  return (event) => {
    const value: unknown = Object.entries(event).find(([key]) => key === name)?.[1];
    return typeof value === 'string' || typeof value === 'number' ? value : undefined;
  };
}
