import { NEVER } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import type { Ms, Side } from '../event.js';
import type { MailServer, Subject, Vantage } from '../identity.js';
import type { Span, WindowSize } from '../windows/calendar.js';
import { measureDemand } from './demand.js';
import type { Demand } from './demand.js';
import type { Dispersion } from './dispersion.js';
import type { Correlation, WindowHistory } from './history.js';
import { measureMee } from './mee.js';
import type { Mee } from './mee.js';
import type { ProbeHistory } from './probes.js';

/** One result of a window: what was counted in it, as of one revision. */
export interface WindowResult {
  readonly subject: Subject;
  readonly size: WindowSize;
  readonly span: Span;
  readonly revision: number;
  readonly version: number;
  /** True once the window is sealed. */
  readonly final: boolean;
  readonly tally: Tally;
}

/** What is measured on a mail server's window. */
export interface MailMeasures {
  readonly server: MailServer;
  readonly vantage: Vantage;
  readonly mee: Mee;
  readonly dispersion: number;
  /** Absent where no DNS query of the server was ever seen. */
  readonly demand: Demand | undefined;
  readonly day: Correlation | undefined;
  readonly week: Correlation | undefined;
  readonly isProbe: (client: string) => boolean;
  /** Whether some sessions of probes may be missing, as there were too many clients to keep them all. */
  readonly areProbesEstimated: boolean;
}

/** A window's result with all that is measured on it. */
export interface Reading {
  readonly result: WindowResult;
  readonly mail: MailMeasures | undefined;
  /** Time of the last event of each side up to the window's end. */
  readonly lastHeard: Readonly<Record<Side, Ms>>;
}

/** What a mail server's earlier windows say about this one. */
export interface MailPast {
  readonly server: MailServer;
  /** Of sealed windows of the size of this one. */
  readonly history: WindowHistory;
  readonly probes: ProbeHistory;
  readonly dispersion: Dispersion;
}

/** The reading of a result; `past` is that of a mail server's subject. */
export function readWindow(result: WindowResult, past: MailPast | undefined, lastHeard: Reading['lastHeard']): Reading {
  if (past === undefined) return { result, mail: undefined, lastHeard };
  const { server, history } = past;
  const { startMs } = result.span;
  const { isProbe } = past.probes;
  const dispersion = past.dispersion.value;
  const vantage = lastHeard.dns === NEVER ? 'none' : server.config.dns_vantage;
  const mail = {
    server,
    vantage,
    mee: measureMee(result.tally, isProbe, dispersion),
    dispersion,
    demand: vantage === 'none' ? undefined : measureDemand(result.tally, vantage),
    day: history.correlationOfDay(startMs),
    week: history.correlationOfWeek(startMs),
    isProbe,
    areProbesEstimated:
      (result.tally.clients.error > 0 && result.tally.counts.of('smtp.probes') > 0) ||
      past.probes.isEstimatedAt(startMs),
  };
  return { result, mail, lastHeard };
}
