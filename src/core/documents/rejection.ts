import type { SourceRecord } from '../aggregate.js';
import { isAddress } from '../address.js';
import type { MailEventOf, Ms, Reason } from '../event.js';
import type { MailServer, Subject } from '../identity.js';
import { createTimeWriter } from '../time.js';
import { isEnforced, roleOfRejection } from '../tally/count.js';
import type { Role } from '../tally/counters.js';
import { DENIED, ECS_VERSION, INFO, MAIL, VENDOR, relatedObject } from './ecs.js';
import type { EcsCategory } from './ecs.js';
import type { REJECTION_KINDS } from './fields-rejection.js';
import type { JsonObject } from './fields.js';

/** Events that get a document of their own. */
export type RejectionEvent = MailEventOf<(typeof REJECTION_KINDS)[number]>;
export type RejectionDocument = JsonObject;

const writeTime = createTimeWriter();

const LOG_IN: readonly EcsCategory[] = ['authentication', 'email'];

/** The document of one rejection; its identity is the origin of its line, so that reading it again changes nothing. */
export function rejectionDocument(event: RejectionEvent, record: SourceRecord, server: MailServer): RejectionDocument {
  const { host, client_address: address } = event;
  const domain = event.client_name === 'unknown' ? undefined : event.client_name;
  return {
    '@timestamp': writeTime(event.time),
    ecs: { version: ECS_VERSION },
    event: {
      kind: 'event',
      ...happened(event),
      module: VENDOR,
      dataset: 'mxwarden.rejection',
      id: record.origin(),
      original: record.text(),
    },
    host: { name: host },
    observer: { vendor: VENDOR },
    related: relatedObject({ hosts: [host, domain], addresses: [address] }),
    source: { ip: isAddress(address) ? address : undefined, address, domain },
    mxwarden: { subject: server.subject, rejection: details(event, roleOfRejection(event, server)) },
  };
}

/** What happened, as ECS has it: whether the client was refused is not known of all. */
function happened(event: RejectionEvent): JsonObject {
  switch (event.kind) {
    case 'reject':
      return isEnforced(event.action)
        ? { category: MAIL, type: DENIED, outcome: 'failure' }
        : { category: MAIL, type: INFO };
    case 'auth_failure':
      return { category: LOG_IN, type: INFO, outcome: 'failure' };
    case 'rate_limit':
    case 'too_many_errors':
      return { category: MAIL, type: DENIED, outcome: 'failure' };
    case 'protocol_error':
    case 'screen_hit':
      return { category: MAIL, type: INFO };
  }
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
  readonly host: string;
  readonly client: string;
  readonly reason: Reason;
  readonly paneMs: Ms;
  readonly count: number;
}

/** The one document that stands for rejections beyond the cap. */
export function rejectionsLeftOut({ id, subject, host, client, reason, paneMs, count }: LeftOut): RejectionDocument {
  return {
    '@timestamp': new Date(paneMs).toISOString(),
    ecs: { version: ECS_VERSION },
    event: { kind: 'event', category: MAIL, type: INFO, module: VENDOR, dataset: 'mxwarden.rejection', id },
    host: { name: host },
    observer: { vendor: VENDOR },
    related: relatedObject({ hosts: [host], addresses: [client] }),
    source: { address: client },
    mxwarden: { subject, rejection: { reason, left_out: count } },
  };
}

/** The part after the last `@`, in lower case; `undefined` without one: senders and recipients are kept as domains only. */
function domainOf(mailbox: string | undefined): string | undefined {
  const at = mailbox?.lastIndexOf('@') ?? -1;
  return mailbox === undefined || at < 0 ? undefined : mailbox.slice(at + 1).toLowerCase();
}
