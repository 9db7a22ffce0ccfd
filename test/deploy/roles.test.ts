import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import type { Needs } from '../../src/elasticsearch/privileges.js';
import { KINDS } from '../../src/elasticsearch/targets.js';
import { deployed } from '../support/deploy.js';
import { diagnose, troubles } from '../support/doctor.js';
import { isAllowed } from '../support/elasticsearch-privileges.js';
import { openWriter } from '../support/elasticsearch-writer.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { FakeKibana } from '../support/kibana/fake-kibana.js';
import { objectOf, objectsOf, parsedOf, textsOf } from '../support/kibana/objects.js';
import { setUpWith } from '../support/setup.js';
import type { SetUp } from '../support/setup.js';

function needsIn(file: string): Needs {
  const { cluster, indices } = objectOf(parsedOf(deployed(file)));
  return {
    cluster: textsOf(cluster),
    indices: objectsOf(indices).map(({ names, privileges }) => ({
      names: textsOf(names),
      privileges: textsOf(privileges),
    })),
  };
}

function kibanaPrivilegesIn(file: string): readonly string[] {
  return objectsOf(objectOf(parsedOf(deployed(file))).applications).flatMap(({ privileges }) => textsOf(privileges));
}

/** The role without one of its privileges, or without one of its names, for each of them. */
function lesser({ cluster, indices }: Needs): readonly Needs[] {
  const without = <T>(items: readonly T[], place: number): readonly T[] => items.filter((_, other) => other !== place);
  return [
    ...cluster.map((_, place) => ({ cluster: without(cluster, place), indices })),
    ...indices.flatMap((part, at) => {
      const replaced = (change: Partial<typeof part>): Needs => ({
        cluster,
        indices: indices.map((other, place) => (place === at ? { ...part, ...change } : other)),
      });
      return [
        ...part.privileges.map((_, place) => replaced({ privileges: without(part.privileges, place) })),
        ...part.names.map((_, place) => replaced({ names: without(part.names, place) })),
      ];
    }),
  ];
}

const TIMEOUT_MS = 60_000;
const KEY = { MXWARDEN_KIBANA_API_KEY: 'a2V5' };
let elasticsearch: FakeElasticsearch;
let kibana: FakeKibana;
beforeEach(async () => {
  [elasticsearch, kibana] = await Promise.all([FakeElasticsearch.open(), FakeKibana.open()]);
});
afterEach(() => Promise.all([elasticsearch.close(), kibana.close()]));

function settings(): object {
  return { elasticsearch: { nodes: [elasticsearch.address] }, kibana: { url: kibana.address } };
}

function setUp(): Promise<SetUp> {
  return setUpWith(settings(), { environment: KEY });
}

/** What each kind of document is written, looked for and made visible with. */
async function run(): Promise<readonly string[]> {
  const { writer, close } = openWriter(elasticsearch.address);
  const outcomes: string[] = [];
  const { signal } = new AbortController();
  for (const kind of KINDS) {
    const document = documentOf(kind);
    await writer.refresh(kind, signal);
    await writer.existing(kind, ['a'], signal);
    await writer.add({ kind, document, json: Buffer.from(JSON.stringify(document)) }, (outcome) => {
      outcomes.push(outcome.kind);
    });
  }
  await writer.flush();
  await close();
  return outcomes;
}

function documentOf(kind: DocumentKind): JsonObject {
  return { '@timestamp': '2026-11-23T02:00:00.000Z', event: { id: `a ${kind}` }, mxwarden: { window: { version: 1 } } };
}

describe('setup.json', () => {
  const needs = needsIn('roles/setup.json');
  const ofKibana = kibanaPrivilegesIn('roles/setup.json');

  test('is enough to set up, from nothing and with an index from before, and for doctor', async () => {
    elasticsearch.role = needs;
    kibana.become({ users: { 'ApiKey a2V5': ofKibana } });
    elasticsearch.indices.set('mxwarden-client-2026.10.01', { aliases: {}, mappings: {} });

    expect((await setUp()).problems).toEqual([]);
    expect(elasticsearch.kept.size).toBe(15);
    const { printed, problems } = await setUp();
    expect(problems).toEqual([]);
    expect(printed).not.toMatch(/: (?:made|left alone)/);
    const { findings } = await diagnose(settings(), KEY);
    expect(troubles(findings, 'templates')).toEqual([]);
  });

  test('has nothing in it without which all would be allowed as well', async () => {
    elasticsearch.indices.set('mxwarden-client-2026.10.01', { aliases: {}, mappings: {} });
    elasticsearch.indices.set('.ds-logs-mxwarden.alert-default-2026.10.01-000001', { aliases: {}, mappings: {} });
    await setUp();
    const allowed = (role: Needs): boolean => elasticsearch.actions.every((action) => isAllowed(action, role));

    expect(allowed(needs)).toBe(true);
    expect(lesser(needs).map(allowed)).toEqual(lesser(needs).map(() => false));
    expect(new Set(kibana.asked.flatMap(({ needs: privilege }) => privilege ?? []))).toEqual(new Set(ofKibana));
  });

  test(
    'without a privilege, the request and the file are named, and the role mends it',
    async () => {
      for (const role of lesser(needs)) {
        elasticsearch.role = role;
        const { problems } = await setUp();
        expect(problems[0]).toMatch(
          /^(?:GET|PUT|POST) \/.*: .*HTTP 403 security_exception: action \[.* deploy\/roles\/setup\.json/,
        );
      }
      elasticsearch.role = needs;
      expect((await setUp()).problems).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('run.json', () => {
  const needs = needsIn('roles/run.json');

  test('is enough to write documents', async () => {
    elasticsearch.role = needs;

    expect(await run()).toEqual(KINDS.map(() => 'settled'));
    expect(kibanaPrivilegesIn('roles/run.json')).toEqual([]);
  });

  test('has nothing in it without which all would be allowed as well, and does not set up', async () => {
    await run();
    const allowed = (role: Needs): boolean => elasticsearch.actions.every((action) => isAllowed(action, role));

    expect(allowed(needs)).toBe(true);
    expect(lesser(needs).map(allowed)).toEqual(lesser(needs).map(() => false));

    elasticsearch.role = needs;
    expect((await setUp()).problems[0]).toMatch(/^GET \/: .*HTTP 403 .*deploy\/roles\/setup\.json/);
  });
});

describe('Elasticsearch with lifecycle policies', () => {
  test('takes all, deletes only, and reads the age of an index in its name', async () => {
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toContain('lifecycle policy mxwarden-correlation: made');
    for (const [path, body] of elasticsearch.kept)
      if (path.startsWith('/_ilm/')) expect(Object.keys(objectOf(objectOf(body.policy).phases))).toEqual(['delete']);
    const template = JSON.stringify(elasticsearch.kept.get('/_component_template/mxwarden-correlation@lifecycle'));
    expect(template).toContain('"parse_origination_date":"true"');
    expect(await run()).toEqual(KINDS.map(() => 'settled'));
  });

  test('whose policy somebody changed keeps it, and it is named', async () => {
    await setUp();
    const path = '/_ilm/policy/mxwarden-client';
    const { policy } = elasticsearch.kept.get(path) ?? {};
    const other = { policy: { ...objectOf(policy), phases: { delete: { min_age: '7d', actions: { delete: {} } } } } };
    elasticsearch.kept.set(path, other);
    const { printed, problems } = await setUp();

    expect(problems).toEqual([]);
    expect(printed).toContain(
      'lifecycle policy mxwarden-client: left alone: somebody changed it (ours has delete.min_age: "7d" -> "131d"; ',
    );
    expect(printed).toContain('to have ours again: setup --overwrite');
    expect(elasticsearch.kept.get(path)).toEqual(other);

    const again = await setUpWith(settings(), { environment: KEY, overwrite: true });
    expect(again.printed).toContain('lifecycle policy mxwarden-client: updated');
  });
});
