import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { runShip } from '../../src/commands/ship.js';
import { valueIn } from '../../src/core/documents/value.js';
import { KafkaError } from '../../src/kafka/errors.js';
import { GroupSource } from '../../src/kafka/source.js';
import { startSecuredKafka } from '../servers/kafka.js';
import type { SecuredKafka } from '../servers/kafka-security.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { groupConfig } from '../support/kafka-group.js';
import { createTopic, kafkaClient, withAdmin } from '../support/kafka.js';
import { setUpWith } from '../support/setup.js';
import { createSite, jsonOf, readEvents, withSettings } from '../support/ship-site.js';

const TIMEOUT_MS = 60_000;
const { AclOperationTypes: OPERATIONS, AclResourceTypes: RESOURCES } = kafkajs;
type Operation = keyof typeof OPERATIONS;

let server: SecuredKafka;
beforeAll(async () => {
  server = await startSecuredKafka({
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // The tests themselves, and the broker: whoever needs no password.
    'super.users': 'User:ANONYMOUS',
  });
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-rights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ACL = {
  permissionType: kafkajs.AclPermissionTypes.ALLOW,
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  host: '*',
};

async function grant(operation: Operation, names: readonly string[], of: 'TOPIC' | 'GROUP' = 'TOPIC'): Promise<void> {
  const one = {
    ...ACL,
    resourceType: RESOURCES[of],
    operation: OPERATIONS[operation],
    principal: `User:${server.username}`,
  };
  const acl = names.map((resourceName) => ({ ...one, resourceName }));
  await withAdmin(kafkaClient(server.address).kafka, (admin) => admin.createAcls({ acl }));
}

async function withdraw(operation: Operation, names: readonly string[]): Promise<void> {
  const filters = names.map((resourceName) => {
    return { ...ACL, resourceType: RESOURCES.TOPIC, operation: OPERATIONS[operation], resourceName };
  });
  await withAdmin(kafkaClient(server.address).kafka, (admin) => admin.deleteAcls({ filters }));
}

/** How the user without rights but those that were granted connects. */
const login = (): object => ({
  brokers: [server.saslAddress],
  sasl: { mechanism: 'scram-sha-256', username: server.username },
});

const lines = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, index) => `2026-11-23T02:01:15Z gpo postfix/smtpd[${from + index}]: connect from unknown[192.0.2.9]\n`,
  ).join('');

test(
  'ship says which right is missing, sends nothing without it, and all once it is there',
  async () => {
    const site = await createSite({ folder, address: server.address });
    const { mail_events: mail } = site.topics;
    const topics = Object.values(site.topics);
    const options = await withSettings(site, folder, login());
    const deps = { ...site.deps, environment: { MXWARDEN_KAFKA_PASSWORD: server.password } };
    const log = join(folder, 'mail.log');
    await writeFile(log, lines(0, 100));
    const byte = async (): Promise<unknown> => valueIn(await jsonOf(options.state), ['logs', log, '0', 'byte']);

    await expect(runShip([log], options, deps)).rejects.toThrow(
      `Kafka has no topic ${topics.join(', ')}, or we may not see it (ACL Describe): mxwarden setup makes what is missing.`,
    );
    await grant('DESCRIBE', topics);
    await expect(runShip([log], options, deps)).rejects.toThrow(
      /forbids it: .*The user needs the right \(ACL\) Write of the topics? /,
    );
    expect(await byte()).toBeUndefined();
    await grant('WRITE', topics);
    await runShip([log], options, deps);
    expect(await byte()).toBe(lines(0, 100).length);

    const following = runShip([log], { ...options, follow: true }, deps);
    following.catch(() => undefined);
    await withdraw('WRITE', [mail]);
    await appendFile(log, lines(100, 200));
    await expect(following).rejects.toThrow(`The user needs the right (ACL) Write of the topic ${mail}.`);
    expect(await byte()).toBe(lines(0, 100).length);
    await grant('WRITE', [mail]);
    await runShip([log], options, deps);

    expect(await readEvents(server.address, mail, 'mail_event')).toHaveLength(200);
  },
  TIMEOUT_MS,
);

test(
  'a group says which right is missing to read, of the group or of the topic',
  async () => {
    const topic = await createTopic(kafkaClient(server.address).kafka);
    const groupId = `group-${randomUUID()}`;
    await grant('DESCRIBE', [topic]);
    const endOf = async (): Promise<unknown> => {
      const client = kafkaClient(server.saslAddress, login(), { secret: server.password });
      const source = new GroupSource(groupConfig([topic], { groupId }), {
        kafka: client.kafka,
        startGeneration: ({ assigned }) => ({
          begin: () => Promise.resolve(new Map(assigned.map(({ source: name }) => [name, 0]))),
          take: () => Promise.resolve(),
          tick: () => Promise.resolve(),
          end: () => Promise.resolve(),
        }),
        now: () => performance.now(),
        random: () => 0.5,
      });
      await source.start();
      return source.finished.catch((error: unknown) => error);
    };
    const advice = `The user needs the right (ACL) Read of the group ${groupId} and Read of the topic ${topic}.`;

    const noGroup = await endOf();
    await grant('READ', [groupId], 'GROUP');
    const noTopic = await endOf();

    for (const error of [noGroup, noTopic]) {
      expect(error).toBeInstanceOf(KafkaError);
      expect(error).toHaveProperty('message', expect.stringContaining(advice));
    }
  },
  TIMEOUT_MS,
);

test(
  'setup says which right is missing for each topic that it cannot make',
  async () => {
    const names = ['mail_events', 'dns_events', 'partials', 'snapshots', 'correlations', 'clients', 'alerts'];
    const topics = Object.fromEntries(
      [...names, 'rejections', 'dead_letters'].map((name) => [name, `t-${randomUUID()}`]),
    );
    const all = Object.values(topics);
    const [first = '', ...others] = all;
    await grant('CREATE', [first]);

    const environment = { MXWARDEN_KAFKA_PASSWORD: server.password };
    const { problems } = await setUpWith({ kafka: { ...login(), topics } }, { environment });

    for (const [index, name] of others.entries())
      expect(problems[index]).toContain(`The user needs the right (ACL) Create of the topic ${name}.`);
    expect(problems).toHaveLength(others.length);
  },
  TIMEOUT_MS,
);
