import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PassThrough } from 'node:stream';
import avro from 'avsc';
import { runParse } from '../../src/commands/parse.js';
import type { ShipCommandDeps, ShipOptions } from '../../src/commands/ship.js';
import { FIXTURES } from './analysis.js';
import { createTopic, kafkaClient, readTopic } from './kafka.js';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schemas');

/** The logs of the recording, by the names that their events have. */
export const LOGS = ['mail.log', 'dovecot.log', 'query.log'];
export const FILES = LOGS.map((name) => join(FIXTURES, 'dept', `${name}.gz`));
/** Two marks and the fingerprint in front of each record. */
const FRAME_BYTES = 10;

/** What a run of `ship` needs, and what it says. */
export interface Site {
  readonly topics: Readonly<Record<'mail_events' | 'dns_events' | 'dead_letters', string>>;
  readonly options: ShipOptions;
  readonly deps: ShipCommandDeps;
  readonly told: string[];
  readonly stdin: PassThrough;
}

/** Where a site is: its files, and its broker. */
export interface Place {
  readonly folder: string;
  readonly address: string;
}

/** New topics, and what a run that writes to them needs. */
export async function createSite(
  { folder, address }: Place,
  settings: object = {},
  limits: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const { kafka } = kafkaClient(address);
  const configEntries = Object.entries(limits).map(([name, value]) => ({ name, value }));
  const make = (): Promise<string> => createTopic(kafka, { numPartitions: 4, configEntries });
  const topics = { mail_events: await make(), dns_events: await make(), dead_letters: await make() };
  const config = join(folder, 'mxwarden.yaml');
  await writeFile(config, JSON.stringify({ kafka: { brokers: [address], topics, ...settings } }));
  const told: string[] = [];
  const stdin = new PassThrough();
  const deps: ShipCommandDeps = {
    stdin,
    machineTimezone: 'UTC',
    environment: {},
    tell: (text) => told.push(text),
    warn: (text) => told.push(text),
    signal: new AbortController().signal,
  };
  return { topics, options: { state: join(folder, 'state.json'), config }, deps, told, stdin };
}

/** The options with other settings of Kafka. */
export async function withSettings({ options }: Site, folder: string, over: object): Promise<ShipOptions> {
  const { kafka } = objectOf(await jsonOf(options.config));
  const config = join(folder, 'other.yaml');
  await writeFile(config, JSON.stringify({ kafka: { ...objectOf(kafka), ...over } }));
  return { ...options, config };
}

export interface Read extends Readonly<Record<string, unknown>> {
  readonly origin: string;
}

function isRead(value: unknown): value is Read {
  return typeof value === 'object' && value !== null && 'origin' in value && typeof value.origin === 'string';
}

/** What reads a schema of ours, and knows no more. */
async function typeOf(name: string): Promise<avro.Type> {
  return typeOfSchema(await jsonOf(join(SCHEMAS, `${name}.avsc`)));
}

function typeOfSchema(schema: unknown): avro.Type {
  if (!isSchema(schema)) throw new TypeError('This is no schema.');
  return avro.Type.forSchema(schema);
}

function isSchema(value: unknown): value is avro.Schema {
  return typeof value === 'object' && value !== null && 'type' in value;
}

export async function jsonOf(path = ''): Promise<unknown> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  return value;
}

/** All events of a topic as any program reads them that knows Avro and has the schema; without fields that have no value. */
export async function readEvents(address: string, topic: string, schema: string): Promise<readonly Read[]> {
  const type = await typeOf(schema);
  return readRecords(address, topic, (value) => type.fromBuffer(value.subarray(FRAME_BYTES)));
}

/** The same as a program does it that asks a registry for the schema whose number each record has. */
export async function readRegistered(address: string, topic: string, registry: string): Promise<readonly Read[]> {
  const types = new Map<number, Promise<avro.Type>>();
  return readRecords(address, topic, async (value) => {
    if (value[0] !== 0) throw new TypeError('A record without the number of a schema.');
    const id = value.readUInt32BE(1);
    const type = types.get(id) ?? registeredType(registry, id);
    types.set(id, type);
    return (await type).fromBuffer(value.subarray(5));
  });
}

async function registeredType(registry: string, id: number): Promise<avro.Type> {
  const answer = objectOf(await (await fetch(`${registry}/schemas/ids/${id}`)).json());
  return typeOfSchema(JSON.parse(String(answer['schema'])));
}

async function readRecords(
  address: string,
  topic: string,
  decode: (value: Buffer) => unknown,
): Promise<readonly Read[]> {
  const events: Read[] = [];
  for (const { value } of await readTopic(kafkaClient(address).kafka, topic)) {
    const event = await decode(value ?? Buffer.alloc(0));
    const plain: unknown = JSON.parse(JSON.stringify(event, (_, field: unknown) => field ?? undefined));
    if (!isRead(plain)) throw new TypeError('An event without an origin.');
    events.push(plain);
  }
  return events;
}

export function byteOf({ origin }: Read): number {
  return Number(origin.slice(origin.lastIndexOf(':') + 1));
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('This is no object.');
  return { ...value };
}

/** Kinds whose events have their line with them. */
const SHOWN = new Set([
  'reject',
  'auth_failure',
  'protocol_error',
  'rate_limit',
  'too_many_errors',
  'screen_hit',
  'unrecognised',
]);

/** The events that `parse` finds in a log of the recording, as `ship` sends them, but for their origins. */
export async function expectedEvents(file: string): Promise<readonly object[]> {
  let text = '';
  const print = async (piece: string): Promise<void> => {
    text += piece;
  };
  const deps = { nowMs: Date.now(), machineTimezone: 'UTC', print, warn: print, stdin: new PassThrough() };
  await runParse([file], {}, { ...deps, signal: new AbortController().signal });
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => objectOf(JSON.parse(line)))
    .filter(({ kind }) => kind !== 'header' && kind !== undefined)
    .map(({ line, recognised, why, time, ...event }) => ({
      ...(event['kind'] === 'dns' ? { resolver: 'query' } : {}),
      ...event,
      ...(SHOWN.has(String(event['kind'])) ? { original: lines[Number(line) - 1] } : {}),
      time: Date.parse(String(time)),
    }));
}

/** The events of a log in the order of its lines, without their origins. */
export function eventsOfLog(events: readonly Read[], log: string): readonly object[] {
  return events
    .filter(({ origin }) => origin.startsWith(`${log}:`))
    .sort((a, b) => byteOf(a) - byteOf(b))
    .map(({ origin, ...event }) => ('kind' in event ? event : { kind: 'dns', ...event }));
}
