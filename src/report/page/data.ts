import { REPORT_ELEMENT, windowsElement } from '../page-data.js';
import type { PageReport, PageWindows } from '../page-data.js';

/** What `mxwarden analyze` wrote into the page. */
export function readReport(): PageReport {
  return parsed(REPORT_ELEMENT, (value): value is PageReport => 'subjects' in value);
}

/** The windows of a subject, which are read when it is looked at. */
export function readWindows(index: number): PageWindows {
  return parsed(windowsElement(index), (value): value is PageWindows => 'columns' in value);
}

function parsed<T>(id: string, is: (value: object) => value is T & object): T {
  const value: unknown = JSON.parse(document.getElementById(id)?.textContent ?? 'null');
  if (typeof value !== 'object' || value === null || !is(value)) throw new TypeError(`The page has no ${id}.`);
  return value;
}
