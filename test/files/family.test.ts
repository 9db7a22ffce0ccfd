import { symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { familiesOf } from '../../src/files/family.js';
import { inFolder } from '../support/analysis.js';

describe('the rotations of a log are one source, the oldest first:', () => {
  test.each([
    ['numbers', ['mail.log', 'mail.log.1', 'mail.log.2.gz'], ['mail.log.2.gz', 'mail.log.1', 'mail.log']],
    ['numbers of two digits', ['m.9', 'm.10', 'm.11.gz', 'm'], ['m.11.gz', 'm.10', 'm.9', 'm']],
    [
      'numbers of files in any packing',
      ['mail.log', 'mail.log.1.xz', 'mail.log.2.bz2', 'mail.log.3.zst', 'mail.log.4.gz'],
      ['mail.log.4.gz', 'mail.log.3.zst', 'mail.log.2.bz2', 'mail.log.1.xz', 'mail.log'],
    ],
    [
      'numbers from 0, as newsyslog counts',
      ['maillog', 'maillog.0.bz2', 'maillog.1.bz2', 'maillog.10.bz2', 'maillog.2.bz2'],
      ['maillog.10.bz2', 'maillog.2.bz2', 'maillog.1.bz2', 'maillog.0.bz2', 'maillog'],
    ],
    [
      'dates in any packing',
      ['mail.log-20261123.xz', 'mail.log-2026112301.zst', 'mail.log.2026-11-22.bz2', 'mail.2026-11-21.log.xz'],
      ['mail.2026-11-21.log.xz', 'mail.log.2026-11-22.bz2', 'mail.log-20261123.xz', 'mail.log-2026112301.zst'],
    ],
    ['numbers from 0', ['query.log', 'query.log.0', 'query.log.1'], ['query.log.1', 'query.log.0', 'query.log']],
    [
      'dates',
      ['mail.log', 'mail.log-20260301', 'mail.log-20251231'],
      ['mail.log-20251231', 'mail.log-20260301', 'mail.log'],
    ],
    [
      'dates of compressed files',
      ['mail.log', 'mail.log-20260302.gz', 'mail.log-20260301.gz', 'mail.log-20260303'],
      ['mail.log-20260301.gz', 'mail.log-20260302.gz', 'mail.log-20260303', 'mail.log'],
    ],
    [
      'dates with hours',
      ['mail.log-2026030111', 'mail.log-2026030109', 'mail.log-20260301-10'],
      ['mail.log-2026030109', 'mail.log-20260301-10', 'mail.log-2026030111'],
    ],
    [
      'dates before the ending',
      ['mail.log', 'mail-2026-03-01.log', 'mail-20260302.log.gz', 'mail-2026-02-28.log'],
      ['mail-2026-02-28.log', 'mail-2026-03-01.log', 'mail-20260302.log.gz', 'mail.log'],
    ],
    [
      'dates with dashes',
      ['mail.log', 'mail.log-2026-03-01.gz', 'mail.log.2026-02-28', 'mail.log-20260302'],
      ['mail.log.2026-02-28', 'mail.log-2026-03-01.gz', 'mail.log-20260302', 'mail.log'],
    ],
    [
      'numbers of old, then dates',
      ['mail.log', 'mail.log.1', 'mail.log-20261123.gz', 'mail.log.2.gz', 'mail.log-20261122'],
      ['mail.log.2.gz', 'mail.log.1', 'mail.log-20261122', 'mail.log-20261123.gz', 'mail.log'],
    ],
    [
      'a log of each day',
      ['mail-2026-11-24.log', 'mail-2026-11-23.log'],
      ['mail-2026-11-23.log', 'mail-2026-11-24.log'],
    ],
    ['a log without an ending', ['maillog', 'maillog-20260301'], ['maillog-20260301', 'maillog']],
    ['a compressed log without rotation', ['mail.log.gz'], ['mail.log.gz']],
  ])('%s', (_name, paths, files) => {
    for (const order of [paths, paths.toReversed()]) {
      expect(familiesOf(order).map((family) => family.files)).toEqual([files]);
    }
  });
});

test('a family is named after its log, whichever rotation is given', () => {
  const rotations = [
    'mail.log.3',
    'mail.log.2.gz',
    'mail.log-20260301',
    'mail.log-2026-03-01.gz',
    'mail-20260301.log.gz',
  ];
  for (const file of [
    'mail.log',
    'mail.log.gz',
    'mail.log.xz',
    'mail.log.1.zst',
    'mail.2026-03-01.log.bz2',
    'mail-2026-03-01.log',
    ...rotations,
  ])
    expect(familiesOf([`logs/${file}`])).toEqual([
      { path: 'logs/mail.log', name: 'mail.log', files: [`logs/${file}`] },
    ]);
});

test('logs of different names or folders are families of their own, in order of their first mention', () => {
  const families = familiesOf(['b/mail.log', 'a/mail.log.1', 'query.log', 'a/mail.log', 'b/mail.log.1', 'mail.err']);

  expect(families.map(({ path, files }) => [path, files])).toEqual([
    ['b/mail.log', ['b/mail.log.1', 'b/mail.log']],
    ['a/mail.log', ['a/mail.log.1', 'a/mail.log']],
    ['query.log', ['query.log']],
    ['mail.err', ['mail.err']],
  ]);
});

test('a file that is named twice is read once', () => {
  expect(familiesOf(['mail.log', 'mail.log.1', 'mail.log']).map((family) => family.files)).toEqual([
    ['mail.log.1', 'mail.log'],
  ]);
});

test('a file that is named twice in different ways, or by a link, is read once', async () => {
  await inFolder(async (folder) => {
    const log = join(folder, 'mail.log');
    writeFileSync(log, '');
    symlinkSync(log, join(folder, 'link.log'));
    const files = [relative(process.cwd(), log), log, join(folder, 'link.log')];

    expect(familiesOf(files).map((family) => family.files)).toEqual([[relative(process.cwd(), log)]]);
  });
});

test('standard input is a family of its own', () => {
  expect(familiesOf(['-', '-'])).toEqual([{ path: '-', name: 'stdin', files: ['-'] }]);
});

test('a number that is part of a name is no rotation', () => {
  const names = ['mx1.log', 'mx2.log', '2026.log', '2026-03-01.log', 'mx-01.log', 'mx.2.log', 'mail.12345'];

  expect(familiesOf(names).map((family) => family.name)).toEqual(names);
});
