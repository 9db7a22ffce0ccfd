import type { DnsEvent, Ms } from './event.js';
import { SECOND_MS } from './time.js';

/** What is done with DNS events that are there twice. */
export const DUPLICATES = ['count', 'drop'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

/**
 * How far apart two sights of one message may be: stamps may be of whole seconds. Stub resolvers send a message again, with
 * the same port and id, after five seconds: that is one more for the server.
 */
const APART_MS = 2 * SECOND_MS;
/** Messages that are remembered, and as many of those before them. */
const KEPT = 8192;
/** Longer than all that an honest message says: a name has 255 bytes, each of four characters at most. */
const MAX_KEY_CHARS = 1200;

/**
 * Tells which DNS events are a message that was there before: a tap sees it on two interfaces, or two taps see it. Two are
 * one if all that the message says of itself is the same, within two seconds. An event that does not tell the port that
 * asked or the message's id is never taken for another. It remembers the last some thousand messages, whatever their times.
 */
export class DuplicateFilter {
  /** When each message was first there. */
  private latest = new Map<string, Ms>();
  private earlier: ReadonlyMap<string, Ms> = this.latest;

  /** Whether the message was there; one that was not is remembered. */
  isDuplicate({ time, resolver, client_address, client_port, id, qname, qtype, direction }: DnsEvent): boolean {
    if (client_port === undefined || id === undefined) return false;
    // The name comes last, since it may have any character.
    const key = `${client_port} ${id} ${direction} ${client_address} ${qtype ?? ''} ${resolver ?? ''} ${qname ?? ''}`;
    if (key.length > MAX_KEY_CHARS) return false;
    const seenMs = this.latest.get(key) ?? this.earlier.get(key);
    if (seenMs !== undefined && Math.abs(time - seenMs) <= APART_MS) return true;
    this.latest.set(key, time);
    if (this.latest.size >= KEPT) {
      this.earlier = this.latest;
      this.latest = new Map();
    }
    return false;
  }
}
