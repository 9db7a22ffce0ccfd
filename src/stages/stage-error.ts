/** A stage cannot begin, or go on, with these settings or topics; the message says what to do. */
export class StageError extends Error {}
