import type { Ms } from '../core/event.js';
import { MINUTE_MS } from '../core/time.js';
import type { Stage } from './declarations.js';

/** A stage whose loop did nothing for so long hangs. */
const MAX_SILENCE_MS = MINUTE_MS;

/** What a stage is at: it has its partitions when it is done with joining, and their state when it is `ready`. */
export type Phase = 'joining' | 'restoring' | 'ready' | 'stopping';

export interface HealthDeps {
  /** A clock that is never put back or forward. */
  readonly nowMs: () => Ms;
}

/** Whether it is well, and a line of JSON that says what is not. */
export interface Health {
  readonly isWell: boolean;
  readonly text: string;
}

/**
 * What the stages of a process are at. Alive: the loop of each went round within a minute, be it that it waits for Kafka or
 * Elasticsearch in vain, for a restart mends neither. Ready: each has its partitions and their state.
 */
export class Vitals {
  private readonly stages: Map<Stage, { phase: Phase; tickMs: Ms }>;

  constructor(
    stages: readonly Stage[],
    private readonly deps: HealthDeps,
  ) {
    const tickMs = deps.nowMs();
    this.stages = new Map(stages.map((stage) => [stage, { phase: 'joining', tickMs }]));
  }

  /** Says that the loop of a stage goes round: also while it restores, and while it waits for a server. */
  tick(stage: Stage): void {
    const vitals = this.stages.get(stage);
    if (vitals !== undefined) vitals.tickMs = this.deps.nowMs();
  }

  /** Says what a stage is at from now on. */
  enter(stage: Stage, phase: Phase): void {
    const vitals = this.stages.get(stage);
    if (vitals !== undefined) vitals.phase = phase;
    this.tick(stage);
  }

  live(): Health {
    const nowMs = this.deps.nowMs();
    return this.judge('live', ({ tickMs }) =>
      nowMs - tickMs <= MAX_SILENCE_MS ? undefined : `silent for ${Math.floor((nowMs - tickMs) / 1000)} s`,
    );
  }

  ready(): Health {
    return this.judge('ready', ({ phase }) => (phase === 'ready' ? undefined : phase));
  }

  private judge(
    status: string,
    problemOf: (vitals: { readonly phase: Phase; readonly tickMs: Ms }) => string | undefined,
  ): Health {
    const stages: Partial<Record<Stage, string>> = {};
    let isWell = true;
    for (const [stage, vitals] of this.stages) {
      const problem = problemOf(vitals);
      if (problem === undefined) continue;
      stages[stage] = problem;
      isWell = false;
    }
    return { isWell, text: `${JSON.stringify(isWell ? { status } : { status: `not ${status}`, stages })}\n` };
  }
}
