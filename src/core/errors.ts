/** A bug of ours: what must always hold does not. The program stops at once rather than write wrong numbers. */
export class InvariantError extends Error {
  readonly code = 'INVARIANT' as const;
}

/** What is in the way, in a sentence, and in another one what to do about it. */
export interface Problem {
  readonly text: string;
  readonly remedy: string;
}
