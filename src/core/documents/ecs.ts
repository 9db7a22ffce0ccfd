import type { EcsVersion } from '@elastic/ecs';
import { isAddress } from '../address.js';
import { withoutResolver } from '../identity.js';
import type { ServerConfig, Subject } from '../identity.js';
import type { JsonObject } from './fields.js';

/** The version of the Elastic Common Schema (ECS) whose names and values documents have. */
export const ECS_VERSION: typeof EcsVersion = '9.4.0';
/** What stands for mxwarden as a module of events and as their observer. */
export const VENDOR = 'mxwarden';

/** Values of `event.kind`, `event.category` and `event.type` that documents have, in the words of ECS. */
export type EventKind = 'metric' | 'event' | 'alert';
export const ECS_CATEGORIES = ['authentication', 'email', 'intrusion_detection', 'network'] as const;
export type EcsCategory = (typeof ECS_CATEGORIES)[number];
export const ECS_TYPES = ['denied', 'info'] as const;

export const MAIL: readonly EcsCategory[] = ['email', 'network'];
export const DNS: readonly EcsCategory[] = ['network'];
/** What is no action, and changes nothing. */
export const INFO: readonly (typeof ECS_TYPES)[number][] = ['info'];
export const DENIED: readonly (typeof ECS_TYPES)[number][] = ['denied'];

/** Whom a document is about, as ECS and Elastic Security see it: a machine. */
export interface Host {
  /** The one name by which its page is found. */
  readonly name: string;
  /** All its names. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** The machine of a subject; `server` is what is known of a mail server. */
export function hostOf(subject: Subject, server: ServerConfig | undefined): Host {
  const id = subject.slice(subject.indexOf(':') + 1);
  // The resolver of a packet is known by its address.
  if (server === undefined) return { name: id, names: [id], addresses: isAddress(id) ? [id] : [] };
  const [name = id] = server.hosts;
  return { name, names: server.hosts, addresses: server.addresses.map(withoutResolver) };
}

/** `host.*` of documents whose machine is known by more than its name. */
export function hostObject({ name, addresses }: Host): JsonObject {
  return { name, ip: listed(addresses) };
}

/** What is in a document, to be found wherever it stands there. */
export interface Seen {
  readonly hosts: readonly (string | undefined)[];
  readonly addresses: readonly (string | undefined)[];
  readonly users?: readonly (string | undefined)[];
}

/** `related.*`: each name and address once; what is no address is left out. */
export function relatedObject({ hosts, addresses, users = [] }: Seen): JsonObject {
  return {
    hosts: listed(hosts),
    ip: listed(addresses.filter((address) => address !== undefined && isAddress(address))),
    user: listed(users),
  };
}

/** Each of them once; `undefined` for none. */
function listed(values: readonly (string | undefined)[]): readonly string[] | undefined {
  const found = new Set<string>();
  for (const value of values) if (value !== undefined && value !== '') found.add(value);
  return found.size > 0 ? [...found] : undefined;
}
