import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import { ownCopy } from './text.js';

/** A log has a handful of tags; comparing with each is faster than hashing as long as there are not many more. */
const REMEMBERED = 16;

/**
 * A reader of the tag in `postfix/smtpd[123]: ` or `dovecot: `: gives the program and leaves the scanner behind the
 * tag. What is no tag is taken as far as its word goes.
 */
export function createTagReader(): (line: Scanner) => Program {
  const known: Program[] = [];
  let oldest = 0;
  const takeKnown = (line: Scanner, length: number): Program | undefined => {
    for (const program of known) if (program.tag.length === length && line.take(program.tag)) return program;
    return undefined;
  };
  return (line) => {
    const program = takeKnown(line, line.distance('[')) ?? takeKnown(line, line.distance(':'));
    if (program !== undefined) return program;
    const fresh = programOf(ownCopy(line.word()));
    known[oldest] = fresh;
    oldest = (oldest + 1) % REMEMBERED;
    return fresh;
  };
}
