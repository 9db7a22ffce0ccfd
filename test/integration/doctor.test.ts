import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { parse, stringify } from 'yaml';
import type { Finding } from '../../src/commands/doctor/finding.js';
import { digestOf } from '../../src/core/content.js';
import { runShip } from '../../src/commands/ship.js';
import { runStream } from '../../src/commands/stream.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka, startSecuredKafka } from '../servers/kafka.js';
import { startRegistry } from '../servers/registry.js';
import type { OwnServer } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { inFolder } from '../support/analysis.js';
import { diagnose, discover, findingOf, troubles } from '../support/doctor.js';
import type { Diagnosis } from '../support/doctor.js';
import { kafkaClient, kafkaSettings, openProducer, withAdmin } from '../support/kafka.js';
import { printedBySetup } from '../support/setup.js';
import { FILES, objectOf } from '../support/ship-site.js';

jest.setTimeout(START_TIMEOUT_MS);

let kafka: OwnServer;
beforeAll(async () => {
  kafka = await startKafka();
}, START_TIMEOUT_MS);
afterAll(() => kafka.stop());

interface Settings {
  readonly kafka: { readonly topics: Readonly<Record<string, string>>; readonly [name: string]: unknown };
  readonly [name: string]: unknown;
}

/** Settings with topics and a group that nobody else uses. */
function settingsOf(ofKafka: object = {}, others: object = {}): Settings {
  const prefix = randomUUID().slice(0, 8);
  const kinds = Object.keys(kafkaSettings({ brokers: ['a:1'] }).topics);
  const topics = Object.fromEntries(kinds.map((kind) => [kind, `${prefix}.${kind}`]));
  const partitions = { events: 2, partials: 2, results: 1 };
  return {
    timezone: 'UTC',
    year: 2026,
    dns_host: 'gpo',
    servers: [{ id: 'gpo', addresses: ['127.0.0.1@gpo'] }],
    stream: { group: prefix, listen: 'off' },
    kafka: { brokers: [kafka.address], topics, partitions, replication_factor: 1, ...ofKafka },
    ...others,
  };
}

function topicOf({ kafka: { topics } }: Settings, kind: string): string {
  const topic = topics[kind];
  if (topic === undefined) throw new RangeError(kind);
  return topic;
}

const print = (): Promise<void> => Promise.resolve();

/** Does what `mxwarden setup --config mx.yaml` does. */
async function setUp(settings: object, options: { readonly overwrite?: boolean } = {}): Promise<void> {
  await printedBySetup(settings, options);
}

async function withFile<T>(settings: object, use: (config: string, folder: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const config = join(folder, 'mx.yaml');
    writeFileSync(config, stringify(settings));
    return use(config, folder);
  });
}

async function ship(settings: object, files: readonly string[] = FILES): Promise<void> {
  await withFile(settings, async (config, folder) => {
    const deps = { stdin: process.stdin, machineTimezone: 'UTC', environment: {}, tell: print, warn: print };
    await runShip(
      files,
      { config, state: join(folder, 'state.json') },
      { ...deps, signal: new AbortController().signal },
    );
  });
}

/** Does what `mxwarden stream --from` does, until doctor says that all is counted. */
async function stream(settings: object, from = 'earliest'): Promise<Diagnosis> {
  const stop = new AbortController();
  return withFile(settings, async (config) => {
    const running = runStream(
      { config, stages: 'aggregate,correlate', from },
      {
        machineTimezone: 'UTC',
        environment: {},
        version: '0',
        node: 'test',
        writeLog: () => undefined,
        onReload: () => undefined,
        signal: stop.signal,
      },
    );
    let diagnosis = await diagnose(settings);
    while (!isCounted(diagnosis)) diagnosis = await Promise.race([diagnose(settings), failureOf(running)]);
    stop.abort();
    await running;
    return diagnosis;
  });
}

/** Whether aggregate and correlate run, and aggregate has noted that there is no more to read, in the epoch at hand. */
function isCounted({ findings }: Diagnosis): boolean {
  const isSaid = (text: RegExp): boolean => findings.some((finding) => text.test(finding.text));
  const isRunning =
    isSaid(/^aggregate: 1 process, 0 records .*; noted: [^b]*caught up/) && isSaid(/^correlate: 1 process/);
  return isRunning && !isSaid(/^Events are counted in epoch/);
}

async function failureOf(running: Promise<void>): Promise<never> {
  await running;
  throw new Error('It has ended by itself.');
}

/** Writes records into a topic. */
async function write(topic: string, values: readonly string[]): Promise<void> {
  const client = kafkaClient(kafka.address);
  const { producer } = await openProducer(client, [topic]);
  for (const value of values)
    await producer.add({ topic, key: Buffer.from('gpo'), value: Buffer.from(value) }, () => undefined);
  await producer.flush();
  await producer.close();
}

/** Does by the protocol what a command of `kafka-configs.sh` that was printed does. */
async function carryOut({ next = '' }: Finding): Promise<void> {
  const [, address = '', name = '', added = ''] =
    /^kafka-configs\.sh --bootstrap-server (\S+) --alter --entity-type topics --entity-name (\S+) --add-config (\S+)$/.exec(
      next,
    ) ?? [];
  const configEntries = added.split(',').map((entry) => {
    const [setting = '', value = ''] = entry.split('=');
    return { name: setting, value };
  });
  const type = ConfigResourceTypes.TOPIC;
  await withAdmin(kafkaClient(address).kafka, async (admin) => {
    // Unlike the command, this request takes away what it does not name.
    const { resources } = await admin.describeConfigs({ resources: [{ type, name }], includeSynonyms: false });
    const kept = (resources[0]?.configEntries ?? [])
      .filter(({ configName, isDefault }) => !isDefault && configEntries.every((entry) => entry.name !== configName))
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type, name, configEntries: [...kept, ...configEntries] }],
    });
  });
}

describe('topics', () => {
  test('that are missing are made by setup', async () => {
    const settings = settingsOf();

    const before = await diagnose(settings);
    const finding = findingOf(before.findings, 'failure', '9 topics are not there');
    expect(finding.next).toMatch(/^mxwarden setup --config \S+mx\.yaml$/);
    expect(before.isWell).toBe(false);

    await setUp(settings);

    const after = await diagnose(settings);
    expect(troubles(after.findings, 'topics')).toEqual([]);
    expect(after.isWell).toBe(true);
  });

  test('with too few partitions are deleted and made again, as it says', async () => {
    const settings = settingsOf();
    const topic = topicOf(settings, 'partials');
    const { kafka: client } = kafkaClient(kafka.address);
    await withAdmin(client, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }] }));
    await setUp(settings).catch(() => undefined);

    const { next } = findingOf(
      (await diagnose(settings)).findings,
      'failure',
      `${topic} has 1 partition, but is to have 2.`,
    );
    expect(next).toMatch(/or delete it and run mxwarden setup/);

    await withAdmin(client, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await setUp(settings);

    expect(troubles((await diagnose(settings)).findings, 'topics')).toEqual([]);
  });

  test('with another policy and other limits get them by the command that it prints', async () => {
    const settings = settingsOf();
    const topic = topicOf(settings, 'partials');
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'retention.ms', value: '60000' },
      { name: 'max.message.bytes', value: '1000' },
    ];
    await withAdmin(kafkaClient(kafka.address).kafka, (admin) =>
      admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] }),
    );
    await setUp(settings);

    const before = findingOf(
      (await diagnose(settings)).findings,
      'failure',
      `${topic}: cleanup.policy is compact, not delete`,
    );
    expect(before.text).toContain('message.timestamp.type is CreateTime, not LogAppendTime');
    await carryOut(before);

    expect(troubles((await diagnose(settings)).findings, 'topics')).toEqual([]);
  });
});

describe('Kafka', () => {
  test('that nobody answers for is named with what to do, and no stack', async () => {
    const { findings, printed } = await diagnose(settingsOf({ brokers: ['127.0.0.1:1'] }));

    const { area, next } = findingOf(findings, 'failure', 'Kafka at 127.0.0.1:1 cannot be reached');
    expect([area, next]).toEqual(['brokers', expect.stringContaining('Check that it runs, and its address')]);
    expect(printed).not.toMatch(/\bat \S+ \(|node_modules/);
  });

  test('that takes another password is told, and with that it lets us in', async () => {
    const server = await startSecuredKafka();
    try {
      const sasl = { mechanism: 'scram-sha-512', username: server.username };
      const settings = settingsOf({ brokers: [server.saslAddress], sasl });
      const wrong = 'n0t-th1s-one';

      const refused = await diagnose(settings, { MXWARDEN_KAFKA_PASSWORD: wrong });
      const missing = await diagnose(settings);
      const right = await diagnose(settings, { MXWARDEN_KAFKA_PASSWORD: server.password });

      const { next } = findingOf(refused.findings, 'failure', 'does not let us in');
      expect(next).toContain('MXWARDEN_KAFKA_PASSWORD');
      findingOf(missing.findings, 'failure', 'kafka.sasl is given, but MXWARDEN_KAFKA_PASSWORD is not set.');
      findingOf(right.findings, 'ok', '1 broker answers and mxwarden is let in (scram-sha-512).');
      const said = refused.printed + missing.printed + right.printed;
      expect(said).not.toContain(wrong);
      expect(said).not.toContain(server.password);
    } finally {
      await server.stop();
    }
  });
});

describe('events', () => {
  test('of hosts that no server has are mended by the servers that --discover prints', async () => {
    const settings = settingsOf({}, { servers: [{ id: 'elsewhere', partners: ['192.0.2.0/24'] }] });
    await setUp(settings);
    await ship(settings);

    const { next } = findingOf((await diagnose(settings)).findings, 'failure', /of hosts that no server has: gpo\.$/);
    expect(next).toMatch(
      /^Run mxwarden doctor --discover --config \S+mx\.yaml, and put the servers that it prints into/,
    );
    const { printed, isWell } = await discover(settings);

    expect(isWell).toBe(true);
    expect(printed).toMatch(
      / {2}# asks DNS from 127\.0\.0\.1@gpo: explains \d+ % of [\d,]+ connections\n {2}- id: gpo\n/,
    );
    const section: unknown = parse(printed);
    expect(section).toEqual({
      servers: [
        { id: 'elsewhere', partners: ['192.0.2.0/24'] },
        { id: 'gpo', addresses: ['127.0.0.1@gpo'] },
      ],
    });
    const mended = await diagnose({ ...settings, ...objectOf(section) });
    expect(troubles(mended.findings, 'identity')).toEqual([
      'warning: elsewhere has no line in the samples (hosts: elsewhere).',
    ]);
    expect(mended.isWell).toBe(true);
  });

  test('in an empty topic show no server, and it says so', async () => {
    const settings = settingsOf();
    await setUp(settings);

    const { printed, isWell } = await discover(settings);

    expect(isWell).toBe(false);
    expect(printed).toBe(
      `# No mail server was found: ${topicOf(settings, 'mail_events')}, ${topicOf(settings, 'dns_events')}: empty.\n`,
    );
    expect(troubles((await diagnose(settings)).findings, 'coverage')).toEqual([
      `warning: ${topicOf(settings, 'mail_events')} is empty.`,
      `warning: ${topicOf(settings, 'dns_events')} is empty.`,
    ]);
  });

  test('in another format are read by the format that it prints', async () => {
    const settings = settingsOf();
    const topic = topicOf(settings, 'mail_events');
    await setUp(settings);
    const message = `${new Date().toISOString()} gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]`;
    await write(topic, Array(20).fill(JSON.stringify({ message })));

    const { next = '' } = findingOf((await diagnose(settings)).findings, 'failure', `${topic} is read as avro`);
    const [, input = ''] = /to have (\{.*\}) in it/.exec(next) ?? [];
    const stream = { ...objectOf(settings['stream']), inputs: [parse(input)] };

    const mended = await diagnose({ ...settings, stream });
    expect(troubles(mended.findings, 'coverage')).toEqual([]);
    findingOf(mended.findings, 'ok', `${topic}: of the last 20 records 100.0 % are events`);
  });

  test('of a clock that is ahead are told, and with the zone of their server they are in time', async () => {
    const settings = settingsOf({}, { stream: { group: randomUUID(), inputs: [] } });
    const topic = topicOf(settings, 'mail_events');
    const inputs = [{ topic, format: 'syslog' }];
    const given = { ...settings, stream: { group: randomUUID(), inputs } };
    await setUp(given);
    // A wall clock in Paris, without its zone.
    const stamp = new Date().toLocaleString('sv-SE', { timeZone: 'Europe/Paris' }).replace(' ', 'T');
    const [, month, day] = /-(\d\d)-(\d\d)/.exec(stamp) ?? [];
    const name = new Date(Date.UTC(2026, Number(month) - 1)).toLocaleString('en-US', {
      month: 'short',
      timeZone: 'UTC',
    });
    const line = `${name} ${String(Number(day)).padStart(2)} ${stamp.slice(11)} gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]`;
    await write(topic, Array(20).fill(line));

    const before = await diagnose(given);
    const { next } = findingOf(before.findings, 'failure', /Events of gpo are .* ahead of the records/);
    expect(next).toMatch(/or the timezone of its server under servers/);

    const servers = [{ id: 'gpo', timezone: 'Europe/Paris' }];
    expect(troubles((await diagnose({ ...given, servers })).findings, 'clocks')).toEqual([]);
  });
});

describe('stages', () => {
  test('whose settings have changed go on in the epoch that it prints', async () => {
    const settings = settingsOf();
    await setUp(settings);
    await ship(settings);
    expect(troubles((await stream(settings)).findings, 'stages')).toEqual(['warning: index has not begun.']);
    expect(troubles((await diagnose(settings)).findings, 'stages')).toEqual([
      'warning: aggregate is not running: 0 records of 4 partitions to read.',
      expect.stringMatching(/^warning: correlate is not running: /),
      'warning: index has not begun.',
    ]);

    const changed = { ...settings, allowed_lateness: '2h' };
    const finding = findingOf(
      (await diagnose(changed)).findings,
      'failure',
      'are counted with other settings in the same epoch 0',
    );
    const [, epoch] = /^Set stream\.epoch to (\d+) in \S+mx\.yaml/.exec(finding.next ?? '') ?? [];
    const raised = { ...changed, stream: { ...objectOf(settings['stream']), epoch: Number(epoch) } };

    expect((await stream(raised)).isWell).toBe(true);
    // Who still has the settings of before is told the epoch of the others.
    const { next } = findingOf(
      (await diagnose(settings)).findings,
      'failure',
      'Events are counted in epoch 1, and stream.epoch is 0',
    );
    expect(next).toContain('Set stream.epoch to 1');
  });

  test('without their notes begin again as it says', async () => {
    const settings = settingsOf();
    await setUp(settings);
    await ship(settings, FILES.slice(0, 1));
    await stream(settings);
    const other = { ...settings, stream: { group: randomUUID(), listen: 'off' } };

    const { next } = findingOf((await diagnose(other)).findings, 'failure', 'no note of how far events were counted');
    expect(next).toMatch(/^Set stream\.epoch .* and run mxwarden stream --from earliest/);
    const raised = { ...other, stream: { ...other.stream, epoch: 1 } };

    expect((await stream(raised)).isWell).toBe(true);
  });
});

describe('the registry', () => {
  test('that is away is told, and is well when it runs again', async () => {
    const server = await startRegistry();
    try {
      const settings = settingsOf({ registry: { url: server.address, request_timeout: '10s' } });
      const before = await diagnose(settings);
      expect(troubles(before.findings, 'registry')).toEqual([]);
      await setUp(settings);
      await ship(settings, FILES.slice(0, 1));

      await server.kill();
      const { findings } = await diagnose(settings);
      const [down] = findings.filter(({ area, level }) => area === 'registry' && level === 'failure');
      expect(down?.text).toContain('The schema registry (kafka.registry) cannot be asked: POST ');
      expect(down?.next).toBe('Check that the registry runs.');
      findingOf(findings, 'failure', /: 2,?\d* records of schema \d+ wait for the registry/);

      await server.start();
      await ship(settings, FILES.slice(0, 1));
      const after = await diagnose(settings);
      expect(troubles(after.findings, 'registry')).toEqual([]);
      expect(after.findings.filter(({ text }) => text.includes('has our schema, as number'))).toHaveLength(2);
    } finally {
      await server.stop();
    }
  });

  test('whose subject has another schema refuses ours, until its compatibility is none', async () => {
    const server = await startRegistry();
    try {
      const settings = settingsOf({ registry: { url: server.address } });
      const subject = `${topicOf(settings, 'mail_events')}-value`;
      const send = async (method: string, path: string, body: object): Promise<void> => {
        const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
        const answer = await fetch(server.address + path, { method, headers, body: JSON.stringify(body) });
        expect(answer.status).toBe(200);
      };
      const other = { type: 'record', name: 'other', fields: [{ name: 'a', type: 'string' }] };
      await send('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(other) });
      await send('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });

      const { next } = findingOf((await diagnose(settings)).findings, 'failure', `${subject} refuses our schema`);
      expect(next).toContain(`set the compatibility of ${subject} to NONE`);
      await send('PUT', `/config/${subject}`, { compatibility: 'NONE' });

      expect(troubles((await diagnose(settings)).findings, 'registry')).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});

describe('Elasticsearch', () => {
  test('without templates, or with those of another configuration, is mended by setup; one that is away is told', async () => {
    const server = await startElasticsearch();
    try {
      const elasticsearch = { nodes: [server.address] };
      const before = await diagnose({ elasticsearch });
      const { next } = findingOf(before.findings, 'failure', '11 of 11 are not there');
      expect(next).toMatch(/^mxwarden setup --config \S+mx\.yaml$/);

      await setUp({ elasticsearch });
      const after = await diagnose({ elasticsearch });
      expect(troubles(after.findings)).toEqual(['warning: There are no settings for kafka: nothing is streamed.']);
      findingOf(after.findings, 'ok', /^Elasticsearch 8\.\d+\.\d+ answers\.$/);
      findingOf(after.findings, 'ok', 'The clocks of 1 node of Elasticsearch go with ours.');

      const path = '/_component_template/mxwarden@settings';
      const template = { settings: { index: { number_of_shards: '3' } } };
      const stale = { template, _meta: { managed_by: 'mxwarden', version: 0, digest: digestOf(template) } };
      const headers = { 'content-type': 'application/json' };
      await fetch(server.address + path, { method: 'PUT', headers, body: JSON.stringify(stale) });
      const changed = findingOf(
        (await diagnose({ elasticsearch })).findings,
        'warning',
        'not as this mxwarden makes it',
      );
      expect(changed.text).toContain('component template mxwarden@settings');
      await setUp({ elasticsearch });
      expect(troubles((await diagnose({ elasticsearch })).findings, 'templates')).toEqual([]);

      await fetch(server.address + path, { method: 'PUT', headers, body: JSON.stringify({ template }) });
      const { findings } = await diagnose({ elasticsearch });
      const edited = findingOf(findings, 'warning', 'Somebody changed the component template mxwarden@settings');
      expect(edited.next).toMatch(/ and run mxwarden setup .* --overwrite$/);
      await setUp({ elasticsearch }, { overwrite: true });
      expect(troubles((await diagnose({ elasticsearch })).findings, 'templates')).toEqual([]);

      await server.kill();
      const away = await diagnose({ elasticsearch });
      expect(findingOf(away.findings, 'failure', 'Elasticsearch does not answer').next).toMatch(/^Check that it runs/);
      await server.start();
      expect((await diagnose({ elasticsearch })).isWell).toBe(true);
    } finally {
      await server.stop();
    }
  });
});
