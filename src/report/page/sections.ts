import { SIDES } from '../../core/event.js';
import type { PageReport, PageSubject } from '../page-data.js';
import { button, h, plain, terms } from './dom.js';
import { counted, numberText, ratioText, shareText, words } from './format.js';
import type { Clock } from './format.js';
import { scoreText } from '../score-text.js';
import { simpleTable } from './table.js';

export type ServerSummary = PageReport['summary']['servers'][number];
export type ResolverSummary = PageReport['summary']['resolvers'][number];

const NAME_LENGTH = 100;
const SAMPLES_SHOWN = 5;
/** Columns of inputs before those of texts. */
const NUMBERS = 4;

/** The numbers of the run in one row. */
export function keyFigures(server: ServerSummary | undefined, resolver: ResolverSummary | undefined): HTMLElement {
  const figures: (readonly [string, string, string])[] =
    server === undefined
      ? [
          ['Queries', numberText(resolver?.queries ?? 0), 'that it was asked'],
          [
            'DNS clients',
            `${resolver?.clients_estimated === true ? 'about ' : ''}${numberText(resolver?.clients ?? 0)}`,
            'different ones',
          ],
        ]
      : [
          ['Dq', 'dns' in server.coverage ? numberText(server.dns_queries) : 'no log', 'DNS queries'],
          ['Nc', numberText(server.connects), 'SMTP connections'],
          ['Nf', numberText(server.from), 'mail exchanges'],
          ['Np', 'pop3' in server.coverage ? numberText(server.pop3_sessions) : 'no log', 'POP3 sessions'],
          ['MEE', ratioText(server.mee), "the paper's, Nf / Nc"],
          ['Adjusted MEE', ratioText(server.mee_adjusted), intervalText(server)],
          ['Accepted', numberText(server.accepted), 'messages'],
          ['Probes', numberText(server.probes_left_out), 'sessions left out'],
        ];
  return h(
    'dl',
    { class: 'figures' },
    ...figures.map(([name, value, note]) =>
      h('div', {}, h('dt', {}, name), h('dd', {}, value), h('dd', { class: 'note' }, note)),
    ),
  );
}

function intervalText({ mee_lower: lower, mee_upper: upper }: ServerSummary): string {
  return lower === undefined ? 'accepted / sessions' : `${ratioText(lower)} to ${ratioText(upper)}, 95 %`;
}

/** The access map with a button that copies it. */
export function accessMap(text: string): HTMLElement {
  const pre = h('pre', { tabindex: 0 }, text);
  const status = h('span', { role: 'status' });
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = 'Copied.';
    } catch {
      // Not every browser lets a file have the clipboard.
      getSelection()?.selectAllChildren(pre);
      status.textContent = 'Selected: press Ctrl+C to copy.';
    }
  };
  return h(
    'div',
    { class: 'access-map' },
    h(
      'p',
      {},
      button('Copy', () => void copy()),
      ' ',
      status,
    ),
    pre,
  );
}

export function identity(server: ServerSummary | undefined, subject: PageSubject): HTMLElement {
  const list = (texts: readonly string[] | undefined): string =>
    texts === undefined || texts.length === 0 ? 'none' : texts.map((text) => plain(text, NAME_LENGTH)).join(', ');
  return terms([
    ['Server', plain(subject.subject, NAME_LENGTH)],
    ['Hosts in its logs', server && list(server.hosts)],
    [
      'Asks DNS from',
      server &&
        (server.addresses.length > 0
          ? list(server.addresses)
          : 'not known: its DNS queries are not counted (--server says it)'),
    ],
    ['Found by', server?.discovery && foundText(server.discovery)],
    ['Health probes', server && list(server.probe_clients)],
    ['Time zone', subject.zone],
    ['Windows', `${counted(subject.windows, 'window')} of ${subject.size}`],
  ]);
}

/** How surely the logs tell where a server asks DNS from. */
function foundText({ scores }: NonNullable<ServerSummary['discovery']>): string {
  return scores
    .map((score) => `${plain(score.address, NAME_LENGTH)} ${scoreText(score)}: it looks up who connects, as they do`)
    .join('; ');
}

/** How much of each side's lines was recognised. */
export function coverage(server: ServerSummary, clock: Clock): HTMLElement {
  const rows = SIDES.map((side) => {
    const heard = server.coverage[side];
    return heard === undefined
      ? ([side, 'none', '', ''] as const)
      : ([
          side,
          numberText(heard.lines),
          shareText(heard.share),
          clock.at(Date.parse(heard.last_heard) / 1000, true),
        ] as const);
  });
  return simpleTable('Lines of this server', ['Side', 'Lines', 'Recognised', 'Last heard'], rows, [0, 3]);
}

/** What became of the lines of each input. */
export function inputs(summary: PageReport['summary']): HTMLElement {
  const rows = summary.inputs.map((input) => {
    const dead = Object.entries(input.dead_letters).filter(([, count]) => count > 0);
    return [
      plain(input.source, NAME_LENGTH),
      numberText(input.lines),
      numberText(input.counted),
      numberText(input.unused),
      samples(input.unrecognised),
      samples(input.foreign),
      input.unmapped
        .slice(0, SAMPLES_SHOWN)
        .map(({ host, count }) => `${plain(host, NAME_LENGTH)} ${numberText(count)}`)
        .join(', '),
      input.duplicate === 0 ? '' : numberText(input.duplicate),
      dead.map(([reason, count]) => `${words(reason)} ${numberText(count)}`).join(', '),
      input.incomplete.map(({ file, reason }) => `${plain(file, NAME_LENGTH)}: ${plain(reason)}`).join('; '),
    ];
  });
  const head = [
    'Input',
    'Lines',
    'Counted',
    'Not used',
    'Not recognised',
    'Of other programs',
    'Of unknown hosts',
    'Duplicates',
    'Dead letters',
    'Not read to the end',
  ];
  // Columns that say nothing of any input only take room.
  const kept = head
    .map((_, column) => column)
    .filter((column) => column < NUMBERS || rows.some((row) => row[column] !== ''));
  return simpleTable(
    'Inputs',
    kept.map((column) => head[column] ?? ''),
    rows.map((row) => kept.map((column) => row[column] ?? '')),
    [...kept.keys()].filter((place) => place === 0 || place >= NUMBERS),
  );
}

function samples(rows: readonly { readonly program: string; readonly count: number }[]): string {
  return rows
    .slice(0, SAMPLES_SHOWN)
    .map(({ program, count }) => `${plain(program, NAME_LENGTH)} ${numberText(count)}`)
    .join(', ');
}
