import { describe, expect, test } from '@jest/globals';
import { FIELDS } from '../../src/core/documents/fields.js';
import type { DocumentKind } from '../../src/core/documents/fields.js';
import { DAY_MS, HOUR_MS } from '../../src/core/time.js';
import { valueIn } from '../../src/core/documents/value.js';
import { KINDS, TARGETS } from '../../src/elasticsearch/targets.js';
import { mappings, resources } from '../../src/elasticsearch/templates.js';
import type { Abilities, Retention } from '../../src/elasticsearch/templates.js';

const FULL: Abilities = {
  policies: true,
  retention: true,
  constantKeyword: true,
  matchOnlyText: true,
  missingComponents: true,
  customComponent: false,
};
const CORE: Abilities = {
  policies: false,
  retention: true,
  constantKeyword: false,
  matchOnlyText: false,
  missingComponents: true,
  customComponent: false,
};
const RETENTION: Retention = {
  correlation: 400 * DAY_MS,
  client: 36 * HOUR_MS,
  alert: 90 * DAY_MS,
  rejection: 30 * DAY_MS,
};

/** The mapping of a field; of what is inside an object that is not searched that of the object. */
function mappingAt(mapping: object, path: string): unknown {
  let at: unknown = mapping;
  for (const name of path.split('.')) {
    if (valueIn(at, ['enabled']) === false) return at;
    at = valueIn(at, ['properties', name]);
  }
  return at;
}

function bodyOf(path: string, abilities: Abilities): object {
  const [found, ...others] = resources(abilities, RETENTION).filter((resource) => resource.path === path);
  if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${path}`);
  return found.body;
}

function lifecycleOf(kind: DocumentKind, abilities: Abilities): unknown {
  return valueIn(bodyOf(`/_component_template/mxwarden-${kind}@lifecycle`, abilities), ['template']);
}

describe.each([
  ['full', FULL],
  ['core only', CORE],
])('in the %s flavour', (_, abilities) => {
  test.each(KINDS)('every field of a %s has a mapping', (kind) => {
    const mapping = mappings(kind, abilities);
    for (const path of FIELDS[kind].keys()) expect([path, mappingAt(mapping, path)]).not.toEqual([path, undefined]);
  });

  test('each template is composed of what comes before it, or may be missing', () => {
    const made = new Set<unknown>();
    for (const { name, body } of resources(abilities, RETENTION)) {
      const parts = valueIn(body, ['composed_of']);
      const missing = valueIn(body, ['ignore_missing_component_templates']);
      if (Array.isArray(parts))
        for (const part of parts)
          expect(made.has(part) || (Array.isArray(missing) && missing.includes(part))).toBe(true);
      made.add(name);
    }
  });

  test('what is named last, the template of the operator, is above all but the alias', () => {
    for (const { what, body } of resources(abilities, RETENTION)) {
      if (what !== 'index template') continue;
      expect(valueIn(body, ['composed_of'])).toEqual(expect.arrayContaining(['mxwarden@custom']));
      expect(valueIn(body, ['template', 'settings']) ?? valueIn(body, ['template', 'lifecycle'])).toBeUndefined();
    }
  });

  test('a template is for the names under which documents are written, and above those that others bring', () => {
    for (const kind of KINDS) {
      const { name, isStream } = TARGETS[kind];
      const template = bodyOf(`/_index_template/${isStream ? `logs-mxwarden.${kind}` : name}`, abilities);
      const pattern = isStream ? `logs-mxwarden.${kind}-*` : `${name}-*`;
      expect(template).toMatchObject({ index_patterns: [pattern], priority: 500 });
      expect(valueIn(template, ['data_stream'])).toEqual(isStream ? {} : undefined);
      expect(valueIn(template, ['template', 'aliases'])).toEqual(isStream ? undefined : { [name]: {} });
    }
  });
});

test.each([
  ['is named as one that may be missing', true, false, ['mxwarden@custom'], ['mxwarden@custom']],
  ['is not named where none may be missing', false, false, [], undefined],
  ['is named where none may be missing and it is there', false, true, ['mxwarden@custom'], undefined],
])("the operator's component template %s", (_, missingComponents, customComponent, named, ignored) => {
  const body = bodyOf('/_index_template/mxwarden-client', { ...CORE, missingComponents, customComponent });

  expect(valueIn(body, ['composed_of'])).toEqual(['mxwarden@settings', 'mxwarden-client@mappings', ...named]);
  expect(valueIn(body, ['ignore_missing_component_templates'])).toEqual(ignored);
});

test.each([
  ['@timestamp', { type: 'date' }, { type: 'date' }],
  ['mxwarden.smtp.connects', { type: 'long' }, { type: 'long' }],
  ['mxwarden.mee.value', { type: 'double' }, { type: 'double' }],
  ['mxwarden.window.final', { type: 'boolean' }, { type: 'boolean' }],
  ['related.ip', { type: 'ip', ignore_malformed: true }, { type: 'ip', ignore_malformed: true }],
  ['mxwarden.subject', { type: 'keyword', ignore_above: 1024 }, { type: 'keyword', ignore_above: 1024 }],
  ['event.module', { type: 'constant_keyword' }, { type: 'keyword', ignore_above: 1024 }],
  ['mxwarden.anomaly.reasons', { type: 'match_only_text' }, { type: 'text' }],
  ['mxwarden.top_clients', { type: 'object', enabled: false }, { type: 'object', enabled: false }],
  ['data_stream', undefined, undefined],
])('%s of a window is %j, in the core only flavour %j', (path, full, core) => {
  expect(mappingAt(mappings('correlation', FULL), path)).toEqual(full);
  expect(mappingAt(mappings('correlation', CORE), path)).toEqual(core);
});

test('a line of the log is kept as it is, however long', () => {
  expect(mappingAt(mappings('rejection', FULL), 'event.original')).toEqual({
    type: 'keyword',
    index: false,
    doc_values: false,
  });
});

test('a data stream has its names as constants', () => {
  expect(mappingAt(mappings('alert', FULL), 'data_stream.dataset')).toEqual({
    type: 'constant_keyword',
    value: 'mxwarden.alert',
  });
  expect(mappingAt(mappings('alert', CORE), 'data_stream')).toBeUndefined();
});

describe('how long documents are kept', () => {
  test('is a month more by the policy of monthly indices, whose age counts from their first day', () => {
    const phases = (name: string): unknown => valueIn(bodyOf(`/_ilm/policy/${name}`, FULL), ['policy', 'phases']);

    expect(phases('mxwarden-correlation')).toEqual({
      delete: { min_age: '431d', actions: { delete: { delete_searchable_snapshot: true } } },
    });
    expect(phases('mxwarden-client')).toEqual({
      delete: { min_age: '33d', actions: { delete: { delete_searchable_snapshot: true } } },
    });
    expect(lifecycleOf('client', FULL)).toEqual({
      settings: { index: { lifecycle: { name: 'mxwarden-client', parse_origination_date: 'true' } } },
    });
  });

  test('is said to a data stream itself, which needs no policy then', () => {
    expect(lifecycleOf('alert', FULL)).toEqual({ lifecycle: { data_retention: '90d' } });
    expect(resources(FULL, RETENTION).map(({ name }) => name)).not.toContain('mxwarden-alert');
  });

  test('is left to a policy with rollover where data streams have no retention', () => {
    const older = { ...FULL, retention: false };

    expect(valueIn(bodyOf('/_ilm/policy/mxwarden-alert', older), ['policy', 'phases'])).toEqual({
      hot: { min_age: '0ms', actions: { rollover: { max_age: '30d', max_primary_shard_size: '50gb' } } },
      delete: { min_age: '90d', actions: { delete: { delete_searchable_snapshot: true } } },
    });
    expect(lifecycleOf('alert', older)).toEqual({ settings: { index: { lifecycle: { name: 'mxwarden-alert' } } } });
  });

  test('is nowhere if the server has neither', () => {
    const neither = { ...CORE, retention: false };

    expect(JSON.stringify(resources(neither, RETENTION))).not.toContain('lifecycle');
  });
});

test('the digest of a resource follows what is in it', () => {
  const digestsOf = (abilities: Abilities, retention: Retention): readonly string[] =>
    resources(abilities, retention).map(({ meta }) => meta.digest);

  expect(digestsOf(FULL, RETENTION)).toEqual(digestsOf({ ...FULL }, { ...RETENTION }));
  const longer = digestsOf(FULL, { ...RETENTION, alert: 91 * DAY_MS });
  expect(longer.filter((digest, place) => digest !== digestsOf(FULL, RETENTION)[place])).toHaveLength(1);
});
