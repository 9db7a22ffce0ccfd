import type { Incident, IncidentEvent } from '../detect/incidents.js';
import type { Found } from '../discover.js';
import { KINDS } from '../detect/kinds.js';
import type { Kind, Severity } from '../detect/kinds.js';
import type { Outcomes } from '../outcomes.js';
import { REASONS, SIDES } from '../event.js';
import type { DeadReason, Ms, Reason, Side } from '../event.js';
import type { Identity, Subject } from '../identity.js';
import { measureCoverage } from '../measure/coverage.js';
import { connectsOf, efficiencyOf, overRoles, ratioOf } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { ratioInterval } from '../measure/statistics.js';
import { effectText } from '../respond/effect.js';
import type { EffectVerdict } from '../respond/effect.js';
import type { Proposal } from '../respond/proposal.js';
import { CLIENT } from '../tally/counters.js';
import type { ClientCounter } from '../tally/counters.js';
import { Counts } from '../tally/counts.js';
import { Table } from '../tally/table.js';
import { NEVER, lastEvent } from '../tally/tally.js';
import type { WindowSize } from '../windows/calendar.js';
import { incidentId } from './alert.js';
import { IncidentMonths } from './incident-months.js';
import type { IncidentMonth } from './incident-months.js';
import type { FindKnown, KnownIncident } from './known.js';

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
  /** Where the server was found in the logs: how sure that is, or why its addresses were not. */
  readonly discovery: Omit<Found, 'server'> | undefined;
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
  readonly coverage: Readonly<Partial<Record<Side, SideCoverage>>>;
}

export interface ResolverSummary {
  readonly subject: Subject;
  readonly queries: number;
  readonly clients: number;
  /** Absent where the number of clients is exact. */
  readonly clients_estimated: true | undefined;
}

/** Something that was wrong, or still is. */
export interface IncidentSummary {
  readonly id: string;
  readonly subject: Subject;
  readonly kind: Kind;
  readonly name: string;
  readonly severity: Severity;
  /** The client, or user, that it is about. */
  readonly who: string | undefined;
  readonly started: string;
  /** Absent where it was not over at the end of the run. */
  readonly ended: string | undefined;
  /** The numbers in words. */
  readonly evidence: string;
  readonly advice: string;
  /** Absent where the operator does not know about it. */
  readonly known?: { readonly reason: string; readonly until: string } | undefined;
  /** What Postfix could do about it, where it can; why not, where it should not. */
  readonly proposal?: Pick<Proposal, 'layer' | 'refusal' | 'cautious' | 'firm'> | undefined;
  /** What came of it that its client is refused. */
  readonly effect?: { readonly verdict: EffectVerdict; readonly text: string } | undefined;
}

/** A file that could not be read to its end: so many bytes of it, unpacked, were. */
export interface Incomplete {
  readonly file: string;
  readonly after_byte: number;
  readonly reason: string;
}

interface ProgramSample {
  readonly program: string;
  readonly count: number;
  readonly sample: string;
}

export interface InputSummary {
  readonly source: string;
  readonly lines: number;
  readonly incomplete: readonly Incomplete[];
  readonly counted: number;
  readonly unused: number;
  /** DNS events of a message that was counted already. */
  readonly duplicate: number;
  readonly unrecognised: readonly ProgramSample[];
  /** Lines of programs that are not read. */
  readonly foreign: readonly ProgramSample[];
  readonly unmapped: readonly { readonly host: string; readonly count: number; readonly sample: string }[];
  readonly dead_letters: Readonly<Record<DeadReason, number>>;
}

/** What became of all records of a source. */
export interface SourceReport {
  readonly name: string;
  readonly lines: number;
  readonly outcomes: Outcomes;
  readonly incomplete: readonly Incomplete[];
}

/** What a run came to, for a person in a hurry and for scripts (`summary.json`). */
export interface Summary {
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly window: string;
  readonly servers: readonly ServerSummary[];
  readonly resolvers: readonly ResolverSummary[];
  /** In the order in which they started; of very many the last ones. */
  readonly incidents: readonly IncidentSummary[];
  /** How often each kind began in each month of the run, all of them but those that the operator knew about. */
  readonly incidents_by_month: readonly IncidentMonth[];
  readonly inputs: readonly InputSummary[];
}

/** What a subject's windows come to: numbers from those of the largest size. */
interface Totals {
  readonly counts: Counts;
  /** Of a mail server the probe clients, of a resolver all clients. */
  readonly clients: Table<ClientCounter>;
  /** Of a mail server: what its adjusted MEE is made of, as each window was judged at its seal. */
  readonly exchange: { accepted: number; sessions: number; probes: number };
  /** The last window. */
  last: Pick<Reading, 'mail' | 'lastHeard'>;
}

/** Incidents that a summary names. */
const INCIDENTS_KEPT = 1000;

/** Gathers the sealed windows of a run, and the incidents in them, into its summary. */
export class SummaryBuilder {
  private readonly totals = new Map<Subject, Totals>();
  private readonly incidents = new Map<string, Incident>();
  private readonly months = new IncidentMonths();
  private startMs: Ms = Infinity;
  private endMs: Ms = -Infinity;

  /** `sizes` are smallest first; `cap` is the number of clients that a table keeps. */
  constructor(
    private readonly sizes: readonly WindowSize[],
    private readonly cap: number,
    private readonly identity: Identity,
    private readonly findKnown: FindKnown = () => undefined,
  ) {}

  /** Takes a reading into account, if it is final, and what it changes about incidents. */
  add(reading: Reading, incidents: readonly IncidentEvent[]): void {
    for (const event of incidents) this.enter(event);
    const { result } = reading;
    if (!result.final) return;
    const totals = this.totalsOf(reading);
    if (result.size === this.sizes[this.sizes.length - 1]) addTo(totals, reading);
    if (result.size !== this.sizes[0]) return;
    if (lastEvent(result.tally) === NEVER) return;
    this.startMs = Math.min(this.startMs, result.span.startMs);
    this.endMs = Math.max(this.endMs, result.span.endMs);
  }

  private enter({ action, incident }: IncidentEvent): void {
    if (action === 'incident-confirmed' && this.findKnown(incident) === undefined)
      this.months.add(incident.kind, incident.startedMs);
    const id = incidentId(incident);
    this.incidents.delete(id);
    if (incident.state === 'withdrawn') return;
    this.incidents.set(id, incident);
    if (this.incidents.size <= INCIDENTS_KEPT) return;
    for (const oldest of this.incidents.keys()) {
      this.incidents.delete(oldest);
      return;
    }
  }

  private totalsOf({ result: { subject }, mail, lastHeard }: Reading): Totals {
    let totals = this.totals.get(subject);
    if (totals === undefined) {
      totals = {
        counts: new Counts(),
        clients: new Table(CLIENT, this.cap),
        exchange: { accepted: 0, sessions: 0, probes: 0 },
        last: { mail, lastHeard },
      };
      this.totals.set(subject, totals);
    }
    return totals;
  }

  /** The summary of all readings so far, of what became of the records of each source, and of how servers were found. */
  finish(sources: readonly SourceReport[], found: readonly Found[] = []): Summary {
    const subjects = [...this.totals].sort(([a], [b]) => (a < b ? -1 : 1));
    const servers: ServerSummary[] = [];
    const resolvers: ResolverSummary[] = [];
    for (const [subject, totals] of subjects) {
      const { counts, clients, last } = totals;
      if (last.mail !== undefined) servers.push(serverSummary(subject, totals, last.mail, found));
      else {
        const queries = counts.of('dns.queries');
        const { count, exact } = clients.distinct();
        const isEstimated = exact ? undefined : true;
        resolvers.push({ subject, queries, clients: count, clients_estimated: isEstimated });
      }
    }
    const isEmpty = this.startMs === Infinity;
    return {
      start: isEmpty ? undefined : new Date(this.startMs).toISOString(),
      end: isEmpty ? undefined : new Date(this.endMs).toISOString(),
      window: this.sizes[0]?.name ?? '',
      servers,
      resolvers,
      incidents: [...this.incidents.values()]
        .map((incident) => incidentSummary(incident, this.findKnown(incident)))
        .sort(byStart),
      incidents_by_month: this.months.between(this.startMs, this.endMs),
      inputs: sources.map(inputSummary),
    };
  }
}

function incidentSummary(incident: Incident, known: KnownIncident | undefined): IncidentSummary {
  const { subject, kind, who, startedMs, lastSeenMs, state, finding, effect } = incident;
  const { proposal } = finding;
  const { name, severity, advice } = KINDS[kind];
  return {
    id: incidentId(incident),
    subject,
    kind,
    name,
    severity,
    who,
    started: new Date(startedMs).toISOString(),
    ended: state === 'closed' ? new Date(lastSeenMs).toISOString() : undefined,
    evidence: finding.text,
    advice,
    known: known && { reason: known.reason, until: new Date(known.untilMs).toISOString() },
    proposal:
      proposal === undefined
        ? undefined
        : { layer: proposal.layer, refusal: proposal.refusal, cautious: proposal.cautious, firm: proposal.firm },
    effect: effect === undefined ? undefined : { verdict: effect.verdict, text: effectText(effect) },
  };
}

function byStart(a: IncidentSummary, b: IncidentSummary): number {
  if (a.started !== b.started) return a.started < b.started ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** Adds a window of the largest size. */
function addTo(totals: Totals, { result: { tally }, mail, lastHeard }: Reading): void {
  totals.last = { mail, lastHeard };
  totals.counts.mergeFrom(tally.counts);
  if (mail === undefined) {
    totals.clients.mergeFrom(tally.clients);
    return;
  }
  totals.exchange.accepted += mail.mee.exchange.accepted;
  totals.exchange.sessions += mail.mee.exchange.sessions;
  totals.exchange.probes += mail.mee.probes;
  if (mail.mee.probes === 0) return;
  tally.clients.forEachRow((client, row) => {
    const probes = tally.clients.at(row, CLIENT.probes);
    if (probes > 0 && mail.isProbe(client)) totals.clients.add(totals.clients.rowOf(client), CLIENT.probes, probes);
  });
}

function serverSummary(
  subject: Subject,
  { counts, clients, exchange, last }: Totals,
  { server, dispersion }: MailMeasures,
  found: readonly Found[],
): ServerSummary {
  const { accepted, sessions, probes } = exchange;
  const interval = sessions > 0 ? ratioInterval(accepted, sessions, dispersion) : undefined;
  return {
    subject,
    hosts: server.config.hosts,
    addresses: server.config.addresses,
    discovery: discoveryOf(server.config.id, found),
    dns_queries: counts.of('dns.queries'),
    connects: connectsOf(counts),
    from: counts.of('qmgr.from'),
    messages: {
      smtp: overRoles(counts, 'opened'),
      local: counts.of('messages.local'),
      bounce: counts.of('messages.bounce'),
    },
    accepted,
    pop3_sessions: counts.of('pop3.sessions'),
    mee: rounded(efficiencyOf(counts)),
    mee_adjusted: rounded(ratioOf(exchange)),
    mee_lower: rounded(interval?.lower),
    mee_upper: rounded(interval?.upper),
    probes_left_out: probes,
    probe_clients: clients.ranked([CLIENT.probes], Infinity).map(({ key }) => key),
    rejections: REASONS.map((reason) => ({ reason, count: counts.of(`reject.${reason}`) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count),
    coverage: coverageOf(counts, last.lastHeard),
  };
}

function discoveryOf(id: string, found: readonly Found[]): ServerSummary['discovery'] {
  const own = found.find(({ server }) => server.id === id);
  if (own === undefined) return undefined;
  const { server: _, ...discovery } = own;
  return discovery;
}

function coverageOf(counts: Counts, lastHeard: Reading['lastHeard']): Partial<Record<Side, SideCoverage>> {
  const coverage: Partial<Record<Side, SideCoverage>> = {};
  for (const side of SIDES) {
    if (lastHeard[side] === NEVER) continue;
    const { lines, share = 0 } = measureCoverage(counts, side);
    coverage[side] = {
      lines,
      share,
      last_heard: new Date(lastHeard[side]).toISOString(),
    };
  }
  return coverage;
}

function inputSummary({ name, lines, outcomes, incomplete }: SourceReport): InputSummary {
  return {
    source: name,
    lines,
    incomplete,
    counted: outcomes.counted,
    unused: outcomes.unused,
    duplicate: outcomes.duplicate,
    unrecognised: programSamples(outcomes.unrecognised),
    foreign: programSamples(outcomes.foreign),
    unmapped: [...outcomes.unmapped].map(([host, { count, text }]) => ({ host, count, sample: sampleOf(text) })),
    dead_letters: outcomes.dead,
  };
}

/** Most frequent first. */
function programSamples(samples: Outcomes['unrecognised']): readonly ProgramSample[] {
  const rows = [...samples].map(([program, { count, text }]) => ({ program, count, sample: sampleOf(text) }));
  return rows.sort((a, b) => b.count - a.count || (a.program < b.program ? -1 : 1));
}

const SAMPLE_CHARS = 300;

/** The start of a line. Of mail addresses the domain only: whole lines stand in rejections and dead letters alone. */
function sampleOf(text: string): string {
  const start = text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)}…` : text;
  return start.replace(/[^\s<>()[\]{}=,;:"']+@/g, '…@');
}
