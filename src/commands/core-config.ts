import type { Config } from '../config/schema.js';
import { specialDaysOf } from '../config/special-days.js';
import type { AggregateConfig } from '../core/aggregate.js';
import type { CorrelateConfig } from '../core/correlate.js';
import type { Enrich } from '../core/enrich.js';
import { durationMs } from '../core/time.js';
import { windowSizes } from '../core/windows/calendar.js';

/** How events are counted, by settings whose durations have been checked. */
export function aggregateConfig(config: Config): AggregateConfig {
  return {
    paneMs: Math.min(...windowSizes(config.windows).map(({ lengthMs }) => lengthMs)),
    outOfOrdernessMs: durationMs(config.out_of_orderness),
    allowedLatenessMs: durationMs(config.allowed_lateness),
    futureSkewMs: durationMs(config.future_skew),
    clientCap: config.client_cap,
    dnsDuplicates: config.dns_duplicates,
  };
}

/** How documents are made; `provisional`: also of windows that are not sealed yet. */
export async function correlateConfig(config: Config, enrich: Enrich, provisional: boolean): Promise<CorrelateConfig> {
  return {
    sizes: windowSizes(config.windows),
    allowedLatenessMs: durationMs(config.allowed_lateness),
    clientCap: config.client_cap,
    gapFillMs: durationMs(config.gap_fill),
    provisional,
    detect: { profile: config.profile, specialDays: await specialDaysOf(config) },
    recipients: config.recipients,
    enrich,
  };
}
