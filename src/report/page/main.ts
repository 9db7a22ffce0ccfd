import './language.js';
import { REASONS } from '../../core/event.js';
import type { PageIncident, PageReport, PageSubject } from '../page-data.js';
import { barTable } from './bars.js';
import { readReport, readWindows } from './data.js';
import { button, h, plain } from './dom.js';
import { Clock, counted, durationText } from './format.js';
import { grainOf } from './grain.js';
import { around, incidentList, leftOutText, monthTable } from './incident-list.js';
import { Gallery, Picture, zoomButtons } from './picture.js';
import { coveragePicture, dnsPictures, mailPictures, words } from './pictures.js';
import { accessMap, coverage, dnsRanks, identity, inputs, keyFigures, smtpRanks } from './sections.js';
import { verdictOn } from './verdict.js';
import type { Verdict } from './verdict.js';
import { Windows, sumOf } from './windows.js';
import { Zoom } from './zoom.js';
import type { Range } from './zoom.js';

const NAME_LENGTH = 80;
const HELP = 'chart-help';
const CHIPS_SHOWN = 12;
const MINUTE_S = 60;
const LONG_S = 62 * 86_400;
/** What fits between the margins of A4 and of letter paper. */
const PAPER_PX = 660;

const report = readReport();
const gallery = new Gallery();

function start(): void {
  const root = document.getElementById('page');
  if (root === null) return;
  const { summary, subjects } = report;
  const content = h('div', { id: 'content' });
  root.replaceChildren(
    h(
      'header',
      { class: 'masthead' },
      h('p', { class: 'brand' }, 'mxwarden'),
      h('h1', {}, 'Is my mail server healthy?'),
    ),
    h('main', {}, subjects.length > 1 ? overview(pick) : undefined, content, ...ofRun(report)),
    h(
      'footer',
      {},
      h('p', {}, 'Written by mxwarden analyze. This page loads nothing and sends nothing. Charts: uPlot, MIT.'),
    ),
  );
  function pick(index: number): void {
    const subject = subjects[index];
    gallery.clear();
    for (const [i, element] of [...document.querySelectorAll('.overview button')].entries())
      element.setAttribute('aria-pressed', String(i === index));
    content.replaceChildren(...(subject === undefined ? [nothing(summary)] : ofSubject(subject, index, pick)));
    if (subject !== undefined) document.title = `mxwarden: ${plain(subject.subject, NAME_LENGTH)}`;
  }
  pick(0);
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

function incidentsOf(subject: string): readonly PageIncident[] {
  return report.incidents.filter((incident) => incident.subject === subject);
}

function verdictOf({ subject, windows }: PageSubject): Verdict {
  const server = report.summary.servers.find((row) => row.subject === subject);
  const resolver = report.summary.resolvers.find((row) => row.subject === subject);
  const traffic = server?.connects ?? resolver?.queries ?? 0;
  return verdictOn(plain(subject, NAME_LENGTH), incidentsOf(subject), { windows, traffic });
}

/** All servers with their states: the picker of a page with several. */
function overview(pick: (index: number) => void): HTMLElement {
  const rows = report.subjects.map((subject, index) => {
    const { state, word } = verdictOf(subject);
    const count = incidentsOf(subject.subject).length;
    const choose = button('', () => pick(index), { 'aria-pressed': 'false', class: `server ${state}` });
    choose.append(
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', { class: 'name' }, plain(subject.subject, NAME_LENGTH)),
      h('span', { class: 'word' }, word),
      h('span', { class: 'count' }, count === 0 ? 'no incident' : counted(count, 'incident')),
    );
    return h('li', {}, choose);
  });
  return h('nav', { class: 'overview', 'aria-label': 'Servers' }, h('ul', {}, ...rows));
}

function ofSubject(info: PageSubject, index: number, pick: (index: number) => void): readonly Node[] {
  const { summary } = report;
  const windows = new Windows(readWindows(index), info);
  const incidents = incidentsOf(info.subject);
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
    toolbar(index, pick, { info, ...surroundings }),
    h(
      'p',
      { class: 'help', id: HELP },
      'Drag to zoom, double-click for all. Keys: arrows move, + and - zoom, Home shows all, Shift with arrows reads the values of one window after another.',
    ),
    grid,
  );
  const specs =
    info.windows === 0
      ? []
      : server === undefined
        ? [...dnsPictures(surroundings), coveragePicture(surroundings, ['dns'])]
        : [
            ...mailPictures(surroundings, { dns: 'dns' in server.coverage, pop3: 'pop3' in server.coverage }),
            coveragePicture(
              surroundings,
              (['mail', 'pop3', 'dns'] as const).filter((side) => side in server.coverage),
            ),
          ];
  for (const spec of specs) {
    const picture = new Picture(spec, zoom, HELP);
    grid.append(picture.element);
    gallery.add(picture);
  }
  zoom.onChange(() => gallery.follow());

  return [
    firstScreen(info, server),
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
    h('section', { class: 'ranks' }, ...ranks(info, surroundings)),
    h(
      'section',
      { class: 'facts' },
      h('div', {}, h('h2', {}, 'Who is this server?'), identity(server, info)),
      server === undefined ? undefined : h('div', {}, h('h2', {}, 'What was read of it'), coverage(server, clock)),
    ),
  ];
}

function firstScreen(info: PageSubject, server: PageReport['summary']['servers'][number] | undefined): HTMLElement {
  const { state, word, sentence } = verdictOf(info);
  const { start: from, end: to } = report.summary;
  const clock = new Clock(info.zone);
  const time =
    from === undefined || to === undefined
      ? undefined
      : clock.span(Date.parse(from) / 1000, Date.parse(to) / 1000, info.lengthS < MINUTE_S);
  const missing =
    server === undefined ? [] : (['mail', 'pop3', 'dns'] as const).filter((side) => !(side in server.coverage));
  return h(
    'section',
    { class: `verdict ${state}` },
    h('p', { class: 'state' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), word),
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

interface ToolbarDeps {
  readonly info: PageSubject;
  readonly zoom: Zoom;
  readonly clock: Clock;
  readonly incidents: readonly PageIncident[];
  readonly isFine: boolean;
}

/** Which server and what time the pictures show; it stays in view. */
function toolbar(
  index: number,
  pick: (index: number) => void,
  { info, zoom, clock, incidents, isFine }: ToolbarDeps,
): HTMLElement {
  const select = h(
    'select',
    { 'aria-label': 'Server' },
    ...report.subjects.map(({ subject }, i) =>
      h('option', { value: i, selected: i === index }, plain(subject, NAME_LENGTH)),
    ),
  );
  select.addEventListener('change', () => {
    pick(Number(select.value));
    const next = document.querySelector<HTMLElement>('.toolbar select');
    next?.focus();
  });
  const range = h('p', { class: 'range', role: 'status' });
  const means = h('p', { class: 'note' });
  const chips = h('div', { class: 'chips' });
  const follow = (): void => {
    const { from, to } = zoom.range;
    const grain = grainOf(zoom.range, info.lengthS);
    range.textContent = `${clock.span(from, to, isFine)} ${clock.zone}`;
    means.textContent = grain > info.lengthS ? `a point is the mean of ${durationText(grain)}` : '';
    const shown = incidents
      .map((incident, i) => ({ incident, number: i + 1 }))
      .filter(({ incident }) => incident.startedMs / 1000 <= to && incident.lastSeenMs / 1000 >= from);
    chips.replaceChildren(
      ...shown
        .slice(0, CHIPS_SHOWN)
        .map(({ incident, number }) =>
          button(
            `${number} ${incident.name}`,
            () => zoom.set(around(incident.startedMs / 1000, incident.lastSeenMs / 1000)),
            { class: 'chip' },
          ),
        ),
    );
    if (shown.length > CHIPS_SHOWN)
      chips.append(h('span', { class: 'note' }, `and ${shown.length - CHIPS_SHOWN} more`));
  };
  zoom.onChange(follow);
  follow();
  return h(
    'div',
    { class: 'toolbar' },
    report.subjects.length > 1 ? select : undefined,
    range,
    means,
    zoomButtons(zoom),
    chips,
  );
}

/** Rejections of the visible time, and clients of the run. */
function ranks(
  info: PageSubject,
  { windows, zoom }: { readonly windows: Windows; readonly zoom: Zoom },
): readonly Node[] {
  const { summary, subjects } = report;
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
    h('div', {}, h('h2', {}, 'SMTP clients'), smtpRanks(info.clients, server.connects)),
    ...dns,
  ];
}

/** What is not of one server. */
function ofRun({ summary, accessMap: map, months, subjectsLeftOut }: PageReport): readonly (Node | undefined)[] {
  const length = Date.parse(summary.end ?? '') - Date.parse(summary.start ?? '');
  return [
    map === undefined || map === ''
      ? undefined
      : h(
          'section',
          {},
          h('h2', {}, 'Access map'),
          h(
            'p',
            { class: 'note' },
            'What Postfix could do about the incidents of all servers. mxwarden access-map prints the same; nothing is changed.',
          ),
          accessMap(map),
        ),
    length / 1000 > LONG_S && months.length > 0
      ? h('section', {}, h('h2', {}, 'How often it would have told me'), monthTable(months))
      : undefined,
    h('section', {}, h('h2', {}, 'What was read'), inputs(summary)),
    subjectsLeftOut > 0
      ? h(
          'p',
          { class: 'note' },
          `${counted(subjectsLeftOut, 'server')} with less traffic had no room in this page; all are in correlations.ndjson.`,
        )
      : undefined,
  ];
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => gallery.redraw());
addEventListener('beforeprint', () => {
  document.documentElement.classList.add('print');
  gallery.print(PAPER_PX);
});
addEventListener('afterprint', () => {
  document.documentElement.classList.remove('print');
  gallery.print(undefined);
});
start();
