import './language.js';
import type { PageReport } from '../page-data.js';
import { monthsOf } from '../months.js';
import { readReport } from './data.js';
import { button, h, plain } from './dom.js';
import { counted } from './format.js';
import { monthTable } from './incident-list.js';
import { Gallery } from './picture.js';
import { accessMap, inputs } from './sections.js';
import { serverView, verdictOf } from './server-view.js';

const NAME_LENGTH = 80;
/** What fits between the margins of A4 and of letter paper. */
const PAPER_PX = 660;

const report = readReport();
const gallery = new Gallery();

function start(): void {
  const root = document.getElementById('page');
  if (root === null) return;
  const { subjects } = report;
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
    content.replaceChildren(...serverView({ report, gallery, index, pick }));
    if (subject !== undefined) document.title = `mxwarden: ${plain(subject.subject, NAME_LENGTH)}`;
  }
  pick(0);
}

/** All servers with their states: the picker of a page with several. */
function overview(pick: (index: number) => void): HTMLElement {
  const rows = report.subjects.map((subject, index) => {
    const { state, word, tally, hadIncidents } = verdictOf(report, subject);
    const choose = button('', () => pick(index), { 'aria-pressed': 'false', class: `server ${state}` });
    choose.append(
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      h('span', { class: 'name' }, plain(subject.subject, NAME_LENGTH)),
      h('span', { class: 'word' }, word),
      h('span', { class: hadIncidents ? 'count some' : 'count' }, tally),
    );
    return h('li', {}, choose);
  });
  return h('nav', { class: 'overview', 'aria-label': 'Servers' }, h('ul', {}, ...rows));
}

/** What is not of one server. */
function ofRun({ summary, accessMap: map, subjectsLeftOut }: PageReport): readonly (Node | undefined)[] {
  const months = monthsOf(summary);
  return [
    months.length > 0
      ? h('section', {}, h('h2', {}, 'How often it would have told me'), monthTable(months))
      : undefined,
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
