/** A stage cannot begin, or go on, with these settings or topics; the message says what to do. */
export class StageError extends Error {}

/** A partition that ends before what was read of it. */
export function madeAnew(source: string, readUpTo: number, endOffset: number): StageError {
  return new StageError(
    `${source} was read up to ${String(readUpTo)}, and ends at ${String(endOffset)}: its topic was made anew, or has lost ` +
      `records. What was counted before is not to be mixed with what comes now: ${START_ANEW}`,
  );
}

/** What to do where nothing can be gone on with. */
export const START_ANEW =
  'take another stream.group, other topics for partials and snapshots, and a higher stream.epoch.';
