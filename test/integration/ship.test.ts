import { appendFile, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { runShip } from '../../src/commands/ship.js';
import type { ShipOptions } from '../../src/commands/ship.js';
import { valueIn } from '../../src/core/documents/value.js';
import { startKafka } from '../servers/kafka.js';
import type { OwnServer } from '../servers/server.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { validatorOf } from '../support/json-schema.js';
import { kafkaClient, readTopic, withAdmin } from '../support/kafka.js';
import { endOf, runProgram, startProgram } from '../support/program.js';
import {
  FILES,
  LOGS,
  createSite as siteAt,
  eventsOfLog,
  expectedEvents,
  jsonOf,
  readEvents,
  withSettings,
} from '../support/ship-site.js';
import type { Site } from '../support/ship-site.js';

const TIMEOUT_MS = 120_000;
/** More than fit into one, whose values have 131,072 bytes. */
const RECORDS_OF_A_BATCH = 3000;

let server: OwnServer;
beforeAll(async () => {
  server = await startKafka();
}, START_TIMEOUT_MS);
afterAll(() => server.stop());

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-ship-'));
});
afterEach(() => rm(folder, { recursive: true }));

const createSite = (settings: object = {}, limits: Readonly<Record<string, string>> = {}): Promise<Site> =>
  siteAt({ folder, address: server.address }, settings, limits);

const line = (index: number): string =>
  `2026-11-23T02:01:15Z gpo postfix/smtpd[${index}]: connect from unknown[192.0.2.${index % 250}]\n`;

test(
  'the recording comes back as what parse says of it, and is sent once',
  async () => {
    const { topics, options, deps } = await createSite();

    await runShip(FILES, options, deps);
    await runShip(FILES, options, deps);

    const events = [
      ...(await readEvents(server.address, topics.mail_events, 'mail_event')),
      ...(await readEvents(server.address, topics.dns_events, 'dns_event')),
    ];
    for (const [index, log] of LOGS.entries()) {
      const expected = await expectedEvents(FILES[index] ?? '');
      const ofLog = eventsOfLog(events, log);
      expect(ofLog.length).toBe(expected.length);
      // Ten thousand at a time: a difference is shown with all that is around it.
      for (let from = 0; from < expected.length; from += 10_000)
        expect(ofLog.slice(from, from + 10_000)).toEqual(expected.slice(from, from + 10_000));
    }
    // Logs of one server are in one partition, in order of time.
    const mail = events.filter(({ kind }) => kind !== undefined && kind !== 'dns');
    expect(new Set(mail.map(({ host }) => host)).size).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'a broker that is killed and comes back gets all lines',
  async () => {
    const { topics, options, deps, told, stdin } = await createSite({ request_timeout: '2s' });
    const own = await startKafka();
    try {
      const config = await readFile(options.config ?? '', 'utf8');
      await writeFile(options.config ?? '', config.replace(server.address, own.address));
      for (const topic of Object.values(topics)) await createTopicNamed(own.address, topic);
      const said = once(told, 'What is to be sent waits');
      const back = once(told, 'takes records again');
      const run = runShip(['-'], options, {
        ...deps,
        tell: (text) => {
          told.push(text);
          said.look();
          back.look();
        },
      });
      for (let index = 0; index < 1000; index += 1) stdin.write(line(index));
      await untilRecords(own.address, topics.mail_events, 1000);

      await own.kill();
      for (let index = 1000; index < 3000; index += 1) stdin.write(line(index));
      await said.done;
      await own.start();
      await back.done;
      stdin.end(line(3000));
      await run;

      const events = await readEvents(own.address, topics.mail_events, 'mail_event');
      expect(new Set(events.map(({ origin }) => origin)).size).toBe(3001);
    } finally {
      await own.stop();
    }
  },
  START_TIMEOUT_MS + TIMEOUT_MS,
);

interface Awaited {
  readonly done: Promise<void>;
  readonly look: () => void;
}

/** Resolves once something was said. */
function once(told: readonly string[], text: string): Awaited {
  let resolve: () => void = () => undefined;
  const done = new Promise<void>((settle) => {
    resolve = settle;
  });
  const look = (): void => {
    if (told.some((each) => each.includes(text))) resolve();
  };
  return { done, look };
}

async function createTopicNamed(address: string, topic: string): Promise<void> {
  const admin = kafkaClient(address).kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  await admin.disconnect();
}

async function untilRecords(address: string, topic: string, count: number): Promise<void> {
  const admin = kafkaClient(address).kafka.admin();
  await admin.connect();
  for (let seen = 0; seen < count;)
    seen = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  await admin.disconnect();
}

/** Origins of all events of mail, in the order in which they were written. */
async function originsOf({ topics }: Site): Promise<readonly string[]> {
  return (await readEvents(server.address, topics.mail_events, 'mail_event')).map(({ origin }) => origin);
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => line(from + index)).join('');

test.each([
  ['SIGTERM', 'renamed'],
  ['SIGKILL', 'renamed'],
  ['SIGTERM', 'copied and emptied'],
  ['SIGKILL', 'copied and emptied'],
] as const)(
  'a log that grows and is rotated is sent whole, also when %s ends it (%s)',
  async (signal, rotation) => {
    const site = await createSite();
    const { config = '', state } = site.options;
    const log = join(folder, 'mail.log');
    const command = ['ship', log, '--config', config, '--state', state];
    await writeFile(log, lines(0, 500));
    const program = startProgram([...command, '--follow']);
    const ended = endOf(program);
    await untilRecords(server.address, site.topics.mail_events, 500);
    await (rotation === 'renamed' ? rename : copyFile)(log, `${log}.1`);
    await writeFile(log, lines(500, 1000));
    await untilRecords(server.address, site.topics.mail_events, 1000);
    await appendFile(log, lines(1000, 3000));

    program.kill(signal);
    const { code } = await ended;
    await appendFile(log, lines(3000, 3500));
    const again = await runProgram(command);

    const origins = await originsOf(site);
    expect([code, again.code]).toEqual([signal === 'SIGTERM' ? 0 : null, 0]);
    expect(new Set(origins).size).toBe(3500);
    if (signal === 'SIGTERM') expect(origins).toHaveLength(3500);
  },
  TIMEOUT_MS,
);

test(
  'a line that is no event goes to the dead letters, with its place',
  async () => {
    const { topics, options, deps, stdin, told } = await createSite();
    stdin.end('2026-11-23T02:01:15Z gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]\nno line of a log\n');

    await runShip(['-'], options, deps);

    const [record] = await readTopic(kafkaClient(server.address).kafka, topics.dead_letters);
    const letter: unknown = JSON.parse(String(record?.value));
    expect(validatorOf('dead_letter')(letter)).toBe(true);
    expect(letter).toEqual({
      reason: 'no_envelope',
      origin: expect.stringMatching(/^stdin:[0-9a-f]{12}:75$/),
      text: 'no line of a log',
    });
    expect(told.at(-1)).toBe('Sent: 2 lines, 1 events, of which 0 are not recognised, 1 dead letters (no_envelope).');
  },
  TIMEOUT_MS,
);

test(
  'what is wrong is told with what to do, and no position is written for what is not sent',
  async () => {
    const log = join(folder, 'mail.log');
    await writeFile(log, '2026-11-23T02:01:15Z gpo postfix/smtpd[7]: connect from unknown[192.0.2.9]\n');
    const site = await createSite();
    const { options, deps } = site;
    const withKafka = (kafka: object): Promise<ShipOptions> => withSettings(site, folder, kafka);

    await expect(
      runShip([log], await withKafka({ brokers: ['127.0.0.1:1'], request_timeout: '1s' }), deps),
    ).rejects.toThrow('cannot be reached');
    await expect(runShip([log], await withKafka({ topics: {} }), deps)).rejects.toThrow(
      'Kafka has no topic mxwarden.mail-events, mxwarden.dns-events, mxwarden.dead-letters',
    );
    await mkdir(join(folder, 'full'));
    // Nobody may make a file there, not even root.
    await expect(runShip([log], { ...options, state: '/sys/ship.json' }, deps)).rejects.toThrow(
      'Choose another --state',
    );
    const full = join(folder, 'disk-full.json');
    await symlink('/dev/full', `${full}.part`);
    await expect(runShip([log], { ...options, state: full }, deps)).rejects.toThrow('ENOSPC');
    await expect(runShip([log], { ...options, state: join(folder, 'full') }, deps)).rejects.toThrow(
      'Choose another --state',
    );
    await expect(runShip([log], { state: options.state }, deps)).rejects.toThrow('Nowhere to send events');
    expect(valueIn(await jsonOf(options.state), ['logs', log])).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'topics of events with too few partitions are told, all of them, before any line is sent',
  async () => {
    const log = join(folder, 'mail.log');
    await writeFile(log, line(1));
    const site = await createSite();
    const { topics, deps, options } = site;
    const few = await withSettings(site, folder, { partitions: { events: 5 } });

    await expect(runShip([log], few, deps)).rejects.toThrow(
      [topics.mail_events, topics.dns_events]
        .map(
          (topic) =>
            `The topic ${topic} has 4 partitions, but is to have 5: ` +
            'set kafka.partitions to what it has, or delete it and run mxwarden setup.',
        )
        .join('\n'),
    );
    expect(await originsOf(site)).toEqual([]);
    // Fewer than there are will do.
    await runShip([log], await withSettings(site, folder, { partitions: { events: 3 } }), deps);
    expect(await originsOf(site)).toHaveLength(1);
    expect(valueIn(await jsonOf(options.state), ['logs', log, '0', 'byte'])).toBe(line(1).length);
  },
  TIMEOUT_MS,
);

test.each<[string, (part: string) => Promise<unknown>, RegExp, boolean]>([
  ['there is no room for a moment', (part) => symlink('/dev/full', part), /ENOSPC/, false],
  ['nothing can be written for good', (part) => mkdir(part), /EISDIR/, true],
])(
  'where %s for positions the run ends, and the next one loses no line and sends again what it cannot know of',
  async (_, obstruct, reason, isRepeated) => {
    const site = await createSite();
    const { options, deps } = site;
    const log = join(folder, 'mail.log');
    const part = `${options.state}.part`;
    await writeFile(log, lines(0, 500));
    const run = runShip([log], { ...options, follow: true }, deps);
    run.catch(() => undefined);
    await untilByte(options.state, log, lines(0, 500).length);

    await obstruct(part);
    await appendFile(log, lines(500, 1000));

    await expect(run).rejects.toThrow(/^Cannot write .*state\.json: .*Make room.*No line is lost/);
    await expect(run).rejects.toThrow(reason);
    await rm(part, { recursive: true, force: true });
    await runShip([log], options, deps);
    const origins = await originsOf(site);
    expect(new Set(origins).size).toBe(1000);
    expect(origins.length > 1000).toBe(isRepeated);
  },
  TIMEOUT_MS,
);

/** Waits until a log's position is written. */
async function untilByte(state: string, log: string, byte: number): Promise<void> {
  while (valueIn(await jsonOf(state).catch(() => undefined), ['logs', log, '0', 'byte']) !== byte)
    await new Promise((resolve) => setImmediate(resolve));
}

test(
  'a topic that is deleted meanwhile is told with what to do, and what was not sent yet is sent once it is there again',
  async () => {
    const site = await createSite({ request_timeout: '2s' });
    const { mail_events: mail } = site.topics;
    const log = join(folder, 'mail.log');
    await writeFile(log, lines(0, 100));
    const stop = new AbortController();
    const said = once(site.told, 'What is to be sent waits');
    const tell = (text: string): void => {
      site.told.push(text);
      said.look();
    };
    const run = runShip([log], { ...site.options, follow: true }, { ...site.deps, tell, signal: stop.signal });
    await untilByte(site.options.state, log, lines(0, 100).length);

    await withAdmin(kafkaClient(server.address).kafka, (admin) => admin.deleteTopics({ topics: [mail] }));
    await appendFile(log, lines(100, 200));
    await said.done;
    await createTopicNamed(server.address, mail);
    await untilByte(site.options.state, log, lines(0, 200).length);
    stop.abort();
    await run;

    expect(site.told.find((text) => text.includes('waits'))).toMatch(
      /^Kafka.*: .* mxwarden setup makes what is missing\. What is to be sent waits/,
    );
    expect(new Set(await originsOf(site)).size).toBe(100);
  },
  TIMEOUT_MS,
);

test(
  'two runs do not use one file of positions at once, and one that was killed keeps nobody away',
  async () => {
    const site = await createSite();
    const { config = '', state } = site.options;
    const log = join(folder, 'mail.log');
    await writeFile(log, lines(0, 10));
    const command = ['ship', log, '--config', config, '--state', state];
    const program = startProgram([...command, '--follow']);
    const ended = endOf(program);
    await untilByte(state, log, lines(0, 10).length);
    await appendFile(log, lines(10, 20));

    const second = await runProgram(command);
    await untilByte(state, log, lines(0, 20).length);
    program.kill('SIGKILL');
    await ended;
    const third = await runProgram(command);

    expect([second.code, third.code]).toEqual([4, 0]);
    expect(second.stderr).toContain(`Another mxwarden ship uses ${state}`);
    expect(await originsOf(site)).toHaveLength(20);
  },
  TIMEOUT_MS,
);

test(
  'a record that the topic does not take stops the run before its line',
  async () => {
    const log = join(folder, 'mail.log');
    await writeFile(log, `${'x'.repeat(3000)}\n`);
    const { options, deps } = await createSite({ compression: 'none' }, { 'max.message.bytes': '1000' });

    await expect(runShip([log], options, deps)).rejects.toThrow('raise max.message.bytes of the topic, which is 1000');
    expect(valueIn(await jsonOf(options.state), ['logs', log])).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'what was acknowledged before a record that the topic does not take is not sent again',
  async () => {
    const log = join(folder, 'mail.log');
    await writeFile(log, `${lines(0, 20_000)}${'x'.repeat(30_000)}\n${lines(20_000, 20_010)}`);
    const site = await createSite({ compression: 'none' }, { 'max.message.bytes': '20000' });
    const { options, deps, topics } = site;

    await expect(runShip([log], options, deps)).rejects.toThrow('and run it again: it goes on where it stopped.');
    await raiseLimit(Object.values(topics));
    await runShip([log], options, deps);

    const origins = await originsOf(site);
    expect(new Set(origins).size).toBe(20_010);
    // Of the batch with that record nothing was acknowledged as a whole.
    expect(origins.length - 20_010).toBeLessThan(RECORDS_OF_A_BATCH);
  },
  TIMEOUT_MS,
);

async function raiseLimit(topics: readonly string[]): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: '1000000' }];
  const resources = topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }));
  const { kafka } = kafkaClient(server.address);
  await withAdmin(kafka, (admin) => admin.alterConfigs({ validateOnly: false, resources }));
}
