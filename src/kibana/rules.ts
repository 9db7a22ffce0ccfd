import { digestOf } from '../core/content.js';
import { RISK } from '../core/documents/fields-alert.js';
import { isObject, valueIn } from '../core/documents/value.js';
import { DATA_VIEWS } from './data-views.js';
import { esql, kql } from './condition.js';
import { detections } from './detections.js';
import type { Detection } from './detections.js';
import { MADE_VERSION } from './made.js';
import type { Made } from './made.js';
import { threats } from './mitre.js';
import { DEFAULT_WINDOW_SIZE } from './objects.js';

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
  return detections(windowSize).map((detection) => {
    const made = rule(detection);
    return { ...made, meta: { mxwarden: { version: MADE_VERSION, digest: ruleDigest(made) } } };
  });
}

/** What a site does with a rule without making another one of it, and what Kibana writes itself. */
const OF_SITE = ['enabled', 'actions', 'exceptions_list', 'version', 'meta'];
/** What people may add to a rule, and ours have not. */
const ADDABLE = [
  'alert_suppression',
  'building_block_type',
  'data_view_id',
  'filters',
  'investigation_fields',
  'response_actions',
  'saved_id',
  'setup',
  'timeline_id',
  'timestamp_override_fallback_disabled',
] as const;

/** What a rule finds and how it tells of it, as we make it or as Kibana gives it back: `like` has the names of it. */
export function ruleContent(
  rule: Readonly<Record<string, unknown>>,
  like: Readonly<Record<string, unknown>> = rule,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(like).filter((name) => !OF_SITE.includes(name));
  const added = ADDABLE.filter((name) => {
    const value = rule[name];
    return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  });
  return Object.fromEntries([...names, ...added].map((name) => [name, rule[name]]));
}

export function ruleDigest(
  rule: Readonly<Record<string, unknown>>,
  like: Readonly<Record<string, unknown>> = rule,
): string {
  return digestOf(ruleContent(rule, like)).slice(0, 16);
}

/** What says who made a rule; `undefined` without it. */
export function ruleMade(rule: unknown): Made | undefined {
  const made = valueIn(rule, ['meta', 'mxwarden']);
  const { version, digest } = isObject(made) ? made : {};
  return typeof version === 'number' && typeof digest === 'string' ? { version, digest } : undefined;
}

/** Our rule in the place of the one that is there: what the site set of it stays. */
export function replacing(ours: DetectionRule, there: Readonly<Record<string, unknown>>): object {
  const kept = ['enabled', 'actions', 'exceptions_list'].filter((name) => there[name] !== undefined);
  return { ...ours, ...Object.fromEntries(kept.map((name) => [name, there[name]])) };
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
    interval: `${EVERY_MINUTES}m`,
    ...search(detection),
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
    version: MADE_VERSION,
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
        // Sums of a time that was looked at already would be told of again.
        ...(isOfEach ? from(EVERY_MINUTES) : { interval: `${SURGE_MINUTES}m`, ...from(SURGE_MINUTES) }),
      };
    }
  }
}
