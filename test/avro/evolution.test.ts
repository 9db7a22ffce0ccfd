import avro from 'avsc';
import { describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../src/avro/fingerprint.js';
import { fingerprintKey, frameOf } from '../../src/avro/frame.js';
import { EventEncoder, createEventDecoder } from '../../src/avro/events.js';
import { PartialEncoder, createPartialDecoder } from '../../src/avro/partials.js';
import { SCHEMAS } from '../../src/avro/schemas.js';
import type { RecordSchema, Schema, SchemaField } from '../../src/avro/schemas.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { COUNTER } from '../../src/core/tally/counters.js';
import { packTally } from '../../src/core/tally/tally.js';
import { NOON, active, connect, delivery, reject } from '../support/events.js';
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

function ownRecord(bytes: Buffer): object {
  const record: unknown = typeOf(JSON.parse(JSON.stringify(SCHEMAS.contribution))).decode(bytes, 10).value;
  if (typeof record !== 'object' || record === null) throw new TypeError('no record');
  return record;
}

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
