import { clientKey } from './address.js';
import type { MailEventOf } from './event.js';
import type { Role } from './tally/counters.js';

/** A service takes messages back if at least this share of its messages and of its connections is a content filter's ... */
const MINIMUM_SHARE = 0.9;
/** ... and at least so many messages are: a quiet server may have seen one, and no other. */
const MINIMUM_COUNT = 10;

interface Service {
  messages: number;
  reinjected: number;
  /** Clients that handed messages back. */
  readonly filters: Set<string>;
  /** Connections by client. */
  readonly connects: Map<string, number>;
}

/** Finds the services of a host to which a content filter hands messages back. */
export class Reinjections {
  private readonly services = new Map<string, Service>();

  /** Takes a connection into account; `client` is the key of its client. */
  addConnect(label: string, client: string): void {
    const { connects } = this.serviceOf(label);
    connects.set(client, (connects.get(client) ?? 0) + 1);
  }

  addMessage({ service: label, client_address, orig_client, orig_queue_id }: MailEventOf<'opened'>): void {
    const service = this.serviceOf(label);
    service.messages += 1;
    if (orig_client === undefined && orig_queue_id === undefined) return;
    service.reinjected += 1;
    service.filters.add(clientKey(client_address));
  }

  /** Roles of these services by label. */
  roles(): Readonly<Record<string, Role>> {
    const reinjecting = [...this.services].filter(([, service]) => isReinjecting(service));
    return Object.fromEntries(reinjecting.map(([label]) => [label, 'reinject']));
  }

  private serviceOf(label: string): Service {
    let service = this.services.get(label);
    if (service === undefined) {
      service = { messages: 0, reinjected: 0, filters: new Set(), connects: new Map() };
      this.services.set(label, service);
    }
    return service;
  }
}

/** A public service under attack may have no other messages than those of the filter, but it has other clients. */
function isReinjecting({ messages, reinjected, filters, connects }: Service): boolean {
  if (reinjected < MINIMUM_COUNT || reinjected < MINIMUM_SHARE * messages) return false;
  let all = 0;
  let ofFilters = 0;
  for (const [client, count] of connects) {
    all += count;
    if (filters.has(client)) ofFilters += count;
  }
  return ofFilters >= MINIMUM_SHARE * all;
}
