import type { Commands, Event, MailEvent, Ms } from '../../src/core/event.js';
import { Correlator } from '../../src/core/correlate.js';
import type { CorrelateConfig, Correlated } from '../../src/core/correlate.js';
import type { DetectConfig } from '../../src/core/detect/config.js';
import { Detector } from '../../src/core/detect/detector.js';
import type { Incident } from '../../src/core/detect/incidents.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import type { ServerConfig } from '../../src/core/identity.js';
import { MINUTE_MS } from '../../src/core/time.js';
import { windowSizes } from '../../src/core/windows/calendar.js';
import { at, expectDocuments } from './documents.js';
import {
  active,
  authFailure,
  bounceQueued,
  commands,
  connect,
  delivery,
  disconnect,
  lostConnection,
  opened,
  pop3Failure,
  pop3Login,
  query,
  queued,
  reject,
  removed,
  screenConnect,
  screenHit,
  screenPass,
} from './events.js';
import { createRandom } from './random.js';
import type { Random } from './random.js';
import { CORRELATE, cut, fold, identityOf } from './runs.js';

const WINDOW_MS = 5 * MINUTE_MS;

/** Days on which a scene may begin, at noon in UTC: a Wednesday and a Sunday. */
export const DAYS = {
  working_day: Date.UTC(2003, 3, 16, 12),
  weekend: Date.UTC(2003, 3, 13, 12),
} as const;
export type Day = keyof typeof DAYS;

/** A client whose mail is accepted every day. */
export const partner = (index: number): string => `198.51.100.${String((index % 40) + 1)}`;
/** One of many clients that never deliver anything. */
export const stranger = (index: number): string => `203.0.113.${String((index % 250) + 1)}`;
export const ATTACKER = '192.0.2.66';
const PROBE = '192.0.2.9';
/** DNS clients that are no mail servers, and log in to read and to send mail. */
export const workstation = (index: number): string => `192.0.2.${String((index % 40) + 100)}`;

const SUBMISSION = 'postfix/submission/smtpd';
const DELIVERED: Partial<Commands> = { ehlo: 1, mail: 1, rcpt: 1, data: 1, quit: 1 };
const REFUSED: Partial<Commands> = { ehlo: 1, mail: 1, rcpt_failed: 1, quit: 1 };

interface Message {
  readonly sender?: string;
  readonly recipients?: number;
  /** Recipients that the client was refused before. */
  readonly unknown?: readonly string[];
}

/** The events of a mail server's life, window after window: what is usual, and what is done to it. */
export class Site {
  readonly events: Event[] = [];
  private ids = 0;

  constructor(
    public startMs: Ms,
    /** All numbers are so many times as high. */
    private readonly rate: number,
    /** A whole number below a limit. */
    readonly below: Random,
    /** Block lists in which each client is looked up. */
    private readonly lists: number,
  ) {}

  /** So many things at times of their own in the window, more or less: arrivals of a Poisson process. */
  arrive(mean: number, happen: (time: Ms, index: number) => void): void {
    for (let passed = this.pause(), index = 0; passed < mean * this.rate; passed += this.pause(), index += 1)
      happen(this.time(), index);
  }

  /** Exactly so many things. */
  times(count: number, happen: (time: Ms, index: number) => void): void {
    const whole = Math.round(count * this.rate);
    for (let index = 0; index < whole; index += 1) happen(this.time(), index);
  }

  /** What happens in a window in which nothing is wrong, so many times as much of it as usual. */
  usual(busy = 1): void {
    const isWeekend = new Date(this.startMs).getUTCDay() === 0;
    this.arrive(busy * (isWeekend ? 45 : 70), (time) => this.deliver(time, partner(this.below(40))));
    this.arrive(busy * (isWeekend ? 25 : 12), (time) => this.refuse(time, stranger(this.below(250)), 'greylist'));
    this.arrive(busy * (isWeekend ? 10 : 5), (time) => this.refuse(time, stranger(this.below(250)), 'user_unknown'));
    this.arrive(busy * (isWeekend ? 20 : 13), (time) => this.breakOff(time, stranger(this.below(250))));
    this.arrive(busy * 20, (time) => this.submit(time, this.below(30)));
    this.arrive(busy * 40, (time) => this.readMail(time, workstation(this.below(40))));
    this.arrive(busy * 3, (time) => this.deliver(time, partner(this.below(40)), { sender: '' }));
    this.arrive(busy * 5, (time) => this.retry(time));
    const workstations = Math.min(40, 10 * busy);
    this.arrive(busy * 100, (time) => this.ask(time, workstation(this.below(workstations)), 'A'));
    for (let time = this.startMs; time < this.startMs + WINDOW_MS; time += MINUTE_MS / 2) this.probe(time);
  }

  /** A session of a client that delivers a message. */
  deliver(time: Ms, client: string, { sender = 'a@example.org', recipients = 1, unknown = [] }: Message = {}): void {
    const queue_id = this.connect(time, client);
    for (const recipient of unknown) this.mail(reject({ time, client_address: client, recipient }));
    this.mail(opened({ time, client_address: client, queue_id }), queued({ time, queue_id }));
    this.mail(active({ time, queue_id, sender, recipients }));
    const local = { service: 'postfix/lmtp', relay: 'local' };
    for (let index = 0; index < recipients; index += 1) this.mail(delivery({ time, queue_id, ...local }));
    this.mail(removed({ time, queue_id }));
    this.leave(time, client, { ...DELIVERED, rcpt: recipients, rcpt_failed: unknown.length });
  }

  /** A session of a client that is refused a recipient. */
  refuse(
    time: Ms,
    client: string,
    reason: 'user_unknown' | 'greylist' | 'relay_denied' | 'dnsbl',
    recipients: readonly string[] = [this.name()],
  ): void {
    this.connect(time, client);
    const reply_code = reason === 'greylist' ? 450 : 550;
    for (const recipient of recipients)
      this.mail(reject({ time, client_address: client, reason, recipient, reply_code, reason_text: reason }));
    this.leave(time, client, { ...REFUSED, rcpt_failed: recipients.length });
  }

  /** A session that ends before anything was said. */
  breakOff(time: Ms, client: string): void {
    this.connect(time, client);
    this.mail(lostConnection({ time, client_address: client }));
    this.leave(time, client, {});
  }

  /** A session that an access list of smtpd refuses: after the connection, and the look-up of its name. */
  turnAway(time: Ms, client: string, service = 'postfix/smtpd'): void {
    this.connect(time, client, service);
    const refused = { reply_code: 554, enhanced_code: '5.7.1', reason: 'client_rejected' } as const;
    const reason_text = 'Client host rejected: Access denied';
    this.mail(reject({ time, client_address: client, service, ...refused, reason_text, recipient: this.name() }));
    this.leave(time, client, REFUSED, service);
  }

  /** A connection that postscreen lets through: what follows is a session of smtpd. */
  letThrough(time: Ms, client: string): void {
    this.mail(screenConnect({ time, client_address: client }), screenPass({ time, client_address: client }));
  }

  /** A connection that postscreen finds on its deny list, and keeps from smtpd. */
  keepOut(time: Ms, client: string): void {
    const denied = { action: 'DENYLISTED', reason: 'client_rejected', reason_text: '' } as const;
    this.mail(screenConnect({ time, client_address: client }), screenHit({ time, client_address: client, ...denied }));
  }

  probe(time: Ms): void {
    this.connect(time, PROBE);
    this.leave(time, PROBE, { ehlo: 1, quit: 1 });
  }

  /** A session that fails to log in. */
  guess(time: Ms, client: string): void {
    this.connect(time, client, SUBMISSION);
    this.mail(authFailure({ time, client_address: client, service: SUBMISSION }));
    this.leave(time, client, { ehlo: 1, auth_failed: 1 }, SUBMISSION);
  }

  /** A user sends a message to so many domains. */
  submit(time: Ms, user: number, { client = workstation(user), domains = 1 } = {}): void {
    const queue_id = this.connect(time, client, SUBMISSION);
    const sasl = { sasl_method: 'PLAIN', sasl_username: `user${String(user)}` };
    this.mail(opened({ time, client_address: client, queue_id, service: SUBMISSION, ...sasl }));
    this.mail(queued({ time, queue_id }), active({ time, queue_id, recipients: domains }));
    for (let index = 0; index < domains; index += 1) this.transmit(time, queue_id, 'sent');
    this.mail(removed({ time, queue_id }));
    this.leave(time, client, { ...DELIVERED, auth: 1, rcpt: domains }, SUBMISSION);
  }

  /** A user sends a message that cannot be delivered now. */
  submitToQueue(time: Ms, user: number): void {
    const client = workstation(user);
    const queue_id = this.connect(time, client, SUBMISSION);
    const sasl = { sasl_method: 'PLAIN', sasl_username: `user${String(user)}` };
    this.mail(opened({ time, client_address: client, queue_id, service: SUBMISSION, ...sasl }));
    this.mail(queued({ time, queue_id }));
    this.leave(time, client, { ...DELIVERED, auth: 1 }, SUBMISSION);
    this.retry(time, queue_id);
  }

  /** A message that had waited is delivered. */
  leaveQueue(time: Ms): void {
    const queue_id = this.id();
    this.mail(active({ time, queue_id }), delivery({ time, queue_id, service: 'postfix/lmtp' }));
    this.mail(removed({ time, queue_id }));
  }

  /** The server makes a bounce of its own, and sends it. */
  bounce(time: Ms): void {
    const queue_id = this.id();
    this.mail(bounceQueued({ time, queue_id }), queued({ time, queue_id }), active({ time, queue_id, sender: '' }));
    this.transmit(time, queue_id, 'sent');
    this.mail(removed({ time, queue_id }));
  }

  /** A session that costs one query, as a cache has the other, and ends at once. */
  leaveAfterConnect(time: Ms, client: string): void {
    this.mail(connect({ time, client_address: client, client_name: 'unknown' }));
    this.ask(time, '192.0.2.1', 'PTR');
    this.leave(time, client, {});
  }

  /** A message that waits is tried once more. */
  retry(time: Ms, queue_id = this.id()): void {
    this.mail(active({ time, queue_id }));
    this.transmit(time, queue_id, 'deferred');
  }

  transmit(time: Ms, queue_id: string, status: string): void {
    const domain = `d${String(this.ids++)}.example.net`;
    this.ask(time, '192.0.2.1', 'MX', domain);
    this.ask(time, '192.0.2.1', 'A', domain);
    this.mail(delivery({ time, queue_id, recipient: `b@${domain}`, status }));
  }

  /** A POP3 session; the server looks up who it is. */
  readMail(time: Ms, client: string): void {
    this.ask(time, '192.0.2.1', 'PTR');
    this.mail(pop3Login({ time, client_address: client }));
  }

  /** A POP3 session that fails to log in. */
  guessPop3(time: Ms, client: string): void {
    this.ask(time, '192.0.2.1', 'PTR');
    this.mail(pop3Failure({ time, client_address: client }));
  }

  /** A DNS query. */
  ask(time: Ms, client_address: string, qtype: string, qname = `${this.id()}.example.com`): void {
    this.events.push(query({ time, client_address, qtype, qname }));
  }

  mail(...events: readonly MailEvent[]): void {
    this.events.push(...events);
  }

  /** A connection with the two queries that it costs; a queue identity of its own. */
  connect(time: Ms, client: string, service = 'postfix/smtpd'): string {
    this.mail(connect({ time, client_address: client, client_name: 'unknown', service }));
    this.ask(time, '192.0.2.1', 'PTR', `${client.split('.').reverse().join('.')}.in-addr.arpa`);
    this.ask(time, '192.0.2.1', 'A', `host-${client}.example.org`);
    for (let list = 0; list < this.lists; list += 1) this.ask(time, '192.0.2.1', 'A');
    return this.id();
  }

  leave(time: Ms, client: string, given: Partial<Commands>, service = 'postfix/smtpd'): void {
    const counts = commands(given);
    this.mail(disconnect({ time, client_address: client, client_name: 'unknown', commands: counts, service }));
  }

  /** A recipient that nobody tried before. */
  name(): string {
    return `${this.id()}@example.com`;
  }

  id(): string {
    return `Q${String(this.ids++)}`;
  }

  /** A pause between arrivals, on average 1. */
  private pause(): number {
    return -Math.log((this.below(1_000_000) + 1) / 1_000_000);
  }

  private time(): Ms {
    return this.startMs + this.below(WINDOW_MS);
  }
}

/** What is done to a site in a window; `window` counts from 0. */
export type Act = (site: Site, window: number) => void;

export interface Scene {
  readonly day?: Day;
  /** When its quiet windows begin, if not at noon of the day. */
  readonly startMs?: Ms;
  readonly rate?: number;
  /** Quiet windows before. */
  readonly quiet?: number;
  /** What is usual beside the usual, in quiet windows as well. */
  readonly always?: Act;
  /** What happens in a window of the scene; the usual goes on beside it, unless it is said what else does. */
  readonly happens: Act;
  readonly usual?: Act;
  readonly windows?: number;
  /** Windows after it. */
  readonly after?: number;
  readonly server?: Partial<ServerConfig>;
  readonly lists?: number;
  readonly seed?: number;
  /** Of which the first is the one that the numbers above are of. */
  readonly windowSizes?: readonly string[];
  readonly clientCap?: number;
  readonly detect?: Partial<DetectConfig>;
  /** In so many chunks, with provisional windows; by default in one without. */
  readonly chunks?: number;
  /** Incidents of runs before. */
  readonly earlier?: readonly Incident[];
}

/** What both stages tell of a scene. */
export interface Told {
  readonly alerts: readonly JsonObject[];
}

/** Both stages, run over a scene. */
export function play(scene: Scene): Told {
  const alerts: JsonObject[] = [];
  for (const result of resultsOf(scene)) alerts.push(...result.alerts);
  expectDocuments({ alert: alerts });
  return { alerts };
}

/** The detector of a scene with all readings that it is given. */
export function detectionOf(scene: Scene) {
  const readings = Array.from(resultsOf(scene), ({ reading }) => reading);
  const [pane, ...larger] = [...new Set(readings.map(({ result }) => result.size))].sort(
    (a, b) => a.lengthMs - b.lengthMs,
  );
  if (pane === undefined) throw new RangeError('Nothing happens.');
  const deps = { identity: identityOf([scene.server ?? {}]), earlier: scene.earlier ?? [] };
  return { readings, create: () => new Detector(pane, larger, deps, configOf(scene).detect) };
}

export function configOf({
  chunks = 1,
  detect = {},
  windowSizes: sizes = ['5m'],
  clientCap = 4096,
}: Scene): CorrelateConfig {
  return {
    ...CORRELATE,
    sizes: windowSizes(sizes),
    clientCap,
    provisional: chunks > 1,
    detect: { ...CORRELATE.detect, ...detect },
  };
}

function* resultsOf(scene: Scene): Generator<Correlated> {
  const { chunks = 1 } = scene;
  const identity = identityOf([scene.server ?? {}]);
  const config = configOf(scene);
  const events = eventsOf(scene);
  const correlator = new Correlator(config, identity, scene.earlier);
  const places = Array.from({ length: chunks - 1 }, (_, index) => Math.floor(((index + 1) * events.length) / chunks));
  for (const { contributions, mark } of fold(
    { name: 'log', chunks: cut(events, places) },
    { identity, aggregate: { clientCap: config.clientCap } },
  ).results) {
    for (const contribution of contributions) correlator.contribute(contribution);
    yield* correlator.mark(mark, 1);
  }
}

export function eventsOf(scene: Scene): readonly Event[] {
  const { day = 'working_day', rate = 1, quiet = 8, windows = 3, after = 3, seed = 1 } = scene;
  const site = new Site(scene.startMs ?? DAYS[day], rate, createRandom(seed), scene.lists ?? 0);
  for (let window = -quiet; window < windows + after; window += 1) {
    const isOn = window >= 0 && window < windows;
    if (isOn && scene.usual !== undefined) scene.usual(site, window);
    else site.usual();
    scene.always?.(site, window);
    if (isOn) scene.happens(site, window);
    site.startMs += WINDOW_MS;
  }
  return site.events.sort((a, b) => a.time - b.time);
}

/** The incidents that were opened, as `kind` or `kind client`, in order. */
export function openedIn({ alerts }: Told): readonly string[] {
  return alerts
    .filter((alert) => at(alert, 'event.action') === 'incident-opened')
    .map(nameOf)
    .sort();
}

function nameOf(alert: JsonObject): string {
  const [, kind, who] = String(at(alert, 'mxwarden.incident.id')).split('|');
  return who === '' ? String(kind) : `${String(kind)} ${String(who)}`;
}
