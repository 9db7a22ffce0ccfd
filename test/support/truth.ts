import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { FIXTURES, jsonObject, numberAt, textAt, valueAt } from './analysis.js';

/** What was done to the recorded server from one time to another. */
export interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly incident: string | undefined;
  readonly client: string | undefined;
  /** By kind of traffic, what was sent. */
  readonly sent: (kind: string) => number;
}

/** What the recording of a department holds. */
export function truth(): { readonly probe: string; readonly phases: readonly Phase[] } {
  const document = jsonObject(readFileSync(join(FIXTURES, 'dept', 'truth.json'), 'utf8'));
  const { phases } = document;
  if (!Array.isArray(phases)) throw new Error('truth.json has no phases.');
  return {
    probe: textAt(document, 'probe'),
    phases: phases.map((phase: JsonObject) => ({
      name: textAt(phase, 'phase'),
      startMs: Date.parse(textAt(phase, 'start')),
      endMs: Date.parse(textAt(phase, 'end')),
      incident: typeof phase.incident === 'string' ? phase.incident : undefined,
      client: typeof phase.client === 'string' ? phase.client : undefined,
      sent: (kind) => (valueAt(phase, `sent.${kind}`) === undefined ? 0 : numberAt(phase, `sent.${kind}`)),
    })),
  };
}
