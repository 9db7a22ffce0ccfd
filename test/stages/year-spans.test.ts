import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { DAY_MS, HOUR_MS, MINUTE_MS, createZone } from '../../src/core/time.js';
import { familiesOf } from '../../src/files/family.js';
import { FileSource } from '../../src/files/source.js';
import { createLineParser } from '../../src/parse/line.js';
import { runFirstPass } from '../../src/stages/first-pass.js';
import { eachLine } from '../../src/stages/fold-chunk.js';
import { inFolder } from '../support/analysis.js';
import { textOf } from '../support/sources.js';

const END = Date.UTC(2026, 10, 23, 12);
const parse = createLineParser({ zone: createZone('UTC') });

/** A file as it is found: its lines' times, and when it was last written. */
interface File {
  readonly name: string;
  readonly times: readonly number[];
  readonly writtenMs: number;
}

const every = (stepMs: number, from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, i) => from + i * stepMs);

const lineAt = (time: number): string => {
  const [, day = '', month = '', , clock = ''] = new Date(time).toUTCString().split(' ');
  return `${month} ${day} ${clock} mx postfix/smtpd[1]: connect from unknown[192.0.2.7] `.padEnd(250, '.');
};

/** The times that the lines of a log and its rotations are read with. */
function timesRead(files: readonly File[], chunkBytes: number): Promise<readonly number[]> {
  return inFolder(async (folder) => {
    const paths = files.map(({ name, times, writtenMs }) => {
      const path = join(folder, name);
      const text = Buffer.from(textOf(times.map(lineAt)));
      // gzip gives the time that a file has in its header.
      writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
      utimesSync(path, writtenMs / 1000, writtenMs / 1000);
      return path;
    });
    const deps = { stdin: Readable.from([]), signal: new AbortController().signal, chunkBytes };
    const given = familiesOf(paths).map((family) => new FileSource(family, deps));
    const config = { timezone: 'UTC', year: undefined, dnsHost: undefined, servers: [], nowMs: END + DAY_MS };
    const { sources, yearReference, bytesOfYear } = await runFirstPass(given, parse, config);
    const read: number[] = [];
    for (const source of sources)
      for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next())
        for (let rest = chunk; rest.bytes.length > 0;) {
          const bytes = bytesOfYear(rest);
          const referenceMs = yearReference(rest);
          eachLine(rest.bytes.subarray(0, bytes), {
            take: (block, start, end) => {
              const parsed = parse(block, start, end, referenceMs);
              if (parsed.kind !== 'dead') read.push(parsed.time);
            },
          });
          rest = { ...rest, bytes: rest.bytes.subarray(bytes), byte: rest.byte + bytes };
        }
    return read;
  });
}

const log = (times: readonly number[], writtenMs = times.at(-1) ?? END): readonly File[] => [
  { name: 'mail.log', times, writtenMs },
];
const from = (days: number): number => END - days * DAY_MS;

/** Monthly rotations of 420 days, the oldest of them packed. */
const rotations = (writtenMs: (end: number) => number): readonly File[] =>
  Array.from({ length: 14 }, (_, i): File => {
    const times = every(4 * HOUR_MS, from(30 * i + 30), from(30 * i) - HOUR_MS);
    return {
      name: i === 0 ? 'mail.log' : `mail.log.${String(i)}${i > 3 ? '.gz' : ''}`,
      times,
      writtenMs: writtenMs(from(30 * i)),
    };
  });

describe('stamps without a year are of the right one in', () => {
  test.each([
    ['a file of a week over New Year', log(every(HOUR_MS, Date.UTC(2025, 11, 28), Date.UTC(2026, 0, 4)))],
    ['a file of 11 months', log(every(4 * HOUR_MS, from(335), END))],
    ['a file of 14 months', log(every(4 * HOUR_MS, from(425), END))],
    ['a file of three years', log(every(8 * HOUR_MS, from(1100), END))],
    ['a file of 14 months that was copied a week after its end', log(every(4 * HOUR_MS, from(432), from(7)), END)],
    [
      'a file whose last lines are later than its own time',
      log([...every(4 * HOUR_MS, from(425), END), END + 5 * MINUTE_MS], END),
    ],
    [
      'a file of few lines a year ago',
      log([...every(12 * HOUR_MS, from(425), from(30)), ...every(20 * MINUTE_MS, from(30), END)]),
    ],
    ['rotations of 14 months', rotations((end) => end)],
    ['rotations of 14 months that were copied', rotations(() => END)],
  ])('%s', async (_name, files) => {
    const expected = files.toReversed().flatMap(({ times }) => times);

    for (const chunkBytes of [1 << 17, 1 << 22]) expect(await timesRead(files, chunkBytes)).toEqual(expected);
  });

  test('a file in which some lines have a forged time', async () => {
    const times = every(4 * HOUR_MS, from(425), END);
    const forged = times.map((time, i) => (i % 7 === 3 ? time - 150 * DAY_MS : time));

    const read = await timesRead(log(forged), 1 << 17);

    expect(read.filter((time, i) => i % 7 !== 3 && time !== times[i])).toEqual([]);
  });
});
