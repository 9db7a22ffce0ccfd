import type { Side } from '../core/event.js';
import type { Grammar } from './grammar.js';

/** Who writes under a syslog tag, and how its lines are read. */
export interface Program {
  readonly tag: string;
  /** The tag's last part: `smtpd` of `postfix/submission/smtpd`. */
  readonly name: string;
  readonly side: Side | undefined;
  readonly grammar: Grammar;
}
