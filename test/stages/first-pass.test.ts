import { describe, expect, test } from '@jest/globals';
import type { ServerConfig } from '../../src/core/identity.js';
import { MINUTE_MS, SECOND_MS, createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { firstPass, readAhead } from '../../src/stages/first-pass.js';
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

async function passOver(sources: readonly ChunkSource[], config: Partial<FirstPassConfig> = {}): Promise<FirstPass> {
  const ahead = await Promise.all(sources.map(readAhead));
  const settings = { timezone: 'UTC', year: undefined, dnsHost: undefined, servers: [], nowMs: NOW_MS };
  return firstPass(ahead, parse, { ...settings, ...config });
}

function times(count: number, stepMs: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => START_MS + i * stepMs);
}

const clientOf = (i: number): string => `198.51.100.${String(i % 250)}`;

describe('a source that was read ahead', () => {
  async function chunksOf(source: ChunkSource): Promise<readonly Chunk[]> {
    const chunks: Chunk[] = [];
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) chunks.push(chunk);
    return chunks;
  }

  test.each([0, 1, 10, 49_999, 50_000, 50_001, 120_000])('gives out its %i lines once, in order', async (count) => {
    const lines = Array.from({ length: count }, (_, i) => String(i));
    const texts = Array.from({ length: Math.ceil(count / 7000) }, (_, i) =>
      textOf(lines.slice(i * 7000, (i + 1) * 7000)),
    );

    const chunks = await chunksOf(await readAhead(memorySource('log', texts)));

    expect(chunks.map((chunk) => chunk.bytes.toString()).join('')).toBe(texts.join(''));
  });

  test('keeps no more than its first 50,000 lines in memory', async () => {
    const read: number[] = [];
    const texts = Array.from({ length: 30 }, () => 'a\n'.repeat(10_000));

    const { first } = await readAhead(memorySource('log', texts, { onRead: (_name, chunk) => read.push(chunk) }));

    expect(read).toEqual([0, 1, 2, 3, 4]);
    expect(first.length).toBe(5);
  });
});

describe('the year of a stamp without one', () => {
  const chunk = (writtenMs: number): Chunk => ({
    ...{ bytes: Buffer.from(''), offset: 0, byte: 0, origin: '', path: '' },
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

    expect(found.map(({ server, connects, scores }) => [server.id, server.hosts, connects, scores])).toEqual([
      ['mx1', ['mx1'], 50, [{ address: `192.0.2.1@${resolvers[0]}`, score: 1 }]],
      ['mx2', ['mx2'], 50, [{ address: `192.0.2.2@${resolvers[1]}`, score: 1 }]],
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

test('sources that are much longer than the first pass are found from their start', async () => {
  const minutes = times(50_000, MINUTE_MS / 60);
  const text = textOf(minutes.map((time, i) => connectLine(time, 'mx1', clientOf(i))));
  const later = textOf([connectLine(START_MS + 60_000 * SECOND_MS, 'mx2', '192.0.2.9')]);

  const { found } = await passOver([memorySource('mail.log', [text, later])]);

  expect(found.map(({ server }) => server.id)).toEqual(['mx1']);
});
