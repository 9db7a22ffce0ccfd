import type { Ms } from '../core/event.js';
import type { Document } from './document.js';
import { fields } from './field.js';
import type { Field } from './field.js';
import type { DocumentTimes } from './document-time.js';
import { wholeNumber } from './text.js';

/** What a document says of the line that it carries. */
export interface Shipped {
  /** When the line was written or, where nobody read its stamp, when it was shipped. */
  readonly time: Ms | undefined;
  readonly host: string;
  readonly tag: string;
  readonly process_id: number | undefined;
  /** What may be the line, with or without its envelope, or its message; one or several of them. */
  readonly texts: readonly Field[];
}

/*
 * The Elastic Common Schema's names, then those of Filebeat before it, Logstash, Vector, Fluent Bit, rsyslog and
 * syslog-ng. A log that comes from elsewhere names its host in `log.syslog` or `hostname`; `host.name` may be where the
 * shipper runs.
 */
const TEXT = fields('event.original message MESSAGE msg rawmsg log log.original');
// A stamp that was read out of the line is surer than the time of a document, which may be when the line was shipped.
const STAMP = fields('timestamp timereported syslog_timestamp ISODATE DATE');
const TIME = fields('@timestamp date time');
const HOST = fields(
  'log.syslog.hostname hostname logsource HOST _HOSTNAME syslog_hostname host.hostname host.name host fromhost ' +
    'agent.hostname beat.hostname host.domain',
);
// Of `postfix/smtpd`, rsyslog's `programname` is `postfix`, and `process.name` may be the executable alone.
const TAG = fields(
  'log.syslog.appname syslog.identifier syslog.appname syslogtag appname SYSLOG_IDENTIFIER process.name process.program ' +
    'program PROGRAM ident syslog_program programname app-name infoblox_nios.log.service_name',
);
const PROCESS_ID = fields('log.syslog.procid syslog.procid process.pid procid pid PID SYSLOG_PID _PID syslog_pid');

/** What a document says that a shipper made of a line. */
export function ofShipper(document: Document, times: DocumentTimes, referenceMs: Ms): Shipped {
  const [tag, process_id] = tagIn(document.text(TAG));
  const shippedMs = times.in(document, TIME, referenceMs);
  return {
    time: times.in(document, STAMP, shippedMs ?? referenceMs) ?? shippedMs,
    host: document.text(HOST),
    tag,
    process_id: process_id ?? document.integer(PROCESS_ID),
    texts: TEXT,
  };
}

/** A tag and the process id that may be in it, as in rsyslog's `postfix/smtpd[22658]:`. */
function tagIn(text: string): readonly [string, number | undefined] {
  const bracket = text.indexOf('[');
  if (bracket < 0) return [text.endsWith(':') ? text.slice(0, -1) : text, undefined];
  const closing = text.indexOf(']', bracket);
  const id = text.substring(bracket + 1, closing < 0 ? text.length : closing);
  return [text.slice(0, bracket), wholeNumber(id)];
}
