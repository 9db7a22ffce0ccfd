import { DEAD_REASONS } from './event.js';
import type { DeadReason } from './event.js';
import { zeroRecord } from './tally/counters.js';

interface Sample {
  count: number;
  readonly text: string;
}

/** What became of records: each is in exactly one of these numbers. */
export interface Outcomes {
  counted: number;
  unused: number;
  /** DNS events of a message that was counted already. */
  duplicate: number;
  /** By program, each with its first line. */
  readonly unrecognised: Map<string, Sample>;
  /** The same of programs that are not read. */
  readonly foreign: Map<string, Sample>;
  /** Lines of hosts that are no configured server's, by host. */
  readonly unmapped: Map<string, Sample>;
  readonly dead: Record<DeadReason, number>;
}

/** Those of no records. */
export function noOutcomes(): Outcomes {
  const dead = zeroRecord(DEAD_REASONS);
  return {
    counted: 0,
    unused: 0,
    duplicate: 0,
    unrecognised: new Map(),
    foreign: new Map(),
    unmapped: new Map(),
    dead,
  };
}

/** Adds the outcomes of later records to `target`, which keeps samples of `kept` names; mutates `target` only. */
export function addOutcomes(
  target: Outcomes,
  { counted, unused, duplicate, unrecognised, foreign, unmapped, dead }: Outcomes,
  kept: number,
): void {
  target.counted += counted;
  target.unused += unused;
  target.duplicate += duplicate;
  for (const reason of DEAD_REASONS) target.dead[reason] += dead[reason];
  addSamples(target.unrecognised, unrecognised, kept);
  addSamples(target.foreign, foreign, kept);
  addSamples(target.unmapped, unmapped, kept);
}

function addSamples(target: Outcomes['unmapped'], samples: Outcomes['unmapped'], kept: number): void {
  for (const [name, { count, text }] of samples) addSample(target, name, { text: () => text }, kept, count);
}

/** Adds one line of a name, or several of which one is at hand; of further names than `kept` there is one number. */
export function addSample(
  samples: Outcomes['unmapped'],
  key: string,
  line: { text(): string },
  kept: number,
  count = 1,
): void {
  const name = samples.has(key) || samples.size < kept ? key : 'others';
  const known = samples.get(name);
  if (known !== undefined) known.count += count;
  else samples.set(name, { count, text: line.text() });
}
