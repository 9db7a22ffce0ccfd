import { DATA_VIEWS } from './data-views.js';
import { esql, kql } from './condition.js';
import { detections } from './detections.js';
import type { Detection } from './detections.js';
import { threats } from './mitre.js';
import { DEFAULT_WINDOW_SIZE } from './objects.js';

/** Risk scores that Elastic's detection engine gives to its severities; our alerts have the same. */
const RISK = { low: 21, medium: 47, high: 73 } as const;
/** Rises with every change of a rule. */
const RULES_VERSION = 1;
const EVERY_MINUTES = 5;
/** By how much more a rule looks back than it waits, for what Elasticsearch was told of late. */
const OVERLAP_MINUTES = 4;
const SURGE_MINUTES = 15;

/** A rule as Elastic Security imports it. */
export interface DetectionRule {
  readonly rule_id: string;
  readonly name: string;
  readonly type: 'query' | 'threshold' | 'new_terms' | 'esql';
  readonly enabled: false;
  readonly [attribute: string]: unknown;
}

/** All rules, disabled: the site enables those that it wants. Windows are those of this size. */
export function detectionRules(windowSize = DEFAULT_WINDOW_SIZE): readonly DetectionRule[] {
  return detections(windowSize).map(rule);
}

/** Rules as a file of Elastic Security's. */
export function exportedRules(rules: readonly DetectionRule[]): string {
  return rules.map((it) => `${JSON.stringify(it)}\n`).join('');
}

function rule(detection: Detection): DetectionRule {
  const { id, name, description, severity, kind, attacks, falsePositives, triage } = detection;
  return {
    rule_id: id,
    name,
    description,
    enabled: false,
    severity,
    risk_score: RISK[severity],
    ...(kind === 'alert' ? mappedToAlert() : { severity_mapping: [], risk_score_mapping: [] }),
    ...search(detection),
    interval: `${EVERY_MINUTES}m`,
    to: 'now',
    // What came late is found by the time at which Elasticsearch got it; files lack that time.
    timestamp_override: 'event.ingested',
    max_signals: 100,
    threat: threats(attacks),
    false_positives: falsePositives,
    note: `## Triage\n\n${triage.map((step, place) => `${place + 1}. ${step}`).join('\n')}\n`,
    references: [],
    tags: ['mxwarden', 'Data Source: Postfix', `Documents: ${kind}`],
    author: ['mxwarden'],
    license: 'Apache-2.0',
    version: RULES_VERSION,
    actions: [],
    exceptions_list: [],
  };
}

/** Name, severity and risk of the alert that a rule makes of one of ours. */
function mappedToAlert(): object {
  return {
    rule_name_override: 'rule.name',
    risk_score_mapping: [{ field: 'event.risk_score', operator: 'equals', value: '' }],
    severity_mapping: Object.entries(RISK).map(([severity, risk]) => ({
      field: 'event.severity',
      operator: 'equals',
      value: String(risk),
      severity,
    })),
  };
}

type Search = Pick<DetectionRule, 'type'> & Readonly<Record<string, unknown>>;

function search({ kind, condition, method }: Detection): Search {
  const indices = DATA_VIEWS[kind].indices;
  const from = (minutes: number): object => ({ from: `now-${minutes + OVERLAP_MINUTES}m` });
  const query = { index: [indices], language: 'kuery', query: kql(condition) };
  switch (method.is) {
    case 'each':
      return { type: 'query', ...query, ...from(EVERY_MINUTES) };
    case 'many': {
      const { by, count, within, different } = method;
      const cardinality = different === undefined ? [] : [{ field: different.field, value: different.count }];
      return {
        type: 'threshold',
        ...query,
        from: `now-${within}`,
        threshold: { field: by, value: count, cardinality },
      };
    }
    case 'new':
      return {
        type: 'new_terms',
        ...query,
        ...from(EVERY_MINUTES),
        new_terms_fields: [method.field],
        history_window_start: method.history,
      };
    case 'pipe': {
      const isOfEach = method.esql.startsWith('KEEP ');
      const source = `FROM ${indices}${isOfEach ? ' METADATA _id, _index, _version' : ''}`;
      return {
        type: 'esql',
        language: 'esql',
        query: `${source} | WHERE ${esql(condition)} | ${method.esql}`,
        ...from(isOfEach ? EVERY_MINUTES : SURGE_MINUTES),
      };
    }
  }
}
