import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { jsonObject, textAt, valueAt } from './analysis.js';

/** Documents by what they are identified with. */
export type Documents = ReadonlyMap<string, JsonObject>;

export function byId(documents: readonly JsonObject[]): Documents {
  return new Map(documents.map((document) => [textAt(document, 'event.id'), document]));
}

/** What is said of incidents that are sure; others come and go with how a stream is cut. */
const SURE = ['incident-confirmed', 'incident-changed', 'incident-closed'];
/** What is another one with each run: when it was written, and how often. */
const OWN = ['event.ingested', 'mxwarden.window.revision', 'mxwarden.window.version'];
/** What the tables of clients tell: above the cap it depends on how a source is cut into chunks. */
const TOP_CLIENTS = 'mxwarden.top_clients';
const OF_TABLES = ['mxwarden.window.client_error', 'related.'];
const ROW = 'mxwarden.client.';
/** What is not a count of a row: its place among others, what follows from several counts, and the name it came with. */
const NOT_COUNTED = ['rank', 'mee_without', 'is_probe', 'name', 'registered_domain'];
const OF_THE_NAME = ['source.domain', 'source.registered_domain'];
/** Clients that a proposal names are from those tables as well. */
const WRITERS = 'mxwarden.proposal.writers';

/** All ways in which documents of a kind differ from what they should be, as lines. */
export function differences(kind: DocumentKind, found: Documents, expected: Documents): readonly string[] {
  const lines: string[] = [];
  const isAsked = (document: JsonObject): boolean =>
    kind !== 'alert' || SURE.includes(textAt(document, 'event.action'));
  const ids = new Set([...found.keys(), ...expected.keys()]);
  for (const id of [...ids].sort()) {
    const [is, should] = [found.get(id), expected.get(id)];
    const given = is ?? should;
    if (given === undefined || !isAsked(given)) continue;
    if (is !== undefined && should !== undefined)
      lines.push(...differencesOf(is, should).map((line) => `${id} ${line}`));
    else if (is === undefined && !isBelow(should, found)) lines.push(`${id} is missing`);
    else if (should === undefined && !isBelow(is, expected)) lines.push(`${id} is too much`);
  }
  return lines;
}

function differencesOf(found: JsonObject, expected: JsonObject): readonly string[] {
  const is = fieldsOf(found);
  const should = fieldsOf(expected);
  const error = Math.max(errorOf(found), errorOf(expected));
  const estimated = new Set([found, expected].flatMap((document) => estimatedOf(document)));
  const isEqual = (path: string): boolean => {
    const [a, b] = [is.get(path), should.get(path)];
    if (a === b || OWN.includes(path) || estimated.has(path) || path.startsWith(WRITERS)) return true;
    if (error === 0) return false;
    if (path.startsWith(ROW)) return isNear(path.slice(ROW.length), found, expected, error);
    return [...OF_TABLES, TOP_CLIENTS, ...OF_THE_NAME].some((each) => path.startsWith(each));
  };
  const lines = [...new Set([...is.keys(), ...should.keys()])]
    .filter((path) => !isEqual(path))
    .sort()
    .map((path) => `${path} is ${JSON.stringify(is.get(path))}, not ${JSON.stringify(should.get(path))}`);
  return error === 0 ? lines : [...lines, ...differences('client', topClientsOf(found), topClientsOf(expected))];
}

/** Whether a field of a client above the cap is as it should be: a count is too small by the error at most. */
function isNear(name: string, found: JsonObject, expected: JsonObject, error: number): boolean {
  if (NOT_COUNTED.includes(name)) return true;
  const [a, b] = [found, expected].map((document) => valueAt(document, `${ROW}${name}`));
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  if (name !== 'share') return Math.abs(a - b) <= error;
  // It is the count over that of the whole window.
  const total = Math.max(1, mainCountOf(expected) / Math.max(b, ROUNDING));
  return Math.abs(a - b) <= error / total + ROUNDING;
}

/** Shares have six places. */
const ROUNDING = 1e-6;

/** The listed clients of a window as if they were documents of their own. */
function topClientsOf(document: JsonObject): Documents {
  const rows = valueAt(document, TOP_CLIENTS);
  const [subject, id] = [textAt(document, 'mxwarden.subject'), textAt(document, 'event.id')];
  const window = { client_error: errorOf(document) };
  const asDocument = (client: unknown): JsonObject =>
    jsonObject(JSON.stringify({ mxwarden: { subject, window, client } }));
  const all = (Array.isArray(rows) ? rows : []).map(asDocument);
  return new Map(
    all.map((row) => {
      const rowId = `${id}|${textAt(row, 'mxwarden.client.address')}`;
      return [rowId, { ...row, event: { id: rowId } }];
    }),
  );
}

/** Fields that are said to be estimates. */
function estimatedOf(document: JsonObject): readonly string[] {
  const fields = valueAt(document, 'mxwarden.window.estimated');
  return Array.isArray(fields) ? fields.map(String).concat('mxwarden.window.estimated') : [];
}

function errorOf(document: JsonObject): number {
  const error = valueAt(document, 'mxwarden.window.client_error');
  return typeof error === 'number' ? error : 0;
}

/** Whether a client of a window above the cap may as well not be among those that are listed, by the stated error. */
function isBelow(row: JsonObject | undefined, others: Documents): boolean {
  if (row === undefined || valueAt(row, 'mxwarden.client') === undefined) return false;
  const id = textAt(row, 'event.id');
  const prefix = id.slice(0, id.lastIndexOf('|') + 1);
  const listed = [...others].filter(([other]) => other.startsWith(prefix)).map(([, other]) => other);
  const error = Math.max(errorOf(row), ...listed.map(errorOf));
  return error > 0 && weightOf(row) <= Math.min(...listed.map(weightOf)) + error;
}

function weightOf(row: JsonObject): number {
  return mainCountOf(row) + Number(valueAt(row, 'mxwarden.client.screen_connects') ?? 0);
}

/** The count whose share is told. */
function mainCountOf(row: JsonObject): number {
  const name = textAt(row, 'mxwarden.subject').startsWith('dns:') ? 'dns_queries' : 'connects';
  return Number(valueAt(row, `mxwarden.client.${name}`) ?? 0);
}

function fieldsOf(value: unknown, path = '', fields = new Map<string, unknown>()): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value))
      fieldsOf(member, path === '' ? name : `${path}.${name}`, fields);
  else if (value !== undefined) fields.set(path, value);
  return fields;
}
