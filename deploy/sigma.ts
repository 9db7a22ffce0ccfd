import { stringify } from 'yaml';
import { sigma } from '../src/kibana/condition.js';
import { detections } from '../src/kibana/detections.js';
import type { Detection } from '../src/kibana/detections.js';
import { attackTags } from '../src/kibana/mitre.js';

const DATE = '2026-11-23';

/** Detections as rules of Sigma, each with the name of its file; what Sigma has no word for is not among them. */
export function sigmaRules(windowSize: string): readonly (readonly [string, string])[] {
  return detections(windowSize)
    .filter(({ method }) => method.is !== 'pipe' || method.esql.startsWith('KEEP '))
    .map((detection) => [`${detection.id}.yml`, documentsOf(detection).map(written).join('---\n')]);
}

function written(document: object): string {
  return stringify(document, { lineWidth: 120 });
}

function nameOf({ id }: Detection): string {
  return id.replaceAll('-', '_');
}

/** The rule of a single document, and what counts of them there must be. */
function documentsOf(detection: Detection): readonly object[] {
  const { uuid, name, description, severity, kind, condition, method, attacks, falsePositives } = detection;
  const { selection, filter } = sigma(condition);
  const hasFilter = Object.keys(filter).length > 0;
  const isCounted = method.is === 'many';
  const base = {
    title: isCounted ? `${name}: one of them` : name,
    id: uuid,
    name: nameOf(detection),
    status: 'experimental',
    description:
      method.is === 'new' ? `${description} Sigma has no word for "never seen": filter what is known.` : description,
    author: 'mxwarden',
    date: DATE,
    ...(attacks.length === 0 ? {} : { tags: attackTags(attacks) }),
    logsource: { product: 'mxwarden', service: kind },
    detection: {
      selection,
      ...(hasFilter ? { filter } : {}),
      condition: hasFilter ? 'selection and not filter' : 'selection',
    },
    falsepositives: falsePositives,
    level: isCounted ? 'informational' : severity,
  };
  return isCounted ? [base, ...counts(detection, method)] : [base];
}

type Many = Extract<Detection['method'], { is: 'many' }>;

function counts(detection: Detection, { by, count, within, different }: Many): readonly object[] {
  const { name, severity } = detection;
  const base = nameOf(detection);
  const common = { 'group-by': by, timespan: within };
  const document = (place: number, words: string, correlation: object, level: string): object => ({
    title: words,
    id: idOf(detection, place),
    name: `${base}_${place}`,
    status: 'experimental',
    author: 'mxwarden',
    date: DATE,
    correlation,
    level,
  });
  const often = { type: 'event_count', rules: [base], ...common, condition: { gte: count } };
  if (different === undefined) return [document(1, name, often, severity)];
  const { field } = different;
  const wide = { type: 'value_count', rules: [base], ...common, condition: { gte: different.count, field } };
  const both = { type: 'temporal', rules: [`${base}_1`, `${base}_2`], ...common };
  return [
    document(1, `${name}: often`, often, 'informational'),
    document(2, `${name}: of different values`, wide, 'informational'),
    document(3, name, both, severity),
  ];
}

/** The id of the rule with one digit replaced. */
function idOf({ uuid }: Detection, place: number): string {
  const at = uuid.lastIndexOf('-') + 1;
  return `${uuid.slice(0, at)}${place}${uuid.slice(at + 1)}`;
}
