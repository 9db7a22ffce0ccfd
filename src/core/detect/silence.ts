import { SIDES } from '../event.js';
import type { Ms, Side } from '../event.js';
import { mapValues } from '../map-values.js';
import { NEVER } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import type { Finding } from './finding.js';

/** Windows in which a side must have been heard before its silence says something. */
const MINIMUM_HEARD = 12;
/** How many windows a side must be silent, and how many times as long as ever before. */
const MINIMUM_SILENT = 3;
const FACTOR = 3;

interface SideState {
  heard: number;
  /** Windows since it was heard. */
  silent: number;
  /** The longest silence before, in windows. */
  longest: number;
}

/** All that is remembered of silence, as plain data. */
export type PackedSilence = ReadonlyMap<Side, SideState>;

function copyOf(sides: PackedSilence): Map<Side, SideState> {
  return mapValues(sides, (state) => ({ ...state }));
}

/** Tells when a side of a subject is silent for longer than it ever was. */
export class Silence {
  private readonly sides: Map<Side, SideState>;

  constructor(packed: PackedSilence = new Map()) {
    this.sides = copyOf(packed);
  }

  pack(): PackedSilence {
    return copyOf(this.sides);
  }

  /** Takes the next window, and when each side was last heard up to its end. */
  observe({ lastHeard }: Tally, heardAt: Readonly<Record<Side, Ms>>): readonly Finding[] {
    const findings: Finding[] = [];
    for (const side of SIDES) {
      const state = this.sides.get(side) ?? { heard: 0, silent: 0, longest: 0 };
      this.sides.set(side, state);
      if (lastHeard[side] !== NEVER) {
        state.heard += 1;
        state.longest = Math.max(state.longest, state.silent);
        state.silent = 0;
        continue;
      }
      state.silent += 1;
      const expected = FACTOR * state.longest;
      if (state.heard < MINIMUM_HEARD || state.silent < Math.max(MINIMUM_SILENT, expected + 1)) continue;
      const end = new Date(heardAt[side]).toISOString();
      const text = `the ${side} log ends at ${end}: no event in ${String(state.silent)} windows, where ${String(state.longest)} were the most before`;
      findings.push({ kind: 'source_silent', side, observed: state.silent, n: state.heard, expected, text });
    }
    return findings;
  }
}
