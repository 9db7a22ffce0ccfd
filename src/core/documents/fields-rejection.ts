import { REASONS } from '../event.js';
import { ROLES } from '../tally/counters.js';
import { always, boolean, core, extended, ip, keyword, long, shown, text, within } from './field.js';
import type { Declared } from './field.js';

/** Kinds of event that get a document of their own. */
export const REJECTION_KINDS = [
  'reject',
  'auth_failure',
  'protocol_error',
  'rate_limit',
  'too_many_errors',
  'screen_hit',
] as const;

export const REJECTION = {
  'event.outcome': within(['failure'], core(keyword('failure where the client was refused; else absent'))),
  'event.original': shown(core(keyword('the line as it stood in the log'))),
  'host.name': always(core(keyword('host that logged it'))),
  'source.ip': core(ip('address of the client')),
  'source.address': always(extended(keyword('address of the client as logged; of those left out of IPv6 the /64'))),
  'source.domain': core(keyword('host name of the client as logged')),
  'mxwarden.rejection.kind': within(
    REJECTION_KINDS,
    keyword('kind of line; absent where it stands for those left out'),
  ),
  'mxwarden.rejection.reason': within(REASONS, keyword('why the client was refused')),
  'mxwarden.rejection.action': keyword('word that Postfix logged: reject, hold, warn, PREGREET ...'),
  'mxwarden.rejection.enforced': boolean('false where the line only says what would have been'),
  'mxwarden.rejection.stage': keyword('SMTP command or message part at which it happened'),
  'mxwarden.rejection.reply_code': long('SMTP reply code'),
  'mxwarden.rejection.enhanced_code': keyword('enhanced status code (RFC 3463)'),
  'mxwarden.rejection.text': text('the reason in the words of the log'),
  'mxwarden.rejection.service': keyword('service that logged it, such as postfix/submission/smtpd'),
  'mxwarden.rejection.role': within(ROLES, keyword('what the service is for')),
  'mxwarden.rejection.helo': keyword('name that the client gave in HELO'),
  'mxwarden.rejection.sender_domain': keyword('domain of the sender'),
  'mxwarden.rejection.recipient_domain': keyword('domain of the recipient'),
  'mxwarden.rejection.left_out': long('further rejections of this client, reason and pane without a document'),
} as const satisfies Declared;
