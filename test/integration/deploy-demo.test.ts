import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { kibanaObjects } from '../../src/kibana/objects.js';
import { detectionRules } from '../../src/kibana/rules.js';
import { ELASTICSEARCH_8, startElasticsearch } from '../servers/elasticsearch.js';
import { startKafka } from '../servers/kafka.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { analysisOf, jsonObject, textAt, valueAt } from '../support/analysis.js';
import { ROOT, deployed, withNames } from '../support/deploy.js';
import { expectDocuments } from '../support/documents.js';
import { LOGS, FILES, objectOf } from '../support/ship-site.js';
import { FakeKibana } from '../support/kibana/fake-kibana.js';
import { runProgram } from '../support/program.js';

const TIMEOUT_MS = 180_000;
const PASSWORD = 'secret';

let kafka: OwnServer;
let elasticsearch: OwnServer;
let kibana: FakeKibana;
let folder = '';
let config = '';
beforeAll(async () => {
  [kafka, elasticsearch] = await Promise.all([startKafka(brokerSettings()), startElasticsearch(ELASTICSEARCH_8)]);
  kibana = await FakeKibana.open({ version: versionOf('kibana') });
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-demo-'));
  config = join(folder, 'demo.yaml');
  const text = withNames(deployed('demo.yaml'), {
    'kafka:9092': kafka.address,
    'http://elasticsearch:9200': elasticsearch.address,
    'http://kibana:5601': kibana.address,
    '0.0.0.0:9469': 'off',
  });
  await writeFile(config, text);
}, START_TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([kafka.stop(), elasticsearch.stop(), kibana.close()]);
  await rm(folder, { recursive: true, force: true });
});

test(
  'the services of the Compose file bring dashboards into Kibana, and the incidents of the recording into Elasticsearch',
  async () => {
    await run('setup');
    expect(kibana.store.get('dashboard', 'mxwarden-overview', 'default')?.attributes.title).toBe('[mxwarden] Overview');
    expect([kibana.store.kept.size, kibana.rules.kept.size]).toEqual([kibanaObjects().length, detectionRules().length]);
    // The recording is counted in windows of half a minute.
    expect(JSON.stringify([...kibana.store.kept.values()])).not.toMatch(/window\.size\W+5m/);
    await run('ship');
    await run('ship');
    await run('stream', ['--bounded']);

    const { alerts } = await analysisOf(FILES, { config });
    const expected = incidentsIn(alerts);
    expect(expected.length).toBeGreaterThanOrEqual(7);
    expect(incidentsIn(await alertsFound())).toEqual(expected);
  },
  TIMEOUT_MS,
);

/** What a broker is told by the Compose file, but for where it listens and what it keeps there. */
function brokerSettings(): Readonly<Record<string, string>> {
  const { environment } = objectOf(serviceOf('kafka'));
  const settings = Object.entries(objectOf(environment)).map(([name, value]): [string, string] => [
    name
      .replace(/^KAFKA_/, '')
      .toLowerCase()
      .replaceAll('_', '.'),
    String(value),
  ]);
  const own = /listener|^(process\.roles|node\.id|controller\.quorum\.voters|log\.dirs|heap\.opts)$/;
  return Object.fromEntries(settings.filter(([name]) => !own.test(name)));
}

/** The version of the image of a service. */
function versionOf(name: string): string {
  return String(objectOf(serviceOf(name))['image']).replace(/.*:/, '');
}

function serviceOf(name: string): unknown {
  const { services } = objectOf(parse(deployed('compose.yaml'), { merge: true }));
  return objectOf(services)[name];
}

/** Runs the command of a service here, on the files of this test. */
async function run(name: string, more: readonly string[] = []): Promise<void> {
  const { command } = objectOf(serviceOf(name));
  if (!Array.isArray(command)) throw new Error(`${name} has no command.`);
  const own = new Map([
    ['/etc/mxwarden/mxwarden.yaml', config],
    ['/var/lib/mxwarden/ship.json', join(folder, 'ship.json')],
    ...LOGS.map((log): [string, string] => {
      const path = `test/fixtures/dept/${log}.gz`;
      return [path, join(ROOT, path)];
    }),
  ]);
  const args = command.map((word) => own.get(String(word)) ?? String(word));
  const { code, stderr } = await runProgram([...args, ...more], '', {
    MXWARDEN_ELASTICSEARCH_PASSWORD: PASSWORD,
    MXWARDEN_KIBANA_PASSWORD: PASSWORD,
  });
  expect({ name, code, stderr: code === 0 ? '' : stderr }).toEqual({ name, code: 0, stderr: '' });
}

async function alertsFound(): Promise<readonly JsonObject[]> {
  const target = `${elasticsearch.address}/logs-mxwarden.alert-default`;
  await fetch(`${target}/_refresh`, { method: 'POST' });
  const answer = await fetch(`${target}/_search?size=1000`);
  const hits = valueAt(jsonObject(await answer.text()), 'hits.hits');
  if (!Array.isArray(hits)) throw new Error('There are no hits.');
  const alerts = hits.map((hit) => jsonObject(JSON.stringify(objectOf(hit)['_source'])));
  expectDocuments({ alert: alerts });
  return alerts;
}

/** Incidents that were confirmed: `kind who`. */
function incidentsIn(alerts: readonly JsonObject[]): readonly string[] {
  const confirmed = alerts.filter((alert) => textAt(alert, 'event.action') === 'incident-confirmed');
  return [...new Set(confirmed.map((alert) => textAt(alert, 'mxwarden.incident.id')))].sort();
}
