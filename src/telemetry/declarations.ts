import { FIELDS } from '../core/documents/fields.js';
import { DEAD_REASONS } from '../core/event.js';
import { partitionOfSource } from '../core/source-name.js';
import { entries } from '../core/tally/counters.js';
import type { RetryReason } from '../elasticsearch/verdict.js';
import type { IndexDeadReason } from '../stages/index-documents.js';

export const STAGES = ['aggregate', 'correlate', 'index'] as const;
export type Stage = (typeof STAGES)[number];

/** Why a document can never be written: all of them, or this does not compile. */
const REFUSALS: Readonly<Record<Exclude<IndexDeadReason, 'unreadable'>, true>> = {
  no_identity: true,
  no_time: true,
  no_version: true,
  rejected: true,
  malformed: true,
  too_large: true,
};

/** Why Elasticsearch did not take documents: all of it, or this does not compile. */
const TROUBLES: Readonly<Record<RetryReason, true>> = {
  no_answer: true,
  overloaded: true,
  server_error: true,
  forbidden: true,
  no_index: true,
  strange_answer: true,
};

/**
 * What a label can be; `undefined` where only the settings say it. Nothing that a log says is ever a label: not a server,
 * not a client, not a name.
 */
const LABELS = {
  stage: STAGES,
  /** `topic/partition`; in the metric it is two labels. */
  source: undefined,
  outcome: ['counted', 'unused', 'unrecognised', 'unmapped', 'late', 'future', 'duplicate'],
  reason: [...DEAD_REASONS, ...entries(REFUSALS).map(([reason]) => reason)],
  document: entries(FIELDS).map(([kind]) => kind),
  verdict: ['written', 'stale', 'older_epoch', 'there', 'dead'],
  trouble: entries(TROUBLES).map(([reason]) => reason),
} as const;
export type Label = keyof typeof LABELS;
/** A value of each label. */
export type LabelValues = {
  readonly [L in Label]: (typeof LABELS)[L] extends readonly (infer Value)[] ? Value : string;
};

interface Declared {
  /** An age is a gauge that is set to an instant, and shows how long ago that was whenever it is looked at. */
  readonly kind: 'counter' | 'gauge' | 'age';
  /** Those of gauges and ages are a stage and a source, so that all of a partition can be forgotten. */
  readonly labels: readonly Label[];
  readonly help: string;
}

const OF_SOURCE = ['stage', 'source'] as const;

/** The metrics of our own; names end in their unit. */
export const METRICS = {
  mxwarden_processed_lag_records: {
    kind: 'gauge',
    labels: OF_SOURCE,
    help: 'Records from the next one to be taken to the end of the partition, as of the last fetch',
  },
  mxwarden_committed_lag_records: {
    kind: 'gauge',
    labels: OF_SOURCE,
    help: 'Records from the committed offset to the end of the partition; of aggregate large by design, since only starts of chunks are committed',
  },
  mxwarden_watermark_delay_seconds: {
    kind: 'age',
    labels: OF_SOURCE,
    help: 'How far the watermark, which is event time, is behind the clock',
  },
  mxwarden_seal_age_seconds: {
    kind: 'age',
    labels: OF_SOURCE,
    help: 'Time since the end of the window that was sealed last',
  },
  mxwarden_open_panes: {
    kind: 'gauge',
    labels: OF_SOURCE,
    help: 'Windows of the smallest size that are not sealed yet',
  },
  mxwarden_open_windows: { kind: 'gauge', labels: OF_SOURCE, help: 'Windows of all sizes that are not sealed yet' },
  mxwarden_held_back: {
    kind: 'gauge',
    labels: OF_SOURCE,
    help: '1 while a source is paused because it is far ahead of the slowest one, else 0',
  },
  mxwarden_gap_records_total: {
    kind: 'counter',
    labels: OF_SOURCE,
    help: 'Records that were deleted before they were read',
  },
  mxwarden_events_total: { kind: 'counter', labels: ['outcome'], help: 'Events by what became of them' },
  mxwarden_dead_letters_total: {
    kind: 'counter',
    labels: ['stage', 'reason'],
    help: 'Records that can never be counted, and documents that can never be written',
  },
  mxwarden_documents_total: {
    kind: 'counter',
    labels: ['document'],
    help: 'Documents produced, each revision again',
  },
  mxwarden_bulk_items_total: {
    kind: 'counter',
    labels: ['document', 'verdict'],
    help: 'Documents by what became of them in Elasticsearch; stale: a newer one is there; there: it was written before',
  },
  mxwarden_bulk_retries_total: {
    kind: 'counter',
    labels: ['trouble'],
    help: 'Documents that Elasticsearch did not take, and that were sent again',
  },
  mxwarden_rebalances_total: { kind: 'counter', labels: ['stage'], help: 'Generations of the consumer group' },
  mxwarden_restore_seconds: { kind: 'gauge', labels: OF_SOURCE, help: 'How long the last restore took' },
  mxwarden_snapshot_seconds: { kind: 'gauge', labels: OF_SOURCE, help: 'How long the last snapshot took' },
  mxwarden_snapshot_bytes: { kind: 'gauge', labels: OF_SOURCE, help: 'Size of the last snapshot' },
} as const satisfies Readonly<Record<`mxwarden_${string}`, Declared>>;
export type MetricName = keyof typeof METRICS;

/** The names of the metrics of a kind. */
export type NameOf<Kind extends Declared['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** The labels of a metric, each with a value. */
export type LabelsOf<Name extends MetricName> = Pick<LabelValues, (typeof METRICS)[Name]['labels'][number]>;

export interface MetricRow {
  readonly name: MetricName;
  readonly kind: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly help: string;
}

/** What the metrics are, as those who scrape them see them. */
export function metricRows(): readonly MetricRow[] {
  return entries<MetricName, Declared>(METRICS).map(([name, { kind, labels, help }]) => ({
    name,
    kind: kind === 'age' ? 'gauge' : kind,
    labels: labels.flatMap(namesOf),
    help,
  }));
}

/** The values of the labels that have a closed set of them. */
export function labelRows(): readonly (readonly [Label, readonly string[]])[] {
  return entries<Label, readonly string[] | undefined>(LABELS).flatMap(([label, values]) =>
    values === undefined ? [] : [[label, values] as const],
  );
}

/** The names that a label has in a metric. */
function namesOf(label: Label): readonly string[] {
  return label === 'source' ? ['topic', 'partition'] : [label];
}

/** Topic and partition of a source; of a topic's name `/` is no part. */
export function partsOf(source: string): { readonly topic: string; readonly partition: string } {
  const { topic, partition } = partitionOfSource(source);
  return { topic, partition: String(partition) };
}

/** All combinations of values of labels; `undefined` if one of the labels has no closed set of them. */
export function combinationsOf(labels: readonly Label[]): readonly Readonly<Partial<LabelValues>>[] | undefined {
  let combinations: readonly Readonly<Partial<LabelValues>>[] = [{}];
  for (const label of labels) {
    const values = LABELS[label];
    if (values === undefined) return undefined;
    combinations = combinations.flatMap((others) => values.map((value) => ({ ...others, [label]: value })));
  }
  return combinations;
}
