import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { proposeServers } from '../../../src/commands/doctor/proposal.js';
import type { TopicSample } from '../../../src/commands/doctor/samples.js';
import { checkConfig } from '../../../src/config/schema.js';
import type { Event } from '../../../src/core/event.js';
import { NOON, connect, query } from '../../support/events.js';
import { contextOf } from '../../support/doctor.js';
import { objectOf } from '../../support/ship-site.js';

function sampleOf(events: readonly Event[]): TopicSample {
  const records = events.map((event, offset) => ({
    source: 'mail/0',
    record: { offset, timeMs: NOON, key: undefined, value: undefined },
    event,
  }));
  return { topic: 'mail', format: 'avro', records };
}

/** Connections to a host whose clients it looks up. */
function traffic(host: string, address: string, count = 20): readonly Event[] {
  return Array.from({ length: count }, (_, index) => {
    const time = NOON + index * 60_000;
    const client = `198.51.100.${index + 1}`;
    return [
      connect({ host, time, client_address: client }),
      query({ time: time + 100, client_address: address, qname: `${index + 1}.100.51.198.in-addr.arpa` }),
    ];
  }).flat();
}

test('each host of a mail log is a server, with the evidence, beside those that are configured', async () => {
  const { config } = await contextOf({ servers: [{ id: 'mx1', partners: ['203.0.113.0/24'] }] });
  const events = [...traffic('mx1', '192.0.2.25'), connect({ host: 'odd: "host' })];

  const { text, isFound } = proposeServers([sampleOf(events)], config);

  expect(isFound).toBe(true);
  expect(text).toBe(
    '# Found in the last 41 events of mail.\n' +
      '# Where events were counted already, raise stream.epoch with it.\n' +
      'servers:\n' +
      '  # as configured; asks DNS from 192.0.2.25@ns: explains 100 % of 20 connections\n' +
      '  - id: mx1\n' +
      '    addresses:\n' +
      '      - 192.0.2.25@ns\n' +
      '    partners:\n' +
      '      - 203.0.113.0/24\n' +
      '  # where it asks DNS from was not found: hardly anybody connected to its smtpd while DNS queries were logged: wait for more (1 connection)\n' +
      '  - id: odd___host\n' +
      '    hosts:\n' +
      "      - 'odd: \"host'\n",
  );
  expect(checkConfig({ timezone: 'UTC', ...objectOf(parse(text)) })).toHaveProperty('config');
});

test('what a log says breaks out of no comment', async () => {
  const { config } = await contextOf();
  const events = [...traffic('mx', '192.0.2.25')].map((event) =>
    event.kind === 'dns' ? { ...event, resolver: 'ns\nevil: true' } : event,
  );

  const { text } = proposeServers([sampleOf(events)], config);

  expect(Object.keys(objectOf(parse(text)))).toEqual(['servers']);
});

test.each<[string, readonly TopicSample[], string]>([
  ['no topic', [], '# No mail server was found: the topics of events are not there.\n'],
  ['no record', [sampleOf([])], '# No mail server was found: mail: empty.\n'],
  [
    'no event',
    [dead()],
    '# No mail server was found: none of the last 1 record of mail is an event; mxwarden doctor says more.\n',
  ],
  [
    'no mail',
    [sampleOf([query()])],
    "# No mail server was found: none of the last 1 event of mail is of a mail server's log with a host.\n",
  ],
])('of %s it says why there is none', async (_, samples, text) => {
  const { config } = await contextOf();

  expect(proposeServers(samples, config)).toEqual({ text, isFound: false });
});

function dead(): TopicSample {
  const { records, ...sample } = sampleOf([query()]);
  return { ...sample, records: records.map((record) => ({ ...record, event: { kind: 'dead', reason: 'no_schema' } })) };
}
