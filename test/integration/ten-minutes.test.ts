import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isObject, objectsAt, textAt, valueIn } from '../../src/core/documents/value.js';
import { startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { FIXTURES } from '../support/analysis.js';
import { ROOT } from '../support/deploy.js';
import { FakeKibana } from '../support/kibana/fake-kibana.js';
import { runProgram } from '../support/program.js';

const TIMEOUT_MS = 180_000;
/** When the recording ended: the year of its stamps is that of its files. */
const RECORDED = new Date('2026-11-23T02:25:00Z');

let kafka: OwnServer;
let elasticsearch: OwnServer;
let kibana: FakeKibana;
let folder = '';
beforeAll(async () => {
  [kafka, elasticsearch] = await Promise.all([startKafka(), startElasticsearch()]);
  kibana = await FakeKibana.open();
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-ten-'));
  for (const name of ['mail.log', 'query.log']) {
    await writeFile(join(folder, name), gunzipSync(await readFile(join(FIXTURES, 'dept', `${name}.gz`))));
    await utimes(join(folder, name), RECORDED, RECORDED);
  }
}, START_TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([kafka.stop(), elasticsearch.stop(), kibana.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** The commands of the README's section, each on a line, with what is of this machine in the place of examples. */
async function commands(): Promise<readonly (readonly string[])[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, block = ''] = /^## Beside an ELK stack in ten minutes\n.*?^```\n(.*?)^```$/ms.exec(readme) ?? [];
  const own = [
    ['/var/log/mail.log', join(folder, 'mail.log')],
    ['/var/log/named/query.log', join(folder, 'query.log')],
    ['mxwarden.yaml', join(folder, 'mxwarden.yaml')],
    ['kafka1.example.org:9092', kafka.address],
    ['https://elastic@es1.example.org:9200', elasticsearch.address.replace('//', '//elastic@')],
    ['https://elastic@kibana.example.org:5601', kibana.address.replace('//', '//elastic@')],
  ] as const;
  const text = own.reduce((all, [example, mine]) => all.replaceAll(example, mine), block);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ &$/, '').split(' ').slice(2));
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(args, '', {
    MXWARDEN_ELASTICSEARCH_PASSWORD: 'secret',
    MXWARDEN_KIBANA_PASSWORD: 'secret',
  });
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

test(
  'three commands bring windows of logs that nobody described into Elasticsearch, and dashboards into Kibana',
  async () => {
    const [setup = [], ship = [], stream = []] = await commands();

    expect([setup[0], ship[0], stream[0]]).toEqual(['setup', 'ship', 'stream']);
    const printed = await run(setup);
    expect(printed).toContain(`Look at ${kibana.address}/app/dashboards#/view/mxwarden-overview\n`);
    expect(kibana.store.get('dashboard', 'mxwarden-overview', 'default')?.attributes.title).toBe('[mxwarden] Overview');
    await run([...ship.filter((word) => word !== '--follow'), '--state', join(folder, 'ship.json')]);
    await run([...stream, '--bounded']);

    const hour = await windowOf('mail:gpo', '1h', '2026-11-23T01:00:00.000Z');
    // DNS queries of the server, which was found by its log and that of its resolver.
    expect(valueIn(hour, ['mxwarden', 'dns', 'queries'])).toBeGreaterThan(0);
    expect(valueIn(hour, ['mxwarden', 'mee', 'value'])).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'the first command may be given again, and changes nothing',
  async () => {
    const [setup = []] = await commands();
    const before = await readFile(join(folder, 'mxwarden.yaml'), 'utf8');
    const printed = await run(setup);

    expect(printed).not.toMatch(/: (made|updated)$/m);
    expect(await readFile(join(folder, 'mxwarden.yaml'), 'utf8')).toBe(before);
  },
  TIMEOUT_MS,
);

async function windowOf(subject: string, size: string, start: string): Promise<unknown> {
  await fetch(`${elasticsearch.address}/mxwarden-correlation/_refresh`, { method: 'POST' });
  const query = {
    query: { bool: { filter: [{ term: { '@timestamp': start } }, { term: { 'mxwarden.window.size': size } }] } },
  };
  const answer = await fetch(`${elasticsearch.address}/mxwarden-correlation/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(query),
  });
  const body: unknown = await answer.json();
  const windows = objectsAt(body, 'hits.hits').map((hit) => hit['_source']);
  const found = windows.find((window) => isObject(window) && textAt(window, 'mxwarden.subject') === subject);
  expect({ windows: windows.length, found }).toMatchObject({ found: expect.any(Object) });
  return found;
}
