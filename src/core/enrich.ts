import { parse } from 'tldts';
import { lookUpAddress } from './address.js';
import type { EnrichedField } from './documents/fields.js';
import { textAt, valueAt } from './documents/value.js';

/** What is known of a client beside its log, as fields of its documents. */
export type Enriched = Readonly<Partial<Record<EnrichedField, string | number | undefined>>>;
/** Of a client's key and, where it has one, its host name; always the same for the same two. */
export type Enrich = (client: string, name: string | undefined) => Enriched;

/** The record that a file has of an address; anything else where it has none. */
export type LookUp = (address: string) => unknown;
/** Look-ups in files that the site gives; absent where it gives none. */
export interface LookUps {
  readonly asn?: LookUp | undefined;
  readonly country?: LookUp | undefined;
}

/** Clients whose fields are kept: the same ones are at the top of window after window. */
const CLIENTS_KEPT = 10_000;
/** A host name has no more characters (RFC 1035); a log line may. */
const HOST_NAME_LENGTH = 253;

/** Tells the registered domain of clients, and their autonomous system and country where files are given. */
export function createEnrich(lookUps: LookUps): Enrich {
  const known = new Map<string, Enriched>();
  return (client, name) => {
    // No key of a client has a blank in it, whatever its name has.
    const key = `${client} ${name ?? ''}`;
    let fields = known.get(key);
    if (fields === undefined) {
      fields = { ...domainFields(name), ...addressFields(client, lookUps) };
      if (known.size >= CLIENTS_KEPT) known.clear();
      known.set(key, fields);
    }
    return fields;
  };
}

/**
 * By the public suffixes that registries give names under. Those of the list's private section are left out: with them each
 * machine of a cloud, and each customer of a provider of names, would be a domain of its own.
 */
function domainFields(name: string | undefined): Enriched {
  if (name === undefined || name.length > HOST_NAME_LENGTH) return {};
  const host = name.toLowerCase();
  const { hostname, domain, publicSuffix, subdomain } = parse(host);
  // The package also finds host names in URLs and mail addresses; a client has neither for a name.
  if (hostname !== host || domain === null || host.startsWith('.')) return {};
  return {
    'source.registered_domain': domain,
    'source.top_level_domain': publicSuffix ?? undefined,
    'source.subdomain': subdomain === '' ? undefined : (subdomain ?? undefined),
  };
}

function addressFields(client: string, { asn, country }: LookUps): Enriched {
  const address = asn === undefined && country === undefined ? undefined : lookUpAddress(client);
  if (address === undefined) return {};
  const network = asn?.(address);
  const number = asNumberIn(network);
  return {
    'source.as.number': number,
    'source.as.organization.name': number === undefined ? undefined : organizationIn(network),
    'source.geo.country_iso_code': countryIn(country?.(address)),
  };
}

/** The largest number of an autonomous system (RFC 6793). */
const MAX_AS_NUMBER = 2 ** 32 - 1;

/**
 * The number of the autonomous system in a record of MaxMind or DB-IP (ASN, ISP; with more in it under `traits`), or of
 * IPinfo (`AS64496`).
 */
export function asNumberIn(record: unknown): number | undefined {
  const number =
    valueAt(record, 'autonomous_system_number') ??
    valueAt(record, 'traits.autonomous_system_number') ??
    numberOf(textAt(record, 'asn'));
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= MAX_AS_NUMBER
    ? number
    : undefined;
}

function numberOf(asn: string | undefined): number | undefined {
  const digits = /^AS(?<digits>\d{1,10})$/.exec(asn ?? '')?.groups?.['digits'];
  return digits === undefined ? undefined : Number(digits);
}

/** Who runs it; IPinfo says `as_name` where the record has more in it, else `name`. */
function organizationIn(record: unknown): string | undefined {
  const name =
    textAt(record, 'autonomous_system_organization') ??
    textAt(record, 'traits.autonomous_system_organization') ??
    textAt(record, 'as_name') ??
    textAt(record, 'name');
  return name === '' ? undefined : name;
}

const COUNTRY = /^[A-Z]{2}$/;

/**
 * The country in a record of MaxMind or DB-IP (Country, City), or of IPinfo, where `country` is its code in some files and
 * in others its name beside `country_code`.
 */
export function countryIn(record: unknown): string | undefined {
  const codes = [textAt(record, 'country.iso_code'), textAt(record, 'country_code'), textAt(record, 'country')];
  return codes.find((code) => code !== undefined && COUNTRY.test(code));
}
