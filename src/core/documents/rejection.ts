import type { SourceRecord } from '../aggregate.js';
import { isAddress } from '../address.js';
import type { MailEventOf, Ms, Reason } from '../event.js';
import type { MailServer, Subject } from '../identity.js';
import { createTimeWriter } from '../time.js';
import { isEnforced, roleOfRejection } from '../tally/count.js';
import type { Role } from '../tally/counters.js';
import type { JsonObject } from './fields.js';

/** Kinds of event that get a document of their own. */
export type RejectionEvent = MailEventOf<
  'reject' | 'auth_failure' | 'protocol_error' | 'rate_limit' | 'too_many_errors' | 'screen_hit'
>;
export type RejectionDocument = JsonObject;

const writeTime = createTimeWriter();

/** The document of one rejection; its identity is the origin of its line, so that reading it again changes nothing. */
export function rejectionDocument(event: RejectionEvent, record: SourceRecord, server: MailServer): RejectionDocument {
  const address = event.client_address;
  return {
    '@timestamp': writeTime(event.time),
    event: {
      kind: 'event',
      module: 'mxwarden',
      dataset: 'mxwarden.rejection',
      id: record.origin(),
      original: record.text(),
    },
    observer: { vendor: 'mxwarden' },
    host: { name: event.host },
    source: {
      ip: isAddress(address) ? address : undefined,
      address,
      domain: event.client_name === 'unknown' ? undefined : event.client_name,
    },
    mxwarden: { subject: server.subject, rejection: details(event, roleOfRejection(event, server)) },
  };
}

/** What each kind of rejection says; fields that it does not carry are absent. */
function details(event: RejectionEvent, role: Role): JsonObject {
  const { kind, service } = event;
  switch (kind) {
    case 'reject':
      return {
        kind,
        role,
        service,
        reason: event.reason,
        action: event.action,
        enforced: isEnforced(event.action),
        stage: event.stage,
        reply_code: event.reply_code,
        enhanced_code: event.enhanced_code,
        text: event.reason_text,
        helo: event.helo,
        sender_domain: domainOf(event.sender),
        recipient_domain: domainOf(event.recipient),
      };
    case 'too_many_errors':
      return { kind, role, service, stage: event.stage };
    case 'protocol_error':
    case 'rate_limit':
      return { kind, role, service, reason: event.reason, stage: event.stage, text: event.reason_text };
    case 'auth_failure':
      return { kind, role, service, reason: event.reason, text: event.reason_text };
    case 'screen_hit':
      return { kind, role, service, reason: event.reason, action: event.action, text: event.reason_text };
  }
}

/** The rejections of one client, reason and pane that got no document of their own. */
export interface LeftOut {
  readonly id: string;
  readonly subject: Subject;
  readonly client: string;
  readonly reason: Reason;
  readonly paneMs: Ms;
  readonly count: number;
}

/** The one document that stands for rejections beyond the cap. */
export function rejectionsLeftOut({ id, subject, client, reason, paneMs, count }: LeftOut): RejectionDocument {
  return {
    '@timestamp': new Date(paneMs).toISOString(),
    event: { kind: 'event', module: 'mxwarden', dataset: 'mxwarden.rejection', id },
    observer: { vendor: 'mxwarden' },
    source: { address: client },
    mxwarden: { subject, rejection: { reason, left_out: count } },
  };
}

/** The part after the last `@`, in lower case; `undefined` without one: senders and recipients are kept as domains only. */
function domainOf(mailbox: string | undefined): string | undefined {
  const at = mailbox?.lastIndexOf('@') ?? -1;
  return mailbox === undefined || at < 0 ? undefined : mailbox.slice(at + 1).toLowerCase();
}
