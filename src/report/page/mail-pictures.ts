import { REASONS } from '../../core/event.js';
import type { Column } from '../series.js';
import { clientPicture, withoutPicture } from './client-pictures.js';
import type { Values } from './fit.js';
import { ratioText, words } from './format.js';
import type { PictureSpec } from './picture.js';
import { fromOnConnects, queriesOnConnects } from './scatter-pictures.js';
import type { Line, Surroundings } from './time-chart.js';
import { partsOf, timePicture } from './time-picture.js';
import { sumOf } from './windows.js';

const REASONS_SHOWN = 6;

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
  const legend = [
    ...(heard.dns ? ['Dq: DNS queries of the server'] : []),
    'Nc: SMTP connections',
    'Nf: mail exchanges',
    ...(heard.pop3 ? ['Np: POP3 sessions'] : []),
  ];
  const size = windows.info.size;
  const pictures: PictureSpec[] = [
    timePicture(
      around,
      {
        title: heard.dns ? 'DNS queries follow connections and mail' : 'Mail follows connections',
        note: `${legend.join('; ')}. Look for ${heard.dns ? 'Dq and Nc that rise' : 'Nc that rises'} while Nf does not.`,
        unit: `Number in each window of ${size}.`,
      },
      { lines: traffic },
    ),
    timePicture(
      around,
      {
        title: 'Mail exchanging efficiency stays in its band',
        note: "Adjusted: messages accepted / sessions, without health probes; verdicts use it. MEE: the paper's Nf / Nc, which retries drive out of the picture; switch the others off to see all of it.",
        unit: 'Ratio.',
      },
      {
        lines: [
          { label: 'adjusted', colour: 'blue', values: of('adjusted') },
          { label: 'expected', colour: 'orange', values: of('expected'), isDashed: true },
          { label: 'MEE', colour: 'grey', values: of('mee'), mayLeave: true },
        ],
        band: { label: 'adjusted, interval at 95 %', lower: of('lower'), upper: of('upper') },
        text: ratioText,
      },
    ),
  ];
  if (heard.dns) pictures.push(queriesOnConnects(around));
  pictures.push(fromOnConnects(around), clientPicture(around), withoutPicture(around), ...rejectionPictures(around));
  if (heard.dns) pictures.push(partsPicture(around), coefficientPicture(around));
  return pictures;
}

/** None where nothing was rejected. */
function rejectionPictures(around: Surroundings): readonly PictureSpec[] {
  const { windows } = around;
  const reasons = REASONS.map((reason) => ({ reason, values: windows.of(`reject_${reason}`) }))
    .map((row) => ({ ...row, sum: sumOf(row.values) }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum);
  const shown = reasons
    .slice(0, REASONS_SHOWN)
    .map(({ reason, values }): readonly [string, Values] => [words(reason), values]);
  if (shown.length === 0) return [];
  const rest = reasons.slice(REASONS_SHOWN).map(({ values }) => values);
  if (rest.length > 0)
    shown.push([
      'all others',
      windows.starts.map((_, row) => rest.reduce((sum, values) => sum + (values[row] ?? 0), 0)),
    ]);
  return [
    timePicture(
      around,
      {
        title: 'Rejections by reason over time',
        note: "The paper's signatures are user unknown, relay denied and recipient rejected.",
        unit: `Number in each window of ${windows.info.size}.`,
      },
      partsOf(shown),
    ),
  ];
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
      text: ratioText,
    },
  );
}
