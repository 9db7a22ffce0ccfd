import type { Event } from '../core/event.js';
import type { Envelope } from './envelope.js';

/** A client that logs in, or tries to. */
interface Attempt {
  readonly client_name: string | undefined;
  readonly client_address: string;
  /** Empty where the line does not tell it. */
  readonly user: string;
}

/** The event of a log-in, or of one that failed; `undefined` if its client has no address. */
export function attemptEvent(
  { time, host, service, process_id }: Envelope,
  kind: 'pop3_login' | 'pop3_failure',
  { client_name, client_address, user }: Attempt,
): Event | undefined {
  if (client_address === '') return undefined;
  // Where no name was found some write the address in its place.
  const name = client_name === client_address || client_name === '' ? undefined : client_name;
  return { kind, time, host, service, process_id, client_name: name, client_address, user: user || undefined };
}

/** The event of a session's end. */
export function logoutEvent({ time, host, service, process_id }: Envelope, user: string): Event {
  return { kind: 'pop3_logout', time, host, service, process_id, user: user || undefined };
}
