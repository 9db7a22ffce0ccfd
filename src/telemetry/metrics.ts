import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Ms } from '../core/event.js';
import { METRICS, combinationsOf, metricRows, partsOf } from './declarations.js';
import type { LabelValues, LabelsOf, MetricName, NameOf, Stage } from './declarations.js';

export interface MetricsDeps {
  /** The clock by which logs are written. */
  readonly nowMs: () => Ms;
}

/** The metrics of a process, and those of Node itself; one for each process. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly counters = new Map<MetricName, Counter>();
  private readonly gauges = new Map<MetricName, Gauge>();
  private readonly ages = new Map<MetricName, Instants>();

  constructor({ nowMs }: MetricsDeps) {
    const registers = [this.registry];
    for (const { name, kind, labels, help } of metricRows()) {
      const given = { name, help, labelNames: labels, registers };
      const { kind: declared, labels: parts } = METRICS[name];
      if (kind === 'counter') {
        const counter = new Counter(given);
        // One that is absent until it first happens hides that it did: a rate needs a value from before.
        for (const combination of combinationsOf(parts) ?? []) counter.inc(labelsOf(combination), 0);
        this.counters.set(name, counter);
      } else {
        const instants: Instants | undefined = declared === 'age' ? new Map() : undefined;
        const collect = (): void => {
          for (const { labels: of, instantMs } of instants?.values() ?? []) gauge.set(of, (nowMs() - instantMs) / 1000);
        };
        const gauge: Gauge = new Gauge({ ...given, collect });
        this.gauges.set(name, gauge);
        if (instants !== undefined) this.ages.set(name, instants);
      }
    }
    collectDefaultMetrics({ register: this.registry });
  }

  /** Says that something happened so many times. */
  add<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, count = 1): void {
    this.counters.get(name)?.inc(labelsOf(labels), count);
  }

  /** Says what something is now; `undefined` if there is no such thing. */
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number | undefined): void {
    const of = labelsOf(labels);
    if (value === undefined) this.drop(name, of);
    else this.gauges.get(name)?.set(of, value);
  }

  /** Says since when it counts; an instant that is none, such as that of a watermark without an event, is no age. */
  since<Name extends NameOf<'age'>>(name: Name, labels: LabelsOf<Name>, instantMs: Ms | undefined): void {
    const of = labelsOf(labels);
    if (instantMs === undefined || !Number.isFinite(instantMs)) this.drop(name, of);
    else this.ages.get(name)?.set(keyOf(of), { labels: of, instantMs });
  }

  /**
   * Drops what is said of a partition that the process lost: its new owner says it from now on. What was counted stays,
   * since it happened here, and what was not scraped yet would be lost.
   */
  forget(stage: Stage, source: string): void {
    for (const name of this.gauges.keys()) this.drop(name, labelsOf({ stage, source }));
  }

  private drop(name: MetricName, labels: MetricLabels): void {
    this.ages.get(name)?.delete(keyOf(labels));
    this.gauges.get(name)?.remove(labels);
  }

  /** The type of `text`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics as they are now, in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** Labels as Prometheus has them. */
type MetricLabels = Record<string, string>;
type Instants = Map<string, { readonly labels: MetricLabels; readonly instantMs: Ms }>;

function labelsOf({ source, ...labels }: Readonly<Partial<LabelValues>>): MetricLabels {
  return source === undefined ? labels : { ...labels, ...partsOf(source) };
}

function keyOf(labels: MetricLabels): string {
  return JSON.stringify(labels);
}
