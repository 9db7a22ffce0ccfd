import { describe, expect, test } from '@jest/globals';
import type { ServerConfig } from '../../src/core/identity.js';
import { SECOND_MS, createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { middleOfYear, runFirstPass } from '../../src/stages/first-pass.js';
import type { FirstPass, FirstPassConfig } from '../../src/stages/first-pass.js';
import type { Chunk, ChunkSource } from '../../src/stages/ports.js';
import { parseWith } from '../parse/lines.js';
import { serverConfig } from '../support/events.js';
import {
  connectLine,
  fileLookupLine,
  lookupLine,
  memorySource,
  textOf,
  yearlessConnectLine,
} from '../support/sources.js';

const parse = createLineParser({ zone: createZone('UTC') });
const NOW_MS = Date.UTC(2027, 1, 1);
const START_MS = Date.UTC(2026, 10, 23, 12);

function passOver(sources: readonly ChunkSource[], config: Partial<FirstPassConfig> = {}): Promise<FirstPass> {
  const settings = { timezone: 'UTC', year: undefined, dnsHost: undefined, servers: [], nowMs: NOW_MS };
  return runFirstPass(sources, parse, { ...settings, ...config });
}

function times(count: number, stepMs: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => START_MS + i * stepMs);
}

const clientOf = (i: number): string => `198.51.100.${String(i % 250)}`;

describe('a source that was looked at', () => {
  async function textAfterPass(source: ChunkSource): Promise<string> {
    const { sources } = await passOver([source]);
    const texts: string[] = [];
    for (let chunk = await sources[0]?.next(); chunk !== undefined; chunk = await sources[0]?.next())
      texts.push(chunk.bytes.toString());
    return texts.join('');
  }

  test.each([0, 1, 10, 49_999, 50_000, 50_001, 120_000])('gives out its %i lines once, in order', async (count) => {
    const lines = Array.from({ length: count }, (_, i) => String(i));
    const texts = Array.from({ length: Math.ceil(count / 7000) }, (_, i) =>
      textOf(lines.slice(i * 7000, (i + 1) * 7000)),
    );

    expect(await textAfterPass(memorySource('log', texts))).toBe(texts.join(''));
  });

  test('gives out its chunks as they were, though it has one buffer for all', async () => {
    const texts = ['1', '2', '3', '4', '5', '6'].map((digit) => `${digit.repeat(99)}\n`.repeat(10_000));
    const source = memorySource('log', texts);
    const buffer = Buffer.alloc(1_000_000);
    const next = async (): Promise<Chunk | undefined> => {
      const chunk = await source.next();
      chunk?.bytes.copy(buffer);
      return chunk === undefined ? undefined : { ...chunk, bytes: buffer };
    };

    expect((await textAfterPass({ ...source, next })) === texts.join('')).toBe(true);
  });

  test('was looked at no longer than for 50,000 lines', async () => {
    const read: number[] = [];
    const texts = Array.from({ length: 30 }, () => 'a\n'.repeat(10_000));

    await passOver([memorySource('log', texts, { onRead: (_name, chunk) => read.push(chunk) })]);

    expect(read).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('all sources together are looked at for 64 MiB:', () => {
  /** A source of that many MiB, in chunks of 1 MiB: a line that tells of a mail server, and blanks in lines of 8 KiB. */
  function longSource(name: string, chunks: number, onRead: (name: string) => void): ChunkSource {
    const line = `${connectLine(START_MS, name, '192.0.2.7')}\n`;
    const text = line + `${' '.repeat(8191)}\n`.repeat(128).slice(line.length);
    return memorySource(name, new Array<string>(chunks).fill(text), { onRead });
  }

  test.each([
    ['one has them all', { a: 100 }, { a: 64 }],
    ['two have the same share', { a: 100, b: 100 }, { a: 32, b: 32 }],
    ['what a short one leaves is for the others', { a: 100, b: 4, c: 100 }, { a: 30, b: 4, c: 30 }],
  ])('%s', async (_name, lengths: Readonly<Record<string, number>>, expected) => {
    const read: Record<string, number> = {};
    const count = (name: string): void => {
      read[name] = (read[name] ?? 0) + 1;
    };

    await passOver(Object.entries(lengths).map(([name, chunks]) => longSource(name, chunks, count)));

    expect(read).toEqual(expected);
  });

  test('of very many, each has its first lines looked at', async () => {
    const read: string[] = [];
    const names = Array.from({ length: 100 }, (_, i) => `mx${String(i)}`);

    const { found } = await passOver(names.map((name) => longSource(name, 2, () => read.push(name))));

    expect(found.map(({ server }) => server.id)).toEqual([...names].sort());
    expect(read).toEqual(names);
  });
});

describe('the year of a stamp without one', () => {
  const chunk = (writtenMs: number): Chunk => ({
    ...{ bytes: Buffer.from(''), leftOutBytes: 0, offset: 0, byte: 0, origin: '', path: '' },
    writtenMs,
  });
  const yearOf = (pass: FirstPass, timeMs: number, writtenMs: number): number => {
    const parsed = parseWith(
      parse,
      yearlessConnectLine(timeMs, 'mx', '192.0.2.7'),
      pass.yearReference(chunk(writtenMs)),
    );
    if (parsed.kind === 'dead') throw new Error(parsed.reason);
    return new Date(parsed.time).getUTCFullYear();
  };
  const yearless = memorySource('mail.log', [textOf([yearlessConnectLine(START_MS, 'mx', '192.0.2.7')])]);

  test('is the configured one', async () => {
    const pass = await passOver([yearless], { year: 2019 });

    expect(yearOf(pass, Date.UTC(2026, 0, 1), START_MS)).toBe(2019);
    expect(yearOf(pass, Date.UTC(2026, 11, 31), START_MS)).toBe(2019);
  });

  test('is the last before the time of its file, of standard input before the start of the run', async () => {
    const pass = await passOver([yearless]);

    expect(yearOf(pass, START_MS, Date.UTC(2024, 10, 24))).toBe(2024);
    expect(yearOf(pass, Date.UTC(2000, 11, 31), Date.UTC(2025, 0, 1))).toBe(2024);
    expect(yearOf(pass, Date.UTC(2000, 0, 1), Date.UTC(2025, 0, 1))).toBe(2025);
    expect(yearOf(pass, START_MS, NaN)).toBe(2026);
  });

  test('overlaps the logs that have years, whatever the time of its file', async () => {
    const [from, to] = [Date.UTC(2025, 11, 30), Date.UTC(2026, 0, 2)];
    const queries = [from, to].map((time) => fileLookupLine(time, { from: '192.0.2.1', about: '198.51.100.7' }));
    const pass = await passOver([yearless, memorySource('query.log', [textOf(queries)])]);

    for (const writtenMs of [Date.UTC(2020, 5), Date.UTC(2025, 11, 31), Date.UTC(2031, 5), NaN]) {
      expect(yearOf(pass, Date.UTC(2000, 11, 31), writtenMs)).toBe(2025);
      expect(yearOf(pass, Date.UTC(2000, 0, 1), writtenMs)).toBe(2026);
    }
  });
});

describe('mail servers are found', () => {
  /** Two mail servers, each with clients of its own; the DNS queries that they send, and some of others. */
  function logs(resolvers: readonly [string, string]): { mail: string; dns: string } {
    const mail: string[] = [];
    const dns: string[] = [];
    for (const [i, time] of times(100, SECOND_MS).entries()) {
      const about = clientOf(i);
      const isFirst = i % 2 === 0;
      mail.push(connectLine(time, isFirst ? 'mx1' : 'mx2', about));
      const from = isFirst ? '192.0.2.1' : '192.0.2.2';
      dns.push(lookupLine(time + 20, isFirst ? resolvers[0] : resolvers[1], { from, about }));
      // Somebody looks up addresses that connect long after, and some that never do.
      dns.push(lookupLine(time + 20, 'ns1', { from: '192.0.2.99', about: clientOf(i + 50) }));
    }
    return { mail: textOf(mail), dns: textOf(dns) };
  }

  test.each([
    ['one resolver', ['ns1', 'ns1'] as const],
    ['resolvers of their own', ['ns1', 'ns2'] as const],
  ])('by who asks for the names of their clients, at %s', async (_name, resolvers) => {
    const { mail, dns } = logs(resolvers);
    const { found } = await passOver([memorySource('mail.log', [mail]), memorySource('dns.log', [dns])]);

    expect(found.map(({ server, scores }) => [server.id, server.hosts, scores])).toEqual([
      ['mx1', ['mx1'], [{ address: `192.0.2.1@${resolvers[0]}`, score: 1, connects: 50 }]],
      ['mx2', ['mx2'], [{ address: `192.0.2.2@${resolvers[1]}`, score: 1, connects: 50 }]],
    ]);
  });

  test('of whom no DNS log tells: without addresses', async () => {
    const { found } = await passOver([memorySource('mail.log', [logs(['ns1', 'ns1']).mail])]);

    expect(found.map(({ server, scores }) => [server.id, server.dns_vantage, scores])).toEqual([
      ['mx1', 'none', []],
      ['mx2', 'none', []],
    ]);
  });

  test('not at all where they are configured', async () => {
    const servers: readonly ServerConfig[] = [serverConfig({ id: 'mine', hosts: ['mx1'], addresses: ['192.0.2.1'] })];
    const { mail, dns } = logs(['ns1', 'ns1']);
    const { found } = await passOver([memorySource('mail.log', [mail]), memorySource('dns.log', [dns])], { servers });

    expect(found).toEqual([]);
  });
});

describe('a query log without hosts belongs to', () => {
  const queries = textOf(
    times(20, SECOND_MS).map((time, i) => fileLookupLine(time, { from: '127.0.0.1', about: clientOf(i) })),
  );
  const connects = (host: string): string =>
    textOf(times(20, SECOND_MS).map((time, i) => connectLine(time, host, clientOf(i))));
  const query = (): ChunkSource => memorySource('logs/query.log', [queries]);
  const mail = (host: string): ChunkSource => memorySource(`${host}.log`, [connects(host)]);

  test('the host that the user names', async () => {
    expect((await passOver([mail('mx1'), query()], { dnsHost: 'ns7' })).resolverOf('logs/query.log')).toBe('ns7');
  });

  test('the only mail host, found or configured', async () => {
    const { resolverOf, found } = await passOver([mail('mx1'), query()]);
    const servers = [serverConfig({ id: 'mine', hosts: ['mx9'] })];

    expect(resolverOf('logs/query.log')).toBe('mx1');
    expect(found.map(({ server }) => server.addresses)).toEqual([['127.0.0.1@mx1']]);
    expect((await passOver([query()], { servers })).resolverOf('logs/query.log')).toBe('mx9');
  });

  test('the name of its file where there are several mail hosts or none', async () => {
    expect((await passOver([mail('mx1'), mail('mx2'), query()])).resolverOf('logs/query.log')).toBe('query');
    expect((await passOver([query()])).resolverOf('logs/query.log')).toBe('query');
  });
});

describe('of long sources', () => {
  const LINES = 70_000;
  /** The text of a log in chunks of 1,000 lines, so that only some of them are looked at. */
  const chunksOf = (lines: readonly string[]): readonly string[] =>
    Array.from({ length: Math.ceil(lines.length / 1000) }, (_, i) => textOf(lines.slice(i * 1000, (i + 1) * 1000)));
  const readBy = (read: string[]): { onRead: (name: string) => void } => ({ onRead: (name) => read.push(name) });
  const countOf = (read: readonly string[], name: string): number => read.filter((other) => other === name).length;
  /** A line each second. */
  const connects = times(LINES, SECOND_MS).map((time, i) => connectLine(time, 'mx1', clientOf(i)));
  const lookups = times(LINES, SECOND_MS).map((time, i) =>
    lookupLine(time, 'ns1', { from: '192.0.2.1', about: clientOf(i) }),
  );

  test('the start is looked at', async () => {
    const later = textOf([connectLine(START_MS + LINES * SECOND_MS, 'mx2', '192.0.2.9')]);

    const { found } = await passOver([memorySource('mail.log', [textOf(connects), later])]);

    expect(found.map(({ server }) => server.id)).toEqual(['mx1']);
  });

  test.each([
    ['a mail log that begins long before the DNS log', connects, lookups.slice(-20)],
    ['a DNS log that begins long before the mail log', connects.slice(-20), lookups],
  ])('%s is looked at until they have a time in common', async (_name, mail, dns) => {
    const { found } = await passOver([
      memorySource('mail.log', chunksOf(mail)),
      memorySource('dns.log', chunksOf(dns)),
      memorySource('odd.log', chunksOf(new Array<string>(LINES).fill('no log line'))),
    ]);

    expect(found.map(({ server }) => server.addresses)).toEqual([['192.0.2.1@ns1']]);
  });

  test('a log is looked at no longer than that, and one without times is not waited for', async () => {
    const read: string[] = [];

    await passOver([
      memorySource('mail.log', chunksOf([...connects, ...connects]), readBy(read)),
      memorySource('dns.log', chunksOf(lookups.slice(-10_000)), readBy(read)),
      memorySource('odd.log', chunksOf(new Array<string>(LINES).fill('no log line')), readBy(read)),
    ]);

    expect(countOf(read, 'mail.log')).toBeGreaterThan(60);
    expect(countOf(read, 'mail.log')).toBeLessThan(140);
    expect(countOf(read, 'odd.log')).toBe(50);
  });

  test('none is looked at for longer where no DNS log could tell', async () => {
    const read: string[] = [];

    const { found } = await passOver([memorySource('mail.log', chunksOf(connects), readBy(read))]);

    expect(found.map(({ missing }) => missing)).toEqual(['no_dns_log']);
    expect(read.length).toBe(50);
  });

  test('a server is told to be missing in the end where the logs are of different days', async () => {
    const { found } = await passOver([
      memorySource('mail.log', chunksOf(connects.slice(0, 100))),
      memorySource('dns.log', chunksOf(lookups.slice(-100))),
    ]);

    expect(found.map(({ missing }) => missing)).toEqual(['no_common_time']);
  });
});

test.each([2023, 2024, 2025])(
  'a stamp without a year is of %i where that is given, from its first second to its last',
  (year) => {
    const yearOf = (stamp: string): number => {
      const line = `${stamp} mx postfix/smtpd[1]: connect from a[192.0.2.1]`;
      const parsed = parseWith(parse, line, middleOfYear(year));
      return parsed.kind === 'dead' ? NaN : new Date(parsed.time).getUTCFullYear();
    };

    expect(['Jan  1 00:00:00', 'Jul  2 12:00:00', 'Dec 31 23:59:59'].map(yearOf)).toEqual([year, year, year]);
  },
);
