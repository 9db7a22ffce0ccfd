import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as v from 'valibot';
import { loadConfig } from '../../src/config/load.js';
import { kafka } from '../../src/config/kafka.js';
import { inputDecoders } from '../../src/commands/stream-inputs.js';
import { deployed, excerptOf } from '../support/deploy.js';
import { objectOf } from '../support/ship-site.js';

const MAIL = 'Nov 23 02:01:15 gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]';
const QUERY =
  '23-Nov-2026 02:01:15.864 client @0x7f69022a7098 192.0.2.25#50857 (a.example): query: a.example IN A + (192.0.2.53)';
const TIME = Date.UTC(2026, 10, 23, 2, 1, 15);
const READ = '2026-11-23T02:01:16.000Z';
const CONNECT = { kind: 'connect', time: TIME, host: 'gpo', client_address: '192.0.2.9' };
const ASKED = { kind: 'dns', time: TIME + 864, client_address: '192.0.2.25', qname: 'a.example', qtype: 'A' };

const beat = (message: string): object => ({
  '@timestamp': READ,
  '@metadata': { beat: 'filebeat', type: '_doc', version: '9.0.0' },
  message,
  input: { type: 'filestream' },
  log: { offset: 4096, file: { path: '/var/log/mail.log' } },
  fields: { topic: 'mxwarden.mail-events' },
  host: { name: 'ns1' },
  agent: { type: 'filebeat', version: '9.0.0', name: 'ns1' },
  ecs: { version: '8.0.0' },
});
const logstash = (message: string): object => ({
  '@timestamp': READ,
  '@version': '1',
  event: { original: message },
  message,
  host: { name: 'ns1' },
  log: { file: { path: '/var/log/mail.log' } },
});
const vector = (message: string): object => ({
  file: '/var/log/named/query.log',
  host: 'ns1',
  message,
  source_type: 'file',
  timestamp: READ,
});
const packet = {
  '@timestamp': '2026-11-23T02:01:15.864Z',
  type: 'dns',
  status: 'OK',
  method: 'QUERY',
  client: { ip: '192.0.2.25', port: 50857 },
  server: { ip: '192.0.2.53', port: 53 },
  network: { transport: 'udp', protocol: 'dns', type: 'ipv4' },
  dns: { id: 7, type: 'answer', response_code: 'NOERROR', question: { name: 'a.example', type: 'A', class: 'IN' } },
  event: { kind: 'event', category: ['network'], dataset: 'dns', start: '2026-11-23T02:01:15.864Z' },
  host: { name: 'ns1' },
};

/** What a shipper writes with the file, by the topic, and what is read of it. */
interface Case {
  readonly file: string;
  readonly written: Readonly<Record<string, readonly [record: string | object, event: object]>>;
}

const [MAIL_TOPIC, DNS_TOPIC] = ['mxwarden.mail-events', 'mxwarden.dns-events'];
const CASES: readonly Case[] = [
  {
    file: 'rsyslog.conf',
    written: {
      [MAIL_TOPIC]: [MAIL, CONNECT],
      [DNS_TOPIC]: [
        { message: QUERY, hostname: 'ns1' },
        { ...ASKED, resolver: 'ns1' },
      ],
    },
  },
  {
    file: 'filebeat.yml',
    written: {
      [MAIL_TOPIC]: [beat(MAIL), CONNECT],
      [DNS_TOPIC]: [beat(QUERY), { ...ASKED, resolver: 'ns1' }],
    },
  },
  {
    file: 'logstash.conf',
    written: {
      [MAIL_TOPIC]: [logstash(MAIL), CONNECT],
      [DNS_TOPIC]: [logstash(QUERY), { ...ASKED, resolver: 'ns1' }],
    },
  },
  {
    file: 'vector.yaml',
    written: {
      [MAIL_TOPIC]: [MAIL, CONNECT],
      [DNS_TOPIC]: [vector(QUERY), { ...ASKED, resolver: 'ns1' }],
    },
  },
  { file: 'packetbeat.yml', written: { [DNS_TOPIC]: [packet, { ...ASKED, resolver: '192.0.2.53' }] } },
];

describe.each(CASES)('$file', ({ file, written }) => {
  const text = deployed(file);

  test('names the topics that mxwarden reads by the settings in its head', async () => {
    const { stream } = await settingsOf(text);
    const topics = v.parse(kafka, { brokers: ['192.0.2.1:9092'] }).topics;
    expect(stream.inputs?.map(({ topic }) => topic)).toEqual([topics.mail_events, topics.dns_events]);
    const body = text.slice(text.indexOf('\n\n'));
    for (const topic of Object.keys(written)) expect(body).toContain(topic);
  });

  test.each(Object.entries(written))('what it writes to %s is read', async (topic, [record, event]) => {
    const config = await settingsOf(text);
    const { decodeOf } = inputDecoders(config.stream.inputs ?? [], config, undefined);
    const value = Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
    expect(decodeOf(`${topic}/0`)(value, Date.parse(READ))).toMatchObject(event);
  });
});

test.each(['filebeat.yml', 'packetbeat.yml', 'vector.yaml'])('%s is YAML without a key twice', (file) => {
  expect(() => objectOf(parse(deployed(file)))).not.toThrow();
});

test.each(['filebeat.yml', 'packetbeat.yml'])('%s waits for all replicas, and keeps the order of a host', (file) => {
  const output = objectOf(objectOf(parse(deployed(file)))['output.kafka']);
  expect(output).toMatchObject({
    required_acks: -1,
    key: '%{[host.name]}',
    'partition.hash': { reachable_only: false },
  });
});

test('Vector waits for all replicas, and keeps the order of a host', () => {
  const sinks = Object.values(objectOf(objectOf(parse(deployed('vector.yaml')))['sinks']));
  expect(sinks.length).toBe(2);
  for (const sink of sinks)
    expect(sink).toMatchObject({
      key_field: 'host',
      acknowledgements: { enabled: true },
      librdkafka_options: { 'enable.idempotence': 'true' },
    });
});

function settingsOf(text: string): ReturnType<typeof loadConfig> {
  return loadConfig({ name: 'mxwarden.yaml', text: JSON.stringify(excerptOf(text)) }, {}, 'UTC');
}
