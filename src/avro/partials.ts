import { isFields } from '../core/documents/value.js';
import type { Fields } from '../core/documents/value.js';
import type { Ms, Side } from '../core/event.js';
import { SIDES } from '../core/event.js';
import type { Subject } from '../core/identity.js';
import type { Mark, PartialRecord, Stamp, StampedContribution, StampedMark } from '../core/progress.js';
import { COUNTERS, entries } from '../core/tally/counters.js';
import { NO_LIMIT } from '../core/tally/distinct.js';
import type { PackedDistinct } from '../core/tally/distinct.js';
import type { PackedTexts } from '../core/tally/packed-texts.js';
import { valuesUpTo } from '../core/tally/table.js';
import type { PackedTable } from '../core/tally/table.js';
import { NEVER } from '../core/tally/tally.js';
import type { PackedTally } from '../core/tally/tally.js';
import { Decoder } from './decoder.js';
import type { RecordKind } from './decoder.js';
import { Encoder } from './encoder.js';
import type { SchemaKey } from './frame.js';
import { NumberWriter, readNumbers } from './numbers.js';
import { TABLES, wireName } from './schemas.js';
import type { TableName } from './schemas.js';
import type { WriterSchemas } from './writer-schemas.js';

/** Writes contributions and marks. `keys` name their schemas in a registry; by default each has the fingerprint. */
export class PartialEncoder {
  private readonly contributions: Encoder;
  private readonly marks: Encoder;
  private readonly numbers = new NumberWriter();

  constructor(keys: { readonly contribution?: SchemaKey; readonly mark?: SchemaKey } = {}) {
    this.contributions = new Encoder('contribution', keys.contribution);
    this.marks = new Encoder('mark', keys.mark);
  }

  encodeContribution({ epoch, cfg, source, chunk, subject, paneMs, upTo, tally }: StampedContribution): Buffer {
    const record: Record<string, unknown> = { epoch, cfg, source, chunk, subject, pane: paneMs, up_to: upTo };
    const counts: Record<string, number> = {};
    for (const [column, [name]] of COUNTERS.entries()) counts[wireName(name)] = tally.counts[column] ?? 0;
    record.counts = counts;
    record.smtp_clients = this.sketch(tally.smtpClients);
    record.transmissions = this.sketch(tally.transmissions);
    for (const [name] of entries(TABLES)) record[name] = this.table(name, tally[name]);
    for (const side of SIDES) record[heardField(side)] = finite(tally.lastHeard[side]);
    return this.contributions.encode(record);
  }

  encodeMark({ epoch, cfg, source, chunk, upTo, ...mark }: StampedMark): Buffer {
    const { watermarkMs, latestMs, silentMs, expected, gaps, clockMs } = mark;
    const isOpen = typeof watermarkMs === 'number';
    return this.marks.encode({
      epoch,
      cfg,
      source,
      chunk,
      up_to: upTo,
      state: isOpen ? 'open' : watermarkMs,
      watermark: isOpen ? finite(watermarkMs) : undefined,
      latest: finite(latestMs),
      silent_ms: silentMs,
      expected,
      gaps,
      clock: clockMs,
    });
  }

  private sketch({ hashes, limit }: PackedDistinct): object {
    let before = 0;
    for (const hash of hashes) {
      this.numbers.add(hash - before);
      before = hash;
    }
    return { hashes: this.numbers.take(), limit: limit === NO_LIMIT ? undefined : limit };
  }

  private table(name: TableName, { keys, names, values, error, seen }: PackedTable): object {
    const columns = TABLES[name][1];
    const record: Record<string, unknown> = {
      keys: keys.text,
      key_lengths: this.lengths(keys),
      names: names.text,
      name_lengths: this.lengths(names),
      error,
      seen: seen === undefined ? undefined : this.sketch(seen),
    };
    for (const [column, [counter]] of columns.entries())
      record[wireName(counter)] = this.column(values, column, columns.length);
    return record;
  }

  private lengths({ ends }: PackedTexts): Buffer {
    let start = 0;
    for (const end of ends) {
      this.numbers.add(end - start);
      start = end;
    }
    return this.numbers.take();
  }

  private column(values: PackedTable['values'], column: number, width: number): Buffer {
    let isZero = true;
    for (let at = column; at < values.length; at += width) if (values[at] !== 0) isZero = false;
    if (!isZero) for (let at = column; at < values.length; at += width) this.numbers.add(values[at] ?? 0);
    return this.numbers.take();
  }
}

function heardField(side: Side): string {
  return `${side}_last_heard`;
}

function finite(timeMs: Ms): Ms | undefined {
  return timeMs === NEVER ? undefined : timeMs;
}

/** Reads contributions and marks. */
export function createPartialDecoder(schemas: WriterSchemas): Decoder<PartialRecord> {
  const contribution: RecordKind<PartialRecord> = { name: 'contribution', take: takeContribution };
  const mark: RecordKind<PartialRecord> = { name: 'mark', take: takeMark };
  return new Decoder<PartialRecord>([contribution, mark], schemas);
}

function isSubject(value: unknown): value is Subject {
  return typeof value === 'string' && /^(mail|dns):/.test(value);
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function timeOf(value: unknown): Ms {
  return typeof value === 'number' ? value : NEVER;
}

function stampOf({ epoch, cfg, source }: Fields): Stamp & Pick<Mark, 'epoch' | 'source'> {
  return { epoch: numberOf(epoch), cfg: textOf(cfg), source: textOf(source) };
}

function takeContribution(record: unknown): PartialRecord | undefined {
  if (!isFields(record)) return undefined;
  const { subject, chunk, pane, up_to: upTo } = record;
  const tally = tallyOf(record);
  if (tally === undefined || !isSubject(subject) || !isOffset(chunk) || !isOffset(upTo)) return undefined;
  const contribution = { ...stampOf(record), chunk, subject, paneMs: numberOf(pane), upTo, tally };
  return { kind: 'contribution', contribution };
}

function takeMark(record: unknown): PartialRecord | undefined {
  if (!isFields(record)) return undefined;
  const { chunk, up_to: upTo, state, expected, gaps = [], clock } = record;
  if (!isOffset(chunk) || !isOffset(upTo) || !Array.isArray(expected) || !Array.isArray(gaps)) return undefined;
  const mark: StampedMark = {
    ...stampOf(record),
    chunk,
    upTo,
    watermarkMs: state === 'none' || state === 'end' ? state : timeOf(record.watermark),
    latestMs: timeOf(record.latest),
    silentMs: numberOf(record.silent_ms),
    expected: expected.map(textOf),
    gaps: gaps.filter(isFields).map(({ from, to }) => ({ from: numberOf(from), to: numberOf(to) })),
    clockMs: numberOf(clock),
  };
  return { kind: 'mark', mark };
}

/** The tally of a contribution; `undefined` if its parts do not fit together. */
function tallyOf(record: Fields): PackedTally | undefined {
  const smtpClients = sketchOf(record.smtp_clients);
  const transmissions = sketchOf(record.transmissions);
  const clients = tableOf('clients', record);
  const recipients = tableOf('recipients', record);
  const targets = tableOf('targets', record);
  const users = tableOf('users', record);
  const names = tableOf('names', record);
  if (!smtpClients || !transmissions || !clients || !recipients || !targets || !users || !names) return undefined;
  if (!isFields(record.counts)) return undefined;
  const counts = new Float64Array(COUNTERS.length);
  for (const [column, [name]] of COUNTERS.entries()) counts[column] = numberOf(record.counts[wireName(name)]);
  const lastHeard = { mail: NEVER, pop3: NEVER, dns: NEVER };
  for (const side of SIDES) lastHeard[side] = timeOf(record[heardField(side)]);
  return { counts, smtpClients, transmissions, clients, recipients, targets, users, names, lastHeard };
}

function numbersIn(value: unknown): Float64Array | undefined {
  return value instanceof Uint8Array ? readNumbers(value) : undefined;
}

function sketchOf(value: unknown): PackedDistinct | undefined {
  if (!isFields(value)) return undefined;
  const hashes = sumsOf(numbersIn(value.hashes));
  if (hashes === undefined) return undefined;
  return { hashes, limit: typeof value.limit === 'number' ? value.limit : NO_LIMIT };
}

/** The sums up to each number; `undefined` if they are more than a number can hold. */
function sumsOf(numbers: Float64Array | undefined): Float64Array | undefined {
  if (numbers === undefined) return undefined;
  let sum = 0;
  for (let i = 0; i < numbers.length; i += 1) numbers[i] = sum += numbers[i] ?? 0;
  return sum <= Number.MAX_SAFE_INTEGER ? numbers : undefined;
}

function textsOf(text: unknown, lengths: unknown): PackedTexts | undefined {
  const ends = sumsOf(numbersIn(lengths));
  if (typeof text !== 'string' || ends === undefined || (ends.at(-1) ?? 0) !== text.length) return undefined;
  return { text, ends: Uint32Array.from(ends) };
}

function tableOf(name: TableName, record: Fields): PackedTable | undefined {
  const table = record[name];
  if (!isFields(table)) return undefined;
  const keys = textsOf(table.keys, table.key_lengths);
  const names = textsOf(table.names, table.name_lengths);
  if (keys === undefined || names?.ends.length !== keys.ends.length) return undefined;
  const values = valuesOf(TABLES[name][1], table, keys.ends.length);
  const seen = isFields(table.seen) ? sketchOf(table.seen) : undefined;
  if (values === undefined || (isFields(table.seen) && seen === undefined)) return undefined;
  return { keys, names, values, error: numberOf(table.error), seen };
}

/** The counts row after row; `undefined` if a column has not one for each row. */
function valuesOf(
  counters: readonly (readonly [string, string])[],
  table: Fields,
  rows: number,
): PackedTable['values'] | undefined {
  const columns: Float64Array[] = [];
  let largest = 0;
  for (const [counter] of counters) {
    const column = numbersIn(table[wireName(counter)]);
    if (column === undefined || (column.length !== 0 && column.length !== rows)) return undefined;
    for (const count of column) if (count > largest) largest = count;
    columns.push(column);
  }
  const values = valuesUpTo(largest, rows * columns.length);
  for (const [at, column] of columns.entries())
    for (let row = 0; row < column.length; row += 1) values[row * columns.length + at] = column[row] ?? 0;
  return values;
}
