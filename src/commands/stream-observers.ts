import type { Outcomes } from '../core/outcomes.js';
import type { AggregateObserver } from '../stages/aggregate.js';
import type { CorrelateObserver } from '../stages/correlate.js';
import type { IndexObserver } from '../stages/index-documents.js';
import type { Stage } from '../telemetry/declarations.js';
import type { Vitals } from '../telemetry/health.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';

export interface Telemetry {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly vitals: Vitals;
}

export function aggregateObserver({ metrics, log, vitals }: Telemetry): AggregateObserver & {
  readonly outcomes: (outcomes: Outcomes) => void;
} {
  const stage = 'aggregate';
  return {
    source: (source, { next, end, committed, watermarkMs, isHeld }) => {
      vitals.tick(stage);
      setLag({ metrics, stage, source }, { next, end, committed });
      metrics.since('mxwarden_watermark_delay_seconds', { stage, source }, watermarkMs);
      metrics.set('mxwarden_held_back', { stage, source }, Number(isHeld));
    },
    lost: (source) => metrics.forget(stage, source),
    gap: (source, { from, to }) => {
      metrics.add('mxwarden_gap_records_total', { stage, source }, to - from);
      log.error('Records were deleted before they were counted: raise the retention of the topic.', {
        stage,
        source,
        offset: from,
        count: to - from,
      });
    },
    dead: (reason) => metrics.add('mxwarden_dead_letters_total', { stage, reason }),
    schema: (source, _id, learned) => {
      if (learned === 'later')
        log.warn('The schema registry does not give a schema; records of it wait.', {
          stage,
          source,
        });
      else
        log.warn('The schema registry has no schema of this number; the record is a dead letter.', { stage, source });
    },
    outcomes: (outcomes) => countOutcomes(metrics, log, outcomes),
  };
}

function countOutcomes(metrics: Metrics, log: Log, outcomes: Outcomes): void {
  const { counted, unused, duplicate, unrecognised, foreign, unmapped, dead } = outcomes;
  metrics.add('mxwarden_events_total', { outcome: 'counted' }, counted);
  metrics.add('mxwarden_events_total', { outcome: 'unused' }, unused + sumOf(foreign));
  metrics.add('mxwarden_events_total', { outcome: 'unrecognised' }, sumOf(unrecognised));
  metrics.add('mxwarden_events_total', { outcome: 'unmapped' }, sumOf(unmapped));
  metrics.add('mxwarden_events_total', { outcome: 'duplicate' }, duplicate);
  metrics.add('mxwarden_events_total', { outcome: 'late' }, dead.late);
  metrics.add('mxwarden_events_total', { outcome: 'future' }, dead.future);
  if (unmapped.size > 0)
    log.warn('Events of hosts that are no server of the configuration: add them to servers, or take them out.', {
      stage: 'aggregate',
      count: sumOf(unmapped),
    });
}

function sumOf(samples: Outcomes['unmapped']): number {
  let sum = 0;
  for (const { count } of samples.values()) sum += count;
  return sum;
}

const DOCUMENTS = { correlations: 'correlation', clients: 'client', alerts: 'alert' } as const;

export function correlateObserver({ metrics, log, vitals }: Telemetry): CorrelateObserver {
  const stage = 'correlate';
  return {
    partition: (source, { next, end, committed, watermarkMs, sealedMs, openPanes, openWindows }) => {
      vitals.tick(stage);
      setLag({ metrics, stage, source }, { next, end, committed });
      metrics.since('mxwarden_watermark_delay_seconds', { stage, source }, watermarkMs);
      metrics.since('mxwarden_seal_age_seconds', { stage, source }, sealedMs);
      metrics.set('mxwarden_open_panes', { stage, source }, openPanes);
      metrics.set('mxwarden_open_windows', { stage, source }, openWindows);
    },
    lost: (source) => metrics.forget(stage, source),
    late: ({ source }) => {
      metrics.add('mxwarden_dead_letters_total', { stage, reason: 'late' });
      log.warn('Events came after their window was sealed, since their partition had been silent.', { stage, source });
    },
    documents: (outlet, count) => {
      vitals.tick(stage);
      if (outlet !== 'dead') metrics.add('mxwarden_documents_total', { document: DOCUMENTS[outlet] }, count);
    },
    restored: (source, { tookMs, isDamaged, lost }) => {
      vitals.tick(stage);
      metrics.set('mxwarden_restore_seconds', { stage, source }, tookMs / 1000);
      if (isDamaged)
        log.error('A snapshot is damaged or gone; an older one, or all that is there, is read.', { stage, source });
      if (lost === undefined) return;
      const count = lost.to - lost.from;
      metrics.add('mxwarden_gap_records_total', { stage, source }, count);
      log.error('What was counted after the snapshot was deleted: raise the retention of the topic of partials.', {
        stage,
        source,
        offset: lost.from,
        count,
      });
    },
    snapshot: (source, { tookMs, bytes }) => {
      vitals.tick(stage);
      metrics.set('mxwarden_snapshot_seconds', { stage, source }, tookMs / 1000);
      metrics.set('mxwarden_snapshot_bytes', { stage, source }, bytes);
    },
  };
}

export function indexObserver({ metrics, log, vitals }: Telemetry): IndexObserver {
  const stage = 'index';
  return {
    onPartition: (source, state) => setLag({ metrics, stage, source }, state),
    onLost: (source) => metrics.forget(stage, source),
    onIndexed: (document, verdict) => {
      vitals.tick(stage);
      metrics.add('mxwarden_bulk_items_total', { document, verdict });
      if (verdict === 'older_epoch')
        log.warn('Elasticsearch has documents of a later epoch: another stream writes to the same indices.', { stage });
    },
    onDeadLetter: (_document, reason) => metrics.add('mxwarden_dead_letters_total', { stage, reason }),
    onGap: ({ source, fromOffset, toOffset }) => {
      const count = toOffset - fromOffset;
      metrics.add('mxwarden_gap_records_total', { stage, source }, count);
      log.error('Documents were deleted before they were indexed: raise the retention of the topic.', {
        stage,
        source,
        offset: fromOffset,
        count,
      });
    },
  };
}

interface LagOf {
  readonly metrics: Metrics;
  readonly stage: Stage;
  readonly source: string;
}

function setLag(
  { metrics, stage, source }: LagOf,
  { next, end, committed }: { readonly next: number; readonly end: number; readonly committed: number },
): void {
  metrics.set('mxwarden_processed_lag_records', { stage, source }, Math.max(0, end - next));
  metrics.set('mxwarden_committed_lag_records', { stage, source }, Math.max(0, end - committed));
}
