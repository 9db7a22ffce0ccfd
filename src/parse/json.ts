import type { Event, Ms } from '../core/event.js';
import type { Block } from './block.js';
import { dnstap, isDnstap } from './dnstap.js';
import { Document } from './document.js';
import { dayOf, DocumentTimes } from './document-time.js';
import { ecsDns, isEcsDns } from './ecs-dns.js';
import type { Envelope, EnvelopeConfig, EnvelopeReader } from './envelope.js';
import { fields } from './field.js';
import { isJournal, ofJournal } from './journald.js';
import { readMessage } from './message.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Repeat } from './repeat.js';
import type { Scanner } from './scanner.js';
import { ofShipper } from './shipped.js';
import type { Shipped } from './shipped.js';
import { eve, isEve } from './suricata.js';
import { TextBlocks } from './text-block.js';
import type { Span, Text } from './text-block.js';
import { isZeek, zeek } from './zeek.js';

/** A line may be packed by one shipper after another; deeper ones are not looked for. */
const DEEPEST = 3;
/** Programs that are remembered; a site has a handful, a forged log any number. */
const PROGRAMS_KNOWN = 1000;

const BRACE = 123;
const SMALL_A = 97;
const SMALL_Z = 122;

const [SOURCE = 0] = fields('_source');
const TIME_OF_RECORD = fields('timestamp dnstap.timestamp-rfc3339ns ts @timestamp');

/** Records as their makers write them: how each is told, and what its event is. They carry no line of a program. */
const RECORDS: readonly {
  readonly is: (document: Document) => boolean;
  readonly event: (document: Document, time: Ms) => Event | undefined;
}[] = [
  { is: isEve, event: eve },
  { is: isDnstap, event: dnstap },
  { is: isZeek, event: zeek },
];

/** What a text comes to. */
type Read = Event | Repeat;

/** What is known of a document, or a text in one, from around it. */
interface Place {
  readonly referenceMs: Ms;
  readonly around: Shipped;
  readonly depth: number;
}

const NOWHERE: Shipped = { time: undefined, host: '', tag: '', process_id: undefined, texts: [] };

/**
 * Reads lines that are JSON documents. A document takes the place of a line's envelope, no more: the message in it is
 * read by the grammar of its program.
 */
export class JsonReader {
  /** For each depth its own: while the document in a text is read, that around it is still needed. */
  private readonly documents = Array.from({ length: DEEPEST + 1 }, () => new Document());
  private readonly blocks = Array.from({ length: DEEPEST + 2 }, () => new TextBlocks());
  private readonly times: DocumentTimes;
  private readonly programs = new Map<string, Program>();

  constructor(
    { zone }: EnvelopeConfig,
    private readonly line: Scanner,
    private readonly envelopes: EnvelopeReader,
  ) {
    this.times = new DocumentTimes(zone, line);
  }

  /** The event of a line; `undefined` if nothing can be made of it. */
  read(block: Block, start: number, end: number, referenceMs: Ms): Read | undefined {
    return this.ofJson({ block, start, end }, { referenceMs, around: NOWHERE, depth: 0 });
  }

  private ofJson({ block, start, end }: Span, place: Place): Read | undefined {
    const document = this.documents[place.depth];
    return document?.read(block, start, end) === true ? this.ofDocument(document, place) : undefined;
  }

  private ofDocument(document: Document, place: Place): Read | undefined {
    const { referenceMs, around, depth } = place;
    // As Elasticsearch gives documents out.
    if (document.hasObject(SOURCE)) {
      const source = this.documents[depth + 1];
      return source?.readIn(document, SOURCE) === true
        ? this.ofDocument(source, { ...place, depth: depth + 1 })
        : undefined;
    }
    for (const { is, event } of RECORDS) {
      if (!is(document)) continue;
      const time = this.times.in(document, TIME_OF_RECORD, referenceMs) ?? around.time;
      return time === undefined ? undefined : event(document, time);
    }
    const read = isJournal(document) ? ofJournal : ofShipper;
    const shipped = within(around, read(document, this.times, referenceMs));
    const event = this.ofTexts(document, shipped, place);
    if (shipped.time === undefined || (event !== undefined && !isForeign(event))) return event;
    return isEcsDns(document) ? ecsDns(document, shipped.time) : event;
  }

  /** The event of the first text that is one of our programs', or else of the first that can be read at all. */
  private ofTexts(document: Document, shipped: Shipped, { referenceMs, depth }: Place): Read | undefined {
    let foreign: Read | undefined;
    for (const field of shipped.texts) {
      const text = document.string(field) ?? document.bytes(field);
      if (text === undefined) continue;
      const event = this.ofText(text, { referenceMs, around: shipped, depth: depth + 1 });
      if (event !== undefined && !isForeign(event)) return event;
      foreign ??= event;
    }
    return foreign;
  }

  private ofText(text: Text, place: Place): Read | undefined {
    const { line } = this;
    const plain = this.blocks[place.depth]?.plain(text);
    if (plain === undefined) return undefined;
    const { block, start, end } = plain;
    if (block.bytes[start] === BRACE && end > start) return this.ofJson(plain, place);
    line.begin(block, start, end);
    const envelope = this.envelopeOf(place);
    return envelope === undefined ? undefined : readMessage(line, envelope);
  }

  /** That in the text, of which the time is surer than that of a shipper, or else the one that the document stands for. */
  private envelopeOf({ referenceMs, around: { time, host, tag, process_id } }: Place): Envelope | undefined {
    const { line, envelopes } = this;
    const start = line.mark();
    const own = isSmallLetter(line.peek()) ? undefined : envelopes.read(line, dayOf(time ?? referenceMs));
    if (own !== undefined) {
      // The next line may have the same opening, and another host.
      return own.host === '' ? { ...own, host } : own;
    }
    line.back(start);
    if (time === undefined) return undefined;
    // rsyslog's message begins with the blank after the tag.
    line.take(' ');
    if (tag === '') return envelopes.readTagged(line, { time, host });
    const program = this.programOf(tag);
    return { time, host, service: program.tag, process_id, program };
  }

  private programOf(tag: string): Program {
    const known = this.programs.get(tag);
    if (known !== undefined) return known;
    // A copy: a part of a string keeps all of that string alive. Not every tag is latin1.
    const program = programOf(Buffer.from(tag, 'utf16le').toString('utf16le'));
    if (this.programs.size < PROGRAMS_KNOWN) this.programs.set(program.tag, program);
    return program;
  }
}

/** What a document says, completed by what is said around it. */
function within(around: Shipped, { time, host, tag, process_id, texts }: Shipped): Shipped {
  return {
    time: time ?? around.time,
    host: host === '' ? around.host : host,
    tag: tag === '' ? around.tag : tag,
    process_id: process_id ?? around.process_id,
    texts,
  };
}

/** Whether an event only says that its program is none of ours. */
function isForeign(event: Read): boolean {
  return event.kind === 'unrecognised' && event.side === undefined;
}

/** Most messages begin with one, and no envelope does. */
function isSmallLetter(code: number): boolean {
  return code >= SMALL_A && code <= SMALL_Z;
}
