import { Worker } from 'node:worker_threads';
import type { FoldTask, Folded } from '../stages/fold-chunk.js';
import type { FoldThreads } from '../stages/ports.js';
import type { FoldSettings } from './fold-worker.js';

/** Chunks that a thread has: one to fold, and one to go on with while the first is taken over. */
const CHUNKS_OF_THREAD = 2;

/** What a thread has for short-lived objects: with the usual 48 MB it is no faster. */
const YOUNG_MEMORY_MB = 16;

/** A worker thread; it answers in the order in which it is asked. */
class FoldThread {
  isAlive = true;
  readonly worker: Worker;
  private readonly asked: ((folded: Folded | undefined) => void)[] = [];

  constructor(settings: FoldSettings) {
    this.worker = new Worker(new URL('./fold-worker.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEMORY_MB },
    });
    this.worker.on('message', (folded: Folded) => this.asked.shift()?.(folded));
    // Whatever is wrong with the chunk, the main thread finds it out again.
    this.worker.on('error', () => this.fail());
    this.worker.on('exit', () => this.fail());
    this.worker.postMessage(settings);
  }

  get load(): number {
    return this.asked.length;
  }

  fold(task: FoldTask): Promise<Folded | undefined> {
    this.worker.postMessage(task);
    return new Promise((resolve) => {
      this.asked.push(resolve);
    });
  }

  private fail(): void {
    this.isAlive = false;
    for (const resolve of this.asked.splice(0)) resolve(undefined);
  }
}

/** Starts worker threads that fold chunks. */
export function startFoldThreads(count: number, settings: FoldSettings): FoldThreads {
  const threads = Array.from({ length: count }, () => new FoldThread(settings));
  const alive = (): readonly FoldThread[] => threads.filter(({ isAlive }) => isAlive);
  return {
    get capacity() {
      return CHUNKS_OF_THREAD * alive().length;
    },
    fold: async (task) => {
      const [least] = alive().toSorted((a, b) => a.load - b.load);
      return least?.fold(task);
    },
    close: async () => {
      for (const { worker } of threads) await worker.terminate();
    },
  };
}
