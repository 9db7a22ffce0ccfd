/** A bug of ours: what must always hold does not. The program stops at once rather than write wrong numbers. */
export class InvariantError extends Error {
  readonly code = 'INVARIANT' as const;
}
