import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AnyEvent } from '../../src/avro/events.js';
import type { Event, Ms } from '../../src/core/event.js';
import { isRejection } from '../../src/core/aggregate.js';
import { createZone } from '../../src/core/time.js';
import type { Block } from '../../src/parse/block.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine } from '../../src/stages/fold-chunk.js';

export const RECORDING = join(import.meta.dirname, '..', 'fixtures', 'dept');
const LOGS = ['mail.log', 'dovecot.log', 'query.log'];
/** Near it is the year that its stamps do not have. */
const RECORDED_MS = Date.UTC(2026, 10, 23, 2);
/** The host that wrote all of it; its query log does not say so. */
export const HOST = 'gpo';

/** All events of the recording in the order of their times, as `ship` sends them. */
export function recordedEvents(): readonly AnyEvent[] {
  const parse = createLineParser({ zone: createZone('UTC') });
  const events: AnyEvent[] = [];
  for (const log of LOGS) {
    const take = (block: Block & { readonly from: number }, start: number, end: number): void => {
      const parsed = parse(block, start, end, RECORDED_MS);
      if (parsed.kind === 'dead' || parsed.kind === 'repeat') return;
      const origin = `${log}:demo:${block.from + start}`;
      events.push(originated(parsed, origin, Buffer.from(block.text.substring(start, end), 'latin1').toString('utf8')));
    };
    eachLine(gunzipSync(readFileSync(join(RECORDING, `${log}.gz`))), { take });
  }
  return events.sort((a, b) => a.time - b.time);
}

function originated(event: Event, origin: string, line: string): AnyEvent {
  if (event.kind === 'dns') return { ...event, resolver: event.resolver ?? HOST, origin };
  return { ...event, origin, original: event.kind === 'unrecognised' || isRejection(event) ? line : undefined };
}

/** An event at another time. */
export function moved(event: AnyEvent, byMs: Ms): AnyEvent {
  const origin = `${event.origin}:${byMs}`;
  return { ...event, time: event.time + byMs, origin };
}
