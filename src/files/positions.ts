import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFields, valueAt } from '../core/documents/value.js';
import { SinkError, SourceError, codeOf, reasonOf } from './errors.js';
import type { Position } from './tail.js';

const VERSION = 1;

/** How far logs are out, by the path of each. */
export type Positions = ReadonlyMap<string, readonly Position[]>;

/** The positions that a file holds; none if it is not there. @throws SourceError if it holds something else */
export async function readPositions(path: string): Promise<Positions> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new Map();
    throw new SourceError(`Cannot read ${path}: ${reasonOf(error)}. Choose another --state.`, { cause: error });
  }
  const positions = parsePositions(text);
  if (positions !== undefined) return positions;
  throw new SourceError(
    `Cannot read ${path}: it holds no positions of logs. Choose another --state; without the right one all lines are sent again.`,
  );
}

function parsePositions(text: string): Positions | undefined {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return undefined;
  }
  const logs = valueAt(state, 'logs');
  if (valueAt(state, 'version') !== VERSION || !isFields(logs)) return undefined;
  const positions = new Map<string, readonly Position[]>();
  for (const [name, files] of Object.entries(logs)) {
    if (!Array.isArray(files)) return undefined;
    const ofLog = files.map(positionOf);
    const good = ofLog.filter((position) => position !== undefined);
    if (good.length < ofLog.length) return undefined;
    positions.set(name, good);
  }
  return positions;
}

function positionOf(file: unknown): Position | undefined {
  const [firstLine, byte] = [valueAt(file, 'first_line'), valueAt(file, 'byte')];
  if (typeof firstLine !== 'string' || typeof byte !== 'number' || !Number.isSafeInteger(byte) || byte < 0)
    return undefined;
  return { firstLine, byte, isComplete: valueAt(file, 'complete') === true };
}

/**
 * Replaces the positions in a file, so that whenever the machine stops either the old ones are there or the new ones.
 * @throws SinkError if they cannot be written: then the old ones are there
 */
export async function writePositions(path: string, positions: Positions): Promise<void> {
  const logs = Object.fromEntries(
    [...positions].map(([name, files]) => [
      name,
      files.map(({ firstLine, byte, isComplete }) => ({
        first_line: firstLine,
        byte,
        ...(isComplete ? { complete: true } : {}),
      })),
    ]),
  );
  const temporaryPath = `${path}.part`;
  try {
    await writeSafely(temporaryPath, `${JSON.stringify({ version: VERSION, logs }, undefined, 1)}\n`);
    await rename(temporaryPath, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => undefined);
    throw new SinkError(
      `Cannot write ${path}: ${reasonOf(error)}. Make room, or choose another --state and copy the old one there. ` +
        'No line is lost; those sent since it was written last will be sent again, with the same origin.',
      { cause: error },
    );
  }
}

async function writeSafely(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The new name is safe only with its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
