import type { Generation, Given, StartGeneration } from '../stages/ports.js';
import type { Stage } from '../telemetry/declarations.js';
import type { Vitals } from '../telemetry/health.js';

/** Starts generations of a stage that tell what they are at. */
export function watched(stage: Stage, start: StartGeneration, vitals: Vitals): StartGeneration {
  return (given) => watch(stage, start(given), given, vitals);
}

function watch(stage: Stage, generation: Generation, { member: { signal } }: Given, vitals: Vitals): Generation {
  let done = (): void => undefined;
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    done = vitals.work(stage);
    try {
      return await work();
    } finally {
      done();
    }
  };
  const leave = (): void => {
    // Whatever it still works at, nobody waits for.
    done();
    vitals.enter(stage, 'joining');
  };
  signal.addEventListener('abort', leave, { once: true });
  return {
    begin: () =>
      during(async () => {
        vitals.enter(stage, 'restoring');
        const starts = await generation.begin();
        vitals.hear(stage);
        if (!signal.aborted) vitals.enter(stage, 'ready');
        return starts;
      }),
    take: (batch) => during(() => generation.take(batch)),
    tick: (caughtUp) => during(() => generation.tick(caughtUp)),
    end: () => during(() => generation.end()),
  };
}
