import { REASONS } from '../../core/event.js';
import { QUERY_TYPES } from '../../core/tally/counters.js';
import { BUSIEST } from '../series.js';
import type { Column } from '../series.js';
import { h, plain } from './dom.js';
import { isGap } from './fit.js';
import type { Values } from './fit.js';
import { numberText, shareText } from './format.js';
import { COLOURS } from './palette.js';
import type { PictureSpec } from './picture.js';
import { ScatterChart } from './scatter-chart.js';
import type { ScatterPlot } from './scatter-chart.js';
import { TimeChart } from './time-chart.js';
import type { Line, Surroundings, TimePlot } from './time-chart.js';
import { sumOf } from './windows.js';
import type { Windows } from './windows.js';

/** The slopes that the paper measured. */
const PAPER_QUERIES = 8.8;
const PAPER_FROM = 0.95;
const REASONS_SHOWN = 6;
const CLIENTS_OFFERED = 8;

interface Words {
  readonly title: string;
  readonly note: string;
  readonly unit: string;
}

/** The paper's pictures of a mail server, of what its logs have. */
export function mailPictures(
  around: Surroundings,
  heard: { readonly dns: boolean; readonly pop3: boolean },
): readonly PictureSpec[] {
  const { windows } = around;
  const of = (column: Column): Values => windows.of(column);
  const traffic: Line[] = [
    ...(heard.dns ? [{ label: 'Dq', colour: 'blue', values: of('queries') } as const] : []),
    { label: 'Nc', colour: 'orange', values: of('connects') },
    { label: 'Nf', colour: 'green', values: of('from') },
    ...(heard.pop3 ? [{ label: 'Np', colour: 'purple', values: of('pop3') } as const] : []),
  ];
  if (windows.has('screen_connects'))
    traffic.push({ label: 'Nc at postscreen', colour: 'brown', values: of('screen_connects') });
  const size = windows.info.size;
  const pictures: PictureSpec[] = [
    timePicture(
      around,
      {
        title: 'DNS queries follow connections and mail',
        note: 'Dq: DNS queries of the server; Nc: SMTP connections; Nf: mail exchanges; Np: POP3 sessions. Look for Dq and Nc that rise while Nf does not.',
        unit: `Number in each window of ${size}.`,
      },
      { lines: traffic },
    ),
    timePicture(
      around,
      {
        title: 'Mail exchanging efficiency stays in its band',
        note: "MEE is the paper's Nf / Nc; the adjusted one is messages accepted / sessions, without health probes, and is what verdicts use. Look for an adjusted MEE far below what is expected.",
        unit: 'Ratio.',
      },
      {
        lines: [
          { label: 'MEE', colour: 'grey', values: of('mee') },
          { label: 'adjusted', colour: 'blue', values: of('adjusted') },
          { label: 'expected', colour: 'orange', values: of('expected'), isDashed: true },
        ],
        band: { label: 'adjusted, interval at 95 %', lower: of('lower'), upper: of('upper') },
      },
    ),
  ];
  if (heard.dns) pictures.push(queriesOnConnects(around));
  pictures.push(
    scatterPicture(
      around,
      {
        title: 'Each connection brings about one mail',
        note: 'Points far below the line are windows in which many connect and few deliver.',
        unit: `A point is a window of ${size}.`,
      },
      {
        x: { label: 'Nc', values: of('connects') },
        y: { label: 'Nf', values: of('from') },
        paper: { label: `paper: Nf = ${PAPER_FROM} Nc`, slope: PAPER_FROM, intercept: 0 },
      },
    ),
    clientPicture(around),
    timePicture(
      around,
      {
        title: 'What MEE would be without one client',
        note: 'Without, of the busiest clients, the one that weighs on it most. Where the two lines part, one client drives the server; hovering names it.',
        unit: 'Ratio.',
      },
      {
        lines: [
          {
            label: 'without it',
            colour: 'orange',
            values: of('mee_without'),
            note: (row) => naming(windows, 'culprit', row),
          },
          { label: 'adjusted MEE', colour: 'blue', values: of('adjusted') },
        ],
      },
    ),
    rejectionPicture(around),
  );
  if (heard.dns) pictures.push(partsPicture(around), coefficientPicture(around));
  return pictures;
}

/** What can be seen of a DNS server. */
export function dnsPictures(around: Surroundings): readonly PictureSpec[] {
  const { windows } = around;
  const size = windows.info.size;
  const types = QUERY_TYPES.filter((type) => windows.has(`type_${type}`));
  return [
    timePicture(
      around,
      {
        title: 'Queries and refusals',
        note: 'What the DNS server was asked, and what it refused.',
        unit: `Number in each window of ${size}.`,
      },
      {
        lines: [
          { label: 'queries', colour: 'blue', values: windows.of('queries') },
          { label: 'refused', colour: 'red', values: windows.of('refused') },
        ],
      },
    ),
    timePicture(
      around,
      {
        title: 'Queries by type',
        note: 'A host that asks for MX much as mail servers do may send mail by itself.',
        unit: `Number in each window of ${size}.`,
      },
      partsOf(types.map((type) => [type === 'other' ? 'other' : type.toUpperCase(), windows.of(`type_${type}`)])),
    ),
    timePicture(
      around,
      {
        title: 'DNS clients',
        note: 'Different clients that asked.',
        unit: `Number in each window of ${size}.`,
      },
      { lines: [{ label: 'clients', colour: 'teal', values: windows.of('clients') }] },
    ),
  ];
}

/** The coverage of each log over time. */
export function coveragePicture(around: Surroundings, sides: readonly ('mail' | 'pop3' | 'dns')[]): PictureSpec {
  const colours = { mail: 'orange', pop3: 'purple', dns: 'blue' } as const;
  return timePicture(
    around,
    {
      title: 'How much of the logs was understood',
      note: 'Lines recognised over all lines of the programs that are read. Nothing where a log had none.',
      unit: 'Share.',
    },
    {
      lines: sides.map((side) => ({
        label: side,
        colour: colours[side],
        values: around.windows.of(`coverage_${side}`),
      })),
      text: shareText,
    },
  );
}

function queriesOnConnects(around: Surroundings): PictureSpec {
  const { windows } = around;
  const pop3 = windows.of('pop3');
  const mean = windows.count > 0 ? sumOf(pop3) / windows.count : 0;
  return scatterPicture(
    around,
    {
      title: 'DNS queries rise in step with connections',
      note: 'Points off the line, low and far to the right, are many connections that need few queries: nobody was served.',
      unit: `A point is a window of ${windows.info.size}.`,
    },
    {
      x: { label: 'Nc', values: windows.of('connects') },
      y: { label: 'Dq', values: windows.of('queries') },
      paper: {
        label: `paper: Dq = ${PAPER_QUERIES} Nc + Np (mean Np ${numberText(mean)})`,
        slope: PAPER_QUERIES,
        intercept: mean,
      },
    },
  );
}

/** Nc(A) over Nc. */
function clientPicture(around: Surroundings): PictureSpec {
  const { windows } = around;
  const clients = busiestClients(windows);
  const chosen = connectsOf(windows, clients[0]);
  const of: Values = windows.of('connects');
  const select = h(
    'select',
    { 'aria-label': 'Client A' },
    ...clients.map((client) => h('option', { value: client }, plain(windows.names[client] ?? '', 60))),
  );
  const picture = timePicture(
    around,
    {
      title: 'How much of the load one client makes',
      note: 'Nc(A) over Nc. Where the two lines meet, client A drives the server. Nothing is drawn of A where it was not among the three busiest of a window.',
      unit: `Connections in each window of ${windows.info.size}.`,
    },
    {
      lines: [
        { label: 'Nc(A)', colour: 'red', values: chosen, isArea: true },
        { label: 'Nc', colour: 'orange', values: of },
        {
          label: 'share of the busiest',
          colour: 'grey',
          values: windows.of('client_1_connects'),
          note: (row) => `${shareOf(windows.of('client_1_connects')[row], of[row])}${naming(windows, 'client_1', row)}`,
        },
      ],
    },
  );
  select.addEventListener('change', () => picture.chart.replace(0, connectsOf(windows, Number(select.value))));
  if (clients.length > 0) picture.chart.legend.prepend(h('label', { class: 'controls' }, 'Client A ', select));
  return picture;
}

function shareOf(part: number | null | undefined, whole: number | null | undefined): string {
  return isGap(part) || isGap(whole) || whole === 0 ? '' : ` (${shareText(part / whole)})`;
}

const PLACES = ['client_1', 'client_2', 'client_3'] as const;

/** Clients by their connections over all windows in which they are among the busiest. */
function busiestClients(windows: Windows): readonly number[] {
  const sums = new Map<number, number>();
  for (const place of PLACES.slice(0, BUSIEST)) {
    const clients = windows.of(place);
    const connects = windows.of(`${place}_connects`);
    for (const [row, client] of clients.entries())
      if (client !== null) sums.set(client, (sums.get(client) ?? 0) + (connects[row] ?? 0));
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, CLIENTS_OFFERED)
    .map(([client]) => client);
}

function connectsOf(windows: Windows, client: number | undefined): Values {
  const connects: Values = new Array<null>(windows.count).fill(null);
  for (const place of PLACES) {
    const clients = windows.of(place);
    const values = windows.of(`${place}_connects`);
    for (let row = 0; row < connects.length; row += 1) if (clients[row] === client) connects[row] = values[row] ?? null;
  }
  return connects;
}

function naming(windows: Windows, column: Column, row: number): string {
  const client = windows.of(column)[row];
  const name = isGap(client) ? undefined : windows.names[client];
  return name === undefined ? '' : ` ${plain(name, 60)}`;
}

function rejectionPicture(around: Surroundings): PictureSpec {
  const { windows } = around;
  const reasons = REASONS.map((reason) => ({ reason, values: windows.of(`reject_${reason}`) }))
    .map((row) => ({ ...row, sum: sumOf(row.values) }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum);
  const shown = reasons
    .slice(0, REASONS_SHOWN)
    .map(({ reason, values }): readonly [string, Values] => [words(reason), values]);
  const rest = reasons.slice(REASONS_SHOWN).map(({ values }) => values);
  if (rest.length > 0)
    shown.push([
      'all others',
      windows.starts.map((_, row) => rest.reduce((sum, values) => sum + (values[row] ?? 0), 0)),
    ]);
  if (shown.length === 0) shown.push(['rejections', windows.of('reject_other')]);
  return timePicture(
    around,
    {
      title: 'Rejections by reason over time',
      note: "The paper's signatures are user unknown, relay denied and recipient rejected.",
      unit: `Number in each window of ${windows.info.size}.`,
    },
    partsOf(shown),
  );
}

export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function partsPicture(around: Surroundings): PictureSpec {
  const { windows } = around;
  const { lines, stacked = 0 } = partsOf([
    ['receiving (2 Nc)', windows.of('receive')],
    ['POP3 (Np)', windows.of('pop3')],
    ['sending', windows.of('transmit')],
    ['deferred', windows.of('deferred')],
    ['rest, unexplained', windows.of('rest')],
  ]);
  return timePicture(
    around,
    {
      title: 'What the DNS queries are for',
      note: "By the paper's priors. A rest that grows is something else on the server that asks DNS; a rest below zero (not drawn) is a cache that answers.",
      unit: `Queries in each window of ${windows.info.size}.`,
    },
    { lines: [...lines, { label: 'Dq', colour: 'grey', values: windows.of('queries') }], stacked },
  );
}

function coefficientPicture(around: Surroundings): PictureSpec {
  const { windows } = around;
  return timePicture(
    around,
    {
      title: 'DNS queries for each connection',
      note: "The paper's coefficient m = (Dq - Np) / Nc. It falls when many connect and few are served.",
      unit: 'Queries for one connection.',
    },
    {
      lines: [
        { label: 'm', colour: 'blue', values: windows.of('m') },
        { label: 'm expected', colour: 'orange', values: windows.of('m_expected'), isDashed: true },
      ],
    },
  );
}

function partsOf(parts: readonly (readonly [string, Values])[]): TimePlot {
  const lines = parts.map(([label, values], i): Line => ({
    label,
    values,
    colour: COLOURS[i % COLOURS.length] ?? 'grey',
  }));
  return { lines, stacked: lines.length };
}

function timePicture(
  around: Surroundings,
  wording: Words,
  plot: TimePlot,
): PictureSpec & { readonly chart: TimeChart } {
  const { windows, zoom, clock, isFine } = around;
  const text = plot.text ?? numberText;
  const { band } = plot;
  const ends =
    band === undefined
      ? []
      : [
          { label: 'lower', values: band.lower },
          { label: 'upper', values: band.upper },
        ];
  const chart = new TimeChart(plot, around);
  return {
    ...wording,
    chart,
    head: [`Start (${clock.zone})`, ...[...plot.lines, ...ends].map(({ label }) => label)],
    rows: () => {
      const [first, end] = windows.within(zoom.range);
      const columns: readonly Pick<Line, 'values' | 'note'>[] = [...chart.lines, ...ends];
      return {
        count: end - first,
        at: (i) => {
          const row = first + i;
          const cells = columns.map(
            ({ values, note }) => text(values[row]) + (isGap(values[row]) ? '' : (note?.(row) ?? '')),
          );
          return [clock.at(windows.starts[row] ?? 0, isFine), ...cells];
        },
      };
    },
  };
}

function scatterPicture(around: Surroundings, wording: Words, plot: ScatterPlot): PictureSpec {
  const { windows, zoom, clock, isFine } = around;
  return {
    ...wording,
    chart: new ScatterChart(plot, around),
    head: [`Start (${clock.zone})`, plot.x.label, plot.y.label],
    rows: () => {
      const [first, end] = windows.within(zoom.range);
      return {
        count: end - first,
        at: (i) => [
          clock.at(windows.starts[first + i] ?? 0, isFine),
          numberText(plot.x.values[first + i]),
          numberText(plot.y.values[first + i]),
        ],
      };
    },
  };
}
