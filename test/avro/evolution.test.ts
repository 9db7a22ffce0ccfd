import avro from 'avsc';
import { describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../src/avro/fingerprint.js';
import { fingerprintKey, frameOf } from '../../src/avro/frame.js';
import { EventEncoder, createEventDecoder } from '../../src/avro/events.js';
import { PartialEncoder, createPartialDecoder } from '../../src/avro/partials.js';
import { SCHEMAS } from '../../src/avro/schemas.js';
import type { RecordSchema, Schema, SchemaField, SchemaName } from '../../src/avro/schemas.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { isFields } from '../../src/core/documents/value.js';
import type { Fields } from '../../src/core/documents/value.js';
import type { StampedContribution, StampedMark } from '../../src/core/progress.js';
import { COUNTER } from '../../src/core/tally/counters.js';
import { packTally } from '../../src/core/tally/tally.js';
import { NOON, active, connect, delivery, query, reject } from '../support/events.js';
import { tallyOf } from '../support/tallies.js';

/** Another version of a schema, as its program writes it. */
function version(schema: RecordSchema, fields: readonly SchemaField[]) {
  const text = JSON.stringify({ ...schema, fields });
  const parsed: unknown = JSON.parse(text);
  const type = typeOf(parsed);
  const frame = frameOf(fingerprintKey(fingerprintOf(type)));
  return { text, type, write: (record: object) => Buffer.concat([frame, type.toBuffer(record)]) };
}

function typeOf(schema: unknown): avro.Type {
  const isSchema = (value: unknown): value is avro.Schema => typeof value === 'object';
  if (!isSchema(schema)) throw new TypeError('no schema');
  return avro.Type.forSchema(schema, { wrapUnions: 'never' });
}

const MAIL = SCHEMAS.mail_event;
const BASE = { kind: 'connect', origin: 'a:b:1', time: NOON, host: 'mx', service: 'postfix/smtpd' };

const STAMP = { epoch: 1, cfg: 'c', source: 's/0', chunk: 0 };
const MARK: StampedMark = {
  ...STAMP,
  upTo: 4,
  watermarkMs: NOON,
  latestMs: NOON + 1,
  silentMs: 2,
  expected: ['s/0', 's/1'],
  gaps: [{ from: 1, to: 2 }],
  clockMs: NOON + 3,
};
const CONTRIBUTION: StampedContribution = {
  ...STAMP,
  subject: 'mail:mx',
  paneMs: NOON,
  upTo: 4,
  tally: packTally(tallyOf([active(), connect(), delivery(), reject(), query()])),
};

describe('an old program', () => {
  const added: SchemaField[] = [
    { name: 'tls_version', type: ['null', 'string'], default: null, doc: '' },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [], doc: '' },
    { name: 'labels', type: { type: 'map', values: ['null', 'long', 'string'] }, default: {}, doc: '' },
  ];
  const newer = version(MAIL, [...added, ...MAIL.fields]);
  const decoder = createEventDecoder(new WriterSchemas([newer.text]), 'counted');
  const record = { ...BASE, client_address: '192.0.2.10', tls_version: 'TLSv1.3', tags: ['a', 'b'], labels: { x: 1 } };

  test('reads what a new one wrote, without the fields that it does not know', () => {
    const read = decoder.decode(newer.write(record));

    expect(read).toMatchObject({ kind: 'connect', client_address: '192.0.2.10', origin: 'a:b:1' });
    expect(read).not.toHaveProperty('tls_version');
  });

  test.each([
    ['more tags than bytes', '8080808080808004'],
    ['a block of tags that goes back on itself', '0113'],
  ])('is not held up by %s in them', (_what, block) => {
    const bytes = newer.write({ ...record, tls_version: null });
    const bad = Buffer.concat([bytes.subarray(0, 11), Buffer.from(block, 'hex'), bytes.subarray(12)]);

    expect(decoder.decode(bad)).toMatchObject({ kind: 'dead', reason: 'unreadable' });
  });

  test('takes a kind that it does not know for one that is not counted', () => {
    const fields = MAIL.fields.map((field) =>
      field.name === 'kind'
        ? { ...field, type: { type: 'enum', name: 'mail_kind', symbols: ['tls', 'connect'] } }
        : field,
    );
    const other = version(MAIL, fields);

    expect(
      createEventDecoder(new WriterSchemas([other.text]), 'counted').decode(other.write({ ...BASE, kind: 'tls' })),
    ).toMatchObject({ kind: 'other', side: undefined });
  });
});

describe('a new program', () => {
  test('reads what an old one wrote: fields that were added since are undefined', () => {
    const old = version(
      MAIL,
      MAIL.fields.filter(({ name }) => !['client_name', 'commands', 'enhanced_code', 'relay'].includes(name)),
    );
    const decoder = createEventDecoder(new WriterSchemas([old.text]), 'all');
    const { client_name: _, ...event } = { ...connect(), origin: 'a:b:1' };
    const read = decoder.decode(old.write(event));

    expect(read).toEqual(event);
    expect(read.kind === 'connect' && read.client_name).toBe(undefined);
  });

  test('reads contributions of one with fewer counters: the new ones are 0', () => {
    const fewer =
      (name: string, dropped: string) =>
      (field: SchemaField): SchemaField => {
        if (field.name !== name) return field;
        const inner: unknown = field.type;
        const text = JSON.stringify(inner, (_key, value: unknown) =>
          Array.isArray(value)
            ? value.filter((item) => !JSON.stringify(item).startsWith(`{"name":"${dropped}"`))
            : value,
        );
        const type: unknown = JSON.parse(text);
        return isSchema(type) ? { ...field, type } : field;
      };
    const schema = SCHEMAS.contribution;
    const old = version(schema, schema.fields.map(fewer('counts', 'qmgr_from')).map(fewer('clients', 'opened')));
    const tally = packTally(tallyOf([active(), connect(), delivery(), reject()]));
    const contribution = {
      epoch: 1,
      cfg: 'c',
      source: 's',
      chunk: 0,
      subject: 'mail:mx',
      paneMs: NOON,
      upTo: 4,
      tally,
    } as const;
    const bytes = new PartialEncoder().encodeContribution(contribution);
    // The same record, as the old program has it.
    const record = ownRecord(bytes);
    const read = createPartialDecoder(new WriterSchemas([old.text])).decode(old.write(record));

    expect(old.text).not.toContain('"qmgr_from"');
    const counts = tally.counts.slice();
    counts[COUNTER['qmgr.from']] = 0;
    expect(read).toEqual({ kind: 'contribution', contribution: { ...contribution, tally: { ...tally, counts } } });
  });
});

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object';
}

/** A record of ours as another program has it that knows the schema. */
function ownRecord(bytes: Buffer, name: SchemaName = 'contribution'): Fields {
  const record: unknown = typeOf(JSON.parse(JSON.stringify(SCHEMAS[name]))).decode(bytes, 10).value;
  if (!isFields(record)) throw new TypeError('no record');
  return record;
}

describe.each<readonly [SchemaName, Buffer]>([
  ['mail_event', new EventEncoder().encode({ ...reject(), origin: 'a:b:1' })],
  ['dns_event', new EventEncoder().encode({ ...query(), origin: 'a:b:1', rcode: 'NOERROR' })],
  ['mark', new PartialEncoder().encodeMark(MARK)],
  ['contribution', new PartialEncoder().encodeContribution(CONTRIBUTION)],
])('of %s', (name, bytes) => {
  const schema = SCHEMAS[name];
  const record = ownRecord(bytes, name);
  const read = (text: string, from: Buffer): unknown => {
    const schemas = new WriterSchemas([text]);
    const decoder =
      name === 'mark' || name === 'contribution' ? createPartialDecoder(schemas) : createEventDecoder(schemas, 'all');
    const { why: _, ...given } = { why: '', ...decoder.decode(from) };
    return given;
  };
  const ours = read(JSON.stringify(schema), bytes);

  const rows = schema.fields.map((field) => [field.name, field] as const);
  const optional = rows.filter(([, field]) => field.default !== undefined);
  const required = rows.filter(([, field]) => field.default === undefined);

  test('an old program reads what a new one wrote that has more fields, wherever they stand', () => {
    const more = (at: number): SchemaField[] => [
      { name: `text_${at}`, type: ['null', 'string'], default: null, doc: '' },
      { name: `list_${at}`, type: { type: 'array', items: 'long' }, default: [], doc: '' },
      { name: `sum_${at}`, type: 'double', default: 0, doc: '' },
    ];
    const values = (at: number): object => ({ [`text_${at}`]: 'more', [`list_${at}`]: [1, 2], [`sum_${at}`]: 0.5 });
    const newer = version(schema, [
      ...more(0),
      ...schema.fields.flatMap((field, at) => (at === 2 ? [...more(1), field] : [field])),
      ...more(2),
    ]);

    expect(ours).not.toMatchObject({ kind: 'dead' });
    expect(read(newer.text, newer.write({ ...record, ...values(0), ...values(1), ...values(2) }))).toEqual(ours);
  });

  test.each<readonly [string, SchemaField]>(optional)(
    'a new program reads what an old one wrote that has no %s, as if it were its default',
    (_, dropped) => {
      const own = version(schema, schema.fields);
      const older = version(
        schema,
        schema.fields.filter((field) => field !== dropped),
      );
      const expected = read(own.text, own.write({ ...record, [dropped.name]: dropped.default }));

      expect(read(older.text, older.write(record))).toEqual(expected);
    },
  );

  test.each<readonly [string, SchemaField]>(required)(
    'a record without %s, which each of them has, is a dead letter and not misread',
    (_, dropped) => {
      const renamed = schema.fields.map((field) => (field === dropped ? { ...field, name: 'other' } : field));
      const older = version(schema, renamed);

      expect(read(older.text, older.write({ ...record, other: record[dropped.name] }))).toMatchObject({
        kind: 'dead',
        reason: 'unreadable',
      });
    },
  );
});

test('every field behind the ones that all records have may be missing', () => {
  const ofEvents = [...SCHEMAS.mail_event.fields, ...SCHEMAS.dns_event.fields];
  const always = ['kind', 'origin', 'time', 'host', 'service', 'client_address', 'direction'];

  const strict = ofEvents.filter(({ default: value }) => value === undefined).map(({ name }) => name);
  expect(strict.filter((name) => !always.includes(name))).toEqual([]);
});

test('records name their schema, and are read by the number that a registry gave it', () => {
  const encoder = new EventEncoder({ mail: 7 });
  const bytes = encoder.encode({ ...connect(), origin: 'a:b:1' });

  expect(bytes.subarray(0, 5).toString('hex')).toBe('0000000007');
});
