import { SIDES } from '../../core/event.js';
import type { PageIncident, PageReport, PageSubject } from '../page-data.js';
import { coveragePicture } from './coverage-picture.js';
import { readWindows } from './data.js';
import { dnsPictures } from './dns-pictures.js';
import { h, plain } from './dom.js';
import { Clock, counted } from './format.js';
import { incidentList, leftOutText } from './incident-list.js';
import { mailPictures } from './mail-pictures.js';
import { Picture } from './picture.js';
import type { Gallery } from './picture.js';
import { ranks } from './ranks.js';
import { coverage, identity, keyFigures } from './sections.js';
import type { ServerSummary } from './sections.js';
import { toolbar } from './toolbar.js';
import { verdictOn } from './verdict.js';
import type { Verdict } from './verdict.js';
import { Windows } from './windows.js';
import { Zoom } from './zoom.js';
import type { Range } from './zoom.js';

const NAME_LENGTH = 80;
const HELP = 'chart-help';
const MINUTE_S = 60;

interface ViewDeps {
  readonly report: PageReport;
  readonly gallery: Gallery;
  readonly index: number;
  /** Shows another server. */
  readonly pick: (index: number) => void;
}

/** All of one server. */
export function serverView({ report, gallery, index, pick }: ViewDeps): readonly Node[] {
  const { summary, subjects } = report;
  const info = subjects[index];
  if (info === undefined) return [nothing(summary)];
  const windows = new Windows(readWindows(index), info);
  const incidents = incidentsOf(report, info.subject);
  const clock = new Clock(info.zone);
  const zoom = new Zoom(windows.whole, info.lengthS);
  const surroundings = { windows, zoom, clock, incidents, isFine: info.lengthS < MINUTE_S };
  const server = summary.servers.find((row) => row.subject === info.subject);
  const resolver = summary.resolvers.find((row) => row.subject === info.subject);

  const pictures = h('section', { class: 'pictures', 'aria-labelledby': 'pictures-title' });
  const showTime = (range: Range): void => {
    zoom.set(range);
    pictures.scrollIntoView({ block: 'start' });
  };
  const grid = h('div', { class: 'grid' });
  pictures.append(
    h('h2', { id: 'pictures-title' }, 'Pictures'),
    toolbar({ subjects, index, pick, ...surroundings }),
    h(
      'p',
      { class: 'help', id: HELP },
      'Drag to zoom, double-click for all. Keys: arrows move, + and - zoom, Home shows all, Shift with arrows reads the values of one window after another.',
    ),
    grid,
  );
  const covered = coveragePicture(surroundings, server === undefined ? ['dns'] : sidesOf(server));
  const specs =
    info.windows === 0
      ? []
      : [
          ...(server === undefined
            ? dnsPictures(surroundings)
            : mailPictures(surroundings, { dns: 'dns' in server.coverage, pop3: 'pop3' in server.coverage })),
          ...(covered === undefined ? [] : [covered]),
        ];
  for (const spec of specs) {
    const picture = new Picture(spec, zoom, HELP);
    grid.append(picture.element);
    gallery.add(picture);
  }
  zoom.onChange(() => gallery.follow());

  return [
    firstScreen(report, info),
    h(
      'section',
      { 'aria-labelledby': 'incidents-title' },
      h('h2', { id: 'incidents-title' }, 'What happened'),
      incidents.length === 0
        ? h('p', { class: 'note' }, 'No incident was found.')
        : incidentList(incidents, { ...surroundings, showTime }),
      report.incidentsLeftOut > 0 ? h('p', { class: 'note' }, leftOutText(report.incidentsLeftOut)) : undefined,
    ),
    h('section', { 'aria-label': 'Key figures' }, keyFigures(server, resolver)),
    pictures,
    h('section', { class: 'ranks' }, ...ranks(report, info, surroundings)),
    h(
      'section',
      { class: 'facts' },
      h('div', {}, h('h2', {}, 'Who is this server?'), identity(server, info)),
      h(
        'div',
        {},
        h('h2', {}, 'What was read of it'),
        server === undefined ? undefined : coverage(server, clock),
        covered === undefined && info.windows > 0
          ? h('p', { class: 'note' }, 'All of them were recognised in every window.')
          : undefined,
      ),
    ),
  ];
}

function incidentsOf(report: PageReport, subject: string): readonly PageIncident[] {
  return report.incidents.filter((incident) => incident.subject === subject);
}

/** How a server is, and was. */
export function verdictOf(report: PageReport, { subject, windows }: PageSubject): Verdict {
  const server = report.summary.servers.find((row) => row.subject === subject);
  const resolver = report.summary.resolvers.find((row) => row.subject === subject);
  const traffic = server?.connects ?? resolver?.queries ?? 0;
  return verdictOn(plain(subject, NAME_LENGTH), incidentsOf(report, subject), { windows, traffic });
}

/** The logs in which the server was heard of. */
function sidesOf({ coverage: heard }: ServerSummary): readonly (typeof SIDES)[number][] {
  return SIDES.filter((side) => side in heard);
}

/** Is it healthy, and what is that judged from? */
function firstScreen(report: PageReport, info: PageSubject): HTMLElement {
  const { state, word, tally, hadIncidents, sentence } = verdictOf(report, info);
  const { start: from, end: to, servers } = report.summary;
  const server = servers.find((row) => row.subject === info.subject);
  const clock = new Clock(info.zone);
  const time =
    from === undefined || to === undefined
      ? undefined
      : clock.span(Date.parse(from) / 1000, Date.parse(to) / 1000, info.lengthS < MINUTE_S);
  const missing = server === undefined ? [] : SIDES.filter((side) => !(side in server.coverage));
  return h(
    'section',
    { class: `verdict ${state}` },
    h(
      'p',
      { class: 'state' },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      word,
      state !== 'unknown' ? h('span', { class: hadIncidents ? 'tally some' : 'tally' }, tally) : undefined,
    ),
    h('p', { class: 'sentence' }, sentence),
    h('p', { class: 'note' }, `${time ?? 'No time'}, zone ${info.zone}, windows of ${info.size}.`),
    missing.length > 0
      ? h(
          'p',
          { class: 'note' },
          `No ${missing.map((side) => (side === 'mail' ? side : side.toUpperCase())).join(' and no ')} log was read: what needs it is not judged and not drawn.`,
        )
      : undefined,
    report.sizesLeftOut.length > 0
      ? h(
          'p',
          { class: 'note' },
          `There are too many windows of ${report.sizesLeftOut.join(' and ')} for one page: it shows those of ${info.size}. All are in correlations.ndjson.`,
        )
      : undefined,
  );
}

function nothing(summary: PageReport['summary']): HTMLElement {
  const lines = summary.inputs.reduce((sum, input) => sum + input.lines, 0);
  return h(
    'section',
    { class: 'verdict unknown' },
    h('p', { class: 'state' }, 'No data'),
    h(
      'p',
      { class: 'sentence' },
      `No events: nothing was counted in ${counted(lines, 'line')} of ${counted(summary.inputs.length, 'input')}.`,
    ),
  );
}
