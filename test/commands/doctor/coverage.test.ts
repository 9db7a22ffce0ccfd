import { describe, expect, test } from '@jest/globals';
import type { KafkaContext } from '../../../src/commands/doctor/context.js';
import { clockFindings, countSample, coverageFindings } from '../../../src/commands/doctor/coverage.js';
import type { CountedSample } from '../../../src/commands/doctor/coverage.js';
import { identityFindings } from '../../../src/commands/doctor/identity.js';
import { decodeSamples } from '../../../src/commands/doctor/samples.js';
import type { SampledRecord } from '../../../src/commands/doctor/samples.js';
import { EventEncoder } from '../../../src/avro/events.js';
import type { Format } from '../../../src/config/stream.js';
import { connect } from '../../support/events.js';
import { NOW, contextOf, findingOf, troubles } from '../../support/doctor.js';

const SERVERS = [{ id: 'mx', addresses: ['192.0.2.1'] }];
const context = await contextOf({ servers: SERVERS });

/** A line of a host, as of so long before it was written. */
function line(host = 'mx', delayMs = 1000, message = 'postfix/smtpd[7]: connect from unknown[192.0.2.9]'): string {
  return `${new Date(NOW - delayMs).toISOString()} ${host} ${message}`;
}

function query(client = '192.0.2.1'): string {
  return `${new Date(NOW).toISOString()} ns named[1]: client @0x7f ${client}#53 (example.org): query: example.org IN A + (192.0.2.53)`;
}

/** The sample of a topic that has these records, as it is counted. */
async function sampleOf(
  values: readonly (string | Buffer)[],
  format: Format = 'syslog',
  { timeMs = NOW, given = context }: { timeMs?: number; given?: KafkaContext } = {},
): Promise<CountedSample> {
  const records = values.map((value, offset): SampledRecord => {
    const record = { offset, timeMs, key: undefined, value: Buffer.from(value) };
    return { source: 'mail/0', record, event: { kind: 'dead', reason: 'unreadable' } };
  });
  const [sample] = await decodeSamples([{ topic: 'mail', format, records }], given.config, undefined);
  if (sample === undefined) throw new RangeError('No sample.');
  return countSample(sample, given);
}

const many = (value: string | Buffer, count = 100): readonly (string | Buffer)[] =>
  Array.from({ length: count }, () => value);

describe('coverage', () => {
  test('of good records is ok', async () => {
    expect(coverageFindings(await sampleOf(many(line())), context)).toEqual([
      {
        area: 'coverage',
        level: 'ok',
        text: 'mail: of the last 100 records 100.0 % are events, 0.0 % are not recognised, 0.0 % are of no server, the latest event is of 2026-11-23 11:59:59 UTC.',
      },
    ]);
  });

  const avro = new EventEncoder().encode({ ...connect({ time: NOW }), origin: 'mail.log:1:0' });
  test.each<[string, readonly (string | Buffer)[], Format, string, RegExp]>([
    ['nothing', [], 'syslog', 'warning: mail is empty.', /^Start what fills it: mxwarden ship/],
    [
      'text in place of Avro',
      many(line()),
      'avro',
      'failure: mail is read as avro, and 100.0 % of its records are lines of text.',
      /\{topic: mail, format: syslog\}/,
    ],
    [
      'JSON in place of Avro',
      many('{"message":"a"}'),
      'avro',
      'failure: mail is read as avro, and 100.0 % of its records are documents in JSON.',
      /\{topic: mail, format: ecs\}/,
    ],
    [
      'Avro in place of JSON',
      many(avro),
      'ecs',
      'failure: mail is read as ecs, and 100.0 % of its records are in Avro.',
      /\{topic: mail, format: avro\}/,
    ],
    [
      'bytes of nobody',
      many(Buffer.from([7, 7, 7])),
      'avro',
      'failure: mail: 100.0 % of its records can never be counted (no_schema 100).',
      /^Register the schema/,
    ],
    [
      'some lines without a time',
      [...many(line(), 80), ...many('hello', 20)],
      'syslog',
      'warning: mail: 20.0 % of its records can never be counted (no_envelope 20).',
      /mxwarden parse/,
    ],
    [
      'lines that are not understood',
      many(line('mx', 0, 'postfix/smtpd[7]: gibberish of no version')),
      'syslog',
      'warning: mail: 100.0 % of its lines are of programs that are read, and not understood: smtpd.',
      /My log is not recognised/,
    ],
  ])('of %s says what to do', async (_, values, format, text, next) => {
    const findings = coverageFindings(await sampleOf(values, format), context);

    expect(troubles(findings)).toEqual([text]);
    expect(findingOf(findings, text.startsWith('failure') ? 'failure' : 'warning', '').next).toMatch(next);
  });

  test('of Avro that is read as Avro is ok', async () => {
    expect(troubles(coverageFindings(await sampleOf(many(avro), 'avro'), context))).toEqual([]);
  });

  test('of a topic into which nothing comes any more says so', async () => {
    const sample = await sampleOf(many(line('mx', 3 * 3_600_000)), 'syslog', { timeMs: NOW - 3 * 3_600_000 });

    expect(troubles(coverageFindings(sample, context))).toEqual(['warning: Nothing has come into mail for 3 h.']);
  });

  test('of records whose schema the registry cannot tell now names the schema', async () => {
    const sample = await sampleOf(many(line()));
    const [first] = sample.records;
    if (first === undefined) throw new RangeError('No record.');
    const records: readonly SampledRecord[] = [{ ...first, event: { kind: 'unknown_schema', id: 7 } }];

    expect(troubles(coverageFindings(countSample({ ...sample, records }, context), context))).toEqual([
      'failure: mail: 1 record of schema 7 wait for the registry, which cannot be asked.',
    ]);
  });
});

describe('clocks', () => {
  const of = async (values: readonly (string | Buffer)[], timeMs = NOW): Promise<readonly string[]> =>
    troubles(clockFindings([await sampleOf(values, 'syslog', { timeMs })], context));

  test('that go with each other are ok', async () => {
    expect(await of([line(), line('mx', 60_000)])).toEqual([]);
    expect(clockFindings([], context)).toEqual([]);
  });

  test('that are ahead cost events, and those behind may be a replay', async () => {
    expect(await of([line('ahead', -3_600_000 * 2), line('behind', 3_600_000 * 3)])).toEqual([
      'failure: Events of ahead are 2 h ahead of the records that they came in: they are never counted.',
      'warning: Events of behind come 3 h after their time.',
    ]);
  });

  test('of brokers that are ahead of ours are told', async () => {
    expect(await of([line()], NOW + 60_000)).toEqual([
      'warning: Records were written 60 s after now, by the clock of this machine.',
    ]);
  });
});

describe('identity', () => {
  const of = async (values: readonly string[], given = context): Promise<readonly string[]> =>
    troubles(identityFindings([await sampleOf(values, 'syslog', { given })], given));

  test('that fits the samples is ok', async () => {
    expect(await of([line(), query()])).toEqual([]);
  });

  test('is asked for where there is none', async () => {
    expect(await of([line()], await contextOf())).toEqual([
      'failure: servers: is empty: nobody knows whose the events are, and mxwarden stream does not start.',
    ]);
  });

  test('tells hosts that are no server, and servers that are not heard of', async () => {
    const hosts = [line('a'), line('b'), line('b')];

    expect(await of(hosts)).toEqual([
      'failure: 3 lines in the samples are of hosts that no server has: b, a.',
      'warning: mx has no line in the samples (hosts: mx).',
    ]);
    expect(await of([...hosts, line()])).toEqual([
      'warning: 3 lines in the samples are of hosts that no server has: b, a.',
    ]);
  });

  test('tells a server of which no query is seen', async () => {
    expect(await of([line(), query('198.51.100.1')])).toEqual([
      'warning: mx sends no DNS query in the samples (addresses: 192.0.2.1).',
    ]);
  });
});
