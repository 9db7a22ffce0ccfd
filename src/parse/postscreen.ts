import type { Event, Reason } from '../core/event.js';
import { bracketed, clientPort } from './client.js';
import type { Envelope } from './envelope.js';
import { firstOf, otherOf } from './grammar.js';
import { reject } from './reject.js';
import type { Scanner } from './scanner.js';
import { prose } from './text.js';

/** The grammar of Postfix's postscreen, 2.8 to 3.12. */
export function postscreen(line: Scanner, envelope: Envelope): Event | undefined {
  return firstOf(GRAMMARS, line, envelope);
}

const GRAMMARS = [connect, pass, hit, refusal, anythingElse];

/** `CONNECT from [192.0.2.1]:54321 to [198.51.100.1]:25`; Postfix 2.8 ends with the client. */
function connect(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  if (!line.take('CONNECT from [')) return undefined;
  const client_address = bracketed(line);
  const client_port = clientPort(line);
  if (line.lost || !(line.take(' to [') || line.isAtEnd())) return undefined;
  return {
    kind: 'screen_connect',
    time,
    host,
    service,
    process_id,
    client_name: undefined,
    client_address,
    client_port,
  };
}

const PASSES = ['PASS OLD', 'PASS NEW', 'ALLOWLISTED', 'WHITELISTED'];

function pass(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  for (const action of PASSES) {
    if (!line.take(action) || !line.take(' [')) continue;
    const client_address = bracketed(line);
    const client_port = clientPort(line);
    if (line.lost || !line.isAtEnd()) return undefined;
    return {
      kind: 'screen_pass',
      time,
      host,
      service,
      process_id,
      client_name: undefined,
      client_address,
      action,
      client_port,
    };
  }
  return undefined;
}

/** What postscreen finds against a client; the text goes on with the client's address, for some after further words. */
const HITS: readonly (readonly [action: string, reason: Reason])[] = [
  ['PREGREET', 'protocol'],
  ['DNSBL', 'dnsbl'],
  ['HANGUP', 'other'],
  ['DENYLISTED', 'client_rejected'],
  ['BLACKLISTED', 'client_rejected'],
  ['ALLOWLIST VETO', 'policy'],
  ['WHITELIST VETO', 'policy'],
  ['NON-SMTP COMMAND', 'protocol'],
  ['BARE NEWLINE', 'protocol'],
  ['COMMAND PIPELINING', 'pipelining'],
  ['COMMAND TIME LIMIT', 'other'],
  ['COMMAND COUNT LIMIT', 'rate_limit'],
  ['COMMAND LENGTH LIMIT', 'protocol'],
  ['DATA without valid RCPT', 'protocol'],
  ['BDAT without valid RCPT', 'protocol'],
];

/** `PREGREET 14 after 0.12 from [192.0.2.1]:54321: EHLO x\r\n`, `DNSBL rank 3 for [192.0.2.1]:54321` and the like. */
function hit(line: Scanner, { time, host, service, process_id }: Envelope): Event | undefined {
  for (const [action, reason] of HITS) {
    if (!line.take(action)) continue;
    const before = line.until('[');
    const client_address = bracketed(line);
    const client_port = clientPort(line);
    if (line.lost) return undefined;
    const reason_text = prose(line, withoutClient(before, line.rest()));
    return {
      kind: 'screen_hit',
      time,
      host,
      service,
      process_id,
      client_name: undefined,
      client_address,
      action,
      client_port,
      reason,
      reason_text,
    };
  }
  return undefined;
}

/** ` 14 after 0.12 from ` and `: EHLO x` make `14 after 0.12: EHLO x`. */
function withoutClient(before: string, after: string): string {
  const text = before.trim();
  const blank = text.lastIndexOf(' ') + 1;
  const last = text.substring(blank);
  const isLink = last === 'from' || last === 'for';
  return ((isLink ? text.substring(0, blank).trimEnd() : text) + after).trim();
}

/** `NOQUEUE: reject: RCPT from [..]:55: 550 5.7.1 ...` or, before the first command, `reject: connect from [..]:55: ...`. */
function refusal(line: Scanner, envelope: Envelope): Event | undefined {
  line.take('NOQUEUE: ');
  return line.take('reject: ') ? reject(line, envelope, { queue_id: undefined, action: 'reject' }) : undefined;
}

const OTHERS = [
  'DISCONNECT [',
  'PENALTY ',
  'cache ',
  'entering STRESS mode ',
  'leaving STRESS mode ',
  'postscreen_command_time_limit: ',
  '[',
];

function anythingElse(line: Scanner, envelope: Envelope): Event | undefined {
  return otherOf(line, envelope, OTHERS);
}
