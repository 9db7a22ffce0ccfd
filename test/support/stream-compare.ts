import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { textAt, valueAt } from './analysis.js';

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
const OF_CLIENTS = ['mxwarden.top_clients', 'mxwarden.client', 'mxwarden.window.client_error', 'related', 'source'];
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
  const errors = [errorOf(found), errorOf(expected)];
  const estimated = new Set([found, expected].flatMap((document) => estimatedOf(document)));
  const isEqual = (path: string): boolean => {
    const [a, b] = [is.get(path), should.get(path)];
    if (a === b || OWN.includes(path) || estimated.has(path) || path.startsWith(WRITERS)) return true;
    if (Math.max(...errors) === 0 || !OF_CLIENTS.some((each) => path.startsWith(each))) return false;
    // A row of the same client counts no less than is said; a row of a list may be another client's.
    if (!path.startsWith('mxwarden.client.') || typeof a !== 'number' || typeof b !== 'number') return true;
    return !Number.isInteger(a) || !Number.isInteger(b) || Math.abs(a - b) <= Math.max(...errors);
  };
  return [...new Set([...is.keys(), ...should.keys()])]
    .filter((path) => !isEqual(path))
    .sort()
    .map((path) => `${path} is ${JSON.stringify(is.get(path))}, not ${JSON.stringify(should.get(path))}`);
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
  const names = textAt(row, 'mxwarden.subject').startsWith('dns:') ? ['dns_queries'] : ['connects', 'screen_connects'];
  return names.reduce((sum, name) => sum + Number(valueAt(row, `mxwarden.client.${name}`) ?? 0), 0);
}

function fieldsOf(value: unknown, path = '', fields = new Map<string, unknown>()): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value))
      fieldsOf(member, path === '' ? name : `${path}.${name}`, fields);
  else if (value !== undefined) fields.set(path, value);
  return fields;
}
