import type { Ms } from '../core/event.js';
import type { Stage } from './declarations.js';

/** What a stage is at: it has its partitions when it is done with joining, and their state when it is `ready`. */
export type Phase = 'joining' | 'restoring' | 'ready' | 'stopping';

export interface HealthConfig {
  /** A stage hangs whose work came no further for so long; longer than a server may take to be known not to answer. */
  readonly maxSilenceMs: Ms;
  /** A member that heard nothing of its group for so long is not in it any more. */
  readonly sessionMs: Ms;
}

export interface HealthDeps {
  /** A clock that is never put back or forward. */
  readonly nowMs: () => Ms;
}

/** Whether it is well, and a line of JSON that says what is not. */
export interface Health {
  readonly isWell: boolean;
  readonly text: string;
}

interface StageVitals {
  phase: Phase;
  /** When its work came further, or was told to wait. */
  tickMs: Ms;
  /** When the group was heard of. */
  heardMs: Ms;
  /** What it works at. */
  readonly works: Set<symbol>;
}

/**
 * What the stages of a process are at. Alive: none works at something and has been silent, and neither came further nor said
 * that a server keeps it waiting, since a restart mends no server; one that has nothing to do, or waits for its group, is
 * alive. Ready: each has its partitions and their state, and is in its group.
 */
export class Vitals {
  private readonly stages: Map<Stage, StageVitals>;

  constructor(
    stages: readonly Stage[],
    private readonly config: HealthConfig,
    private readonly deps: HealthDeps,
  ) {
    const nowMs = deps.nowMs();
    this.stages = new Map(
      stages.map((stage) => [stage, { phase: 'joining', tickMs: nowMs, heardMs: nowMs, works: new Set() }]),
    );
  }

  /** Says that a stage works at something until what this returns is called. */
  work(stage: Stage): () => void {
    const vitals = this.stages.get(stage);
    const work = Symbol(stage);
    vitals?.works.add(work);
    this.tick(stage);
    return () => {
      if (vitals?.works.delete(work) === true) this.tick(stage);
    };
  }

  /** Says that the work of a stage comes further, or that a server keeps it waiting. */
  tick(stage: Stage): void {
    const vitals = this.stages.get(stage);
    if (vitals !== undefined) vitals.tickMs = this.deps.nowMs();
  }

  /** Says that a stage has heard of its group. */
  hear(stage: Stage): void {
    const vitals = this.stages.get(stage);
    if (vitals !== undefined) vitals.heardMs = this.deps.nowMs();
  }

  /** Says what a stage is at from now on; one that stops does so for good. */
  enter(stage: Stage, phase: Phase): void {
    const vitals = this.stages.get(stage);
    if (vitals !== undefined && vitals.phase !== 'stopping') vitals.phase = phase;
    this.tick(stage);
  }

  live(): Health {
    const nowMs = this.deps.nowMs();
    return this.judge('live', ({ tickMs, works }) =>
      works.size === 0 || nowMs - tickMs <= this.config.maxSilenceMs
        ? undefined
        : `silent for ${Math.floor((nowMs - tickMs) / 1000)} s`,
    );
  }

  ready(): Health {
    const nowMs = this.deps.nowMs();
    return this.judge('ready', ({ phase, heardMs }) => {
      if (phase !== 'ready') return phase;
      return nowMs - heardMs <= this.config.sessionMs
        ? undefined
        : `without its group for ${Math.floor((nowMs - heardMs) / 1000)} s`;
    });
  }

  private judge(status: string, problemOf: (vitals: Readonly<StageVitals>) => string | undefined): Health {
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
