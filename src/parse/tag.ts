import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import { ownCopy } from './text.js';

/** A program's tag with what ended it: `[` before a process id, `: ` before the message, nothing where it is an odd one. */
export interface Tag {
  readonly program: Program;
  readonly end: '[' | ': ' | '';
}

interface KnownTag extends Tag {
  readonly opening: Literal;
}

/** A log has a handful of tags; comparing with each is faster than hashing as long as there are not many more. */
const REMEMBERED = 16;

/**
 * A reader of the tag in `postfix/smtpd[123]: ` or `dovecot: `, which is passed over with its end. What is no tag is
 * taken as far as its word goes.
 */
export function createTagReader(): (line: Scanner) => Tag {
  const known: KnownTag[] = [];
  let oldest = 0;
  const readFresh = (line: Scanner): Tag => {
    const text = ownCopy(line.word());
    const end = line.take('[') ? '[' : line.take(': ') ? ': ' : '';
    const fresh = { program: programOf(text), end, opening: literal(text + end) } as const;
    if (end === '') return fresh;
    known[oldest] = fresh;
    oldest = (oldest + 1) % REMEMBERED;
    return fresh;
  };
  return (line) => {
    for (const tag of known) if (line.take(tag.opening)) return tag;
    return readFresh(line);
  };
}
