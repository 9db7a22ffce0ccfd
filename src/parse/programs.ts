import type { Event } from '../core/event.js';
import { agent } from './agent.js';
import { bind } from './bind.js';
import { bounce } from './bounce.js';
import { cleanup } from './cleanup.js';
import { courier } from './courier.js';
import { cyrus } from './cyrus.js';
import { dnsdist } from './dnsdist.js';
import { dnsmasq } from './dnsmasq.js';
import { dovecot } from './dovecot.js';
import type { Envelope } from './envelope.js';
import { other } from './grammar.js';
import type { Grammar } from './grammar.js';
import { iplog } from './iplog.js';
import { packet } from './packet.js';
import { pdns } from './pdns.js';
import { pdnsRecursor } from './pdns-recursor.js';
import { pickup } from './pickup.js';
import type { Program } from './program.js';
import { postscreen } from './postscreen.js';
import { postsuper } from './postsuper.js';
import { qmgr } from './qmgr.js';
import { qpopper } from './qpopper.js';
import type { Scanner } from './scanner.js';
import { smtpd } from './smtpd.js';
import { unbound } from './unbound.js';

const ignored: Grammar = (_line, envelope) => other(envelope, 'mail');
const foreign: Grammar = () => undefined;

/** Programs that write nothing that is counted. */
const SILENT =
  'anvil dnsblog flush master nbdb_reindexd postalias postcat postconf postdrop postfix postfix-non-bdb-script ' +
  'postfix-script postfix-tls-script postkick postlock postlog postlogd postmap postmulti postmulti-script postqueue ' +
  'posttls-finger proxymap proxywrite qmqpd rewrite scache sendmail showq spawn tlsmgr tlsproxy trivial-rewrite verify';

/** By the last part of the tag, in which Postfix names the program; what stands before it is the site's choice. */
const POSTFIX: ReadonlyMap<string, Grammar> = new Map([
  ...SILENT.split(' ').map((name): [string, Grammar] => [name, ignored]),
  ['smtpd', smtpd],
  ['postscreen', postscreen],
  ['qmgr', qmgr],
  ['nqmgr', qmgr],
  ['oqmgr', qmgr],
  ['cleanup', cleanup],
  ['pickup', pickup],
  ['bounce', bounce],
  ['defer', bounce],
  ['trace', bounce],
  ['postsuper', postsuper],
  ['smtp', agent],
  ['lmtp', agent],
  ['local', agent],
  ['virtual', agent],
  ['pipe', agent],
  ['error', agent],
  ['retry', agent],
  ['discard', agent],
]);

const ignoredDns: Grammar = (_line, envelope) => other(envelope, 'dns');
const ignoredPop3: Grammar = (_line, envelope) => other(envelope, 'pop3');

/** DNS servers, by tag. */
const DNS: ReadonlyMap<string, Grammar> = new Map([
  ['named', bind],
  ['unbound', unbound],
  ['dnsmasq', dnsmasq],
  ['dnsmasq-dhcp', ignoredDns],
  ['dnsmasq-tftp', ignoredDns],
  ['dnsmasq-script', ignoredDns],
  ['pdns', pdns],
  ['pdns_server', pdns],
  ['pdns_recursor', pdnsRecursor],
  ['pdns-recursor', pdnsRecursor],
  ['dnsdist', dnsdist],
]);

/** POP3 servers and the IMAP servers beside them, by tag. */
const POP3: ReadonlyMap<string, Grammar> = new Map([
  ['dovecot', dovecot],
  ['popper', qpopper],
  ['qpopper', qpopper],
  ['in.popper', qpopper],
  ['in.qpopper', qpopper],
  ['courierpop3login', courier],
  ['courierpop3d', courier],
  ['courier-pop3d', courier],
  ['courier-pop3d-ssl', courier],
  ['pop3login', courier],
  ['pop3d-ssl', courier],
  ['pop3d', pop3d],
  ['pop3', cyrus],
  ['pop3s', cyrus],
  ['cyr_pop3d', cyrus],
  ['cyrus/pop3', cyrus],
  ['cyrus/pop3s', cyrus],
  ['cyrus/pop3d', cyrus],
  ['cyrus/cyr_pop3d', cyrus],
  ['imap', ignoredPop3],
  ['imaps', ignoredPop3],
  ['imapd', ignoredPop3],
  ['imapd-ssl', ignoredPop3],
  ['imaplogin', ignoredPop3],
  ['courierimaplogin', ignoredPop3],
  ['courierimapd', ignoredPop3],
  ['courier-imapd', ignoredPop3],
  ['courier-imapd-ssl', ignoredPop3],
]);

/** What logs packets, by tag. */
const PACKETS: ReadonlyMap<string, Grammar> = new Map([
  ['kernel', packet],
  ['ulogd', packet],
  ['iplog', iplog],
]);

const LOWER_A = 97;

/** Courier's tag, which of old was Cyrus' as well: Courier begins its lines with a capital, Cyrus does not. */
function pop3d(line: Scanner, envelope: Envelope): Event | undefined {
  return line.peek() < LOWER_A ? courier(line, envelope) : cyrus(line, envelope);
}

/** The program that writes under a syslog tag. */
export function programOf(tag: string): Program {
  const name = tag.substring(tag.lastIndexOf('/') + 1);
  // A daemon may be logged with its path.
  const server = tag.startsWith('/') ? name : tag;
  const dns = DNS.get(server);
  if (dns !== undefined) return { tag, name, side: 'dns', grammar: dns };
  const pop3 = POP3.get(server) ?? (tag.startsWith('cyrus/') ? ignoredPop3 : undefined);
  if (pop3 !== undefined) return { tag, name, side: 'pop3', grammar: pop3 };
  const packets = PACKETS.get(server);
  if (packets !== undefined) return { tag, name, side: undefined, grammar: packets };
  const hasInstance = name !== tag;
  const grammar = hasInstance ? POSTFIX.get(name) : undefined;
  if (grammar !== undefined) return { tag, name, side: 'mail', grammar };
  // The unit that journalctl can write instead of the tag: which of the daemons it was, nobody can tell.
  if (tag.includes('postfix') && tag.endsWith('.service')) return { tag, name, side: 'mail', grammar: foreign };
  // A site's own transports deliver too.
  if (tag.includes('postfix')) return { tag, name, side: 'mail', grammar: hasInstance ? agent : ignored };
  return { tag, name, side: undefined, grammar: foreign };
}
