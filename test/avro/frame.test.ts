import avro from 'avsc';
import { describe, expect, test } from '@jest/globals';
import { fingerprintOf, rabin } from '../../src/avro/fingerprint.js';
import { bodyStart, fingerprintKey, frameOf, keyText, schemaKeyOf } from '../../src/avro/frame.js';

describe('the fingerprint', () => {
  // From the specification's own tests (share/test/data/schema-tests.txt), as signed numbers.
  test.each<[avro.Schema, bigint]>([
    ['null', 7195948357588979594n],
    ['boolean', -6970731678124411036n],
    ['int', 8247732601305521295n],
    ['long', -3434872931120570953n],
    ['string', -8142146995180207161n],
    [{ type: 'fixed', name: 'foo', size: 15 }, 1756455273707447556n],
  ])('of %j', (schema, expected) => {
    expect(fingerprintOf(avro.Type.forSchema(schema)).readBigInt64LE()).toBe(expected);
  });

  test('of no bytes is the polynomial', () => {
    expect(rabin('').toString('hex')).toBe('95a7d7a43a215dc1');
  });

  test('does not know documentation', () => {
    const field = { name: 'a', type: 'long' };
    const plain: avro.Schema = { type: 'record', name: 'r', fields: [field] };
    const told: avro.Schema = { type: 'record', name: 'r', doc: 'x', fields: [{ ...field, doc: 'y' }] };

    expect(fingerprintOf(avro.Type.forSchema(told))).toEqual(fingerprintOf(avro.Type.forSchema(plain)));
  });
});

describe('in front of a record', () => {
  test('stands the number of its schema', () => {
    const frame = frameOf(0x01020304);

    expect(frame.toString('hex')).toBe('0001020304');
    expect(schemaKeyOf(frame)).toBe(0x01020304);
    expect(bodyStart(0x01020304)).toBe(5);
    expect(keyText(7)).toBe('schema 7');
  });

  test('or its fingerprint', () => {
    const key = fingerprintKey(rabin('"null"'));
    const frame = frameOf(key);

    expect(frame.toString('hex')).toBe(`c301${rabin('"null"').toString('hex')}`);
    expect(schemaKeyOf(frame)).toBe(key);
    expect(bodyStart(key)).toBe(10);
    expect(keyText(key)).toBe(`fingerprint ${rabin('"null"').toString('hex')}`);
  });

  test.each(['', '00', '00000000', 'c3', 'c301', 'c3020000000000000000', 'c30100000000000000', '7b'])(
    'not %s',
    (hex) => {
      expect(schemaKeyOf(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );
});
