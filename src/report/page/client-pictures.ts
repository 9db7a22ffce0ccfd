import { BUSIEST } from '../series.js';
import type { Column } from '../series.js';
import { h, plain } from './dom.js';
import { isGap } from './fit.js';
import type { Values } from './fit.js';
import { ratioText, shareText } from './format.js';
import type { PictureSpec } from './picture.js';
import type { Surroundings } from './time-chart.js';
import { timePicture } from './time-picture.js';
import type { Windows } from './windows.js';

const CLIENTS_OFFERED = 8;

/** Nc(A) over Nc. */
export function clientPicture(around: Surroundings): PictureSpec {
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
          label: 'Nc of the busiest',
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

/** MEE without the client that weighs most on it. */
export function withoutPicture(around: Surroundings): PictureSpec {
  const { windows } = around;
  return timePicture(
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
          values: windows.of('mee_without'),
          note: (row) => naming(windows, 'culprit', row),
        },
        { label: 'adjusted MEE', colour: 'blue', values: windows.of('adjusted') },
      ],
      text: ratioText,
    },
  );
}
