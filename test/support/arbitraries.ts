import fc from 'fast-check';
import type { Event, Ms } from '../../src/core/event.js';
import {
  NOON,
  active,
  authFailure,
  commands,
  connect,
  delivery,
  disconnect,
  lostConnection,
  opened,
  other,
  pop3Login,
  probe,
  query,
  queued,
  reject,
  removed,
  screenConnect,
  tooManyErrors,
  unrecognised,
} from './events.js';

const ADDRESSES = ['192.0.2.10', '192.0.2.11', '2001:db8::25', '2001:db8::26', '::ffff:192.0.2.12', 'unknown'];
const QUERY_NAMES = ['10.2.0.192.in-addr.arpa', '12.2.0.192.bl.example.org', 'example.org', undefined];

type Maker = (time: Ms, pick: number) => Event;
const of = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];
const client = (pick: number) => ({
  client_address: of(ADDRESSES, pick) ?? '',
  client_name: of(['b.example.org', 'a.example.org', 'unknown', undefined], pick >> 3),
});

const ON_HOST: readonly Maker[] = [
  (time, pick) => connect({ time, ...client(pick) }),
  (time, pick) => disconnect({ time, ...client(pick) }),
  (time, pick) => disconnect({ time, ...client(pick), commands: undefined }),
  (time, pick) => disconnect({ time, ...client(pick), commands: commands({ auth: 1, mail: 2, bdat: 3, quit: 1 }) }),
  (time, pick) => probe({ time, ...client(pick) }),
  (time, pick) => opened({ time, ...client(pick), sasl_username: of(['u', undefined], pick) }),
  (time, pick) => active({ time, sender: of(['', 'a@example.org'], pick) ?? '' }),
  (time) => queued({ time }),
  (time) => removed({ time }),
  (time, pick) =>
    delivery({ time, queue_id: `Q${String(pick % 4)}`, status: of(['sent', 'deferred', 'bounced'], pick) ?? '' }),
  (time, pick) => reject({ time, ...client(pick), recipient: `u${String(pick % 5)}@example.com` }),
  (time, pick) =>
    reject({ time, ...client(pick), action: of(['warn', 'discard', 'milter-reject'], pick) ?? '', stage: 'DATA' }),
  (time, pick) => authFailure({ time, ...client(pick) }),
  (time, pick) => lostConnection({ time, ...client(pick), stage: of(['AUTH', 'DATA (12 bytes)'], pick) ?? '' }),
  (time, pick) => tooManyErrors({ time, ...client(pick) }),
  (time, pick) => screenConnect({ time, ...client(pick) }),
  (time, pick) => pop3Login({ time, ...client(pick) }),
  (time) => other({ time }),
  (time) => unrecognised({ time }),
];

const ELSEWHERE: readonly Maker[] = [
  (time) => connect({ time, host: 'stranger' }),
  (time) => unrecognised({ time, side: undefined, program: 'sshd', service: 'sshd' }),
  (time) => other({ time, side: 'dns', host: 'ns', service: 'named' }),
  (time) => other({ time, side: undefined, host: 'firewall', service: 'kernel' }),
  (time, pick) => query({ time, qname: of(QUERY_NAMES, pick), qtype: of(['PTR', 'A', 'MX', 'HTTPS'], pick >> 2) }),
  (time, pick) => query({ time, client_address: of(['192.0.2.1', '192.0.2.77', '127.0.0.1'], pick) ?? '' }),
  (time, pick) => query({ time, direction: 'response', rcode: of(['REFUSED', 'NOERROR'], pick) }),
  (time, pick) => query({ time, resolver: of(['ns', 'mx', undefined], pick), client_address: '127.0.0.1' }),
];

/** One event of some kind at a time. */
export function anyEvent(time: Ms): fc.Arbitrary<Event> {
  const makers = [...ON_HOST, ...ELSEWHERE];
  return fc
    .tuple(fc.nat({ max: makers.length - 1 }), fc.nat({ max: 1023 }))
    .map(([kind, pick]) => makers[kind]?.(time, pick) ?? connect({ time }));
}

export interface LogShape {
  readonly maxLength: number;
  /** The longest time between two events. */
  readonly maxGapMs: Ms;
  /** How far an event may lie behind the one before it. */
  readonly jitterMs: Ms;
  readonly startMs?: Ms;
}

/** A log of one source: times rise but for the jitter. */
export function anyLog({ maxLength, maxGapMs, jitterMs, startMs = NOON }: LogShape): fc.Arbitrary<readonly Event[]> {
  const step = fc.record({ gapMs: fc.nat({ max: maxGapMs }), backMs: fc.nat({ max: jitterMs }), event: anyEvent(0) });
  return fc.array(step, { maxLength, size: 'max' }).map((steps) => {
    let time = startMs;
    return steps.map(({ gapMs, backMs, event }) => {
      time += gapMs;
      return { ...event, time: time - backMs };
    });
  });
}

/** Where a list is cut into chunks. */
export function anyPlaces(length: number): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.nat({ max: length }), { maxLength: 6, size: 'max' });
}

/** Answers to `pick`, one after the other and round again. */
export function picker(turns: readonly number[]): (sources: number) => number {
  let at = 0;
  return (sources) => (turns.length === 0 ? 0 : (turns[at++ % turns.length] ?? 0) % sources);
}
