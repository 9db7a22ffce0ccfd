import type { Ms } from '../core/event.js';
import { passFrame, passPriority, passToMessage } from './ietf.js';
import { literal } from './literal.js';
import { PlaceReader } from './place.js';
import type { Place, PlaceConfig } from './place.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import { StampReader } from './stamp.js';
import { TagReader } from './tag.js';

/** What stands before the message of a line. One object is filled again for every line. */
export interface Envelope {
  time: Ms;
  /** Empty where the log does not name its host: a file that BIND or Dovecot writes itself. */
  host: string;
  /** The syslog tag without the process id. */
  service: string;
  process_id: number | undefined;
  program: Program;
}

export type EnvelopeConfig = PlaceConfig;

const UNKNOWN = programOf('');

const BLANK = literal(' ');
const END_OF_ID = literal(']: ');
const CLOSING = literal(']');
const COLON_AFTER_TAG = literal(':');

const COLON = 58;
const LESS_THAN = 60;
const ZERO = 48;
const NINE = 57;
const BRACKET = 91;
const HYPHEN = 45;

/** Reads syslog envelopes of RFC 3164 and RFC 5424, and the stamps in the files that some programs write themselves. */
export class EnvelopeReader {
  private readonly envelope: Envelope = { time: 0, host: '', service: '', process_id: undefined, program: UNKNOWN };
  private readonly stamps: StampReader;
  private readonly places: PlaceReader;
  private readonly tags = new TagReader(': ');
  /** RFC 5424's application names. */
  private readonly names = new TagReader(' ');
  private referenceMs: Ms = NaN;

  constructor(config: EnvelopeConfig) {
    this.stamps = new StampReader(config.zone);
    this.places = new PlaceReader(config);
  }

  /** What stands before the message, at which the scanner is then; `undefined` if it has no known form. */
  read(line: Scanner, referenceMs: Ms): Envelope | undefined {
    if (referenceMs === this.referenceMs && line.takeOpening()) {
      this.readTag(line);
      return this.envelope;
    }
    this.referenceMs = referenceMs;
    const start = line.mark();
    const envelope = this.readUnframed(line, referenceMs);
    if (envelope !== undefined) return envelope;
    const framed = passFrame(line.back(start)) ? this.readUnframed(line, referenceMs) : undefined;
    line.forgetOpening();
    return framed;
  }

  /** The envelope of a message that begins with its tag, `undefined` if none does; time and host are known from elsewhere. */
  readTagged(line: Scanner, { time, host }: Pick<Envelope, 'time' | 'host'>): Envelope | undefined {
    const start = line.mark();
    const isTag = line.word() !== '' && (line.peek() === BRACKET || line.peek() === COLON);
    line.back(start);
    if (!isTag) return undefined;
    line.forgetOpening();
    this.envelope.time = time;
    this.envelope.host = host;
    this.readTag(line);
    return this.envelope;
  }

  private readUnframed(line: Scanner, referenceMs: Ms): Envelope | undefined {
    const { stamps, envelope } = this;
    line.forgetOpening();
    const hasVersion = line.peek() === LESS_THAN && passPriority(line);
    if (!stamps.read(line, referenceMs)) return undefined;
    const place = this.places.read(line, stamps.form);
    if (place === undefined || line.isAtEnd()) return undefined;
    envelope.time = this.timeAt(place);
    envelope.host = place.host;
    if (place.writer !== undefined) this.setProgram(place.writer, undefined);
    else if (hasVersion && line.peek() !== HYPHEN) this.readName(line);
    else {
      if (hasVersion) passNoName(line);
      // What stood in front of the tag says the same of the next line.
      else if (place.isFamiliar) line.keepOpening();
      this.readTag(line);
    }
    return envelope;
  }

  private timeAt({ offset, zone }: Place): Ms {
    const { wallClock, instant, form } = this.stamps;
    if (offset !== undefined) return wallClock - offset;
    return zone === undefined || form === 'unix' ? instant : zone.toInstant(wallClock);
  }

  /** `postfix/smtpd[7]: `. */
  private readTag(line: Scanner): void {
    passAddressOfHost(line);
    const { program, hasId, isEnded } = this.tags.read(line);
    const process_id = hasId ? line.integer() : undefined;
    this.setProgram(program, process_id);
    if (!isEnded) passEnd(line, process_id);
    // Templates of rsyslog often write a blank in front of a message that begins with one.
    line.take(BLANK);
    // Solaris: `[ID 197553 mail.info] `.
    if (line.peek() === BRACKET && line.take('[ID ')) line.skip('] ');
  }

  /** `postfix/smtpd 7 - - `, or `postfix/smtpd[7] - - - `. */
  private readName(line: Scanner): void {
    const { program, hasId } = this.names.read(line);
    const ownId = hasId ? line.integer() : undefined;
    if (hasId) line.skip(BLANK);
    this.setProgram(program, ownId ?? line.integer());
    line.skip(BLANK);
    passToMessage(line);
  }

  private setProgram(program: Program, process_id: number | undefined): void {
    const { envelope } = this;
    envelope.process_id = process_id;
    if (program === envelope.program) return;
    envelope.program = program;
    envelope.service = program.tag;
  }
}

/** `- - - - `: where RFC 5424's header names no application, the message may have a tag of its own. */
function passNoName(line: Scanner): void {
  line.skip(BLANK);
  line.skip(BLANK);
  passToMessage(line);
}

/** `]: ` after a process id, `: ` without one; some tags lack the colon, or the blank after it. */
function passEnd(line: Scanner, process_id: number | undefined): void {
  if (line.take(process_id === undefined ? ': ' : END_OF_ID)) return;
  line.take(CLOSING);
  line.take(COLON_AFTER_TAG);
  line.take(BLANK);
}

/** `192.0.2.1 ` behind the host, where an appliance writes both. */
function passAddressOfHost(line: Scanner): void {
  const code = line.peek();
  if (code < ZERO || code > NINE) return;
  const start = line.mark();
  for (let part = 0; part < 4; part++)
    if ((part > 0 && !line.take('.')) || line.integer() === undefined) {
      line.back(start);
      return;
    }
  if (!line.take(BLANK)) line.back(start);
}
