/** An input that cannot be read; the message names it and says what to do. */
export class SourceError extends Error {
  readonly code = 'SOURCE' as const;
}

/** An output that cannot be written; the message names it and says what to do. */
export class SinkError extends Error {
  readonly code = 'SINK' as const;
}

/** The reason of a failed system call in words; its code where there are none. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
