import type { Readable } from 'node:stream';
import { loadConfig, numberOption } from '../config/load.js';
import { createZone } from '../core/time.js';
import { familiesOf } from '../files/family.js';
import { FileSource } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import type { Parsed } from '../parse/line.js';
import { escapeControls } from '../report/escape-controls.js';
import { incompleteText } from '../report/incomplete-text.js';
import { beforeEnd, middleOfYear } from '../stages/first-pass.js';
import { eachLine } from '../stages/fold-chunk.js';

/** Lines of so many bytes are printed at a time. */
const CHUNK_BYTES = 1 << 20;

/** Options as the command line has them. */
export interface ParseOptions {
  readonly timezone?: string;
  readonly year?: string;
}

export interface ParseDeps {
  readonly stdin: Readable;
  readonly nowMs: number;
  readonly machineTimezone: string;
  readonly print: (text: string) => Promise<void>;
  /** Told of each file that could not be read to its end. */
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Prints one JSON object for each line of the files, in order: what the line was read as.
 * @throws ConfigError, SourceError, or the signal's reason when it is aborted.
 */
export async function runParse(files: readonly string[], options: ParseOptions, deps: ParseDeps): Promise<void> {
  const given = { timezone: options.timezone, year: numberOption(options.year) };
  const { timezone, year } = await loadConfig(undefined, given, deps.machineTimezone);
  const parse = createLineParser({ zone: createZone(timezone) });
  const sources = familiesOf(files).map((family) => new FileSource(family, { ...deps, chunkBytes: CHUNK_BYTES }));
  let number = 0;
  for (const source of sources) {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      deps.signal.throwIfAborted();
      const writtenMs = Number.isNaN(chunk.writtenMs) ? deps.nowMs : chunk.writtenMs;
      const referenceMs = year === undefined ? beforeEnd(writtenMs) : middleOfYear(year);
      const out: string[] = [];
      const explain = (parsed: Parsed): void => {
        number += 1;
        out.push(escapeControls(JSON.stringify(explained(number, parsed))));
      };
      eachLine(
        chunk.bytes,
        (block, start, end) => {
          explain(parse(block, start, end, referenceMs));
        },
        {
          takeLong: () => {
            explain({ kind: 'dead', reason: 'too_long' });
          },
        },
      );
      await deps.print(`${out.join('\n')}\n`);
    }
    for (const file of source.incomplete) deps.warn(incompleteText(file));
  }
}

/** A line's number and event as `parse` prints them, the time in RFC 3339. */
function explained(line: number, parsed: Parsed): object {
  if (parsed.kind === 'dead') return { line, recognised: false, reason: parsed.reason };
  return { line, recognised: parsed.kind !== 'unrecognised', ...parsed, time: new Date(parsed.time).toISOString() };
}
