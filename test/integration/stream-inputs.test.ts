import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { START_TIMEOUT_MS } from '../servers/server.js';
import { numberAt, valueAt } from '../support/analysis.js';
import { kafkaClient, openProducer, readTopic } from '../support/kafka.js';
import { differences } from '../support/stream-compare.js';
import { YEAR } from '../support/stream-logs.js';
import { Crew, newestOf, until } from '../support/stream-run.js';
import type { StreamSite } from '../support/stream-run.js';
import { startSuite } from '../support/stream-suite.js';
import type { StreamSuite } from '../support/stream-suite.js';

const TIMEOUT_MS = 180_000;

let suite: StreamSuite;
beforeAll(async () => {
  suite = await startSuite();
}, START_TIMEOUT_MS);
afterAll(() => suite.stop(), START_TIMEOUT_MS);

interface Line {
  readonly host: string;
  readonly value: string;
}

async function send(topic: string, lines: readonly Line[]): Promise<void> {
  const { producer } = await openProducer(kafkaClient(suite.kafka.address), [topic]);
  for (const { host, value } of lines)
    await producer.add({ topic, key: Buffer.from(host), value: Buffer.from(value) }, () => undefined);
  await producer.flush();
  await producer.close();
}

/** Counts all that there is; the documents are those of the topics. */
async function count(site: StreamSite, args: readonly string[] = []): Promise<void> {
  const crew = new Crew(site);
  crew.hire(['aggregate', 'correlate'], { args: ['--bounded', ...args] });
  await crew.finish();
}

/** The lines of the suite's logs of a kind; a record of a topic is years after what it tells, so they name the year. */
async function linesOf(kind: 'mail' | 'query'): Promise<readonly Line[]> {
  const texts = await Promise.all(
    suite.files.filter((file) => file.includes(kind)).map((file) => readFile(file, 'utf8')),
  );
  const lines = texts.flatMap((text) => text.trimEnd().split('\n'));
  return lines.map((line) => {
    const stamp = `${YEAR}-11-${line.slice(4, 6)}T${line.slice(7, 15)}Z`;
    return { host: line.slice(16, line.indexOf(' ', 16)), value: `${stamp}${line.slice(15)}` };
  });
}

/** A line as a document of Filebeat, which has shipped it just now from another machine. */
function shipped({ host, value }: Line): Line {
  const document = {
    '@timestamp': new Date().toISOString(),
    message: value,
    host: { name: 'collector' },
    agent: { type: 'filebeat', version: '8.17.0' },
    log: { file: { path: `/var/log/remote/${host}.log` }, offset: 0 },
    ecs: { version: '8.0.0' },
  };
  return { host, value: JSON.stringify(document) };
}

test.each([
  ['lines of mail logs, and documents of DNS logs', 'syslog', 'ecs'],
  ['documents of mail logs, and lines of DNS logs', 'ecs', 'syslog'],
])(
  '%s give what analyze gives',
  async (_what, mail, dns) => {
    const topics = { mail_events: `${mail}-mail`, dns_events: `${dns}-dns` };
    const inputs = [
      { topic: topics.mail_events, format: mail },
      { topic: topics.dns_events, format: dns },
    ];
    const site = await suite.site({ topics, stream: { inputs } });
    const [mailLines, dnsLines] = [await linesOf('mail'), await linesOf('query')];
    await send(topics.mail_events, mail === 'ecs' ? mailLines.map(shipped) : mailLines);
    await send(topics.dns_events, dns === 'ecs' ? dnsLines.map(shipped) : dnsLines);
    await count(site);

    const { documents } = suite.expected;
    expect(
      differences('correlation', await newestOf(site.kafka, site.topics.correlations), documents.correlation),
    ).toEqual([]);
    expect(differences('client', await newestOf(site.kafka, site.topics.clients), documents.client)).toEqual([]);
    // What they are of is where they stand in a topic, not in a file.
    expect(await readTopic(site.kafka, site.topics.rejections)).toHaveLength(documents.rejection.size);
    expect(await readTopic(site.kafka, site.topics.dead_letters)).toEqual([]);
  },
  TIMEOUT_MS,
);

const CHUNK = 16_384;
const BEFORE = 20_000;
const AFTER = 100;

test(
  'with --from and a time it begins with the chunk in which the first record of that time is',
  async () => {
    const topics = { mail_events: 'timed-mail', dns_events: 'timed-dns' };
    const inputs = [{ topic: topics.mail_events, format: 'syslog' }];
    const site = await suite.site({ topics, stream: { inputs } });
    const connects = (length: number): readonly Line[] =>
      Array.from({ length }, (_, index) => ({
        host: 'gpo',
        value: `${YEAR}-11-23T02:00:01Z gpo postfix/smtpd[${String(index)}]: connect from unknown[198.51.100.7]`,
      }));
    await send(topics.mail_events, connects(BEFORE));
    const before = (await readTopic(site.kafka, topics.mail_events)).map(({ timestamp }) => Number(timestamp));
    const fromMs = Math.max(...before) + 1;
    await until('the broker writes later times', () => Date.now() > fromMs);
    await send(topics.mail_events, connects(AFTER));
    await count(site, ['--from', new Date(fromMs).toISOString()]);

    expect(await connectsOf(site)).toBe(BEFORE - CHUNK + AFTER);
  },
  TIMEOUT_MS,
);

/** The connections of all smallest windows that are final. */
async function connectsOf(site: StreamSite): Promise<number> {
  const newest = [...(await newestOf(site.kafka, site.topics.correlations)).values()];
  const panes = newest.filter((document) => valueAt(document, 'mxwarden.window.size') === '30s');
  expect(panes.every((document) => valueAt(document, 'mxwarden.window.final'))).toBe(true);
  return panes
    .filter((document) => valueAt(document, 'mxwarden.smtp.connects') !== undefined)
    .reduce((sum, document) => sum + numberAt(document, 'mxwarden.smtp.connects'), 0);
}
