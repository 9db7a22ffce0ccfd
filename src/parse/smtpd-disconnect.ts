import type { Command, Commands, Event } from '../core/event.js';
import { clientAddress, clientName } from './client.js';
import type { Envelope } from './envelope.js';
import type { Scanner } from './scanner.js';

/** `name[address] ehlo=1 auth=0/1 commands=1/2`; before Postfix 3.0 the client only. */
export function disconnect(line: Scanner, envelope: Envelope): Event | undefined {
  const { time, host, service, process_id } = envelope;
  const client_name = clientName(line);
  const client_address = clientAddress(line);
  const commands = line.isAtEnd() ? undefined : readCommands(line);
  if (line.lost) return undefined;
  return { kind: 'disconnect', time, host, service, process_id, client_name, client_address, commands };
}

function readCommands(line: Scanner): Commands {
  const commands = new CommandCounts();
  line.take(' ');
  let next = line.peek();
  for (const { initial, opening, store } of COMMANDS) {
    if (initial !== next || !line.take(opening)) continue;
    readCount(line, commands, store);
    next = line.peek();
  }
  // A command that is not in the table stands before the sum.
  line.until('commands=');
  readCount(line, commands, storeSum);
  return commands;
}

/** `2`, or `1/3` where two of three failed. */
function readCount(line: Scanner, commands: CommandCounts, store: Store): void {
  const passed = line.integer() ?? 0;
  const all = line.take('/') ? (line.integer() ?? 0) : passed;
  store(commands, passed, Math.max(all - passed, 0));
  line.take(' ');
}

/** A class, so that all counts are there from the start and every disconnect event has the same shape. */
class CommandCounts implements Commands {
  helo = 0;
  helo_failed = 0;
  ehlo = 0;
  ehlo_failed = 0;
  starttls = 0;
  starttls_failed = 0;
  auth = 0;
  auth_failed = 0;
  mail = 0;
  mail_failed = 0;
  rcpt = 0;
  rcpt_failed = 0;
  data = 0;
  data_failed = 0;
  bdat = 0;
  bdat_failed = 0;
  rset = 0;
  rset_failed = 0;
  noop = 0;
  noop_failed = 0;
  vrfy = 0;
  vrfy_failed = 0;
  etrn = 0;
  etrn_failed = 0;
  xclient = 0;
  xclient_failed = 0;
  xforward = 0;
  xforward_failed = 0;
  quit = 0;
  quit_failed = 0;
  unknown = 0;
  unknown_failed = 0;
  commands = 0;
  commands_failed = 0;
}

type Store = (to: CommandCounts, passed: number, failed: number) => void;

interface CommandName {
  readonly initial: number;
  readonly opening: string;
  readonly store: Store;
}

/** In the order in which smtpd writes the commands that occurred. */
const COMMANDS: readonly CommandName[] = [
  named('helo', (to, passed, failed) => ([to.helo, to.helo_failed] = [passed, failed])),
  named('ehlo', (to, passed, failed) => ([to.ehlo, to.ehlo_failed] = [passed, failed])),
  named('xclient', (to, passed, failed) => ([to.xclient, to.xclient_failed] = [passed, failed])),
  named('xforward', (to, passed, failed) => ([to.xforward, to.xforward_failed] = [passed, failed])),
  named('starttls', (to, passed, failed) => ([to.starttls, to.starttls_failed] = [passed, failed])),
  named('auth', (to, passed, failed) => ([to.auth, to.auth_failed] = [passed, failed])),
  named('mail', (to, passed, failed) => ([to.mail, to.mail_failed] = [passed, failed])),
  named('rcpt', (to, passed, failed) => ([to.rcpt, to.rcpt_failed] = [passed, failed])),
  named('data', (to, passed, failed) => ([to.data, to.data_failed] = [passed, failed])),
  named('bdat', (to, passed, failed) => ([to.bdat, to.bdat_failed] = [passed, failed])),
  named('rset', (to, passed, failed) => ([to.rset, to.rset_failed] = [passed, failed])),
  named('noop', (to, passed, failed) => ([to.noop, to.noop_failed] = [passed, failed])),
  named('vrfy', (to, passed, failed) => ([to.vrfy, to.vrfy_failed] = [passed, failed])),
  named('etrn', (to, passed, failed) => ([to.etrn, to.etrn_failed] = [passed, failed])),
  named('quit', (to, passed, failed) => ([to.quit, to.quit_failed] = [passed, failed])),
  named('unknown', (to, passed, failed) => ([to.unknown, to.unknown_failed] = [passed, failed])),
];

function named(name: Command, store: Store): CommandName {
  return { initial: name.charCodeAt(0), opening: `${name}=`, store };
}

const storeSum: Store = (to, passed, failed) => ([to.commands, to.commands_failed] = [passed, failed]);
