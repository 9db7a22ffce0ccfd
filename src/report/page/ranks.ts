import { REASONS } from '../../core/event.js';
import type { PageClient, PageReport, PageSubject } from '../page-data.js';
import { barTable } from './bars.js';
import { h, plain } from './dom.js';
import { numberText, words } from './format.js';
import type { ServerSummary } from './sections.js';
import type { Surroundings } from './time-chart.js';
import { sumOf } from './windows.js';

const NAME_LENGTH = 100;

/** Rejections of the visible time, and clients of the run. */
export function ranks(
  { summary, subjects }: PageReport,
  info: PageSubject,
  { windows, zoom }: Pick<Surroundings, 'windows' | 'zoom'>,
): readonly Node[] {
  const queriesOf = (subject: string): number => summary.resolvers.find((row) => row.subject === subject)?.queries ?? 0;
  const resolvers = info.subject.startsWith('dns:')
    ? [info]
    : subjects.filter(({ subject }) => subject.startsWith('dns:')).slice(0, 3);
  const dns = resolvers.map((resolver) =>
    h('div', {}, h('h2', {}, 'DNS clients'), dnsRanks(resolver, queriesOf(resolver.subject), summary.servers)),
  );
  const server = summary.servers.find((row) => row.subject === info.subject);
  if (server === undefined) return dns;
  const rejections = h('div');
  const fill = (): void => {
    const [first, end] = windows.within(zoom.range);
    const bars = REASONS.map((reason) => ({
      label: words(reason),
      count: sumOf(windows.of(`reject_${reason}`), first, end),
    }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
    rejections.replaceChildren(
      bars.length === 0
        ? h('p', { class: 'note' }, 'Nothing was rejected in the time shown.')
        : barTable('Rejections in the time shown', ['Reason', 'rejections'], bars),
    );
  };
  zoom.onChange(fill);
  fill();
  return [
    h('div', {}, h('h2', {}, 'Rejections by reason'), rejections),
    ...dns,
    h('div', { class: 'wide' }, h('h2', {}, 'SMTP clients'), smtpRanks(info.clients, server.connects)),
  ];
}

/** DNS clients by what they asked; those that are mail servers of the run are named so. */
function dnsRanks(subject: PageSubject, total: number, servers: readonly ServerSummary[]): HTMLElement {
  const serverOf = new Map(
    servers.flatMap(({ subject: name, addresses }) =>
      addresses.map((address) => [address.replace(/@.*/, ''), name] as const),
    ),
  );
  const rows = subject.clients.map(({ address, count, mxQueries }, index) => {
    const server = serverOf.get(address);
    return {
      label: `${index + 1}. ${plain(address, NAME_LENGTH)}${server === undefined ? '' : ` (${plain(server, NAME_LENGTH)})`}`,
      count,
      cells: [numberText(mxQueries)],
    };
  });
  return barTable(
    `Clients of ${plain(subject.subject, NAME_LENGTH)} by rank`,
    ['DNS client', 'queries', 'for MX'],
    rows,
    total,
  );
}

function smtpRanks(clients: readonly PageClient[], total: number): HTMLElement {
  const rows = clients.map(({ address, name, network, count, accepted, rejects }, index) => ({
    label: `${index + 1}. ${plain(address, NAME_LENGTH)}${name === undefined || name === 'unknown' ? '' : ` ${plain(name, NAME_LENGTH)}`}${network === undefined ? '' : ` (${plain(network, NAME_LENGTH)})`}`,
    count,
    cells: [numberText(accepted), numberText(rejects)],
  }));
  return barTable('SMTP clients by rank', ['SMTP client', 'connections', 'accepted', 'rejects'], rows, total);
}
