import type { Summary } from '../core/documents/summary.js';
import type { Column } from './series.js';

export interface PageOutlook {
  readonly name: string;
  readonly connects: number | undefined;
  readonly queries: number | undefined;
  readonly mee: number | undefined;
}

/** What an incident came to, from its last alert. */
export interface PageIncident {
  readonly id: string;
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly category: string;
  /** 21 low, 47 medium, 73 high. */
  readonly severity: number;
  readonly who: string | undefined;
  readonly startedMs: number;
  /** End of the last abnormal window. */
  readonly lastSeenMs: number;
  readonly isOver: boolean;
  readonly evidence: string;
  readonly advice: string;
  readonly recipients: readonly string[];
  /** Why it is expected, where the configuration says so. */
  readonly known: string | undefined;
  /** What Postfix could do, in words. */
  readonly proposal: string | undefined;
  /** Numbers of the server as they were, and as they would be with the entry in place. */
  readonly outlooks: readonly PageOutlook[];
  /** What came of it that the client is refused, in words. */
  readonly effect: string | undefined;
}

/** A client by what it did over the run. */
export interface PageClient {
  readonly address: string;
  readonly name: string | undefined;
  /** Its autonomous system and country in words, as far as they are known. */
  readonly network: string | undefined;
  /** Connections; of a DNS server's client queries. */
  readonly count: number;
  readonly accepted: number;
  readonly rejects: number;
  readonly mxQueries: number;
}

/** A subject without its windows, which are in an element of their own. */
export interface PageSubject {
  readonly subject: string;
  readonly zone: string;
  /** Name and nominal length of its windows. */
  readonly size: string;
  readonly lengthS: number;
  readonly windows: number;
  readonly clients: readonly PageClient[];
}

/**
 * Numbers in the fewest bytes that hold them, low ones first, in base64: a third of the same in JSON. 0 is a gap, 1 the
 * least of them.
 */
export interface PackedColumn {
  readonly least: number;
  readonly bytes: number;
  readonly data: string;
}

/** The windows of a subject, a column for each series. */
export interface PageWindows {
  /** Seconds since the epoch of the first window, then from each to the next. */
  readonly starts: readonly number[];
  /** Power of ten by which the numbers of a column are multiplied. */
  readonly decimals: Readonly<Partial<Record<Column, number>>>;
  /** Columns with nothing but zeros are left out. */
  readonly columns: Readonly<Partial<Record<Column, PackedColumn>>>;
  /** Clients, by the numbers of columns of clients. */
  readonly names: readonly string[];
}

/** Everything that the page tells apart from the windows. */
export interface PageReport {
  readonly summary: Omit<Summary, 'incidents'>;
  readonly subjects: readonly PageSubject[];
  /** Subjects with less traffic, for which there was no room. */
  readonly subjectsLeftOut: number;
  /** Sizes of windows for which there was no room. */
  readonly sizesLeftOut: readonly string[];
  readonly incidents: readonly PageIncident[];
  readonly incidentsLeftOut: number;
  readonly accessMap: string | undefined;
}

/** Identities of the elements that hold the data. */
export const REPORT_ELEMENT = 'report-data';
export const windowsElement = (index: number): string => `windows-${index}`;
