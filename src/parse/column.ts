import type { Scanner } from './scanner.js';

const FACILITIES =
  'kern user mail daemon auth security syslog lpr news uucp cron authpriv ftp ntp audit alert console solaris-cron ' +
  'local0 local1 local2 local3 local4 local5 local6 local7';
const SEVERITIES = 'emerg panic alert crit err error warning warn notice info debug';

const facilities = new Set(FACILITIES.split(' '));
const severities = new Set(SEVERITIES.split(' '));
/** `authpriv.warning`, in brackets. */
const LONGEST = 24;

/**
 * Passes over facility and severity with the blank after them, in the forms `mail.info` (busybox, templates of rsyslog
 * and syslog-ng), `mail:info` (AIX), `<mail.info>` and `<2.6>` (FreeBSD).
 */
export function passColumn(line: Scanner): void {
  const [column = ''] = line.ahead(LONGEST).split(' ', 1);
  if (isColumn(column)) line.take(`${column} `);
}

/** Whether a word is such a column. */
export function isColumn(word: string): boolean {
  if (word.length > LONGEST) return false;
  const isBracketed = word.startsWith('<') && word.endsWith('>');
  const text = isBracketed ? word.slice(1, -1) : word;
  const [facility = '', severity = '', more] = text.split(/[.:]/, 3);
  const isNamed = facilities.has(facility) && severities.has(severity);
  const isNumbered = isBracketed && /^\d{1,2}\.\d$/.test(text);
  return more === undefined && (isNamed || isNumbered);
}
