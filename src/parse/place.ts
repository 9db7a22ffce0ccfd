import type { Ms } from '../core/event.js';
import type { Zone } from '../core/time.js';
import { isColumn, passColumn } from './column.js';
import { Familiar } from './familiar.js';
import { literal } from './literal.js';
import type { Literal } from './literal.js';
import { readOffset, readZone } from './offset.js';
import type { Program } from './program.js';
import { programOf } from './programs.js';
import type { Scanner } from './scanner.js';
import type { StampForm } from './stamp.js';
import { StampReader } from './stamp.js';
import { ownCopy } from './text.js';

/** What stands between the stamp and the tag; in a file that a program writes itself, between the stamp and the message. */
export interface Place {
  /** Empty where the log does not name its host. */
  readonly host: string;
  /** Local time minus UTC, where the line tells it. */
  readonly offset: Ms | undefined;
  /** The zone of the host's stamps, where it is not that of all others. */
  readonly zone: Zone | undefined;
  /** Who wrote the file itself. */
  readonly writer: Program | undefined;
  /** Whether all lines that begin like this one up to here have the same place, whatever follows. */
  readonly isFamiliar: boolean;
}

interface KnownPlace extends Place {
  readonly opening: Literal;
  /** How much of `opening` belongs to the message. */
  readonly ahead: number;
}

export interface PlaceConfig {
  /** Of stamps that name no offset. */
  readonly zone: Zone;
  /** Of such stamps in the lines of a host, where that is another zone. */
  readonly zoneOf?: (host: string) => Zone | undefined;
}

const NAMED = programOf('named');
const DOVECOT = programOf('dovecot');
const DNSDIST = programOf('dnsdist');
const IPLOG = programOf('iplog');

const BLANK = literal(' ');
const UNBOUND = literal('unbound[');
const PACKET = literal('Packet from ');

const OF_NAMED: Place = { host: '', offset: undefined, zone: undefined, writer: NAMED, isFamiliar: false };
const OF_DNSDIST: Place = { ...OF_NAMED, writer: DNSDIST };
const NOWHERE: Place = { ...OF_NAMED, writer: undefined };
/**
 * Words with which the lines in BIND's own file and the inner lines of containers begin: as hosts they are not remembered,
 * nor are columns, or they would be taken for hosts there.
 */
const MAY_BE_NO_HOST = /^(?:client|stdout|stderr|[A-Z][a-z]{2}|\d{4}|\d{4}-\d\d-\d\d|\d\d-[A-Z][a-z]{2}-\d{4})$/;
/** Near which there are years with every day. */
const LEAP_YEAR_MS = Date.UTC(2000, 1, 29);

/** Reads `+01:00 mx1 `, ` UTC mx1 `, ` <mail.info> mx1 ` and the like. */
export class PlaceReader {
  private readonly known = new Familiar<KnownPlace>(1);
  /** No line has a line feed. */
  private last: KnownPlace = { ...NOWHERE, opening: literal('\n'), ahead: 0 };
  /** Of stamps behind another one. */
  private readonly stamps: StampReader;

  constructor(private readonly config: PlaceConfig) {
    this.stamps = new StampReader(config.zone);
  }

  /** The place after a stamp of that form, which is passed over; `undefined` if there is none. */
  read(line: Scanner, form: StampForm, isOuter = true): Place | undefined {
    if (form === 'bind') return line.take(BLANK) ? OF_NAMED : undefined;
    if (form === 'epoch') return line.take(BLANK) ? placeAfterEpoch(line) : undefined;
    const place = line.take(this.last.opening) ? this.last : this.known.find(line);
    if (place === undefined) return this.readFresh(line, form, isOuter);
    this.last = place;
    if (place.ahead > 0) line.back(line.mark() - place.ahead);
    return place;
  }

  private readFresh(line: Scanner, form: StampForm, isOuter: boolean): Place | undefined {
    const start = line.mark();
    const attached = readOffset(line);
    if (!line.take(BLANK)) return undefined;
    const offset = attached ?? readZone(line);
    if (this.passStamp(line)) return isOuter ? this.readInner(line, offset) : undefined;
    passColumnOfHost(line);
    const message = line.mark();
    const { writer, opening } = writerOfFile(line, form);
    // What has no host may be told by its stamp: its text alone must not bring it back.
    if (writer !== undefined && opening === '') return { ...NOWHERE, offset, writer };
    if (opening === '' && isTag(wordOf(line))) return { ...NOWHERE, offset };
    const name = opening === '' ? ownCopy(line.until(BLANK)) : '';
    if (line.lost) return undefined;
    line.take(opening);
    const known = literal(line.since(start));
    line.back(opening === '' ? line.mark() : message);
    const host = name === '-' ? '' : name;
    const zone = this.config.zoneOf?.(host);
    const mayBeNoHost = MAY_BE_NO_HOST.test(name) || isColumn(name);
    const isFamiliar = opening === '' && !mayBeNoHost;
    const place = { host, offset, zone, writer, isFamiliar, opening: known, ahead: opening.length };
    return mayBeNoHost ? place : this.known.keep(place);
  }

  /** Passes over the stamp of a line in the log of a container, which has one in front; Kubernetes names the stream. */
  private passStamp(line: Scanner): boolean {
    const start = line.mark();
    if (!line.take('stdout F ')) line.take('stderr F ');
    if (this.stamps.read(line, LEAP_YEAR_MS)) return true;
    line.back(start);
    return false;
  }

  /** The outer stamp counts: it has a year and an offset. */
  private readInner(line: Scanner, offset: Ms | undefined): Place | undefined {
    const place = this.read(line, this.stamps.form, false);
    return place === undefined ? undefined : { ...place, offset };
  }
}

/** Only Unbound and dnsdist write such stamps, in their own files. */
function placeAfterEpoch(line: Scanner): Place | undefined {
  const start = line.mark();
  const place = line.take(UNBOUND) ? NOWHERE : line.take(PACKET) ? OF_DNSDIST : undefined;
  line.back(start);
  return place;
}

/** A column `mail.info ` in front of the host; a host may have such a name too. */
function passColumnOfHost(line: Scanner): void {
  const start = line.mark();
  passColumn(line);
  if (isTag(wordOf(line))) line.back(start);
}

function wordOf(line: Scanner): string {
  return line.ahead(100).split(' ', 1)[0] ?? '';
}

/** Whether a word ends as a tag does, and no address of a host. */
function isTag(word: string): boolean {
  return word.endsWith(':') && !word.endsWith('::');
}

const DOVECOT_SERVICES = new Set(
  'pop3-login pop3 imap-login imap lmtp lda auth auth-worker master log config stats anvil ssl-params managesieve-login managesieve submission-login submission indexer indexer-worker doveadm dict'.split(
    ' ',
  ),
);

/** Programs that begin the lines of their own file with their tag, but without a host. */
const TAGS_OF_FILES = new Set(['unbound', 'dnsmasq', 'dnsmasq-dhcp', 'dnsmasq-tftp', 'dnsmasq-script']);

const PROTOCOLS = new Set(['UDP:', 'TCP:', 'ICMP:']);

/**
 * Who wrote the file itself, since the message begins where a syslog line has its host; nobody if a tag will tell. With
 * the text that shows it, where the stamp says nothing to it.
 */
function writerOfFile(line: Scanner, form: StampForm): { writer: Program | undefined; opening: string } {
  const first = wordOf(line);
  if (first === 'client' && line.ahead(8) === 'client @') return { writer: NAMED, opening: 'client @' };
  if (PROTOCOLS.has(first)) return { writer: IPLOG, opening: first };
  const tag = first.substring(0, first.indexOf('['));
  if (TAGS_OF_FILES.has(tag)) return { writer: undefined, opening: `${tag}[` };
  const [service = ''] = first.split(first.includes('(') ? '(' : ':', 1);
  if (service !== first && DOVECOT_SERVICES.has(service))
    return { writer: DOVECOT, opening: first.substring(0, service.length + 1) };
  const isBindsCategory = form === 'iso' && first.length > 1 && first.indexOf(':') === first.length - 1;
  return { writer: isBindsCategory ? NAMED : undefined, opening: '' };
}
