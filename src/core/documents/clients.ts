import { isAddress } from '../address.js';
import type { Enrich } from '../enrich.js';
import { connectsOf, exchangeOfClient, meeWithout } from '../measure/mee.js';
import type { MailMeasures, Reading } from '../measure/reading.js';
import { rounded } from '../measure/rounding.js';
import { CLIENT } from '../tally/counters.js';
import type { ClientCounter } from '../tally/counters.js';
import type { Row } from '../tally/table.js';
import { addFields } from './fields.js';
import type { ClientField, FieldValue, JsonObject } from './fields.js';
import { windowDocument, windowId } from './window.js';

export type ClientDocument = JsonObject;
/** The fields of one client of a window. */
export type ClientRow = Readonly<Partial<Record<ClientField, FieldValue>>> & {
  readonly address: string;
  readonly name?: string | undefined;
};

const TOP_CLIENTS = 20;

/**
 * The window's top 20 clients: of a mail server by connections to smtpd and postscreen, of a resolver by queries; equal
 * ones by their key.
 */
export function topClients(reading: Reading, enrich: Enrich): readonly ClientRow[] {
  const { tally } = reading.result;
  const { mail } = reading;
  const weight = mail === undefined ? [CLIENT.dns_queries] : [CLIENT.connects, CLIENT.screen_connects];
  return tally.clients.ranked(weight, TOP_CLIENTS).map((row, index) => {
    const total = mail === undefined ? tally.counts.of('dns.queries') : connectsOf(tally.counts);
    const part = mail === undefined ? row.counts.dns_queries : row.counts.connects;
    const name = row.name === '' ? undefined : row.name;
    const enriched = enrich(row.key, name);
    return {
      address: row.key,
      name,
      registered_domain: enriched['source.registered_domain'],
      as_number: enriched['source.as.number'],
      country: enriched['source.geo.country_iso_code'],
      rank: index + 1,
      share: total > 0 ? rounded(part / total) : undefined,
      ...row.counts,
      ...(mail === undefined ? {} : verdictOn(row, mail)),
    };
  });
}

function verdictOn({ key, counts }: Row<ClientCounter>, mail: MailMeasures): Partial<ClientRow> {
  const isProbe = mail.isProbe(key);
  return {
    mee_without: rounded(meeWithout(mail.mee.exchange, exchangeOfClient(counts, isProbe, mail.mee.exchange.estimated))),
    is_own: mail.server.isOwn(key),
    is_partner: mail.server.isPartner(key),
    is_probe: isProbe,
  };
}

/** One document for each of the window's top clients, since Lens and ES|QL do not see inside arrays. */
export function clientDocuments(
  reading: Reading,
  clients: readonly ClientRow[],
  enrich: Enrich,
): readonly ClientDocument[] {
  const id = windowId(reading.result);
  const { error } = reading.result.tally.clients;
  return clients.map((client) => {
    const { address, name } = client;
    const document = windowDocument(reading, {
      dataset: 'mxwarden.client',
      id: `${id}|${address}`,
      seen: { hosts: [name], addresses: [address] },
    });
    document['source'] = { ip: isAddress(address) ? address : undefined, address, domain: name };
    addFields(document, enrich(address, name));
    document.mxwarden['client'] = client;
    if (error > 0) addFields(document, { 'mxwarden.window.client_error': error });
    return document;
  });
}
