import { CLIENT } from '../../tally/counters.js';
import type { Tally } from '../../tally/tally.js';
import { isFarAbove, timesUsual } from '../baseline.js';
import type { Baseline, Usual } from '../baseline.js';
import type { DayType } from '../day-type.js';
import type { Finding } from '../finding.js';
import { whole } from '../text.js';

/** Numbers of a resolver's window of which it is learnt what is usual. */
export type ResolverMeasure = 'queries' | 'refused' | 'clients';

/** A window of a resolver. */
export interface ResolverSight {
  readonly tally: Tally;
  readonly dayType: DayType;
  readonly baseline: Baseline<ResolverMeasure>;
  /** Whether a client is one of our mail servers, or has always asked like one. */
  readonly isMailServer: (client: string) => boolean;
}

const CLIENTS = 5;
const MINIMUM_MX = 20;
const MX_SHARE = 0.2;

/** A client that is no mail server asks for the mail exchangers of domains. */
export function infectedHost({ tally: { clients }, isMailServer }: ResolverSight): readonly Finding[] {
  return clients
    .heaviest(
      CLIENTS,
      (row) => clients.at(row, CLIENT.mx_queries),
      (client) => !isMailServer(client),
    )
    .map(({ key, row, weight }) => ({ client: key, observed: weight, n: clients.at(row, CLIENT.dns_queries) }))
    .filter(({ observed, n }) => observed >= MINIMUM_MX && observed >= MX_SHARE * n)
    .map((numbers) => ({
      kind: 'infected_host',
      ...numbers,
      text: `${whole(numbers.observed)} of ${whole(numbers.n)} DNS queries for mail exchangers`,
    }));
}

const MINIMUM_QUERIES = 100;
const MOSTLY = 0.5;
/** At work there may be so many times as many clients as usual, as in the first morning after a weekend; not more. */
const MOST_AT_WORK = 10;

/** The resolver is asked, or refuses, far more than usual of so many clients, but for what our mail servers ask. */
export function dnsServerFlood(sight: ResolverSight): readonly Finding[] {
  const { tally, dayType, baseline, isMailServer } = sight;
  const { clients, counts } = tally;
  const { queries, clients: asking } = askedByOthers(sight);
  const usual = usualOf(sight, asking);
  const refused = counts.of('dns.refused');
  const usuallyRefused = baseline.usual('refused', dayType);
  const isFlood = usual !== undefined && queries >= MINIMUM_QUERIES && isFarAbove(queries, usual);
  const isRefused = usuallyRefused !== undefined && refused >= MINIMUM_QUERIES && isFarAbove(refused, usuallyRefused);
  if (!isFlood && !isRefused) return [];
  const [first] = clients.heaviest(
    1,
    (row) => clients.at(row, CLIENT.dns_queries),
    (client) => !isMailServer(client),
  );
  const client = first !== undefined && first.weight >= MOSTLY * queries ? first.key : undefined;
  const text = isFlood
    ? `${whole(queries)} DNS queries of clients that are no mail servers, where ${whole(usual.median)} are usual`
    : `${whole(refused)} refused DNS queries, where ${whole(usuallyRefused?.median ?? 0)} are usual`;
  const known = isFlood ? usual : usuallyRefused;
  const observed = isFlood ? queries : refused;
  return [{ kind: 'dns_server_flood', client, observed, n: queries, expected: known?.median, baseline: known, text }];
}

/** How many queries are usual of so many clients; never fewer than are usual. */
function usualOf({ baseline, dayType }: ResolverSight, clients: number): Usual | undefined {
  const usual = baseline.usual('queries', dayType);
  const usualClients = baseline.usual('clients', dayType)?.median ?? 0;
  if (usual === undefined || clients <= usualClients) return usual;
  return timesUsual(Math.min(MOST_AT_WORK, clients / Math.max(1, usualClients)), usual);
}

/** Clients that are no mail servers of ours, and their queries. */
export function askedByOthers({ tally: { clients, counts }, isMailServer }: ResolverSight): {
  readonly queries: number;
  readonly clients: number;
} {
  let ofServers = 0;
  let others = 0;
  clients.forEachRow((client, row) => {
    if (isMailServer(client)) ofServers += clients.at(row, CLIENT.dns_queries);
    else others += 1;
  });
  return { queries: counts.of('dns.queries') - ofServers, clients: others };
}
