import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addFields } from '../../src/core/documents/fields.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { DAY_MS, MINUTE_MS } from '../../src/core/time.js';
import { readPageAssets } from '../../src/report/page-assets.js';
import { pagePieces } from '../../src/report/page.js';
import { ReportBuilder } from '../../src/report/report-data.js';
import { FIXTURES, analysisOf, jsonObject, textAt } from './analysis.js';

const RECORDING = join(FIXTURES, 'dept');
const START_MS = Date.UTC(2025, 0, 1);
const DAYS = 365;
const RECORDED_DAY = '2026-11-23';
const WINDOW = { name: '5m', lengthMs: 5 * MINUTE_MS };
const DAY = { name: '1d', lengthMs: DAY_MS };

/** Windows that the page has of each server. */
export const WINDOWS_OF_A_YEAR = (DAYS * DAY_MS) / WINDOW.lengthMs;

/**
 * Writes the page of a year of a mail server and its resolver: the short windows of the bundled recording over and over
 * again, each as one of 5 minutes, and its incidents on every day.
 */
export async function writeYearReport(path: string): Promise<void> {
  const logs = ['mail.log.gz', 'dovecot.log.gz', 'query.log.gz'].map((name) => join(RECORDING, name));
  const { correlations, alerts, summary } = await analysisOf(logs, { config: join(RECORDING, 'mxwarden.yaml') });
  const builder = new ReportBuilder([WINDOW, DAY], () => 'UTC');
  const bySubject = (size: string): readonly (readonly JsonObject[])[] => {
    const documents = correlations.filter((document) => textAt(document, 'mxwarden.window.size') === size);
    const subjects = [...new Set(documents.map(subjectOf))];
    return subjects.map((subject) => documents.filter((document) => subjectOf(document) === subject));
  };

  const windows = bySubject('30s');
  for (let index = 0; index < WINDOWS_OF_A_YEAR; index += 1)
    for (const some of windows) builder.add(at(some, index, WINDOW), []);

  const days = bySubject('1d');
  for (let index = 0; index < DAYS; index += 1) {
    const day = new Date(START_MS + index * DAY_MS).toISOString().slice(0, RECORDED_DAY.length);
    const ofDay = alerts.map((alert) => jsonObject(JSON.stringify(alert).replaceAll(RECORDED_DAY, day)));
    for (const [place, some] of days.entries()) builder.add(at(some, index, DAY), place === 0 ? ofDay : []);
  }

  const [start, end] = [START_MS, START_MS + DAYS * DAY_MS].map((ms) => new Date(ms).toISOString());
  const [counts = {}] = summary.incidents_by_month.map(({ counts: recorded }) => recorded);
  const months = Array.from({ length: 12 }, (_, month) => ({
    month: new Date(Date.UTC(2025, month)).toISOString().slice(0, 7),
    counts: Object.fromEntries(
      Object.entries(counts).map(([kind, count]) => [
        kind,
        count * new Date(Date.UTC(2025, month + 1, 0)).getUTCDate(),
      ]),
    ),
  }));
  const report = builder.finish({ ...summary, start, end, incidents_by_month: months });
  writeFileSync(path, [...pagePieces(report, await readPageAssets())].join(''));
}

function subjectOf(document: JsonObject): string {
  return textAt(document, 'mxwarden.subject');
}

/** One of the documents, now of a window of the year. */
function at(documents: readonly JsonObject[], index: number, { name, lengthMs }: typeof WINDOW): JsonObject {
  const document = documents[index % documents.length] ?? {};
  const start = new Date(START_MS + index * lengthMs).toISOString();
  addFields(document, { 'event.start': start, 'mxwarden.window.size': name });
  return document;
}
