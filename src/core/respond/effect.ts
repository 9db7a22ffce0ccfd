import type { Incident, IncidentEvent } from '../detect/incidents.js';
import { two, whole } from '../detect/text.js';
import type { Ms } from '../event.js';
import { mapValues } from '../map-values.js';
import { MINIMUM_SESSIONS, ratioOf } from '../measure/mee.js';
import type { MailMeasures, WindowResult } from '../measure/reading.js';
import { CLIENT } from '../tally/counters.js';
import { NEVER } from '../tally/tally.js';
import { MINUTE_MS } from '../time.js';
import { expiryMs, isRefusedNow } from './proposal.js';
import type { Proposal } from './proposal.js';

/** What came of refusing a client, in words. */
export const VERDICTS = {
  confirmed: 'the client is gone from smtpd, and the server is better off',
  blocked_still_connecting: 'the client is refused and goes on: an earlier layer is next, postscreen or a firewall',
  no_effect: 'the client is gone from smtpd, but the server is no better off',
  worse: 'the client, or the load of the server, has grown',
} as const;
export type EffectVerdict = keyof typeof VERDICTS;

/** What is compared; numbers of a minute. */
export interface Load {
  /** Sessions of the client in smtpd. */
  readonly connects: number;
  /** DNS queries about the client, and of the server; `undefined` without a DNS log. */
  readonly clientQueries: number | undefined;
  readonly queries: number | undefined;
  /** The adjusted MEE of the server. */
  readonly mee: number | undefined;
}

/** What came of it that a client is refused: its sessions, the load that it makes, the load of the server. */
export interface Effect {
  readonly verdict: EffectVerdict;
  /** From when on it is refused. */
  readonly sinceMs: Ms;
  /** Connections of the client since then, to postscreen or smtpd, in the windows that were looked at; how many were refused. */
  readonly attempts: number;
  readonly refused: number;
  readonly before: Load;
  readonly after: Load;
}

/** A window in which the client is refused, or might be. */
interface Look {
  readonly minutes: number;
  readonly connects: number;
  readonly attempts: number;
  readonly refused: number;
  /** Whether most of its connections were refused. */
  readonly isRefused: boolean;
  readonly clientQueries: number;
  readonly queries: number | undefined;
  readonly accepted: number;
  readonly sessions: number;
}

/** Whether a client that is refused still connects to smtpd. */
type Presence = 'gone' | 'as_before' | 'more';

/** A proposal that may have been followed. */
interface Watch {
  incident: Incident;
  proposal: Proposal;
  who: string;
  sinceMs: Ms | undefined;
  /** What it has done since it was first refused, and the last windows in which it did this. */
  presence: Presence | undefined;
  readonly looks: Look[];
  /** The verdict of the last window; it is told once another window gives the same. */
  last: EffectVerdict | undefined;
  effect: Effect | undefined;
}

/** What is watched as plain data, the oldest first. */
export type PackedEffects = ReadonlyMap<string, Watch>;

/** Proposals that are watched; beyond them the oldest are forgotten. */
const WATCHED = 256;
/** Windows that are looked at together. */
const LOOKS = 6;

/**
 * Tells what came of proposals that were followed, those of this run and earlier ones: from sealed windows after the one in
 * which an access list began to refuse the client. A verdict is told once two windows in a row give it, and again when
 * another takes its place.
 */
export class EffectBook {
  private readonly watched: Map<string, Watch>;

  /** `earlier` are incidents of runs before: what goes on is an incident of this one. */
  constructor(earlier: readonly Incident[], packed: PackedEffects = new Map()) {
    this.watched = copyOf(packed);
    for (const incident of earlier) this.watch({ ...incident, state: 'closed' });
  }

  pack(): PackedEffects {
    return copyOf(this.watched);
  }

  /**
   * Takes the next sealed window of the server with the incidents that are open after it and what it told of incidents;
   * returns the same with the effects that are known, and the incidents of which one has just become known.
   */
  observe(
    result: WindowResult,
    mail: MailMeasures,
    { open, events }: { readonly open: readonly Incident[]; readonly events: readonly IncidentEvent[] },
  ): readonly IncidentEvent[] {
    const { endMs } = result.span;
    const told: IncidentEvent[] = [];
    for (const [key, watch] of this.watched) {
      if (endMs > expiryMs(watch.incident.lastSeenMs)) this.watched.delete(key);
      // On half of the data there is no verdict.
      else if (result.tally.lastHeard.mail !== NEVER && follow(watch, lookAt(watch.who, result, mail), endMs))
        told.push({ action: 'incident-changed', endMs, incident: watch.incident });
    }
    for (const incident of open) this.watch(incident);
    const all = this.take(events);
    // An incident changes once in a window, whatever changed.
    const isTold = ({ incident }: IncidentEvent): boolean =>
      all.some((event) => event.action === 'incident-changed' && isSame(event.incident, incident));
    return [...all, ...this.take(told.filter((event) => !isTold(event)))];
  }

  /** Takes what a sealed window of any size told of incidents; returns the same with the effects that are known. */
  take(events: readonly IncidentEvent[]): readonly IncidentEvent[] {
    return events.map((event) => {
      const watch = this.watchOf(event.incident);
      if (watch === undefined) return event;
      watch.incident = event.incident;
      return watch.effect === undefined ? event : { ...event, incident: { ...event.incident, effect: watch.effect } };
    });
  }

  /** Watches the proposal of an incident; the numbers before stay those of its worst window until the client is refused. */
  private watch(incident: Incident): void {
    const { proposal, client } = incident.finding;
    if (proposal?.client === undefined || proposal.refusal !== undefined || client === undefined) return;
    const key = keyOf(incident);
    const known = this.watched.get(key);
    if (known?.sinceMs !== undefined) {
      this.update(incident);
      return;
    }
    this.watched.delete(key);
    this.watched.set(key, {
      incident,
      proposal,
      who: client,
      sinceMs: undefined,
      presence: undefined,
      looks: [],
      last: undefined,
      effect: known !== undefined && isSame(known.incident, incident) ? known.effect : incident.effect,
    });
    if (this.watched.size <= WATCHED) return;
    for (const oldest of this.watched.keys()) {
      this.watched.delete(oldest);
      return;
    }
  }

  private update(incident: Incident): void {
    const watch = this.watchOf(incident);
    if (watch !== undefined) watch.incident = incident;
  }

  private watchOf(incident: Incident): Watch | undefined {
    const watch = this.watched.get(keyOf(incident));
    return watch !== undefined && isSame(watch.incident, incident) ? watch : undefined;
  }
}

function copyOf(watched: PackedEffects): Map<string, Watch> {
  return mapValues(watched, (watch) => ({ ...watch, looks: [...watch.looks] }));
}

function keyOf({ kind, who = '' }: Incident): string {
  return `${kind}|${who}`;
}

function isSame(a: Incident, b: Incident): boolean {
  return a.kind === b.kind && a.who === b.who && a.startedMs === b.startedMs;
}

function lookAt(client: string, { tally, span }: WindowResult, { mee, demand }: MailMeasures): Look {
  const { clients, counts } = tally;
  const of = (name: keyof typeof CLIENT): number => clients.countOf(client, CLIENT[name]);
  const connects = of('connects');
  const row = {
    connects,
    client_rejected: of('client_rejected'),
    screen_connects: of('screen_connects'),
    screen_denied: of('screen_denied'),
  };
  const attempts = Math.max(connects, row.screen_connects);
  return {
    minutes: (span.endMs - span.startMs) / MINUTE_MS,
    connects,
    attempts,
    // A session may be refused several recipients; what postscreen only notes goes on to smtpd.
    refused: Math.min(attempts, row.client_rejected + Math.min(row.screen_denied, attempts - connects)),
    isRefused: isRefusedNow(row),
    clientQueries: of('dns_queries'),
    queries: demand === undefined ? undefined : counts.of('dns.queries'),
    accepted: mee.exchange.accepted,
    sessions: mee.exchange.sessions,
  };
}

/** Takes the next window of a watch into account; whether its verdict is another than was told. */
function follow(watch: Watch, look: Look, endMs: Ms): boolean {
  if (watch.sinceMs === undefined) {
    // It is refused from some moment in this window on: what comes after it is compared.
    if (look.refused > 0) watch.sinceMs = endMs;
    return false;
  }
  if (look.attempts > 0 && !look.isRefused) {
    // It was let through again, or somebody else's list refused it once.
    watch.sinceMs = undefined;
    watch.presence = undefined;
    watch.looks.length = 0;
    watch.last = undefined;
    return false;
  }
  const presence = presenceIn(look, watch.proposal);
  // What is compared is of one kind, or the windows of a client that left would be told as ones in which it came less often.
  if (presence !== watch.presence) watch.looks.length = 0;
  watch.presence = presence;
  watch.looks.push(look);
  if (watch.looks.length > LOOKS) watch.looks.shift();
  const effect = judge(watch, presence, watch.sinceMs);
  const isSteady = effect.verdict === watch.last;
  watch.last = effect.verdict;
  if (!isSteady || effect.verdict === watch.effect?.verdict) return false;
  watch.effect = effect;
  return true;
}

function judge({ proposal, looks }: Watch, presence: Presence, sinceMs: Ms): Effect {
  const sum = (of: (look: Look) => number): number => looks.reduce((total, look) => total + of(look), 0);
  const minutes = sum((look) => look.minutes);
  const sessions = sum((look) => look.sessions);
  const areQueriesSeen = looks.every(({ queries }) => queries !== undefined);
  const after: Load = {
    connects: sum((look) => look.connects) / minutes,
    clientQueries: areQueriesSeen ? sum((look) => look.clientQueries) / minutes : undefined,
    queries: areQueriesSeen ? sum(({ queries = 0 }) => queries) / minutes : undefined,
    mee: sessions < MINIMUM_SESSIONS ? undefined : ratioOf({ accepted: sum((look) => look.accepted), sessions }),
  };
  const before = loadBefore(proposal);
  return {
    verdict: verdictOn(presence, { before, after, proposal }),
    sinceMs,
    attempts: sum((look) => look.attempts),
    refused: sum((look) => look.refused),
    before,
    after,
  };
}

function loadBefore({ client, now, minutes }: Proposal): Load {
  const rateOf = (count: number | undefined): number | undefined => (count === undefined ? undefined : count / minutes);
  return {
    connects: (client?.connects ?? 0) / minutes,
    clientQueries: rateOf(client?.queries),
    queries: rateOf(now.queries),
    mee: now.mee,
  };
}

/** A client is gone when this share of its sessions is left. */
const GONE_SHARE = 0.2;
/** By this factor more is worse ... */
const WORSE_FACTOR = 1.5;
/** ... and by so many standard deviations of chance: few sessions are not as many each time. */
const WORSE_DEVIATIONS = 3;

function presenceIn({ connects, minutes }: Look, { client, minutes: minutesBefore }: Proposal): Presence {
  const expected = ((client?.connects ?? 0) * minutes) / minutesBefore;
  if (connects > WORSE_FACTOR * expected + WORSE_DEVIATIONS * Math.sqrt(expected)) return 'more';
  return connects > GONE_SHARE * expected ? 'as_before' : 'gone';
}

/** The server is better off when this share of what was predicted for MEE came true ... */
const PREDICTED_SHARE = 0.5;
/** ... where so much was predicted: of a client that hardly changed MEE the server says nothing. */
const PREDICTED_GAIN = 0.05;

interface Compared {
  readonly before: Load;
  readonly after: Load;
  readonly proposal: Proposal;
}

function verdictOn(presence: Presence, { before, after, proposal }: Compared): EffectVerdict {
  if (presence === 'more' || isMoreLoaded(before, after)) return 'worse';
  if (presence === 'as_before') return 'blocked_still_connecting';
  const { now, givesUp } = proposal;
  const gain = now.mee === undefined || givesUp?.mee === undefined ? 0 : givesUp.mee - now.mee;
  if (gain < PREDICTED_GAIN || now.mee === undefined || after.mee === undefined) return 'confirmed';
  return after.mee >= now.mee + PREDICTED_SHARE * gain ? 'confirmed' : 'no_effect';
}

/** The paper's joint rule, against the worst window of the incident: MEE fell further while DNS queries rose. */
function isMoreLoaded(before: Load, after: Load): boolean {
  if (before.mee === undefined || after.mee === undefined) return false;
  if (before.queries === undefined || after.queries === undefined) return false;
  return after.mee < before.mee / WORSE_FACTOR && after.queries > WORSE_FACTOR * before.queries;
}

/** An effect in one sentence, for a person. */
export function effectText({ verdict, sinceMs, attempts, refused, before, after }: Effect): string {
  const fromTo = (name: string, write: (value: number) => string, of: (load: Load) => number | undefined): string => {
    const [from, to] = [of(before), of(after)];
    return from === undefined || to === undefined ? '' : `, ${name} ${write(from)} -> ${write(to)}`;
  };
  return (
    `refused since ${new Date(sinceMs).toISOString()}, ${whole(refused)} of ${whole(attempts)} connections; a minute` +
    fromTo('its sessions', perMinute, ({ connects }) => connects).slice(1) +
    fromTo('DNS queries about it', perMinute, ({ clientQueries }) => clientQueries) +
    `${fromTo('Dq', perMinute, ({ queries }) => queries)}${fromTo('MEE', two, ({ mee }) => mee)}: ${VERDICTS[verdict]}`
  );
}

/** A rate as people read it. */
function perMinute(value: number): string {
  return value.toFixed(1);
}
