const TEXT = { type: 'string', minLength: 1 };
const TEXTS = { type: 'array', items: TEXT };
const DURATION = { type: 'string', pattern: '^\\d+[smh]$' };
const PAST = { type: 'string', pattern: '^now-\\d+[smhd]$' };
const SEVERITY = { enum: ['low', 'medium', 'high', 'critical'] };

const COMMON = {
  rule_id: { type: 'string', pattern: '^mxwarden-[a-z-]+$' },
  name: TEXT,
  description: TEXT,
  enabled: { const: false },
  severity: SEVERITY,
  risk_score: { type: 'integer', minimum: 0, maximum: 100 },
  rule_name_override: TEXT,
  risk_score_mapping: mapping({ value: { const: '' } }),
  severity_mapping: mapping({ value: TEXT, severity: SEVERITY }),
  interval: DURATION,
  from: PAST,
  to: { const: 'now' },
  timestamp_override: TEXT,
  max_signals: { type: 'integer', minimum: 1, maximum: 1000 },
  threat: {
    type: 'array',
    items: {
      type: 'object',
      required: ['framework', 'tactic', 'technique'],
      properties: {
        framework: { const: 'MITRE ATT&CK' },
        tactic: attack('^TA\\d{4}$', 'tactics'),
        technique: {
          type: 'array',
          items: {
            ...attack('^T\\d{4}$', 'techniques'),
            properties: {
              ...attack('^T\\d{4}$', 'techniques').properties,
              subtechnique: { type: 'array', items: attack('^T\\d{4}\\.\\d{3}$', 'techniques') },
            },
          },
        },
      },
    },
  },
  false_positives: TEXTS,
  note: TEXT,
  references: TEXTS,
  tags: TEXTS,
  author: TEXTS,
  license: TEXT,
  version: { type: 'integer', minimum: 1 },
  actions: { type: 'array', maxItems: 0 },
  exceptions_list: { type: 'array', maxItems: 0 },
  meta: { type: 'object' },
};
const NEEDED = ['rule_id', 'name', 'description', 'risk_score', 'severity', 'type', 'version', 'note', 'enabled'];
const KUERY = { index: { ...TEXTS, minItems: 1 }, query: TEXT, language: { const: 'kuery' } };

/** What Elastic Security takes for a rule of each type that we make, as far as we use it; anything else is refused. */
export const RULE_SCHEMA = {
  oneOf: [
    ofType('query', KUERY),
    ofType('threshold', {
      ...KUERY,
      threshold: {
        type: 'object',
        required: ['field', 'value', 'cardinality'],
        additionalProperties: false,
        properties: {
          field: { ...TEXTS, maxItems: 5 },
          value: { type: 'integer', minimum: 1 },
          cardinality: {
            type: 'array',
            items: {
              type: 'object',
              required: ['field', 'value'],
              properties: { field: TEXT, value: { type: 'integer', minimum: 1 } },
              additionalProperties: false,
            },
          },
        },
      },
    }),
    ofType('new_terms', {
      ...KUERY,
      new_terms_fields: { ...TEXTS, minItems: 1, maxItems: 3 },
      history_window_start: PAST,
    }),
    ofType('esql', { query: TEXT, language: { const: 'esql' } }),
  ],
};

function ofType(type: string, properties: Readonly<Record<string, object>>): object {
  return {
    type: 'object',
    required: [...NEEDED, ...Object.keys(properties)],
    properties: { ...COMMON, type: { const: type }, ...properties },
    additionalProperties: false,
  };
}

function mapping(properties: Readonly<Record<string, object>>): object {
  const all = { field: TEXT, operator: { const: 'equals' }, ...properties };
  return {
    type: 'array',
    items: { type: 'object', required: Object.keys(all), properties: all, additionalProperties: false },
  };
}

function attack(id: string, folder: string) {
  return {
    type: 'object',
    required: ['id', 'name', 'reference'],
    properties: {
      id: { type: 'string', pattern: id },
      name: TEXT,
      reference: { type: 'string', pattern: `^https://attack\\.mitre\\.org/${folder}/[TA0-9/]+/$` },
    },
  } as const;
}
