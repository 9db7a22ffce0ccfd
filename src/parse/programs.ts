import { agent } from './agent.js';
import { bind } from './bind.js';
import { bounce } from './bounce.js';
import { cleanup } from './cleanup.js';
import { dovecot } from './dovecot.js';
import { other } from './grammar.js';
import type { Grammar } from './grammar.js';
import { pickup } from './pickup.js';
import type { Program } from './program.js';
import { postscreen } from './postscreen.js';
import { postsuper } from './postsuper.js';
import { qmgr } from './qmgr.js';
import { smtpd } from './smtpd.js';

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

/** The program that writes under a syslog tag. */
export function programOf(tag: string): Program {
  const name = tag.substring(tag.lastIndexOf('/') + 1);
  if (tag === 'named') return { tag, name, side: 'dns', grammar: bind };
  if (tag === 'dovecot') return { tag, name, side: 'pop3', grammar: dovecot };
  const hasInstance = name !== tag;
  const grammar = hasInstance ? POSTFIX.get(name) : undefined;
  if (grammar !== undefined) return { tag, name, side: 'mail', grammar };
  // A site's own transports deliver too.
  if (tag.includes('postfix')) return { tag, name, side: 'mail', grammar: hasInstance ? agent : ignored };
  return { tag, name, side: undefined, grammar: foreign };
}
