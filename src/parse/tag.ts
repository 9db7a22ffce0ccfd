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
    const program = programOf(ownCopy(line.word()));
    const hasId = line.take('[');
    if (!hasId && !line.take(this.end)) return { program, hasId, isEnded: false };
    return this.known.keep({ program, hasId, isEnded: !hasId, opening: literal(line.since(start)) });
  }
}
