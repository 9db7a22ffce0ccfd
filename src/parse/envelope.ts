import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import { literal } from './literal.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import type { StampForm } from './stamp.js';
import { isYearCertain, StampReader } from './stamp.js';
import { createTagReader } from './tag.js';
import { ownCopy } from './text.js';

/** What stands before the message of a line. One object is filled again for every line. */
export interface Envelope {
  time: Ms;
  /** Empty where the log does not name its host: a file that BIND, Dovecot or the like writes itself. */
  host: string;
  /** The syslog tag without the process id. */
  service: string;
  process_id: number | undefined;
  program: Program;
}

export interface EnvelopeConfig {
  /** Of stamps that name no offset. */
  readonly zone: Zone;
}

const NAMED = programOf('named');
const DOVECOT = programOf('dovecot');
const DNSDIST = programOf('dnsdist');
const IPLOG = programOf('iplog');

const BLANK = literal(' ');
const END_OF_ID = literal(']: ');
const CLOSING = literal(']');
const COLON_AFTER_TAG = literal(':');

const COLON = 58;
const LESS_THAN = 60;
const BRACKET = 91;

/** Reads syslog envelopes and the stamps in the files that some programs write themselves. Stamps without an offset are of `zone`. */
export class EnvelopeReader {
  private readonly envelope: Envelope = { time: 0, host: '', service: '', process_id: undefined, program: NAMED };
  private readonly stamps: StampReader;
  private readonly readTag = createTagReader();
  // No line goes on with a line feed.
  private host = { name: '', nameAndBlank: literal('\n') };
  /** What the line before had in front of its tag. */
  private before = { opening: literal('\n'), time: 0, host: '' };

  constructor({ zone }: EnvelopeConfig) {
    this.stamps = new StampReader(zone);
  }

  /** What stands before the message, at which the scanner is then; `undefined` if it has no known form. */
  read(line: Scanner, referenceMs: Ms): Envelope | undefined {
    const { before, envelope } = this;
    if (isYearCertain(before.time, referenceMs) && line.take(before.opening)) {
      envelope.time = before.time;
      envelope.host = before.host;
      return this.fromSyslog(line);
    }
    return this.readFresh(line, referenceMs);
  }

  /** The envelope of a message that begins with its tag, `undefined` if none does; time and host are known from elsewhere. */
  readTagged(line: Scanner, { time, host }: Pick<Envelope, 'time' | 'host'>): Envelope | undefined {
    const start = line.mark();
    const isTag = line.word() !== '' && (line.peek() === BRACKET || line.peek() === COLON);
    line.back(start);
    if (!isTag) return undefined;
    this.envelope.time = time;
    this.envelope.host = host;
    return this.fromSyslog(line);
  }

  private readFresh(line: Scanner, referenceMs: Ms): Envelope | undefined {
    const start = line.mark();
    if (line.peek() === LESS_THAN) skipPriority(line);
    const stamp = this.stamps.read(line, referenceMs);
    if (stamp === undefined) return undefined;
    this.envelope.time = stamp.time;
    if (isTagOfFile(line)) {
      this.envelope.host = '';
      return this.fromSyslog(line);
    }
    if (stamp.form === 'epoch') return line.ahead(PACKET.length) === PACKET ? this.fromFile(DNSDIST) : undefined;
    if (stamp.form === 'bind' || !line.take(this.host.nameAndBlank)) {
      const writer = writerOfFile(line, stamp.form);
      if (writer !== undefined) return this.fromFile(writer);
      const name = ownCopy(line.until(BLANK));
      if (line.lost) return undefined;
      this.host = { name, nameAndBlank: literal(`${name} `) };
    }
    this.envelope.host = this.host.name;
    if (stamp.form === 'syslog')
      this.before = { opening: literal(line.since(start)), time: stamp.time, host: this.host.name };
    return this.fromSyslog(line);
  }

  private fromSyslog(line: Scanner): Envelope | undefined {
    if (line.isAtEnd()) return undefined;
    const { envelope } = this;
    const { program, end } = this.readTag(line);
    envelope.program = program;
    envelope.service = program.tag;
    envelope.process_id = end === '[' ? line.integer() : undefined;
    if (end !== ': ') passEnd(line, envelope.process_id);
    // Solaris: `[ID 197553 mail.info] `.
    if (line.peek() === BRACKET && line.take('[ID ')) line.skip('] ');
    return envelope;
  }

  private fromFile(program: Program): Envelope {
    const { envelope } = this;
    envelope.program = program;
    envelope.host = '';
    envelope.service = program.tag;
    envelope.process_id = undefined;
    return envelope;
  }
}

/** `<22>`: syslog's priority, which some receivers keep. */
function skipPriority(line: Scanner): void {
  line.take('<');
  line.integer();
  line.take('>');
}

/** `]: ` after a process id, `: ` without one; some tags lack the colon, or the blank after it. */
function passEnd(line: Scanner, process_id: number | undefined): void {
  if (line.take(process_id === undefined ? ': ' : END_OF_ID)) return;
  line.take(CLOSING);
  line.take(COLON_AFTER_TAG);
  line.take(BLANK);
}

const DOVECOT_SERVICES = new Set(
  'pop3-login pop3 imap-login imap lmtp lda auth auth-worker master log config stats anvil ssl-params managesieve-login managesieve submission-login submission indexer indexer-worker doveadm dict'.split(
    ' ',
  ),
);

const PACKET = 'Packet from ';

/** Programs that begin the lines of their own file with their tag, but without a host. */
const TAGS_OF_FILES = ['unbound[', 'dnsmasq[', 'dnsmasq-dhcp[', 'dnsmasq-tftp[', 'dnsmasq-script['].map(literal);

function isTagOfFile(line: Scanner): boolean {
  const start = line.mark();
  for (const tag of TAGS_OF_FILES)
    if (line.take(tag)) {
      line.back(start);
      return true;
    }
  return false;
}

/** BIND or Dovecot if the message begins where a syslog line has its host: one of them wrote the file itself. */
function writerOfFile(line: Scanner, form: StampForm): Program | undefined {
  if (form === 'bind' || (form === 'iso' && line.ahead(8) === 'client @')) return NAMED;
  const [first = ''] = line.ahead(100).split(' ', 1);
  if (first === 'UDP:' || first === 'TCP:' || first === 'ICMP:') return IPLOG;
  const [service = ''] = first.split(first.includes('(') ? '(' : ':', 1);
  if (service !== first && DOVECOT_SERVICES.has(service)) return DOVECOT;
  const isBindsCategory = first.indexOf(':') === first.length - 1;
  return form === 'iso' && isBindsCategory ? NAMED : undefined;
}
