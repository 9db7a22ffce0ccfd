import { Familiar } from './familiar.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
import { passColumn } from './column.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import { ownCopy } from './text.js';

/** A program's tag with what ended it: `[` before a process id, its end as a rule, nothing where it is an odd one. */
export interface Tag {
  readonly program: Program;
  readonly hasId: boolean;
  readonly isEnded: boolean;
}

interface KnownTag extends Tag {
  readonly opening: Literal;
}

/** Most tags begin so; what comes next tells them apart. */
const COMMON = 'postfix/'.length;

const SLASH = 47;

/** Reads tags that end with a process id in brackets or with `end`, in front of which a column `mail.info ` may stand. */
export class TagReader {
  private readonly known = new Familiar<KnownTag>(COMMON);

  constructor(private readonly end: string) {}

  /** The tag, which is passed over with its end. What is no tag is taken as far as its word goes. */
  read(line: Scanner): Tag {
    return this.known.find(line) ?? this.readFresh(line);
  }

  private readFresh(line: Scanner): Tag {
    const start = line.mark();
    passColumn(line);
    const program = programOf(ownCopy(tagOf(line)));
    const hasId = line.take('[');
    if (!hasId && !line.take(this.end)) return { program, hasId, isEnded: false };
    // `postfix/[`: the start of tags with an address too.
    if (program.name === '') return { program, hasId, isEnded: !hasId };
    return this.known.keep({ program, hasId, isEnded: !hasId, opening: literal(line.since(start)) });
  }
}

/** A word; in the tag of a Postfix daemon the service may be an address with a port, `postfix/[2001:db8::1]:25/smtpd`. */
function tagOf(line: Scanner): string {
  const start = line.mark();
  const word = line.word();
  if (!word.includes('/') || !passAddressWithPort(line, word)) return word;
  line.word();
  return line.since(start);
}

/** Whether `:10025` or `[2001:db8::1]:10025` follows and then a slash; it is passed over. */
function passAddressWithPort(line: Scanner, word: string): boolean {
  const start = line.mark();
  const isPassed = !word.endsWith('/') || (line.take('[') && passAddress(line));
  if (isPassed && line.take(':') && line.integer() !== undefined && line.peek() === SLASH) return true;
  line.back(start);
  return false;
}

/** Passes over the address in brackets. */
function passAddress(line: Scanner): boolean {
  do line.word();
  while (line.take(':'));
  return line.take(']');
}
