import type { Proposal } from '../respond/proposal.js';
import type { Usual } from './baseline.js';
import type { Side } from '../event.js';
import type { Kind } from './kinds.js';

/** What a rule found in a window, with its numbers. */
export interface Finding {
  readonly kind: Kind;
  /** The one that it is about; absent where it is not one. */
  readonly client?: string | undefined;
  /** The host name of the client, where it has one. */
  readonly clientName?: string | undefined;
  /** The one who logged in, where it is about a user. */
  readonly user?: string | undefined;
  /** The log that it is about. */
  readonly side?: Side | undefined;
  /** What was counted, and of how many. */
  readonly observed: number;
  readonly n: number;
  /** What was to be expected, where something was. */
  readonly expected?: number | undefined;
  readonly baseline?: Usual | undefined;
  /** What happened, for the middle of a sentence: `12 of 30 sessions failed to log in`. */
  readonly text: string;
  /** Recipients that it is about. */
  readonly recipients?: readonly string[];
  /** What Postfix could do about it, where it can do something. */
  readonly proposal?: Proposal | undefined;
}
