import type { Ms, Side } from '../event.js';
import type { Subject } from '../identity.js';
import type { Held } from '../sources.js';
import type { PackedTally, Tally } from '../tally/tally.js';
import type { Calendar, Span, WindowSize } from './calendar.js';

/** What a subject has of windows. */
export interface SubjectState {
  readonly subject: Subject;
  readonly calendar: Calendar;
  /** By size. */
  readonly ladder: readonly SizeState[];
  /** Last event of each side in sealed panes. */
  lastHeard: Readonly<Record<Side, Ms>>;
}

export interface SizeState {
  readonly size: WindowSize;
  readonly index: number;
  /** The size whose sealed windows are added up to this one's: the largest that divides it; -1 for the pane. */
  readonly feeder: number;
  /** Windows that are not sealed, by start. */
  readonly open: Map<Ms, OpenWindow>;
}

/** A window that is not sealed. */
export interface OpenWindow {
  readonly state: SubjectState;
  readonly sizeState: SizeState;
  readonly span: Span;
  /** Of a pane: what complete chunks have of it, as it was contributed. */
  parts: readonly PackedTally[];
  /** Of a pane: what other chunks have of it so far. */
  readonly held: Map<Held<OpenWindow>, PackedTally>;
  /** Of a larger window: the sealed windows of its feeder. `nothing` until there is something. */
  tally: Tally;
  /** Time of the last event in it, or before it where the windows in between follow one another. */
  lastEventMs: Ms;
  revision: number;
  isFired: boolean;
  /** The pane step of the watermark at which its last revision was given out. */
  revisedAtStep: number;
}

/** Where a contribution is found again. */
export interface Place {
  readonly source: string;
  readonly name: string;
}

/** The open windows of a subject, as plain data. */
export interface PackedWindows {
  readonly subject: Subject;
  readonly lastHeard: Readonly<Record<Side, Ms>>;
  /** By size. */
  readonly open: readonly (readonly PackedWindow[])[];
}

export type PackedWindow = Pick<
  OpenWindow,
  'span' | 'parts' | 'lastEventMs' | 'revision' | 'isFired' | 'revisedAtStep'
> & {
  readonly isDirty: boolean;
  readonly held: readonly (Place & { readonly tally: PackedTally })[];
  /** Absent where nothing is in it. */
  readonly tally: PackedTally | undefined;
};
