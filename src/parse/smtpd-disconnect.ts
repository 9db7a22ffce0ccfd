import type { Commands, Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
import type { Scanner } from './scanner.js';

const BLANK = literal(' ');
const SLASH = literal('/');
const HELO = literal('helo=');
const EHLO = literal('ehlo=');
const XCLIENT = literal('xclient=');
const XFORWARD = literal('xforward=');
const STARTTLS = literal('starttls=');
const AUTH = literal('auth=');
const MAIL = literal('mail=');
const RCPT = literal('rcpt=');
const DATA = literal('data=');
const BDAT = literal('bdat=');
const RSET = literal('rset=');
const NOOP = literal('noop=');
const VRFY = literal('vrfy=');
const ETRN = literal('etrn=');
const QUIT = literal('quit=');
const UNKNOWN = literal('unknown=');
const COMMANDS = literal('commands=');

/** `name[address] ehlo=1 auth=0/1 commands=1/2`; before Postfix 3.0 the client only. */
export function disconnect(line: Scanner, envelope: Envelope): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  const commands = line.isAtEnd() ? undefined : readCommands(line);
  if (line.lost) return undefined;
  return { kind: 'disconnect', time, host, service, process_id, client_name, client_address, commands };
}

/** The counts, read in the order in which smtpd writes those that are not 0: one literal, so that all have the same shape. */
function readCommands(line: Scanner): Commands {
  line.take(BLANK);
  const count = new CountReader(line);
  return {
    helo: count.of(HELO),
    helo_failed: count.failed,
    ehlo: count.of(EHLO),
    ehlo_failed: count.failed,
    xclient: count.of(XCLIENT),
    xclient_failed: count.failed,
    xforward: count.of(XFORWARD),
    xforward_failed: count.failed,
    starttls: count.of(STARTTLS),
    starttls_failed: count.failed,
    auth: count.of(AUTH),
    auth_failed: count.failed,
    mail: count.of(MAIL),
    mail_failed: count.failed,
    rcpt: count.of(RCPT),
    rcpt_failed: count.failed,
    data: count.of(DATA),
    data_failed: count.failed,
    bdat: count.of(BDAT),
    bdat_failed: count.failed,
    rset: count.of(RSET),
    rset_failed: count.failed,
    noop: count.of(NOOP),
    noop_failed: count.failed,
    vrfy: count.of(VRFY),
    vrfy_failed: count.failed,
    etrn: count.of(ETRN),
    etrn_failed: count.failed,
    quit: count.of(QUIT),
    quit_failed: count.failed,
    unknown: count.of(UNKNOWN),
    unknown_failed: count.failed,
    // A command that is not in the list stands before the sum.
    commands: count.after(COMMANDS),
    commands_failed: count.failed,
  };
}

/** Reads `ehlo=2`, or `auth=1/3` where two of three failed. */
class CountReader {
  /** How many of the commands read last failed. */
  failed = 0;
  /** What the line goes on with: the first four letters tell the commands apart. */
  private next: number;

  constructor(private readonly line: Scanner) {
    this.next = line.peekWord();
  }

  /** How many commands passed; 0 if the line does not go on with them. */
  of(opening: Literal): number {
    this.failed = 0;
    return this.next === opening.head && this.line.take(opening) ? this.read() : 0;
  }

  /** The same for commands further on; without them the line is lost. */
  after(opening: Literal): number {
    this.line.until(opening);
    return this.read();
  }

  private read(): number {
    const { line } = this;
    const passed = line.integer() ?? 0;
    const all = line.take(SLASH) ? (line.integer() ?? 0) : passed;
    this.failed = Math.max(all - passed, 0);
    line.take(BLANK);
    this.next = line.peekWord();
    return passed;
  }
}
