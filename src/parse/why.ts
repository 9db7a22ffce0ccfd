import type { Ms } from '../core/event.js';
import type { Block } from './block.js';
import { EnvelopeReader } from './envelope.js';
import type { EnvelopeConfig } from './envelope.js';
import type { Parsed } from './line.js';
import { Scanner } from './scanner.js';
import { decode } from './text.js';

/** Says in words why a line was not recognised; `undefined` for one that was. */
export type ExplainLine = (
  block: Block,
  start: number,
  end: number,
  parsed: Parsed,
  referenceMs: Ms,
) => string | undefined;

/** So much of a line shows where in it something was missed. */
const SHOWN_CHARS = 40;
/** The column behind the longest priority. */
const BEHIND_PRIORITY = '<191>'.length + 1;

/** A function that explains what a parser with the same configuration made of a line. Columns count from 1. */
export function createExplainer(config: EnvelopeConfig): ExplainLine {
  const line = new Scanner();
  return function explainLine(block, start, end, parsed, referenceMs) {
    if (parsed.kind !== 'dead' && parsed.kind !== 'unrecognised') return undefined;
    if (end === start) return 'the line is empty';
    // What it remembers of the line before could hide where this one breaks off.
    const envelopes = new EnvelopeReader(config);
    line.begin(block, start, end);
    envelopes.read(line, referenceMs);
    const column = line.mark() - start + 1;
    const rest = decode(line.ahead(SHOWN_CHARS));
    const found = `at column ${String(column)} ${rest === '' ? 'the line ends' : `it goes on: ${rest}`}`;
    if (parsed.kind === 'dead') return `expected ${expected(column)}; ${found}`;
    const program = decode(parsed.program);
    if (parsed.side === undefined) return `${program} is no program that mxwarden reads`;
    return `${program} is not known to write such a message; ${found}`;
  };
}

/** A stamp is passed over as a whole; before it, nothing but syslog's priority can be. */
function expected(column: number): string {
  return column <= BEHIND_PRIORITY
    ? 'a time such as Nov 23 01:57:14 or 2026-11-23T01:57:14+01:00'
    : 'a host and a program after the time';
}
