import type { Ms } from '../event.js';
import { MINIMUM_SESSIONS } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { CLIENT } from '../tally/counters.js';
import type { Counter } from '../tally/counters.js';
import type { Weighed } from '../tally/table.js';
import { COUNT, TARGET } from '../tally/tally.js';
import type { Tally } from '../tally/tally.js';
import { DAY_MS } from '../time.js';
import type { Acquainted } from './acquainted.js';
import { isFarAbove, timesUsual } from './baseline.js';
import type { Baseline, Usual, Values } from './baseline.js';
import { dayTypeAt } from './day-type.js';
import type { DetectConfig, Profile } from './config.js';
import type { Daily } from './daily.js';
import type { DayType } from './day-type.js';
import { PAPER } from './paper.js';

/** Numbers of a mail server's window of which it is learnt what is usual. */
export type MailMeasure =
  | 'sessions'
  | 'busiest'
  | 'mee'
  | 'rejects'
  | 'user_unknown'
  | 'pop3_sessions'
  | 'queries'
  | 'rest'
  | 'm'
  | 'transmissions'
  | 'bounces_in'
  | 'backlog'
  | 'user_messages'
  | Activity;

/** What people do with a server, each by a program of its own: a busy hour has more of all. */
const ACTIVITIES = ['received', 'submitted', 'pop3_sessions'] as const;
type Activity = (typeof ACTIVITIES)[number];
/** Measures that do not rise with what people do. */
const STEADY: ReadonlySet<MailMeasure> = new Set(['mee', 'm', 'backlog']);

/** MEE is low below the paper's share of what is expected, and by so many spreads. */
const LOW_SPREADS = 3;

/** A window in which the server transmitted far more than usual, as a newsletter does. */
export interface Mailing {
  readonly startMs: Ms;
  readonly transmissions: number;
}

/** A window of a mail server with what is known of its earlier ones: what a rule looks at. */
export class MailSight {
  readonly tally: Tally;
  readonly minutes: number;
  readonly dayType: DayType;
  readonly values: Values<MailMeasure>;
  /** Clients with what they were refused: how many different recipients that do not exist. */
  private unknownByClient: ReadonlyMap<string, number> | undefined;
  private busyness: number | undefined;

  constructor(
    readonly reading: Reading,
    readonly mail: MailMeasures,
    private readonly past: {
      readonly baseline: Baseline<MailMeasure>;
      readonly accepted: Acquainted;
      readonly mailing: Mailing | undefined;
      readonly rests: Daily;
    },
    private readonly config: DetectConfig,
  ) {
    const { tally, span } = reading.result;
    this.tally = tally;
    this.minutes = (span.endMs - span.startMs) / 60_000;
    this.dayType = dayTypeAt(span.startMs, mail.server.zone, config.specialDays);
    this.values = valuesOf(tally, mail);
  }

  count(counter: Counter): number {
    return this.tally.counts.of(counter);
  }

  value(measure: MailMeasure): number {
    return this.values[measure] ?? 0;
  }

  /** What a number usually is, in a window in which people do as much as in this one. */
  usual(measure: MailMeasure): Usual | undefined {
    const usual = this.past.baseline.usual(measure, this.dayType);
    if (usual === undefined || STEADY.has(measure)) return usual;
    this.busyness ??= this.measureBusyness();
    return timesUsual(this.busyness, usual);
  }

  /**
   * How many times as much as usual people do, never less than once: the middle one of their activities, of two the lower.
   * One that rises alone is no busy hour.
   */
  private measureBusyness(): number {
    const ratios: number[] = [];
    for (const activity of ACTIVITIES) {
      const median = this.past.baseline.usual(activity, this.dayType)?.median ?? 0;
      if (median > 0) ratios.push(this.value(activity) / median);
    }
    if (ratios.length < 2) return 1;
    ratios.sort((a, b) => a - b);
    return Math.max(1, ratios[(ratios.length - 1) >> 1] ?? 1);
  }

  /** Whether a number is far above what is usual; false as long as nobody knows what is. */
  isFarAbove(measure: MailMeasure): boolean {
    const usual = this.usual(measure);
    const value = this.values[measure];
    return usual !== undefined && value !== undefined && isFarAbove(value, usual);
  }

  /** What was transmitted in this window, or in one of the day before, if it was far above what is usual; else 0. */
  get mailing(): number {
    const { mailing } = this.past;
    const before = mailing !== undefined && mailing.startMs > this.reading.result.span.startMs - DAY_MS;
    return Math.max(
      this.isFarAbove('transmissions') ? this.value('transmissions') : 0,
      before ? mailing.transmissions : 0,
    );
  }

  /** DNS queries that nothing explained at this time of the day before, if they were far above what is usual; else 0. */
  get restOfYesterday(): number {
    return this.past.rests.yesterday(this.reading.result.span.startMs);
  }

  get profile(): Profile {
    return this.config.profile;
  }

  /** What MEE usually is, where that is what counts. */
  get usualMee(): Usual | undefined {
    return this.profile === 'paper' ? undefined : this.usual('mee');
  }

  /** What MEE is expected to be: as usual; the paper's, if that is unknown or does not count. */
  get expectedMee(): number {
    return this.usualMee?.median ?? PAPER.mee[this.dayType];
  }

  /** What MEE is expected to be, where that is known, or a verdict rests on the paper's. */
  get toldMee(): number | undefined {
    const isJudged = this.profile === 'paper' || this.mail.mee.exchange.sessions >= MINIMUM_SESSIONS;
    return this.usualMee?.median ?? (isJudged ? this.expectedMee : undefined);
  }

  /** Whether the adjusted MEE is far below what is expected, and surely so, if not by the paper; never on few sessions. */
  get isMeeLow(): boolean {
    const { adjusted, interval, exchange } = this.mail.mee;
    const mee = this.profile === 'paper' ? adjusted : interval?.upper;
    return mee !== undefined && exchange.sessions >= MINIMUM_SESSIONS && this.isLow(mee);
  }

  isLow(mee: number): boolean {
    const expected = this.expectedMee;
    return mee <= PAPER.lowShare * expected && mee < expected - LOW_SPREADS * (this.usualMee?.spread ?? 0);
  }

  /** The clients with most of something, or of several things together, probes left out. */
  heaviest(limit: number, column: number, ...others: readonly number[]): readonly Weighed[] {
    const { clients } = this.tally;
    return clients.heaviest(
      limit,
      (row) => others.reduce((sum, other) => sum + clients.at(row, other), clients.at(row, column)),
      (client) => !this.mail.isProbe(client),
    );
  }

  /** Whether mail of a client was accepted in this window or within the day before. */
  isAccepted(client: string): boolean {
    const { clients } = this.tally;
    const { startMs } = this.reading.result.span;
    return clients.countOf(client, CLIENT.accepted) > 0 || this.past.accepted.has(client, startMs);
  }

  /** How many different recipients that do not exist a client tried; an estimate where there were too many to keep. */
  unknownRecipients(client: string): number {
    const { clients, targets } = this.tally;
    if (targets.error > 0) return clients.countOf(client, CLIENT.user_unknown) * this.differentShare;
    this.unknownByClient ??= this.countUnknown();
    return this.unknownByClient.get(client) ?? 0;
  }

  /** Pairs of a client and a recipient that it was refused, over all such rejections. */
  get differentShare(): number {
    const rejections = this.count('reject.user_unknown') + this.count('reject.relay_denied');
    return rejections > 0 ? Math.min(1, this.tally.targets.distinct().count / rejections) : 0;
  }

  private countUnknown(): ReadonlyMap<string, number> {
    const { targets } = this.tally;
    const counts = new Map<string, number>();
    targets.forEachRow((key, row) => {
      if (targets.at(row, TARGET.user_unknown) === 0) return;
      const { client } = targetOf(key);
      counts.set(client, (counts.get(client) ?? 0) + 1);
    });
    return counts;
  }
}

/** The client and the recipient that a key of `targets` names. */
export function targetOf(key: string): { readonly client: string; readonly recipient: string } {
  const blank = key.indexOf(' ');
  return { client: key.slice(0, blank), recipient: key.slice(blank + 1) };
}

function valuesOf(tally: Tally, mail: MailMeasures): Values<MailMeasure> {
  const { counts, clients, users } = tally;
  const { mee, demand } = mail;
  const [busiest] = clients.heaviest(
    1,
    (row) => clients.at(row, CLIENT.connects),
    (client) => !mail.isProbe(client),
  );
  const [user] = users.heaviest(1, (row) => users.at(row, COUNT));
  return {
    sessions: mee.exchange.sessions,
    busiest: busiest?.weight ?? 0,
    mee: mee.exchange.sessions >= MINIMUM_SESSIONS ? mee.adjusted : undefined,
    rejects: counts.of('reject.total'),
    user_unknown: counts.of('reject.user_unknown'),
    pop3_sessions: counts.of('pop3.sessions'),
    queries: demand === undefined ? undefined : counts.of('dns.queries'),
    rest: demand?.rest,
    m: demand?.m,
    transmissions: counts.of('delivery.attempts'),
    bounces_in: counts.of('qmgr.from_null') - counts.of('messages.bounce'),
    backlog: counts.of('messages.queued') - counts.of('messages.refused') - counts.of('qmgr.removed'),
    user_messages: user?.weight ?? 0,
    received: counts.of('role.mx.opened'),
    submitted: counts.of('role.submission.opened'),
  };
}
