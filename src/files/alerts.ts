import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { timeAt } from '../core/documents/value.js';
import type { Ms } from '../core/event.js';
import { readAlert } from '../core/respond/told.js';
import type { Told } from '../core/respond/told.js';
import { SourceError, reasonOf } from './errors.js';

/** A line is shown up to here where it is no alert. */
const SHOWN_CHARS = 80;

/**
 * What the alerts told in a folder that an analysis wrote, in their order.
 * @throws SourceError where they cannot be read, or a line is none.
 */
export async function readAlerts(folder: string): Promise<readonly Told[]> {
  const path = join(folder, 'alerts.ndjson');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const advice = 'Name the folder of the results of an analysis (analyze --out).';
    throw new SourceError(`Cannot read ${path}: ${reasonOf(error)}. ${advice}`, { cause: error });
  }
  return text
    .split('\n')
    .flatMap((line, index) => (line === '' ? [] : [alertOf(line, `${path}:${String(index + 1)}`)]));
}

/** The end of the logs that an analysis was of; `undefined` where its folder does not tell, as of alerts from elsewhere. */
export async function readEnd(folder: string): Promise<Ms | undefined> {
  try {
    const summary: unknown = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'));
    return timeAt(summary, 'end');
  } catch {
    return undefined;
  }
}

function alertOf(line: string, place: string): Told {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch (error) {
    throw new SourceError(`${place} is no JSON: ${reasonOf(error)}. Analyse the logs again.`, { cause: error });
  }
  const told = readAlert(document);
  if (told !== undefined) return told;
  throw new SourceError(
    `${place} is no alert of mxwarden: ${JSON.stringify(line.slice(0, SHOWN_CHARS))}. Analyse the logs again.`,
  );
}
