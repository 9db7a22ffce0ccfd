import type { Identity, Subject } from '../identity.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { Deliveries } from '../respond/deliveries.js';
import type { PackedHour } from '../respond/deliveries.js';
import { EffectBook } from '../respond/effect.js';
import type { PackedEffects } from '../respond/effect.js';
import { propose } from '../respond/proposal.js';
import { CLIENT } from '../tally/counters.js';
import { NEVER, lastEvent } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import { HOUR_MS } from '../time.js';
import type { WindowSize } from '../windows/calendar.js';
import { Acquainted } from './acquainted.js';
import type { PackedAcquainted } from './acquainted.js';
import { Baseline } from './baseline.js';
import type { PackedBaseline } from './baseline.js';
import { Daily } from './daily.js';
import type { PackedDaily } from './daily.js';
import { dayTypeAt } from './day-type.js';
import type { DetectConfig } from './config.js';
import type { DayType } from './day-type.js';
import type { Finding } from './finding.js';
import type { Incident, IncidentEvent } from './incidents.js';
import type { Kind } from './kinds.js';
import { createLevel, findingsOnMee, foundIn, isTooSmall, keepFound, packLevel } from './level.js';
import type { Level, PackedLevel } from './level.js';
import { MailSight } from './mail-sight.js';
import type { Mailing } from './mail-sight.js';
import { addressHarvest, authFlood, connectFlood, relayProbe, singleClientFlood } from './rules/clients.js';
import { backscatter, deferralStorm, outboundMassMailing, pop3Storm } from './rules/flows.js';
import { coefficientDrop, dnsOnlySurge, efficiencyDrop } from './rules/protocol.js';
import { distributedDictionary, misconfiguredClient, removedAccounts } from './rules/recipients.js';
import { askedByOthers, dnsServerFlood, infectedHost } from './rules/resolver.js';
import type { ResolverMeasure, ResolverSight } from './rules/resolver.js';
import { anomalyScore } from './score.js';
import { Silence } from './silence.js';
import type { PackedSilence } from './silence.js';

/** What was found in a window. */
export interface Verdict {
  readonly kinds: readonly Kind[];
  /** What was found, in words. */
  readonly reasons: readonly string[];
  /** How far off the window is, from 0 to nearly 100. */
  readonly score: number;
  readonly dayType: DayType;
  /** Of a mail server, where there is a ground for one. */
  readonly expectedMee: number | undefined;
  /** Whether it may be wrong for lack of clients or recipients, in this window or an earlier one. */
  readonly isEstimated: boolean;
  readonly events: readonly IncidentEvent[];
}

/** All but what also earlier windows tell. */
type Judged = Omit<Verdict, 'isEstimated'>;

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
const OF_FLOWS: readonly MailRule[] = [deferralStorm, pop3Storm, backscatter, outboundMassMailing, dnsOnlySurge];

/** What the earlier windows of a subject tell. */
interface Past extends Level {
  /** Larger windows, for servers with few sessions. */
  readonly larger: readonly Level[];
  readonly silence: Silence;
  readonly resolver: Baseline<ResolverMeasure>;
  /** SMTP clients whose mail was accepted. */
  readonly accepted: Acquainted;
  /** DNS clients that asked like a mail server while nobody knew what is usual. */
  readonly askers: Acquainted;
  /** What its clients delivered, and what came of it that some are refused. */
  readonly deliveries: Deliveries;
  readonly effects: EffectBook;
  isEstimated: boolean;
  /** DNS queries that nothing explained. */
  readonly rests: Daily;
  /** The largest mailing of the day before. */
  mailing: Mailing | undefined;
}

/** The same as plain data. */
export interface PackedPast {
  /** Of all sizes, by their names. */
  readonly levels: ReadonlyMap<string, PackedLevel>;
  readonly silence: PackedSilence;
  readonly resolver: PackedBaseline<ResolverMeasure>;
  readonly accepted: PackedAcquainted;
  readonly askers: PackedAcquainted;
  readonly deliveries: readonly PackedHour[];
  readonly effects: PackedEffects;
  readonly isEstimated: boolean;
  readonly rests: PackedDaily;
  readonly mailing: Mailing | undefined;
}

/** What a detector is told of its surroundings. */
export interface DetectorDeps {
  readonly identity: Identity;
  /** Incidents of runs before, whose proposals may have been followed. */
  readonly earlier: readonly Incident[];
}

/**
 * Looks for what is wrong in windows of the smallest size, of servers with few sessions also in larger ones, and keeps the
 * incidents. It learns from sealed windows only, and of these from quiet ones, or from what has lasted for a day.
 */
export class Detector {
  private readonly pasts = new Map<Subject, Past>();
  /** Larger windows; a day is none of them, since it would be told when it is over. */
  private readonly larger: readonly WindowSize[];

  constructor(
    private readonly pane: WindowSize,
    larger: readonly WindowSize[],
    private readonly deps: DetectorDeps,
    private readonly config: DetectConfig,
  ) {
    this.larger = larger.filter(({ lengthMs }) => lengthMs <= HOUR_MS);
  }

  /**
   * Takes the next reading of a window, in the order of their times, smaller windows first; `undefined` if nothing is
   * looked for in windows of its size.
   */
  observe(reading: Reading): Verdict | undefined {
    const { result } = reading;
    const past = this.pastOf(result.subject);
    if (result.size !== this.pane) return ofLargerWindow(reading, past, this.config);
    const { clients, targets } = result.tally;
    const isEstimated = past.isEstimated || clients.error > 0 || targets.error > 0;
    if (result.final) past.isEstimated = isEstimated;
    const verdict =
      reading.mail === undefined
        ? this.ofResolver(reading, past)
        : ofMailServer(reading, reading.mail, past, this.config);
    return { ...verdict, isEstimated };
  }

  /** What is remembered of a subject, as plain data; `undefined` of one that was never seen. */
  pack(subject: Subject): PackedPast | undefined {
    const past = this.pasts.get(subject);
    if (past === undefined) return undefined;
    return {
      levels: new Map([past, ...past.larger].map((level) => [level.size.name, packLevel(level)])),
      silence: past.silence.pack(),
      resolver: past.resolver.pack(),
      accepted: past.accepted.pack(),
      askers: past.askers.pack(),
      deliveries: past.deliveries.pack(),
      effects: past.effects.pack(),
      isEstimated: past.isEstimated,
      rests: past.rests.pack(),
      mailing: past.mailing,
    };
  }

  /** Goes on with a subject from what was packed of it, whatever was known before. */
  restore(subject: Subject, packed: PackedPast): void {
    this.pasts.set(subject, this.createPast(subject, packed));
  }

  private pastOf(subject: Subject): Past {
    let past = this.pasts.get(subject);
    if (past === undefined) this.pasts.set(subject, (past = this.createPast(subject)));
    return past;
  }

  private createPast(subject: Subject, packed?: PackedPast): Past {
    const { pane } = this;
    // What is packed knows of them already, and which of them were forgotten.
    const earlier = packed === undefined ? this.deps.earlier.filter((incident) => incident.subject === subject) : [];
    return {
      ...createLevel(pane, subject, packed?.levels.get(pane.name)),
      larger: this.larger.map((size) => createLevel(size, subject, packed?.levels.get(size.name))),
      silence: new Silence(packed?.silence),
      resolver: new Baseline(packed?.resolver),
      accepted: new Acquainted(packed?.accepted),
      askers: new Acquainted(packed?.askers),
      rests: new Daily(packed?.rests),
      deliveries: new Deliveries(packed?.deliveries),
      effects: new EffectBook(earlier, packed?.effects),
      isEstimated: packed?.isEstimated ?? false,
      mailing: packed?.mailing,
    };
  }

  private ofResolver(reading: Reading, past: Past): Judged {
    const { subject, tally, span } = reading.result;
    const resolver = subject.slice('dns:'.length);
    const dayType = dayTypeAt(span.startMs, this.deps.identity.zoneOf(subject), this.config.specialDays);
    const isMailServer = (client: string): boolean =>
      this.deps.identity.serverOfQuery(resolver, client) !== undefined || past.askers.has(client, span.startMs);
    const sight: ResolverSight = { tally, dayType, baseline: past.resolver, isMailServer };
    const isKnown = past.resolver.usual('queries', dayType) !== undefined;
    if (reading.result.final)
      past.askers.see(
        clientsWith(tally, CLIENT.mx_queries).filter((client) => !isKnown || past.askers.has(client, span.startMs)),
        span.startMs,
      );
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

function ofMailServer(reading: Reading, mail: MailMeasures, past: Past, config: DetectConfig): Judged {
  const { tally, span, final } = reading.result;
  const sight = new MailSight(reading, mail, { ...past, baseline: past.mail }, config);
  // On half of the data there is no verdict.
  const findings = completed(tally.lastHeard.mail === NEVER ? [] : findingsIn(sight), sight, past);
  if (final) {
    const { mailing } = sight;
    const isLargest = sight.isFarAbove('transmissions') && sight.value('transmissions') >= mailing;
    if (isLargest) past.mailing = { startMs: span.startMs, transmissions: mailing };
    if (tally.lastHeard.mail !== NEVER && sight.isFarAbove('rest')) past.rests.learn(span.startMs, sight.value('rest'));
    past.accepted.see(clientsWith(tally, CLIENT.accepted), span.startMs);
    past.deliveries.learn(span.startMs, tally, mail.mee.exchange);
  }
  const learn = (): void => {
    past.mail.learn(sight.values, sight.dayType);
  };
  const { dayType, toldMee: expectedMee } = sight;
  const verdict = conclude(reading, past, { findings, learn });
  if (!final) return { ...verdict, dayType, expectedMee };
  const open = [past, ...past.larger].flatMap(({ book }) => book.open);
  const events = past.effects.observe(reading.result, mail, { open, events: verdict.events });
  return { ...verdict, events, dayType, expectedMee };
}

/** Clients that did something, in no order that means anything. */
function clientsWith({ clients }: Tally, column: number): readonly string[] {
  const found: string[] = [];
  clients.forEachRow((client, row) => {
    if (clients.at(row, column) > 0) found.push(client);
  });
  return found;
}

/** On MEE there is a verdict in the smallest windows that usually have enough sessions for one. */
function ofLargerWindow(reading: Reading, past: Past, config: DetectConfig): Verdict | undefined {
  const { mail, result } = reading;
  const level = past.larger.find(({ size }) => size === result.size);
  if (mail === undefined || level === undefined) return undefined;
  const { span, tally } = result;
  const smaller = [past, ...past.larger.slice(0, past.larger.indexOf(level))];
  const sight = new MailSight(reading, mail, { ...past, baseline: level.mail }, config);
  const { dayType, toldMee: expectedMee } = sight;
  const isJudged = tally.lastHeard.mail !== NEVER && smaller.every((each) => isTooSmall(each, dayType));
  const before = smaller.flatMap((each) => foundIn(each, span));
  const findings = completed(isJudged ? findingsOnMee(sight, before) : [], sight, past);
  const learn = (): void => {
    if (before.length === 0) level.mail.learn(sight.values, dayType);
  };
  const isEstimated = past.isEstimated || tally.clients.error > 0;
  const verdict = conclude(reading, level, { findings, learn });
  const events = result.final ? past.effects.take(verdict.events) : verdict.events;
  // What is over is told in any case.
  return isJudged || events.length > 0 ? { ...verdict, events, dayType, expectedMee, isEstimated } : undefined;
}

/** Findings with the names of their clients and with proposals. */
function completed(findings: readonly Finding[], sight: MailSight, { deliveries }: Past): readonly Finding[] {
  return findings.map((finding) => ({
    ...finding,
    clientName: nameOf(finding.client, sight.tally),
    proposal: propose(finding, sight, deliveries),
  }));
}

function nameOf(client: string | undefined, { clients }: Tally): string | undefined {
  const row = client === undefined ? undefined : clients.rowIfKnown(client);
  const name = row === undefined ? '' : clients.nameOf(row);
  return name === '' ? undefined : name;
}

function findingsIn(sight: MailSight): readonly Finding[] {
  const specific = SPECIFIC.flatMap((rule) => rule(sight));
  const named = new Set(specific.map(({ client }) => client));
  const others = OF_OTHER_CLIENTS.flatMap((rule) => rule(sight)).filter(({ client }) => !named.has(client));
  const ofClients = [...specific, ...others];
  // What a client does to the coefficient is no news beside what it does.
  const ofAll = ofClients.length > 0 ? [] : coefficientDrop(sight);
  const findings = [...ofClients, ...OF_FLOWS.flatMap((rule) => rule(sight)), ...ofAll];
  return findings.length > 0 ? findings : efficiencyDrop(sight);
}

/** Enters what was found in a window; `learn` is called if it was quiet. */
function conclude(
  { result, lastHeard }: Reading,
  past: Level & { readonly silence?: Silence },
  { findings, learn }: { findings: readonly Finding[]; learn: () => void },
): Pick<Verdict, 'kinds' | 'reasons' | 'score' | 'events'> {
  const { final, span, tally } = result;
  const { book, silence } = past;
  keepFound(past, span, findings, final);
  const all = final ? [...findings, ...(silence?.observe(tally, lastHeard) ?? [])] : findings;
  const events = final ? book.seal(all, span) : book.fire(all, span);
  if (final && lastEvent(tally) !== NEVER && book.isQuiet(span.endMs)) learn();
  const kinds = [...new Set(all.map(({ kind }) => kind))].sort();
  return { kinds, reasons: all.map(({ text }) => text), score: anomalyScore(all), events };
}
