import type { IncidentMonth } from '../../core/documents/incident-months.js';
import { monthRows } from '../months.js';
import type { PageIncident, PageOutlook } from '../page-data.js';
import { button, h, plain, terms } from './dom.js';
import { counted, durationText, numberText, ratioText } from './format.js';
import type { Clock } from './format.js';
import { pageOf } from './paging.js';
import { pagedTable, simpleTable } from './table.js';
import { byUrgency, severityWord } from './verdict.js';
import type { Range } from './zoom.js';

const NAME_LENGTH = 120;
const CARDS_SHOWN = 12;

interface ListDeps {
  readonly clock: Clock;
  readonly isFine: boolean;
  /** Shows the pictures of a time. */
  readonly showTime: (range: Range) => void;
}

/** The incidents of a server as cards, a page at a time; numbered as in the pictures. */
export function incidentList(incidents: readonly PageIncident[], deps: ListDeps): HTMLElement {
  const number = new Map(incidents.map(({ id }, index) => [id, index + 1]));
  const sorted = byUrgency(incidents);
  const list = h('ul', { class: 'incidents' });
  const status = h('span', { role: 'status' });
  let shown = 0;
  const show = (wanted: number): void => {
    const { first, end, page, pages } = pageOf(wanted, sorted.length, CARDS_SHOWN);
    shown = page;
    list.replaceChildren(
      ...sorted.slice(first, end).map((incident) => h('li', {}, card(incident, number.get(incident.id) ?? 0, deps))),
    );
    status.textContent = `${first + 1} to ${end} of ${sorted.length}`;
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const previous = button('Previous', () => show(shown - 1));
  const next = button('Next', () => show(shown + 1));
  show(0);
  const pager = sorted.length > CARDS_SHOWN ? h('div', { class: 'pager' }, previous, status, next) : undefined;
  return h('div', {}, list, pager);
}

function card(incident: PageIncident, number: number, { clock, isFine, showTime }: ListDeps): HTMLElement {
  const from = incident.startedMs / 1000;
  const to = incident.lastSeenMs / 1000;
  const severity = severityWord(incident.severity);
  const state = incident.known !== undefined ? 'known' : incident.isOver ? 'over' : 'still open';
  const end = incident.isOver ? '' : ', not over';
  const name = `${number}. ${incident.name}`;
  const show = button('Show in the pictures', () => showTime(around(from, to)));
  show.append(h('span', { class: 'sr' }, `: ${name}`));
  return h(
    'article',
    { class: `incident ${severity}${incident.known === undefined ? '' : ' known'}` },
    h(
      'header',
      {},
      h('h3', {}, name),
      h('span', { class: `tag ${severity}` }, `${severity} severity`),
      h('span', { class: `tag state-${incident.isOver ? 'over' : 'open'}` }, state),
    ),
    terms([
      ['Who', incident.who === undefined ? undefined : h('code', {}, plain(incident.who, NAME_LENGTH))],
      ['When', `${clock.span(from, to, isFine)} (${durationText(to - from)}${end})`],
      ['Evidence', plain(incident.evidence)],
      ['What to do', sentence(plain(incident.advice))],
      ['Recipients', incident.recipients.map((recipient) => plain(recipient, NAME_LENGTH)).join(', ')],
      ['Known', incident.known === undefined ? undefined : plain(incident.known)],
      ['For Postfix', incident.proposal === undefined ? undefined : plain(incident.proposal)],
      ['Prediction', outlookDetails(incident.outlooks, name)],
      ['Effect', incident.effect === undefined ? undefined : sentence(plain(incident.effect))],
    ]),
    h('p', { class: 'foot' }, show, h('span', { class: 'note' }, `${incident.category} rule ${incident.kind}`)),
  );
}

/** An incident with as much time again before and behind it. */
export function around(from: number, to: number): Range {
  const margin = Math.max(to - from, 60);
  return { from: from - margin, to: to + margin };
}

/** What a refusal of the client would do to the worst window, shortly and on demand in full. */
function outlookDetails(outlooks: readonly PageOutlook[], name: string): HTMLElement | undefined {
  const [now, ...others] = outlooks;
  const last = others.at(-1);
  if (now === undefined || last === undefined) return undefined;
  const rows = outlooks.map(({ name: when, connects, queries, mee }) => [
    when,
    numberText(connects),
    numberText(queries),
    ratioText(mee),
  ]);
  return h(
    'details',
    {},
    h('summary', {}, `${shortly(now)}; ${last.name}: ${shortly(last)}`),
    simpleTable(`Worst window of ${name}`, ['', 'Nc', 'Dq', 'MEE'], rows),
  );
}

/** Of few sessions there is no MEE. */
function shortly({ connects, mee }: PageOutlook): string {
  return `Nc ${numberText(connects)}${mee === undefined ? '' : `, MEE ${ratioText(mee)}`}`;
}

function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** How often each kind of incident began in each month. */
export function monthTable(months: readonly IncidentMonth[]): HTMLElement {
  const rows = monthRows(months);
  return pagedTable(
    'Incidents by the month (UTC) in which they began, all servers; known ones are left out',
    ['Month', ...rows.map(({ name }) => name)],
    {
      count: months.length,
      at: (row) => [months[row]?.month ?? '', ...rows.map(({ counts }) => numberText(counts[row]))],
    },
  );
}

export function leftOutText(count: number): string {
  return `${counted(count, 'earlier incident')} are in alerts.ndjson only.`;
}
