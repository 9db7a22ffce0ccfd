import type { JsonObject } from '../core/documents/fields.js';
import type { Summary } from '../core/documents/summary.js';
import type { Subject as SubjectName } from '../core/identity.js';
import { accessMapText } from '../core/respond/access-map.js';
import { toldBy } from '../core/respond/told.js';
import { numberAt, objectsAt, textAt, timeAt, valueAt } from '../core/documents/value.js';
import type { PageReport, PageSubject } from './page-data.js';
import { PageIncidents } from './page-incidents.js';
import { Ranking } from './ranking.js';
import { SubjectWindows } from './subject-windows.js';

/** Memory of all windows that the page may have: two years of 5-minute windows of a busy server. */
const MAX_BYTES = 40 * 1024 * 1024;
const CLIENTS_SHOWN = 50;

interface Size {
  readonly name: string;
  readonly lengthMs: number;
}

interface Subject {
  readonly side: 'mail' | 'dns';
  /** By size; the smaller ones may have been left out. */
  readonly windows: Map<string, SubjectWindows>;
  readonly ranking: Ranking;
  /** Lines `connect from`, or queries. */
  traffic: number;
}

/** What the page is made of. */
export interface Report {
  readonly page: PageReport;
  /** The windows of each subject of the page. */
  readonly windows: readonly SubjectWindows[];
}

/** Gathers the numbers of a run's sealed windows, and its incidents, for the page. */
export class ReportBuilder {
  private readonly subjects = new Map<SubjectName, Subject>();
  private readonly leftOut = new Set<string>();
  private readonly incidents = new PageIncidents();
  /** How many of the sizes, from the smallest on, there was no room for. */
  private sizesLeftOut = 0;

  /** `sizes` are smallest first. */
  constructor(
    private readonly sizes: readonly Size[],
    private readonly zoneOf: (subject: SubjectName) => string,
    private readonly maxBytes = MAX_BYTES,
  ) {}

  /** Takes a window's document, if it is final, and what the window changes about incidents. */
  add(document: JsonObject, alerts: readonly JsonObject[]): void {
    for (const alert of alerts) this.incidents.add(alert);
    const name = textAt(document, 'mxwarden.subject');
    if (!isSubject(name)) return;
    const size = textAt(document, 'mxwarden.window.size') ?? '';
    if (valueAt(document, 'mxwarden.window.final') !== true || this.leftOut.has(name)) return;
    const subject = this.subjectOf(name);
    if (size === this.sizes.at(-1)?.name) addTotals(subject, document);
    const place = this.sizes.findIndex((known) => known.name === size);
    if (place < this.sizesLeftOut) return;
    const windows = subject.windows.get(size) ?? new SubjectWindows(subject.side);
    subject.windows.set(size, windows);
    windows.add(document, Date.parse(textAt(document, 'event.start') ?? ''));
    // Memory comes in blocks of hundreds of windows.
    if (windows.rows % 128 === 1) this.makeRoom();
  }

  private subjectOf(name: SubjectName): Subject {
    let subject = this.subjects.get(name);
    if (subject === undefined) {
      const side = name.startsWith('dns:') ? 'dns' : 'mail';
      this.subjects.set(name, (subject = { side, windows: new Map(), ranking: new Ranking(), traffic: 0 }));
    }
    return subject;
  }

  /** Leaves out the smallest windows, and when there is one size only, whoever has the least traffic. */
  private makeRoom(): void {
    while (this.bytes() > this.maxBytes) {
      if (this.sizesLeftOut < this.sizes.length - 1) {
        const size = this.sizes[this.sizesLeftOut]?.name ?? '';
        this.sizesLeftOut += 1;
        for (const { windows } of this.subjects.values()) windows.delete(size);
      } else {
        const last = this.ranked().at(-1);
        if (last === undefined || this.subjects.size === 1) return;
        this.subjects.delete(last[0]);
        this.leftOut.add(last[0]);
      }
    }
  }

  private bytes(): number {
    let bytes = 0;
    for (const { windows } of this.subjects.values()) for (const some of windows.values()) bytes += some.bytes;
    return bytes;
  }

  /** Mail servers first, each kind by its traffic. */
  private ranked(): readonly (readonly [SubjectName, Subject])[] {
    return [...this.subjects].sort(
      ([a, x], [b, y]) =>
        Number(x.side === 'dns') - Number(y.side === 'dns') || y.traffic - x.traffic || (a < b ? -1 : 1),
    );
  }

  /** What the page is made of, with the run's summary and what Postfix could do about the incidents. */
  finish({ incidents: _, ...summary }: Summary): Report {
    const alerts = this.incidents.alerts();
    const size = this.sizes[this.sizesLeftOut];
    const subjects = this.ranked();
    const windows = subjects.map(
      ([, subject]) => subject.windows.get(size?.name ?? '') ?? new SubjectWindows(subject.side),
    );
    return {
      page: {
        summary,
        subjects: subjects.map(([name, { ranking }], index): PageSubject => ({
          subject: name,
          zone: this.zoneOf(name),
          size: size?.name ?? '',
          lengthS: (size?.lengthMs ?? 0) / 1000,
          windows: windows[index]?.rows ?? 0,
          clients: ranking.top(CLIENTS_SHOWN),
        })),
        subjectsLeftOut: this.leftOut.size,
        sizesLeftOut: this.sizes.slice(0, this.sizesLeftOut).map(({ name }) => name),
        incidents: this.incidents.all(),
        incidentsLeftOut: this.incidents.leftOut,
        accessMap: alerts.length > 0 ? accessMapText(toldBy(alerts), { endMs: timeAt(summary, 'end') }) : undefined,
      },
      windows,
    };
  }
}

function isSubject(name: string | undefined): name is SubjectName {
  return name?.startsWith('mail:') === true || name?.startsWith('dns:') === true;
}

/** Adds a window of the largest size. */
function addTotals(subject: Subject, document: JsonObject): void {
  const isMail = subject.side === 'mail';
  subject.traffic += numberAt(document, isMail ? 'mxwarden.smtp.connects' : 'mxwarden.dns.queries') ?? 0;
  for (const client of objectsAt(document, 'mxwarden.top_clients')) {
    subject.ranking.add({
      address: textAt(client, 'address') ?? '',
      name: textAt(client, 'name'),
      network: networkOf(client),
      count: numberAt(client, isMail ? 'connects' : 'dns_queries') ?? 0,
      accepted: numberAt(client, 'accepted') ?? 0,
      rejects: numberAt(client, 'rejects') ?? 0,
      mxQueries: numberAt(client, 'mx_queries') ?? 0,
    });
  }
}

/** `AS64496, NL` */
function networkOf(client: JsonObject): string | undefined {
  const number = numberAt(client, 'as_number');
  const parts = [number === undefined ? undefined : `AS${String(number)}`, textAt(client, 'country')];
  const known = parts.filter((part) => part !== undefined);
  return known.length > 0 ? known.join(', ') : undefined;
}
