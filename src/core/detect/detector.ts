import type { Identity, Subject } from '../identity.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { Deliveries } from '../respond/deliveries.js';
import { EffectBook } from '../respond/effect.js';
import { propose } from '../respond/proposal.js';
import { CLIENT } from '../tally/counters.js';
import { NEVER, lastEvent } from '../tally/tally.js';
import type { WindowSize } from '../windows/calendar.js';
import { Acquainted } from './acquainted.js';
import { Baseline } from './baseline.js';
import { dayTypeAt } from './day-type.js';
import type { DayType } from './day-type.js';
import type { Finding } from './finding.js';
import { IncidentBook } from './incidents.js';
import type { Incident, IncidentEvent } from './incidents.js';
import type { Kind } from './kinds.js';
import { MailSight } from './mail-sight.js';
import type { Mailing, MailMeasure } from './mail-sight.js';
import { addressHarvest, authFlood, connectFlood, relayProbe, singleClientFlood } from './rules/clients.js';
import { backscatter, deferralStorm, outboundMassMailing, pop3Storm } from './rules/flows.js';
import { coefficientDrop, dnsOnlySurge, efficiencyDrop } from './rules/protocol.js';
import { distributedDictionary, misconfiguredClient, removedAccounts } from './rules/recipients.js';
import { askedByOthers, dnsServerFlood, infectedHost } from './rules/resolver.js';
import type { ResolverMeasure, ResolverSight } from './rules/resolver.js';
import { Silence } from './silence.js';

/** What was found in a window. */
export interface Verdict {
  readonly kinds: readonly Kind[];
  /** What was found, in words. */
  readonly reasons: readonly string[];
  readonly dayType: DayType;
  /** Of a mail server. */
  readonly expectedMee: number | undefined;
  /** Whether it may be wrong for lack of clients or recipients, in this window or an earlier one. */
  readonly isEstimated: boolean;
  readonly events: readonly IncidentEvent[];
}

type MailRule = (sight: MailSight) => readonly Finding[];

/** Rules that name what a client does, or its recipients. */
const SPECIFIC: readonly MailRule[] = [
  addressHarvest,
  authFlood,
  relayProbe,
  distributedDictionary,
  removedAccounts,
  connectFlood,
];
/** Rules about a client that say nothing of one that a specific rule names. */
const OF_OTHER_CLIENTS: readonly MailRule[] = [misconfiguredClient, singleClientFlood];
const OF_FLOWS: readonly MailRule[] = [
  deferralStorm,
  pop3Storm,
  backscatter,
  outboundMassMailing,
  dnsOnlySurge,
  coefficientDrop,
];

/** What the earlier windows of a subject tell. */
interface Past {
  readonly book: IncidentBook;
  readonly silence: Silence;
  readonly mail: Baseline<MailMeasure>;
  readonly resolver: Baseline<ResolverMeasure>;
  /** SMTP clients whose mail was accepted. */
  readonly accepted: Acquainted;
  /** DNS clients that asked like a mail server while nobody knew what is usual. */
  readonly askers: Acquainted;
  /** What its clients delivered, and what came of it that some are refused. */
  readonly deliveries: Deliveries;
  readonly effects: EffectBook;
  isEstimated: boolean;
  /** The largest mailing of the day before. */
  mailing: Mailing | undefined;
}

/**
 * Looks for what is wrong in the windows of one size, and keeps the incidents. It learns from sealed windows only, and of
 * these from quiet ones, or from what has lasted for a day.
 */
export class Detector {
  private readonly pasts = new Map<Subject, Past>();

  constructor(
    private readonly size: WindowSize,
    private readonly identity: Identity,
    /** Incidents of runs before, whose proposals may have been followed. */
    private readonly earlier: readonly Incident[],
  ) {}

  /** Takes the next reading of a window, in the order of their times; `undefined` if it is of another size. */
  observe(reading: Reading): Verdict | undefined {
    const { result } = reading;
    if (result.size !== this.size) return undefined;
    const past = this.pastOf(result.subject);
    const { clients, targets } = result.tally;
    past.isEstimated ||= clients.error > 0 || targets.error > 0;
    return reading.mail === undefined ? this.ofResolver(reading, past) : ofMailServer(reading, reading.mail, past);
  }

  private pastOf(subject: Subject): Past {
    let past = this.pasts.get(subject);
    if (past === undefined) {
      past = {
        book: new IncidentBook(subject),
        silence: new Silence(),
        mail: new Baseline(),
        resolver: new Baseline(),
        accepted: new Acquainted(),
        askers: new Acquainted(),
        deliveries: new Deliveries(),
        effects: new EffectBook(this.earlier.filter((incident) => incident.subject === subject)),
        isEstimated: false,
        mailing: undefined,
      };
      this.pasts.set(subject, past);
    }
    return past;
  }

  private ofResolver(reading: Reading, past: Past): Verdict {
    const { subject, tally, span } = reading.result;
    const resolver = subject.slice('dns:'.length);
    const dayType = dayTypeAt(span.startMs, this.identity.zoneOf(subject));
    const isMailServer = (client: string): boolean =>
      this.identity.serverOfQuery(resolver, client) !== undefined || past.askers.has(client, span.startMs);
    const sight: ResolverSight = { tally, dayType, baseline: past.resolver, isMailServer };
    const isKnown = past.resolver.usual('queries', dayType) !== undefined;
    if (reading.result.final)
      tally.clients.forEachRow((client, row) => {
        if (tally.clients.at(row, CLIENT.mx_queries) > 0 && (!isKnown || past.askers.has(client, span.startMs)))
          past.askers.see(client, span.startMs);
      });
    const findings = isKnown ? findingsOfResolver(sight) : [];
    const learn = (): void => {
      past.resolver.learn({ ...askedByOthers(sight), refused: tally.counts.of('dns.refused') }, dayType);
    };
    return { ...conclude(reading, past, { findings, learn }), dayType, expectedMee: undefined };
  }
}

function findingsOfResolver(sight: ResolverSight): readonly Finding[] {
  const infected = infectedHost(sight);
  const isNamed = (client: string | undefined): boolean => infected.some((finding) => finding.client === client);
  return [...infected, ...dnsServerFlood(sight).filter(({ client }) => !isNamed(client))];
}

function ofMailServer(reading: Reading, mail: MailMeasures, past: Past): Verdict {
  const { tally, span, final } = reading.result;
  const sight = new MailSight(reading, mail, { baseline: past.mail, accepted: past.accepted, mailing: past.mailing });
  // On half of the data there is no verdict.
  const found = tally.lastHeard.mail === NEVER ? [] : findingsIn(sight);
  const findings = found.map((finding) => ({ ...finding, proposal: propose(finding, sight, past.deliveries) }));
  if (final) {
    const { mailing } = sight;
    const isLargest = sight.isFarAbove('transmissions') && sight.value('transmissions') >= mailing;
    if (isLargest) past.mailing = { startMs: span.startMs, transmissions: mailing };
    tally.clients.forEachRow((client, row) => {
      if (tally.clients.at(row, CLIENT.accepted) > 0) past.accepted.see(client, span.startMs);
    });
    past.deliveries.learn(span.startMs, tally, mail.mee.exchange);
  }
  const learn = (): void => {
    past.mail.learn(sight.values, sight.dayType);
  };
  const { dayType, expectedMee } = sight;
  const verdict = conclude(reading, past, { findings, learn });
  if (!final) return { ...verdict, dayType, expectedMee };
  const events = past.effects.observe(reading.result, mail, { open: past.book.open, events: verdict.events });
  return { ...verdict, events, dayType, expectedMee };
}

function findingsIn(sight: MailSight): readonly Finding[] {
  const specific = SPECIFIC.flatMap((rule) => rule(sight));
  const named = new Set(specific.map(({ client }) => client));
  const others = OF_OTHER_CLIENTS.flatMap((rule) => rule(sight)).filter(({ client }) => !named.has(client));
  const findings = [...specific, ...others, ...OF_FLOWS.flatMap((rule) => rule(sight))];
  return findings.length > 0 ? findings : efficiencyDrop(sight);
}

/** Enters what was found in a window; `learn` is called if it was quiet. */
function conclude(
  { result }: Reading,
  { book, silence, isEstimated }: Past,
  { findings, learn }: { findings: readonly Finding[]; learn: () => void },
): Pick<Verdict, 'kinds' | 'reasons' | 'events' | 'isEstimated'> {
  const { final, span, tally } = result;
  const all = final ? [...findings, ...silence.observe(tally)] : findings;
  const events = final ? book.seal(all, span) : book.fire(all, span);
  if (final && lastEvent(tally) !== NEVER && book.isQuiet(span.endMs)) learn();
  const kinds = [...new Set(all.map(({ kind }) => kind))].sort();
  return { kinds, reasons: all.map(({ text }) => text), events, isEstimated };
}
