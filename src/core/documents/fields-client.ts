import { CLIENT_COUNTERS, entries } from '../tally/counters.js';
import { always, boolean, core, double, extended, ip, keyword, long, measured, prefixed } from './field.js';
import type { Declared, DeclaredWithin, Field } from './field.js';

/** Fields of a client: entries of `mxwarden.top_clients[]`, and of a client row under `mxwarden.client.`. */
export const CLIENT = {
  address: keyword('address of the client; of IPv6 the /64'),
  name: keyword('host name as the server saw it'),
  registered_domain: keyword('domain that is registered, of its host name'),
  as_number: long('autonomous system that announces its address'),
  country: keyword('country of its address (ISO 3166-1, two letters)'),
  rank: long('place among the clients of the window, from 1'),
  share: measured('percent', double('its connections over all of the window; of a resolver: its queries')),
  mee_without: double('adjusted MEE as it would be without this client'),
  is_own: boolean('in one of the own networks'),
  is_partner: boolean('in one of the networks of partners'),
  is_probe: boolean('a health probe'),
} as const satisfies DeclaredWithin;

export const SOURCE = {
  'source.ip': core(ip('address of the client')),
  'source.address': always(extended(keyword('address of the client; of IPv6 the /64'))),
  'source.domain': core(keyword('host name of the client as the server saw it')),
} as const satisfies Declared;

/** All that is said of a client, with what stands before the names. */
export function clientFields(prefix: string): [string, Field][] {
  const counters = entries(CLIENT_COUNTERS).map(([name, doc]): [string, Field] => [`${prefix}${name}`, long(doc)]);
  return [...prefixed(prefix, CLIENT), ...counters];
}
