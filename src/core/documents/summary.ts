import type { Outcomes } from '../aggregate.js';
import { REASONS, SIDES } from '../event.js';
import type { DeadReason, Ms, Reason, Side } from '../event.js';
import type { Identity, Subject } from '../identity.js';
import { CLIENT } from '../tally/counters.js';
import { connectsOf, measureMee, overRoles } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { NEVER, emptyTally, lastEvent, mergeInto } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import type { WindowSize } from '../windows/calendar.js';
import { WorstWindows } from './worst.js';
import type { Stretch } from './worst.js';

/** How the lines of one side were read over the run. */
export interface SideCoverage {
  readonly lines: number;
  /** Lines recognised over all. */
  readonly share: number;
  readonly last_heard: string;
}

export interface ServerSummary {
  readonly subject: Subject;
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly dns_queries: number;
  readonly connects: number;
  readonly from: number;
  readonly messages: { readonly smtp: number; readonly local: number; readonly bounce: number };
  readonly accepted: number;
  readonly pop3_sessions: number;
  readonly mee: number | undefined;
  readonly mee_adjusted: number | undefined;
  readonly mee_lower: number | undefined;
  readonly mee_upper: number | undefined;
  readonly probes_left_out: number;
  readonly probe_clients: readonly string[];
  /** Enforced rejections, most frequent first. */
  readonly rejections: readonly { readonly reason: Reason; readonly count: number }[];
  readonly worst: readonly Stretch[];
  readonly coverage: Readonly<Partial<Record<Side, SideCoverage>>>;
}

export interface ResolverSummary {
  readonly subject: Subject;
  readonly queries: number;
  readonly clients: number;
  readonly worst: readonly Stretch[];
}

export interface InputSummary {
  readonly source: string;
  readonly lines: number;
  readonly counted: number;
  readonly unused: number;
  readonly unrecognised: readonly { readonly program: string; readonly count: number; readonly sample: string }[];
  readonly unmapped: readonly { readonly host: string; readonly count: number; readonly sample: string }[];
  readonly dead_letters: Readonly<Record<DeadReason, number>>;
}

/** What a run came to, for a person in a hurry and for scripts (`summary.json`). */
export interface Summary {
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly window: string;
  readonly servers: readonly ServerSummary[];
  readonly resolvers: readonly ResolverSummary[];
  readonly inputs: readonly InputSummary[];
}

interface Totals {
  readonly tally: Tally;
  readonly worst: WorstWindows;
  mail: MailMeasures | undefined;
}

/** Gathers the sealed windows of a run into its summary: totals from the largest, what stands out from the smallest. */
export class SummaryBuilder {
  private readonly totals = new Map<Subject, Totals>();
  private startMs: Ms = Infinity;
  private endMs: Ms = -Infinity;

  /** `sizes` are smallest first; `cap` is the number of clients that a table keeps. */
  constructor(
    private readonly sizes: readonly WindowSize[],
    private readonly cap: number,
    private readonly identity: Identity,
  ) {}

  /** Takes a reading into account, if it is final. */
  add(reading: Reading): void {
    const { result, mail } = reading;
    if (!result.final) return;
    let totals = this.totals.get(result.subject);
    if (totals === undefined) {
      const resolver = result.subject.slice('dns:'.length);
      const isServer = (client: string): boolean => this.identity.serverOfQuery(resolver, client) !== undefined;
      totals = { tally: emptyTally(this.cap), worst: new WorstWindows(isServer), mail };
      this.totals.set(result.subject, totals);
    }
    totals.mail = mail;
    if (result.size === this.sizes[this.sizes.length - 1]) mergeInto(totals.tally, result.tally);
    if (result.size !== this.sizes[0]) return;
    totals.worst.add(reading);
    if (lastEvent(result.tally) === NEVER) return;
    this.startMs = Math.min(this.startMs, result.span.startMs);
    this.endMs = Math.max(this.endMs, result.span.endMs);
  }

  /** The summary of all readings so far, and of what became of the records of each source. */
  finish(sources: readonly { name: string; lines: number; outcomes: Outcomes }[]): Summary {
    const subjects = [...this.totals].sort(([a], [b]) => (a < b ? -1 : 1));
    const servers: ServerSummary[] = [];
    const resolvers: ResolverSummary[] = [];
    for (const [subject, { tally, worst, mail }] of subjects) {
      if (mail !== undefined) servers.push(serverSummary(subject, tally, { mail, worst: worst.stretches() }));
      else {
        const queries = tally.counts['dns.queries'];
        resolvers.push({ subject, queries, clients: tally.clients.distinct(), worst: worst.stretches() });
      }
    }
    const isEmpty = this.startMs === Infinity;
    return {
      start: isEmpty ? undefined : new Date(this.startMs).toISOString(),
      end: isEmpty ? undefined : new Date(this.endMs).toISOString(),
      window: this.sizes[0]?.name ?? '',
      servers,
      resolvers,
      inputs: sources.map(inputSummary),
    };
  }
}

function serverSummary(
  subject: Subject,
  tally: Tally,
  { mail, worst }: { readonly mail: MailMeasures; readonly worst: readonly Stretch[] },
): ServerSummary {
  const { counts, clients } = tally;
  const mee = measureMee(tally, mail.isProbe, mail.dispersion);
  return {
    subject,
    hosts: mail.server.config.hosts,
    addresses: mail.server.config.addresses,
    dns_queries: counts['dns.queries'],
    connects: connectsOf(counts),
    from: counts['qmgr.from'],
    messages: {
      smtp: overRoles(counts, 'opened'),
      local: counts['messages.local'],
      bounce: counts['messages.bounce'],
    },
    accepted: mee.exchange.accepted,
    pop3_sessions: counts['pop3.sessions'],
    mee: rounded(mee.value),
    mee_adjusted: rounded(mee.adjusted),
    mee_lower: rounded(mee.interval?.lower),
    mee_upper: rounded(mee.interval?.upper),
    probes_left_out: mee.probes,
    probe_clients: clients
      .ranked([CLIENT.probes], Infinity)
      .map(({ key }) => key)
      .filter(mail.isProbe),
    rejections: REASONS.map((reason) => ({ reason, count: counts[`reject.${reason}`] }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count),
    worst,
    coverage: coverageOf(tally),
  };
}

function coverageOf({ counts, lastHeard }: Tally): Partial<Record<Side, SideCoverage>> {
  const coverage: Partial<Record<Side, SideCoverage>> = {};
  for (const side of SIDES) {
    if (lastHeard[side] === NEVER) continue;
    const recognised = counts[`coverage.${side}.used`] + counts[`coverage.${side}.unused`];
    const lines = recognised + counts[`coverage.${side}.unrecognised`];
    coverage[side] = {
      lines,
      share: rounded(recognised / lines) ?? 0,
      last_heard: new Date(lastHeard[side]).toISOString(),
    };
  }
  return coverage;
}

function inputSummary({ name, lines, outcomes }: { name: string; lines: number; outcomes: Outcomes }): InputSummary {
  return {
    source: name,
    lines,
    counted: outcomes.counted,
    unused: outcomes.unused,
    unrecognised: [...outcomes.unrecognised].map(([program, { count, text }]) => ({
      program,
      count,
      sample: shortened(text),
    })),
    unmapped: [...outcomes.unmapped].map(([host, { count, text }]) => ({ host, count, sample: shortened(text) })),
    dead_letters: outcomes.dead,
  };
}

const SAMPLE_CHARS = 300;
function shortened(text: string): string {
  return text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)}…` : text;
}
