/** An input that cannot be read; the message names it and says what to do. */
export class SourceError extends Error {
  readonly code = 'SOURCE' as const;
}

/** An output that cannot be written; the message names it and says what to do. */
export class SinkError extends Error {
  readonly code = 'SINK' as const;
}

const CUT_SHORT =
  'The file is damaged or not complete: copy it again, leave it out, or analyse what "gzip -dc FILE" still gives.';
const unpacked = (program: string): string =>
  `Only gzip is read: give what "${program} -dc FILE" writes to standard input.`;
const INPUT_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'Check its name.',
  EISDIR: 'It is a folder: name the log files in it.',
  EACCES: 'Run mxwarden as a user who may read it.',
  EPERM: 'Run mxwarden as a user who may read it.',
  Z_BUF_ERROR: CUT_SHORT,
  Z_DATA_ERROR: CUT_SHORT,
  xz: unpacked('xz'),
  bzip2: unpacked('bzip2'),
  zstd: unpacked('zstd'),
};

/** What to do about an input that cannot be read for this reason. */
export function inputAdvice(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return INPUT_ADVICE[code] ?? 'Mend it, or leave it out.';
}

/** The reason of a failed system call in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
