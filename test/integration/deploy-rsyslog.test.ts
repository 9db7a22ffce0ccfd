import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { DAY_MS } from '../../src/core/time.js';
import { startKafka } from '../servers/kafka.js';
import { ServerProcess } from '../servers/process.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { FIXTURES, analysisOf, jsonObject, linesOf, textAt, valueAt } from '../support/analysis.js';
import { deployed, excerptOf, withNames } from '../support/deploy.js';
import { rsyslogWithKafka } from '../support/deploy-tools.js';
import { kafkaClient, readTopic, withAdmin } from '../support/kafka.js';
import { runProgram } from '../support/program.js';
import { objectOf } from '../support/ship-site.js';

const TIMEOUT_MS = 180_000;
const ARRIVAL_MS = 60_000;
const LOOK_MS = 50;
/** The machine of the resolver, on which rsyslog runs. */
const RESOLVER = 'ns1';

let kafka: OwnServer;
let client: Kafka;
let folder = '';
beforeAll(async () => {
  kafka = await startKafka();
  client = kafkaClient(kafka.address).kafka;
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-rsyslog-'));
}, START_TIMEOUT_MS);
afterAll(async () => {
  await kafka.stop();
  await rm(folder, { recursive: true, force: true });
});

test(
  'rsyslog sends logs that grow and are rotated, through an outage, and the windows are those of analyze',
  async () => {
    const log = join(folder, 'mail.log');
    const queryLog = join(folder, 'query.log');
    const config = await writeSettings();
    await succeed(['setup', '--config', config]);
    const mail = mailLines();
    const queries = queryLines();
    const mailPieces = piecesOf(mail);
    const queryPieces = piecesOf(queries);
    const rsyslog = await startRsyslog(log, queryLog);
    try {
      let mailText = '';
      let queryText = '';
      for (const [index, piece] of mailPieces.entries()) {
        const isNewFile = index === mailPieces.length / 2;
        // As logrotate does: nobody sees the log before its first line is in the new file.
        if (isNewFile) await rename(log, `${log}.1`);
        const isOutage = index === 1;
        if (isOutage) await kafka.kill();
        await appendFile(log, piece);
        await appendFile(queryLog, queryPieces[index] ?? '');
        if (isOutage) await kafka.start();
        mailText += piece;
        queryText += queryPieces[index] ?? '';
        await untilRecords('mxwarden.mail-events', lineCount(mailText));
        await untilRecords('mxwarden.dns-events', lineCount(queryText));
      }
    } finally {
      await rsyslog.stop();
    }

    await succeed(['stream', '--bounded', '--stages', 'aggregate,correlate', '--config', config]);

    const files = [`${log}.1`, log, queryLog];
    const expected = await analysisOf(files, { config, dnsHost: RESOLVER });
    expect(expected.correlations.length).toBeGreaterThan(100);
    expect(await newestOf('mxwarden.correlations')).toEqual(comparable(expected.correlations));
    expect(await newestOf('mxwarden.clients')).toEqual(comparable(expected.clients));
    expect(await readTopic(client, 'mxwarden.dead-letters')).toEqual([]);
  },
  TIMEOUT_MS,
);

/** What a run of rsyslog writes is read with the settings that its configuration names. */
async function writeSettings(): Promise<string> {
  const path = join(folder, 'mxwarden.yaml');
  const { stream } = objectOf(excerptOf(deployed('rsyslog.conf')));
  const settings = {
    timezone: 'UTC',
    windows: ['30s', '1h', '1d'],
    servers: [{ id: 'gpo', addresses: [`127.0.0.1@${RESOLVER}`], own_networks: ['127.0.0.1/32', '127.0.6.0/24'] }],
    kafka: { brokers: [kafka.address] },
    stream: { ...objectOf(stream), listen: 'off' },
  };
  await writeFile(path, JSON.stringify(settings));
  return path;
}

/** rsyslog with the configuration that is in `deploy`. */
async function startRsyslog(log: string, queryLog: string): Promise<ServerProcess> {
  const spool = join(folder, 'spool');
  const dropIn = join(folder, '60-mxwarden.conf');
  const main = join(folder, 'rsyslog.conf');
  await mkdir(spool);
  await writeFile(
    dropIn,
    withNames(deployed('rsyslog.conf'), {
      '/var/log/mail.log': log,
      '/var/log/named/query.log': queryLog,
      '/var/spool/rsyslog': spool,
      'kafka1.example.org:9092': kafka.address,
    }),
  );
  const lines = [
    `global(workDirectory="${spool}" localHostname="${RESOLVER}")`,
    `include(file="${dropIn}")`,
    // What rsyslog says of itself.
    `syslog.* action(type="omfile" file="${join(folder, 'rsyslog.log')}")`,
  ];
  await writeFile(main, `${lines.join('\n')}\n`);
  const server = new ServerProcess({
    program: rsyslogWithKafka(),
    args: ['-n', '-i', join(folder, 'rsyslog.pid'), '-f', main],
    folder,
    probe: () => Promise.resolve(),
  });
  await server.start();
  return server;
}

async function succeed(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

/** The recording as if it were of yesterday, as Debian keeps it: Postfix and Dovecot in one log, in stamps without a year. */
function mailLines(): readonly string[] {
  const month = YESTERDAY.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const day = `${month} ${String(YESTERDAY.getUTCDate()).padStart(2)}`;
  const lines = ['mail.log.gz', 'dovecot.log.gz'].flatMap((name) => linesOf(join(FIXTURES, 'dept', name)));
  return lines
    .map((line, index) => ({ time: line.slice(7, 15), index, line }))
    .sort((a, b) => (a.time === b.time ? a.index - b.index : a.time < b.time ? -1 : 1))
    .map(({ line }) => `${day}${line.slice(6)}`);
}

/** BIND's own file, which names no host. */
function queryLines(): readonly string[] {
  const [, month = '', day = ''] = /^.{4}-(..)-(..)/.exec(YESTERDAY.toISOString()) ?? [];
  const name = new Date(Date.UTC(2000, Number(month) - 1)).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const date = `${day}-${name}-${String(YESTERDAY.getUTCFullYear())}`;
  return linesOf(join(FIXTURES, 'dept', 'query.log.gz')).map((line) => `${date}${line.slice(11)}`);
}

const YESTERDAY = new Date(Date.now() - DAY_MS);
const PIECES = 6;

/** The text of a log in pieces, most of which end in the middle of a line; that in the middle ends with its line. */
function piecesOf(lines: readonly string[]): readonly string[] {
  const text = lines.map((line) => `${line}\n`).join('');
  const places = Array.from({ length: PIECES + 1 }, (_, index) => Math.floor((index * text.length) / PIECES));
  places[PIECES / 2] = text.indexOf('\n', places[PIECES / 2]) + 1;
  return places.slice(1).map((place, index) => text.slice(places[index], place));
}

function lineCount(text: string): number {
  return text.split('\n').length - 1;
}

/** Resolves when so many records are in a topic. @throws if there are others, or if they take too long */
async function untilRecords(topic: string, count: number): Promise<void> {
  const deadlineMs = Date.now() + ARRIVAL_MS;
  let found = 0;
  while (found !== count) {
    if (found > count || Date.now() > deadlineMs)
      throw new Error(`${topic} has ${String(found)} records, not ${String(count)}; see ${folder}/rsyslog.log.`);
    await pause(LOOK_MS);
    const ends = await withAdmin(client, (admin) => admin.fetchTopicOffsets(topic));
    found = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  }
}

/** The documents of a topic as any consumer has them: for each key the one of the highest version. */
async function newestOf(topic: string): Promise<ReadonlyMap<string, unknown>> {
  const newest = new Map<string, { readonly version: number; readonly document: JsonObject }>();
  for (const { key, value, headers } of await readTopic(client, topic)) {
    const id = String(key);
    const version = Number(String(headers?.['version']));
    if (version >= (newest.get(id)?.version ?? 0)) newest.set(id, { version, document: jsonObject(String(value)) });
  }
  return comparable([...newest.values()].map(({ document }) => document));
}

/** Documents by their ids, without what is another one with each run: when it was written, and how often. */
function comparable(documents: readonly JsonObject[]): ReadonlyMap<string, unknown> {
  return new Map(
    documents
      .map((document): [string, unknown] => {
        const { ingested, ...event } = objectOf(valueAt(document, 'event'));
        const { window, ...mxwarden } = objectOf(valueAt(document, 'mxwarden'));
        const { revision, version, ...rest } = objectOf(window);
        return [textAt(document, 'event.id'), { ...document, event, mxwarden: { ...mxwarden, window: rest } }];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
