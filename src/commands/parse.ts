import type { Readable } from 'node:stream';
import { loadConfig, numberOption } from '../config/load.js';
import { createZone } from '../core/time.js';
import { familiesOf } from '../files/family.js';
import { FileSource } from '../files/source.js';
import { createLineParser } from '../parse/line.js';
import type { Parsed } from '../parse/line.js';
import { createExplainer } from '../parse/why.js';
import { isZeekHeader } from '../parse/zeek.js';
import { escapeControls } from '../report/escape-controls.js';
import { incompleteText } from '../report/incomplete-text.js';
import { beforeEnd, middleOfYear } from '../stages/first-pass.js';
import { eachLine } from '../stages/fold-chunk.js';
import { MAX_LINE_BYTES } from '../stages/ports.js';

/** Lines of so many bytes are printed at a time. */
const CHUNK_BYTES = 1 << 20;

/** A line that says how those after it are written, and is no record. */
const HEADER = 'header';

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
  const zone = createZone(timezone);
  const parse = createLineParser({ zone });
  const explain = createExplainer({ zone });
  const sources = familiesOf(files).map((family) => new FileSource(family, { ...deps, chunkBytes: CHUNK_BYTES }));
  let number = 0;
  for (const source of sources) {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      deps.signal.throwIfAborted();
      const writtenMs = Number.isNaN(chunk.writtenMs) ? deps.nowMs : chunk.writtenMs;
      const referenceMs = year === undefined ? beforeEnd(writtenMs) : middleOfYear(year);
      const out: string[] = [];
      const write = (parsed: Parsed | typeof HEADER, why?: string): void => {
        number += 1;
        out.push(escapeControls(JSON.stringify(explained(number, parsed, why))));
      };
      eachLine(chunk.bytes, {
        take: (block, start, end) => {
          if (isZeekHeader(block, start, end)) {
            write(HEADER);
            return;
          }
          const parsed = parse(block, start, end, referenceMs);
          write(parsed, explain({ block, start, end, parsed }, referenceMs));
        },
        takeLong: () => {
          write({ kind: 'dead', reason: 'too_long' }, `the line is longer than ${MAX_LINE_BYTES} bytes`);
        },
      });
      await deps.print(`${out.join('\n')}\n`);
    }
    for (const file of source.incomplete) deps.warn(incompleteText(file));
  }
}

/** A line's number and event as `parse` prints them, the time in RFC 3339; why, if it was not recognised. */
function explained(line: number, parsed: Parsed | typeof HEADER, why: string | undefined): object {
  if (parsed === HEADER) return { line, recognised: true, kind: HEADER };
  if (parsed.kind === 'dead') return { line, recognised: false, reason: parsed.reason, why };
  if (parsed.kind === 'repeat') return { ...explained(line, parsed.event, why), repeated: parsed.times };
  const recognised = parsed.kind !== 'unrecognised';
  return { line, recognised, ...parsed, time: new Date(parsed.time).toISOString(), why };
}
