import type { Ms } from '../core/event.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import type { DocumentTimes } from './document-time.js';
import type { Shipped } from './shipped.js';

// The program's own time, if the journal has it, as in syslog's stamp; then when the journal took the entry.
const TIME = fields('_SOURCE_REALTIME_TIMESTAMP __REALTIME_TIMESTAMP @timestamp timestamp date');
const HOST = fields('_HOSTNAME');
const MESSAGE = fields('MESSAGE');
const TAG = fields('SYSLOG_IDENTIFIER _COMM');
const PROCESS_ID = fields('SYSLOG_PID _PID');

/** Whether a document is an entry of systemd's journal, of `journalctl -o json` or of a shipper that keeps its fields. */
export function isJournal(document: Document): boolean {
  return document.has(HOST) && document.has(MESSAGE);
}

/** What such an entry says. */
export function ofJournal(document: Document, times: DocumentTimes, referenceMs: Ms): Shipped {
  return {
    time: times.in(document, TIME, referenceMs),
    host: document.text(HOST),
    tag: document.text(TAG),
    process_id: document.integer(PROCESS_ID),
    texts: MESSAGE,
  };
}
