/** A stage cannot begin, or go on, with these settings or topics; the message says what to do. */
export class StageError extends Error {}

/** What to do where nothing can be gone on with. */
export const START_ANEW =
  'take another stream.group, other topics for partials and snapshots, and a higher stream.epoch.';
