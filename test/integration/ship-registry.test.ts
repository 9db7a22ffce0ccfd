import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createEventDecoder } from '../../src/avro/events.js';
import { WriterSchemas } from '../../src/avro/writer-schemas.js';
import { openRegistry } from '../../src/commands/registry.js';
import { runShip } from '../../src/commands/ship.js';
import { valueIn } from '../../src/core/documents/value.js';
import { startKafka } from '../servers/kafka.js';
import { startRegistry } from '../servers/registry.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { kafkaClient, kafkaSettings, readTopic } from '../support/kafka.js';
import { runProgram } from '../support/program.js';
import { FILES, LOGS, createSite, eventsOfLog, expectedEvents, jsonOf, readRegistered } from '../support/ship-site.js';
import type { Site } from '../support/ship-site.js';

const TIMEOUT_MS = 120_000;

let broker: OwnServer;
let registry: OwnServer;
beforeAll(async () => {
  [broker, registry] = await Promise.all([startKafka(), startRegistry()]);
}, START_TIMEOUT_MS);
afterAll(() => Promise.all([broker.stop(), registry.stop()]));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-ship-'));
});
afterEach(() => rm(folder, { recursive: true }));

function siteWith(settings: object): Promise<Site> {
  return createSite({ folder, address: broker.address }, { registry: settings });
}

const LINE = '2026-11-23T02:01:15Z gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]\n';

test(
  'who asks the registry for schemas reads the recording as what parse says of it',
  async () => {
    const { topics, options, deps } = await siteWith({ url: registry.address });

    await runShip(FILES, options, deps);

    const events = [
      ...(await readRegistered(broker.address, topics.mail_events, registry.address)),
      ...(await readRegistered(broker.address, topics.dns_events, registry.address)),
    ];
    for (const [index, log] of LOGS.entries()) {
      const expected = await expectedEvents(FILES[index] ?? '');
      const ofLog = eventsOfLog(events, log);
      expect(ofLog.length).toBe(expected.length);
      for (let from = 0; from < expected.length; from += 10_000)
        expect(ofLog.slice(from, from + 10_000)).toEqual(expected.slice(from, from + 10_000));
    }
    const subjects: unknown = await (await fetch(`${registry.address}/subjects`)).json();
    expect(subjects).toEqual(expect.arrayContaining([`${topics.mail_events}-value`, `${topics.dns_events}-value`]));
  },
  TIMEOUT_MS,
);

test(
  'our own decoder learns the schema of a record from the registry of the settings',
  async () => {
    const { topics, options, deps, stdin } = await siteWith({ url: registry.address });
    stdin.end(LINE);
    await runShip(['-'], options, deps);
    const [record] = await readTopic(kafkaClient(broker.address).kafka, topics.mail_events);
    const bytes = record?.value ?? Buffer.alloc(0);
    const settings = kafkaSettings({ brokers: [broker.address], registry: { url: registry.address } });
    const schemas = new WriterSchemas([], await openRegistry(settings, {}));
    const decoder = createEventDecoder(schemas, 'all');

    const before = decoder.decode(bytes);
    if (before.kind === 'unknown_schema') await schemas.learn(before.id);

    expect(before.kind).toBe('unknown_schema');
    expect(decoder.decode(bytes)).toMatchObject({ kind: 'connect', host: 'gpo', client_address: '192.0.2.9' });
  },
  TIMEOUT_MS,
);

test(
  'a registry that cannot be used ends the run with exit code 4 and what to do, before any line is sent',
  async () => {
    const log = join(folder, 'mail.log');
    await writeFile(log, LINE);
    const { topics, options } = await siteWith({ url: 'http://127.0.0.1:1', request_timeout: '5s' });
    const { config = '', state } = options;

    const ended = await runProgram(['ship', log, '--config', config, '--state', state]);

    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain(`The schema of ${topics.mail_events} is not in the registry (kafka.registry): `);
    expect(ended.stderr).toContain('ECONNREFUSED; check that the registry runs.');
    expect(valueIn(await jsonOf(state), ['logs', log])).toEqual([]);
    expect(await readTopic(kafkaClient(broker.address).kafka, topics.mail_events)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a registry that refuses the schema ends the run, and says why',
  async () => {
    const { topics, options, deps, stdin } = await siteWith({ url: registry.address });
    stdin.end(LINE);
    const subject = `${topics.mail_events}-value`;
    const send = (method: string, path: string, body: object): Promise<Response> =>
      fetch(`${registry.address}${path}`, {
        method,
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify(body),
      });
    await send('POST', `/subjects/${subject}/versions`, { schema: '"string"' });
    await send('PUT', `/config/${subject}`, { compatibility: 'FULL' });

    await expect(runShip(['-'], options, deps)).rejects.toThrow(
      new RegExp(`refuses the schema for ${subject} \\(status 409.*lower the subject's compatibility`),
    );
  },
  TIMEOUT_MS,
);
