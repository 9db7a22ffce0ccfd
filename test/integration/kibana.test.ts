import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { valueAt, valueIn } from '../../src/core/documents/value.js';
import type { BulkItem } from '../../src/elasticsearch/request.js';
import { kibanaObjects } from '../../src/kibana/objects.js';
import { kql } from '../../src/kibana/condition.js';
import { detections } from '../../src/kibana/detections.js';
import type { Detection } from '../../src/kibana/detections.js';
import { DATA_VIEWS } from '../../src/kibana/data-views.js';
import { startElasticsearch, testedVersions } from '../servers/elasticsearch.js';
import { START_TIMEOUT_MS } from '../servers/server.js';
import type { OwnServer } from '../servers/server.js';
import { FIXTURES, analysisOf } from '../support/analysis.js';
import { Writer, bulkItemOf, setUp } from '../support/elasticsearch-writer.js';
import { CASES, wantedOf } from '../support/kibana/cases.js';
import { cellsOf, lensRequest, valuesOf } from '../support/kibana/lens-query.js';
import { kindOfPanel, kindOfView, urlOf } from '../support/kibana/lint-fields.js';
import { accessorsIn, controlsOf } from '../support/kibana/lint-panels.js';
import { kqlFilter, parseKql } from '../support/kibana/kql.js';
import {
  importedObject,
  layersOf,
  lensOf,
  numberOf,
  objectOf,
  objectsOf,
  panelsOf,
  parsedOf,
  textOf,
  vegaOf,
} from '../support/kibana/objects.js';
import type { ImportedObject, ImportedPanel } from '../support/kibana/objects.js';
import { compiled, drawn } from '../support/kibana/vega.js';

jest.setTimeout(START_TIMEOUT_MS);

const INGESTED_MS = Date.UTC(2026, 11, 1);
const RECORDING = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(FIXTURES, 'dept', name));
const ID = 'mxwarden.incident.id';
/** The smallest windows of the recording. */
const WINDOW_SIZE = '30s';
/** The day of the recording; the cases are of another. */
const RANGE = { gte: '2026-11-23T00:00:00Z', lt: '2026-11-24T00:00:00Z' };

function objectsOfSize(windowSize: string): readonly ImportedObject[] {
  // As Kibana reads them from the file.
  const read: unknown = JSON.parse(JSON.stringify(kibanaObjects(windowSize)));
  return Array.isArray(read) ? read.map(importedObject).filter((object) => object !== undefined) : [];
}

function itemOf(kind: DocumentKind, document: JsonObject): BulkItem {
  const item = bulkItemOf(kind, document, INGESTED_MS);
  if ('reason' in item) throw new Error(item.reason);
  return item;
}

/** The ids of the documents in an answer, in the order of words. */
function idsOf(answer: object): readonly string[] {
  const hits = objectsOf(valueIn(answer, ['hits', 'hits']));
  return hits.map((hit) => textOf(valueIn(hit, ['_source', 'event', 'id']))).sort();
}

function queryOf({ attributes }: ImportedObject): string {
  const source = objectOf(parsedOf(objectOf(attributes.kibanaSavedObjectMeta).searchSourceJSON));
  return textOf(objectOf(source.query).query);
}

/** What a dashboard adds to the request of each of its panels. */
function contextOf(dashboard: ImportedObject): readonly object[] {
  return [kqlFilter(parseKql(queryOf(dashboard))), { range: { '@timestamp': RANGE } }];
}

/** A request of a picture as Kibana sends it: without filters of the dashboard, of the range of time. */
function withContext(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !/^%.*%$/.test(textOf(item))).map(withContext);
  if (typeof value !== 'object' || value === null) return value;
  if ('%timefilter%' in value) return RANGE;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withContext(inner)]));
}

/** A line of the table of all panels. */
interface Shown {
  readonly panel: string;
  readonly query: string;
  readonly hits: number;
  /** How many values each of its columns has, or how many marks the picture. */
  readonly values: ReadonlyMap<string, number>;
}

describe.each([...(await testedVersions())])('Kibana objects on Elasticsearch $number', (version) => {
  let server: OwnServer;
  let writer: Writer;
  let alerts: readonly JsonObject[];
  beforeAll(async () => {
    server = await startElasticsearch(version);
    writer = new Writer(server.address);
    await setUp(server.address);
    const analysis = await analysisOf(RECORDING, { config: join(FIXTURES, 'dept', 'mxwarden.yaml') });
    const { correlations, clients, rejections } = analysis;
    ({ alerts } = analysis);
    const ofKind = (kind: DocumentKind, documents: readonly JsonObject[]): readonly BulkItem[] =>
      documents.map((document) => itemOf(kind, document));
    await writer.write([
      ...ofKind('correlation', correlations),
      ...ofKind('client', clients),
      ...ofKind('alert', alerts),
      ...ofKind('rejection', rejections),
      ...CASES.map(({ kind, document }) => itemOf(kind, document)),
    ]);
    expect(Object.keys(writer.counts())).toEqual(['settled']);
    for (const { indices } of Object.values(DATA_VIEWS)) await ask(`/${indices}/_refresh`);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await writer.close();
    await server.stop();
  }, START_TIMEOUT_MS);

  async function ask(path: string, body?: object): Promise<object> {
    const answer = await writer.connection.request('POST', path, body);
    if (answer.kind === 'silence' || answer.status >= 300 || typeof answer.body !== 'object' || answer.body === null)
      throw new Error(`${path} ${JSON.stringify(body)}: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  async function search(kind: DocumentKind | 'none' | undefined, body: object): Promise<object> {
    if (kind === undefined || kind === 'none') throw new Error('This shows no documents.');
    return ask(`/${DATA_VIEWS[kind].indices}/_search`, body);
  }

  const hitsOf = (answer: object): number => Number(valueIn(answer, ['hits', 'total', 'value']));

  describe('of the default size', () => {
    const objects = objectsOfSize('5m');

    test.each(
      objects.filter(({ type }) => type === 'search').map((object) => [object.attributes.title, object] as const),
    )('the search %s finds its own and nothing else', async (_, object) => {
      const ids = { terms: { 'event.id': CASES.map(({ id }) => id) } };
      const filter = [kqlFilter(parseKql(queryOf(object))), ids];
      const view = kindOfView(object.references[0]?.id, objects);

      const answer = await search(view, { size: 1000, query: { bool: { filter } } });

      const found = objectsOf(valueIn(answer, ['hits', 'hits'])).map((hit) =>
        textOf(valueIn(hit, ['_source', 'event', 'id'])),
      );
      expect(found.sort()).toEqual([...wantedOf(object.id)].sort());
      expect(found).not.toEqual([]);
    });
  });

  describe('rules', () => {
    async function foundBy({ kind, condition, method }: Detection): Promise<(typeof TOLD)[string]> {
      const filter = [kqlFilter(parseKql(kql(condition))), { range: { '@timestamp': RANGE } }];
      const body = { size: 0, track_total_hits: true, query: { bool: { filter } } };
      if (method.is !== 'many') return { hits: hitsOf(await search(kind, body)) };
      const { by, count, different } = method;
      const sources = by.map((field) => ({ [field]: { terms: { field } } }));
      const inner = different === undefined ? {} : { aggs: { different: { cardinality: { field: different.field } } } };
      const answer = await search(kind, { ...body, aggs: { who: { composite: { size: 1000, sources }, ...inner } } });
      const many = objectsOf(valueIn(answer, ['aggregations', 'who', 'buckets'])).filter(
        (bucket) =>
          numberOf(bucket.doc_count) >= count &&
          (different === undefined || numberOf(objectOf(bucket.different).value) >= different.count),
      );
      return { hits: hitsOf(answer), who: many.map(({ key }) => Object.values(objectOf(key)).map(textOf).join(' ')) };
    }

    test.each(detections(WINDOW_SIZE).map((detection) => [detection.id, detection] as const))(
      '%s tells of what is in the recording',
      async (id, detection) => {
        expect(await foundBy(detection)).toEqual(TOLD[id]);
      },
    );

    test.each<[string, readonly string[]]>([
      ['mxwarden-relay-access-denied', ['relay_denied enforced', 'relay_denied left out', 'relay_denied screened']],
      ['mxwarden-efficiency', ['low MEE']],
    ])('%s finds its own among the cases', async (id, wanted) => {
      const detection = detections('5m').find((it) => it.id === id);
      if (detection === undefined) throw new Error(`There is no rule ${id}.`);
      const ids = { terms: { 'event.id': CASES.map((it) => it.id) } };
      const filter = [kqlFilter(parseKql(kql(detection.condition))), ids];

      const answer = await search(detection.kind, { size: 100, query: { bool: { filter } } });

      expect(idsOf(answer)).toEqual(wanted);
    });
  });

  describe('of the size of the recording', () => {
    const objects = objectsOfSize(WINDOW_SIZE);
    const dashboards = objects.filter(({ type }) => type === 'dashboard');
    const table: Shown[] = [];
    afterAll(() => {
      process.stdout.write(`${tableText(version.number, table)}\n`);
    });

    async function shownBy(panel: ImportedPanel, dashboard: ImportedObject): Promise<Shown> {
      const kind = kindOfPanel(panel, dashboard, objects);
      const name = `${dashboard.id.replace('mxwarden-', '')}: ${panel.title}`;
      const lens = lensOf(panel);
      const context = contextOf(dashboard);
      if (lens !== undefined) {
        const [layer] = layersOf(lens);
        if (layer === undefined) throw new Error(`${name} has no layer.`);
        const request = lensRequest(layer);
        const query = { bool: { filter: [objectOf(request).query, ...context] } };
        const answer = await search(kind, { ...request, query });
        const shown = new Set([...accessorsIn(objectOf(objectOf(lens.state).visualization)), ...layer.columnOrder]);
        const values = [...valuesOf(layer, answer)].filter(([id]) => shown.has(id));
        return { panel: name, query: layer.query, hits: hitsOf(answer), values: new Map(values) };
      }
      const spec = vegaOf(panel);
      if (spec !== undefined) {
        const body = objectOf(withContext(urlOf(spec).body));
        const answer = await search(kind, { ...body, track_total_hits: true });
        const { points, lines } = await drawn(compiled(spec, answer));
        const filter = JSON.stringify(valueIn(body, ['query', 'bool', 'filter']));
        return { panel: name, query: filter, hits: hitsOf(answer), values: new Map(Object.entries({ points, lines })) };
      }
      const reference = dashboard.references.find(
        (it) => it.name === `${panel.panelIndex}:${textOf(panel.panelRefName)}`,
      );
      const found = objects.find(({ type, id }) => type === 'search' && id === reference?.id);
      if (found === undefined) throw new Error(`${name} has no search.`);
      const filter = [kqlFilter(parseKql(queryOf(found))), ...context];
      const answer = await search(kind, { size: 0, track_total_hits: true, query: { bool: { filter } } });
      return { panel: name, query: queryOf(found), hits: hitsOf(answer), values: new Map() };
    }

    test.each(dashboards.map((dashboard) => [textOf(dashboard.attributes.title), dashboard] as const))(
      'no panel of %s is empty',
      async (_, dashboard) => {
        for (const panel of panelsOf(dashboard)) {
          if (kindOfPanel(panel, dashboard, objects) === 'none') continue;
          table.push(await shownBy(panel, dashboard));
        }

        const own = table.filter(({ panel }) => panel.startsWith(`${dashboard.id.replace('mxwarden-', '')}:`));
        expect(own.length).toBeGreaterThan(5);
        const empty = own.filter(({ hits, values }) => hits === 0 || [...values.values()].includes(0));
        expect(empty).toEqual([]);
      },
    );

    test.each([[[]], [['incident-closed']]])(
      'the table of incidents tells how each stands, but for %j',
      async (without) => {
        const [panel] = dashboards.flatMap(panelsOf).filter(({ panelIndex }) => panelIndex === 'overview-incidents');
        const [layer] = layersOf(objectOf(panel && lensOf(panel)));
        if (layer === undefined) throw new Error('There is no such table.');
        const told = alerts.filter((alert) => !without.includes(textOf(valueAt(alert, 'event.action'))));
        const wanted = new Map(told.map((alert) => [valueAt(alert, ID), valueAt(alert, 'mxwarden.incident.state')]));

        const query = {
          bool: {
            filter: [{ terms: { [ID]: [...wanted.keys()] } }],
            must_not: [{ terms: { 'event.action': without } }],
          },
        };
        const rows = cellsOf(layer, await search('alert', { ...lensRequest(layer), query }));

        expect(new Map(rows.map((row) => [row.get('incident'), row.get('state')]))).toEqual(wanted);
        expect([...wanted.values()]).not.toContain('provisional');
      },
    );

    test.each(dashboards.map((dashboard) => [textOf(dashboard.attributes.title), dashboard] as const))(
      'the controls of %s have something to choose from',
      async (_, dashboard) => {
        for (const { field, dataView } of controlsOf(dashboard)) {
          const answer = await search(kindOfView(dataView, objects), {
            size: 0,
            aggs: { values: { terms: { field } } },
          });
          expect([field, objectsOf(valueIn(answer, ['aggregations', 'values', 'buckets'])).length]).not.toEqual([
            field,
            0,
          ]);
        }
        expect(controlsOf(dashboard)).not.toEqual([]);
      },
    );

    test('each point of a picture is a window, and both lines are drawn', () => {
      const pictures = table.filter(({ values }) => values.has('points'));

      expect(pictures.map(({ hits, values }) => [values.get('points'), values.get('lines'), hits])).toEqual(
        pictures.map(({ hits }) => [hits, 2, hits]),
      );
      expect(pictures).toHaveLength(2);
    });
  });
});

/** How many documents of the recording each rule's condition finds, and of whom an alert would tell. */
const TOLD: Readonly<Record<string, { readonly hits: number; readonly who?: readonly string[] }>> = {
  // The seven things that went wrong.
  'mxwarden-incident': { hits: 7 },
  'mxwarden-relay-access-denied': { hits: 0, who: [] },
  'mxwarden-auth-failed': { hits: 284, who: ['gpo 127.0.2.150'] },
  'mxwarden-user-unknown': { hits: 5454, who: ['gpo 127.0.2.31'] },
  'mxwarden-new-unknown': { hits: 5454 },
  'mxwarden-efficiency': { hits: 0 },
  // Every window of the mail server: what is left of them only ES|QL can tell.
  'mxwarden-dns-surge': { hits: 56 },
};

function tableText(version: string, table: readonly Shown[]): string {
  const rows = table.map(({ panel, query, hits, values }) => {
    const columns = [...values].map(([id, count]) => `${id} ${count}`).join(', ');
    return `${panel} | ${query} | ${hits} | ${columns}`;
  });
  return [`Elasticsearch ${version}: panel | query | hits | values of each column`, ...rows].join('\n');
}
