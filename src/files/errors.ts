/** An input that cannot be read; the message names it and says what to do. */
export class SourceError extends Error {
  readonly code = 'SOURCE' as const;
}

/** An output that cannot be written; the message names it and says what to do. */
export class SinkError extends Error {
  readonly code = 'SINK' as const;
}

/** Packed data that is damaged or cut short: what came before is good, and nothing comes after it. */
export class DamageError extends Error {
  readonly code = 'DAMAGE' as const;
}

/** A form that is not read, of data in which nothing is wrong; `code` is the program that turns it into text. */
export class UnsupportedError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const unpacked = (command: string): string => `Give what "${command}" writes to standard input (as -).`;
const INPUT_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'Check its name.',
  EISDIR: 'It is a folder: name the log files in it, such as FOLDER/mail.log*.',
  EACCES: 'Run mxwarden as a user who may read it.',
  EPERM: 'Run mxwarden as a user who may read it.',
  EMFILE: 'Each log is open until it is read: raise the limit (ulimit -n), or name fewer logs.',
  '7z': unpacked('7z e -so FILE'),
  compress: unpacked('gzip -dc FILE'),
  iconv: unpacked('iconv -f UTF-16 -t UTF-8 FILE'),
  journalctl: unpacked('journalctl -o short-iso --file FILE'),
  lz4: unpacked('lz4 -dc FILE'),
  lzip: unpacked('lzip -dc FILE'),
  lzma: unpacked('xz -dc --format=lzma FILE'),
  lzop: unpacked('lzop -dc FILE'),
  xz: unpacked('xz -dc FILE'),
  zip: unpacked('unzip -p FILE'),
  zstd: unpacked('zstd -dc --memory=2048MB FILE'),
};

/** What to do about an input that cannot be read for this reason. */
export function inputAdvice(error: unknown): string {
  return INPUT_ADVICE[codeOf(error)] ?? 'Mend it, or leave it out.';
}

/** The code of a failed system call, or of one of our errors; empty if there is none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** The reason of a failed system call in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
