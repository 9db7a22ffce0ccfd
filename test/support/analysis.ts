import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { runAnalyze } from '../../src/commands/analyze.js';
import type { AnalyzeDeps, AnalyzeOptions } from '../../src/commands/analyze.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { Summary } from '../../src/core/documents/summary.js';
import { expectDocuments } from './documents.js';
import { expectSchema } from './json-schema.js';

export const FIXTURES = join(import.meta.dirname, '..', 'fixtures');

/** When the runs of the tests begin: after all fixtures. */
export const NOW_MS = Date.UTC(2026, 11, 1);

/** The files that `analyze` writes, in order. */
export const RESULTS = [
  'alerts.ndjson',
  'clients.ndjson',
  'correlations.ndjson',
  'dead-letters.ndjson',
  'rejections.ndjson',
  'report.html',
  'summary.json',
] as const;

/** What a run of `analyze` wrote and printed. */
export interface Analysis {
  readonly correlations: readonly JsonObject[];
  readonly clients: readonly JsonObject[];
  readonly alerts: readonly JsonObject[];
  readonly rejections: readonly JsonObject[];
  readonly deadLetters: readonly JsonObject[];
  readonly summary: Summary;
  readonly printed: string;
}

/** A folder that is removed after `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mxwarden-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a command gets from its surroundings in a test. */
export function surroundings(deps: Partial<AnalyzeDeps> = {}): AnalyzeDeps {
  return {
    stdin: Readable.from([]),
    nowMs: NOW_MS,
    machineTimezone: 'UTC',
    cores: 1,
    print: () => undefined,
    onProgress: () => undefined,
    warn: () => undefined,
    signal: new AbortController().signal,
    ...deps,
  };
}

/** Runs `analyze` over files into a folder of its own and reads what it wrote. */
export async function analysisOf(
  files: readonly string[],
  options: Omit<AnalyzeOptions, 'out'>,
  deps: Partial<AnalyzeDeps> = {},
): Promise<Analysis> {
  return inFolder(async (out) => {
    let printed = '';
    const print = (text: string): void => {
      printed += text;
    };
    await runAnalyze(files, { ...options, out }, surroundings({ print, ...deps }));
    return { ...resultsIn(out), printed };
  });
}

/** What a run wrote into a folder, all of it checked. */
export function resultsIn(folder: string): Omit<Analysis, 'printed'> {
  const documents = (name: string): readonly JsonObject[] => jsonLines(readFileSync(join(folder, name), 'utf8'));
  const results = {
    correlations: documents('correlations.ndjson'),
    clients: documents('clients.ndjson'),
    alerts: documents('alerts.ndjson'),
    rejections: documents('rejections.ndjson'),
    deadLetters: documents('dead-letters.ndjson'),
    summary: summaryOf(readFileSync(join(folder, 'summary.json'), 'utf8')),
  };
  const { correlations: correlation, clients: client, alerts: alert, rejections: rejection } = results;
  expectDocuments({ correlation, client, alert, rejection });
  expectSchema('dead_letter', results.deadLetters);
  expectSchema('summary', [results.summary]);
  return results;
}

/** The objects of a text with one a line, each line ended. */
export function jsonLines(text: string): readonly JsonObject[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  return text.slice(0, -1).split('\n').map(jsonObject);
}

export function jsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`This is no object: ${text}`);
  return value;
}

export function summaryOf(text: string): Summary {
  const value: unknown = JSON.parse(text);
  if (!isSummary(value)) throw new Error(`This is no summary: ${text}`);
  return value;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSummary(value: unknown): value is Summary {
  return isJsonObject(value) && ['servers', 'resolvers', 'inputs'].every((name) => Array.isArray(value[name]));
}

/** The value at a path such as `event.start`; `undefined` where there is none. */
export function valueAt(document: JsonObject, path: string): JsonObject[string] {
  let value: JsonObject[string] = document;
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

export function numberAt(document: JsonObject, path: string): number {
  const value = valueAt(document, path);
  if (typeof value !== 'number') throw new Error(`${path} is ${JSON.stringify(value)}, no number.`);
  return value;
}

export function textAt(document: JsonObject, path: string): string {
  const value = valueAt(document, path);
  if (typeof value !== 'string') throw new Error(`${path} is ${JSON.stringify(value)}, no text.`);
  return value;
}

/** A number of each document, added up. */
export function sumOf(documents: readonly JsonObject[], path: string): number {
  return documents.reduce((sum, document) => sum + numberAt(document, path), 0);
}

/** The lines of a log, plain or compressed. */
export function linesOf(path: string): readonly string[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  return text.split('\n').filter((line) => line !== '');
}
