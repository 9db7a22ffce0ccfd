import type { Ms } from '../core/event.js';
import { createBlock } from './block.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import type { Field } from './field.js';
import type { DocumentTimes } from './document-time.js';
import type { Shipped } from './shipped.js';
import type { Text } from './text-block.js';

// The program's own time, if the journal has it, as in syslog's stamp; then when the journal took the entry.
const TIME = fields('_SOURCE_REALTIME_TIMESTAMP __REALTIME_TIMESTAMP @timestamp timestamp date');
const HOST = fields('_HOSTNAME');
const MESSAGE = fields('MESSAGE');
const TAG = fields('SYSLOG_IDENTIFIER _COMM');
const PROCESS_ID = fields('SYSLOG_PID _PID');

/** Whether a document is an entry of systemd's journal, of `journalctl -o json` or of a shipper that keeps its fields. */
export function isJournal(document: Document): boolean {
  return document.text(HOST) !== '' && document.text(MESSAGE) !== '';
}

/** What such an entry says. */
export function ofJournal(document: Document, times: DocumentTimes, referenceMs: Ms): Shipped {
  return {
    time: times.in(document, TIME, referenceMs),
    host: document.text(HOST),
    tag: document.text(TAG),
    process_id: document.integer(PROCESS_ID),
    texts: MESSAGE.map((field) => messageIn(document, field)),
  };
}

/** A message that is not UTF-8 is a list of its bytes; one that is too long is null. */
function messageIn(document: Document, field: Field): Text {
  // A field that an entry has several times is a list of texts.
  const text = document.string(field);
  if (text !== undefined) return text;
  const bytes = document.bytes(field);
  const newline = bytes.indexOf('\n');
  return { block: createBlock(bytes), start: 0, end: newline < 0 ? bytes.length : newline, hasEscapes: false };
}
