import { lineBefore } from '../../src/stages/line-before.js';
import { jsonLines } from './analysis.js';
import type { Chunk, ChunkSource, Sink } from '../../src/stages/ports.js';

/** A source in memory, one text a chunk; it tells `onRead` of each chunk as it is read. */
export function memorySource(
  name: string,
  texts: readonly string[],
  {
    writtenMs = NaN,
    onRead = () => undefined,
  }: { writtenMs?: number; onRead?: (name: string, chunk: number) => void } = {},
): ChunkSource {
  let index = 0;
  let byte = 0;
  let before: Buffer | undefined;
  return {
    name,
    incomplete: [],
    next: async (): Promise<Chunk | undefined> => {
      const text = texts[index];
      if (text === undefined) return undefined;
      onRead(name, index);
      index += 1;
      const bytes = Buffer.from(text, 'latin1');
      const chunk = { bytes, offset: byte, byte, leftOutBytes: 0, origin: name, writtenMs, before, path: name };
      byte += bytes.length;
      before = lineBefore(bytes, bytes.length, { from: 0, line: before });
      return chunk;
    },
    close: async () => undefined,
  };
}

/** A sink that keeps what is written. */
export function memorySink(): Sink & { readonly documents: object[] } {
  const documents: object[] = [];
  return {
    documents,
    write: (more) => {
      documents.push(...more);
    },
    append: (lines) => {
      documents.push(...jsonLines(Buffer.concat(lines).toString()));
    },
    flush: async () => undefined,
  };
}

/** One for each kind of documents of an analysis. */
export function memorySinks() {
  return {
    correlations: memorySink(),
    clients: memorySink(),
    alerts: memorySink(),
    rejections: memorySink(),
    deadLetters: memorySink(),
  };
}

/** Lines as a text. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A line of smtpd that says that a client connects. */
export function connectLine(timeMs: number, host: string, address: string): string {
  return `${new Date(timeMs).toISOString()} ${host} postfix/smtpd[1]: connect from unknown[${address}]`;
}

/** A line of BIND by syslog that says that a client asks for the name of an address. */
export function lookupLine(timeMs: number, resolver: string, { from, about }: { from: string; about: string }): string {
  return `${new Date(timeMs).toISOString()} ${resolver} named[1]: ${queryOf(from, about)}`;
}

/** The same in a file of BIND's own, which names no host; its time is in UTC. */
export function fileLookupLine(timeMs: number, { from, about }: { from: string; about: string }): string {
  const date = new Date(timeMs);
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const [day, rest] = [date.toISOString().slice(8, 10), date.toISOString().slice(11, 23)];
  return `${day}-${month}-${String(date.getUTCFullYear())} ${rest} ${queryOf(from, about)}`;
}

/** A line of Postfix by a syslog that writes no year; its time is in UTC. */
export function yearlessConnectLine(timeMs: number, host: string, address: string): string {
  const date = new Date(timeMs);
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const day = String(date.getUTCDate()).padStart(2);
  return `${month} ${day} ${date.toISOString().slice(11, 19)} ${host} postfix/smtpd[1]: connect from unknown[${address}]`;
}

function queryOf(from: string, about: string): string {
  const name = `${about.split('.').toReversed().join('.')}.in-addr.arpa`;
  return `client @0x1 ${from}#5353 (${name}): query: ${name} IN PTR + (192.0.2.53)`;
}
