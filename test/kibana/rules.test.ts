import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { sigmaRules } from '../../deploy/sigma.js';
import { FIELDS } from '../../src/core/documents/fields.js';
import type { DocumentKind, JsonObject } from '../../src/core/documents/fields.js';
import { detections } from '../../src/kibana/detections.js';
import { detectionRules, exportedRules } from '../../src/kibana/rules.js';
import type { DetectionRule } from '../../src/kibana/rules.js';
import { fieldsOfKql, parseKql } from '../support/kibana/kql.js';
import { kindOfIndices } from '../support/kibana/lint-fields.js';
import { objectOf, objectsOf, textOf, textsOf } from '../support/kibana/objects.js';
import { RULE_SCHEMA } from '../support/kibana/rule-schema.js';

const RULES = detectionRules();
const isRule = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(RULE_SCHEMA);

/** What Elasticsearch adds to each document. */
const META = ['_id', '_index', '_version'];

/** The fields that a query in ES|QL names; names that it gives itself are not among them. */
function fieldsOfEsql(query: string): readonly string[] {
  const named =
    query.replace(/"[^"]*"/g, '').match(/(?:@timestamp|[a-z_]+(?:\.[a-z_0-9]+)+|_(?:id|index|version)\b)/g) ?? [];
  return named.filter((name) => !META.includes(name));
}

function fieldsOf(rule: DetectionRule): readonly string[] {
  const query = textOf(rule.query);
  const { field, cardinality } = objectOf(rule.threshold);
  const mappings = [...objectsOf(rule.risk_score_mapping), ...objectsOf(rule.severity_mapping)];
  return [
    ...(rule.type === 'esql' ? fieldsOfEsql(query.replace(/^FROM \S+/, '')) : fieldsOfKql(parseKql(query))),
    ...textsOf(field),
    ...[...objectsOf(cardinality), ...mappings].map((item) => textOf(item.field)),
    ...textsOf(rule.new_terms_fields),
    textOf(rule.timestamp_override),
  ];
}

function kindOf(rule: DetectionRule): DocumentKind | undefined {
  return kindOfIndices(textsOf(rule.index)[0] ?? /^FROM (\S+)/.exec(textOf(rule.query))?.[1]);
}

function minutesIn(text: unknown): number {
  return Number(/(\d+)m$/.exec(textOf(text))?.[1]);
}

describe.each(RULES.map((rule) => [rule.rule_id, rule] as const))('the rule %s', (_, rule) => {
  test('is one that Elastic Security takes', () => {
    expect([isRule(rule), isRule.errors]).toEqual([true, null]);
  });

  test('names fields that its documents have, and no others', () => {
    const kind = kindOf(rule);
    const fields = fieldsOf(rule);

    expect(fields.length).toBeGreaterThan(1);
    expect(kind === undefined ? ['no documents of ours'] : fields.filter((field) => !FIELDS[kind].has(field))).toEqual(
      [],
    );
  });

  test('is disabled, and tells what to look at', () => {
    expect(rule.enabled).toBe(false);
    expect(rule.note).toMatch(/^## Triage\n\n1\. .+\n2\. /);
  });
});

test.each([
  ['another type', { ...RULES[0], type: 'eql' }],
  ['an attribute that is not known', { ...RULES[0], immutable: true }],
  ['a rule that is enabled', { ...RULES[0], enabled: true }],
  ['a rule without a risk score', { ...RULES[0], risk_score: undefined }],
  ['ES|QL with indices', { ...RULES.find(({ type }) => type === 'esql'), index: ['a'] }],
  ['a threshold without a field', { ...RULES.find(({ type }) => type === 'threshold'), threshold: { value: 1 } }],
])('no rule: %s', (_, rule) => {
  // As it comes from a file: without what is undefined.
  expect(isRule(JSON.parse(JSON.stringify(rule)))).toBe(false);
});

test('each type of rule is there, each name and id once', () => {
  expect([...new Set(RULES.map(({ type }) => type))].sort()).toEqual(['esql', 'new_terms', 'query', 'threshold']);
  expect(new Set(RULES.map(({ rule_id }) => rule_id)).size).toBe(RULES.length);
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
});

test.each(RULES.filter(({ type }) => type !== 'threshold').map((rule) => [rule.rule_id, rule] as const))(
  '%s looks at each time once, but for what Elasticsearch was told of late',
  (_, { from, interval }) => {
    expect(minutesIn(from) - minutesIn(interval)).toBe(4);
  },
);

test('an alert of ours keeps its name, its severity and its risk', () => {
  const promotion = RULES.find(({ type }) => type === 'query');

  expect(promotion).toMatchObject({
    rule_name_override: 'rule.name',
    risk_score_mapping: [{ field: 'event.risk_score' }],
    severity_mapping: [
      { field: 'event.severity', value: '21', severity: 'low' },
      { field: 'event.severity', value: '47', severity: 'medium' },
      { field: 'event.severity', value: '73', severity: 'high' },
    ],
  });
});

test('windows are of the size that is asked for', () => {
  const text = exportedRules(detectionRules('1m'));

  expect(text).toContain(String.raw`mxwarden.window.size IN (\"1m\")`);
  expect(text).not.toContain('"5m\\"');
});

/** The documents of a file of YAML. */
function documentsIn(text: string): readonly JsonObject[] {
  return parseAllDocuments(text).map((document) => {
    const value: unknown = document.toJS();
    return objectOf(value);
  });
}

describe('Sigma', () => {
  const documents = sigmaRules('5m').flatMap(([, text]) => documentsIn(text));

  test('has all that it has words for', () => {
    const without = detections('5m').filter(({ id }) => !sigmaRules('5m').some(([name]) => name === `${id}.yml`));

    expect(without.map(({ id }) => id)).toEqual(['mxwarden-dns-surge']);
  });

  test('each rule has an id of its own, and a title', () => {
    const ids = documents.map(({ id }) => textOf(id));

    expect(new Set(ids).size).toBe(documents.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(documents.filter(({ title, level }) => textOf(title) === '' || textOf(level) === '')).toEqual([]);
  });

  test('selections are of fields that the documents have', () => {
    const unknown = documents.flatMap(({ logsource, detection }) => {
      const { selection, filter } = objectOf(detection);
      const kinds = new Map<string, ReadonlyMap<string, unknown>>(Object.entries(FIELDS));
      const fields = Object.keys({ ...objectOf(selection), ...objectOf(filter) }).map((key) => key.replace(/\|.*/, ''));
      return fields.filter((field) => kinds.get(textOf(objectOf(logsource).service))?.has(field) !== true);
    });

    expect(unknown).toEqual([]);
  });

  test('what counts names a rule of the same file', () => {
    for (const [, text] of sigmaRules('5m')) {
      const parts = documentsIn(text);
      const names = parts.map(({ name }) => textOf(name));
      const named = parts.flatMap(({ correlation }) => textsOf(objectOf(correlation).rules));

      expect(named.filter((name) => !names.includes(name))).toEqual([]);
    }
  });
});
