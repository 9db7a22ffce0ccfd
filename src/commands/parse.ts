import type { Readable } from 'node:stream';
import { createZone } from '../core/time.js';
import { familiesOf } from '../files/family.js';
import { FileSource } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import { beforeEnd, middleOfYear } from '../stages/first-pass.js';
import { eachLine } from '../stages/fold-chunk.js';

export interface ParseOptions {
  readonly timezone: string;
  readonly year: number | undefined;
}

export interface ParseDeps {
  readonly stdin: Readable;
  readonly nowMs: number;
  readonly print: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Prints one JSON object for each line of the files, in order: what the line was read as. */
export async function runParse(files: readonly string[], options: ParseOptions, deps: ParseDeps): Promise<void> {
  const parse = createLineParser({ zone: createZone(options.timezone) });
  // A pipe may be silent for ever; whoever waits for it must hear of an interruption.
  deps.signal.addEventListener('abort', () => deps.stdin.destroy());
  let number = 0;
  for (const family of familiesOf(files)) {
    const source = new FileSource(family, deps.stdin);
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      deps.signal.throwIfAborted();
      const writtenMs = Number.isNaN(chunk.writtenMs) ? deps.nowMs : chunk.writtenMs;
      const referenceMs = options.year === undefined ? beforeEnd(writtenMs) : middleOfYear(options.year);
      const out: string[] = [];
      eachLine(chunk.bytes, (block, start, end) => {
        number += 1;
        out.push(JSON.stringify(explained(number, parse(block, start, end, referenceMs))));
      });
      await deps.print(`${out.join('\n')}\n`);
    }
  }
}

/** A line's number and event as `parse` prints them, the time in RFC 3339. */
function explained(line: number, parsed: ReturnType<ReturnType<typeof createLineParser>>): object {
  if (parsed.kind === 'dead') return { line, recognised: false, reason: parsed.reason };
  return { line, recognised: parsed.kind !== 'unrecognised', ...parsed, time: new Date(parsed.time).toISOString() };
}
