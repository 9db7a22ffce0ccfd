import type { DocumentKind } from '../core/documents/fields.js';
import { entries } from '../core/tally/counters.js';

/** Where documents of a kind go. */
export interface Target {
  /** Of a data stream its name; else that of the alias under which all its indices are read. */
  readonly name: string;
  /** Events are only ever added; what a later document replaces needs a plain index. */
  readonly isStream: boolean;
}

export const TARGETS: Readonly<Record<DocumentKind, Target>> = {
  correlation: { name: 'mxwarden-correlation', isStream: false },
  client: { name: 'mxwarden-client', isStream: false },
  alert: { name: 'logs-mxwarden.alert-default', isStream: true },
  rejection: { name: 'logs-mxwarden.rejection-default', isStream: true },
};

export const KINDS: readonly DocumentKind[] = entries(TARGETS).map(([kind]) => kind);
