import type { Ms } from '../core/event.js';
import type { Block } from './block.js';
import { EnvelopeReader } from './envelope.js';
import type { EnvelopeConfig } from './envelope.js';
import type { Parsed } from './line.js';
import { readOffset } from './offset.js';
import { Scanner } from './scanner.js';
import { StampReader } from './stamp.js';
import { decode } from './text.js';

/** A line and what it was read as. */
interface Read {
  readonly block: Block;
  readonly start: number;
  readonly end: number;
  readonly parsed: Parsed;
}

/** Says in words why a line was not recognised; `undefined` for one that was. Columns count from 1. */
export type ExplainLine = (read: Read, referenceMs: Ms) => string | undefined;

const BRACE = 123;
/** So much of a line shows where in it something was missed. */
const SHOWN_CHARS = 40;

const A_TIME = 'expected a time such as Nov 23 01:57:14 or 2026-11-23T01:57:14+01:00';
const A_DOCUMENT = 'expected a JSON document with a time and a message, in fields of which the README has a list';
const A_PROGRAM = 'expected a host and a program after the time';

/** A function that explains what a parser with the same configuration made of a line. */
export function createExplainer(config: EnvelopeConfig): ExplainLine {
  const line = new Scanner();
  return function explainLine({ block, start, end, parsed }, referenceMs) {
    if (end === start) return 'the line is empty';
    line.begin(block, start, end);
    const isJson = line.peek() === BRACE;
    if (parsed.kind === 'dead') {
      if (isJson) return A_DOCUMENT;
      const what = passTime(line, config, referenceMs) ? A_PROGRAM : A_TIME;
      return `${what}; ${placeOf(line, start)}`;
    }
    if (parsed.kind !== 'unrecognised') return undefined;
    const program = decode(parsed.program);
    if (parsed.side === undefined) return `${program} is no program that mxwarden reads`;
    if (isJson) return `${program} is not known to write such a message`;
    new EnvelopeReader(config).read(line, referenceMs);
    return `${program} is not known to write such a message; ${placeOf(line, start)}`;
  };
}

/** Whether the line begins with a time, or with syslog's priority and a time; what there is of them is passed over. */
function passTime(line: Scanner, { zone }: EnvelopeConfig, referenceMs: Ms): boolean {
  if (line.take('<')) line.integer();
  line.take('>');
  line.take('1 ');
  const start = line.mark();
  if (!new StampReader(zone).read(line, referenceMs)) {
    line.back(start);
    return false;
  }
  readOffset(line);
  line.take(' ');
  return true;
}

function placeOf(line: Scanner, start: number): string {
  const column = String(line.mark() - start + 1);
  const rest = decode(line.ahead(SHOWN_CHARS));
  return `at column ${column} ${rest === '' ? 'the line ends' : `it goes on: ${rest}`}`;
}
