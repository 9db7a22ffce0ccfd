import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runAnalyze } from '../../src/commands/analyze.js';
import type { AnalyzeOptions } from '../../src/commands/analyze.js';
import { ConfigError } from '../../src/config/load.js';
import type { JsonObject } from '../../src/core/documents/fields.js';
import { SinkError, SourceError } from '../../src/files/errors.js';
import {
  FIXTURES,
  RESULTS,
  analysisOf,
  inFolder,
  jsonObject,
  sumOf,
  summaryOf,
  surroundings,
  textAt,
  valueAt,
} from '../support/analysis.js';
import type { Analysis } from '../support/analysis.js';

/** Runs of the whole program take their time on a busy machine. */
jest.setTimeout(60_000);

const NEWLINE = 10;
const RECORDING = join(FIXTURES, 'dept');
const CONFIG = join(RECORDING, 'mxwarden.yaml');
const NAMES = ['mail', 'dovecot', 'query'] as const;
const [MAIL, DOVECOT, QUERY] = NAMES.map((name) => gunzipSync(readFileSync(join(RECORDING, `${name}.log.gz`))));

const BDAT = join(FIXTURES, 'bdat');
const SMALL = ['mail.log', 'query.log'].map((name) => join(BDAT, name));
const SMALL_OPTIONS = { config: join(BDAT, 'mxwarden.yaml') };

/** Runs over the small fixture into a folder. */
function runInto(out: string, options: Partial<AnalyzeOptions> = {}, files: readonly string[] = SMALL): Promise<void> {
  return runAnalyze(files, { ...SMALL_OPTIONS, out, ...options }, surroundings());
}

/** Documents without what depends on how their input was cut: versions, and the origins of lines. */
function comparable({ correlations, clients, rejections }: Analysis): readonly string[] {
  const text = (document: JsonObject): string =>
    JSON.stringify(document, (key, value: unknown) => (key === 'version' ? 0 : value));
  const withoutOrigin = (document: JsonObject): string => text(document).replace(/"id":"(stdin|[\w.]+):/, '"id":"LOG:');
  return [...correlations.map(text), ...clients.map(text), ...rejections.map(withoutOrigin)].sort();
}

/** Rejections beyond a thousand are left out by chunk, so only their sum is the same. */
function withoutLeftOut(documents: readonly string[]): readonly string[] {
  return documents.filter((document) => !document.includes('"left_out"'));
}

describe('the same events give the same documents', () => {
  let wanted: readonly string[] = [];
  beforeAll(async () => {
    wanted = withoutLeftOut(
      comparable(
        await analysisOf(
          NAMES.map((name) => join(RECORDING, `${name}.log.gz`)),
          { config: CONFIG },
        ),
      ),
    );
  });

  async function documentsOf(make: (folder: string) => readonly string[], stdin?: Buffer): Promise<readonly string[]> {
    return inFolder(async (folder) => {
      const deps = stdin === undefined ? {} : { stdin: Readable.from([stdin]) };
      return withoutLeftOut(comparable(await analysisOf(make(folder), { config: CONFIG }, deps)));
    });
  }

  /** Writes files into a folder and returns their paths. */
  function written(folder: string, files: Readonly<Record<string, Buffer | undefined>>): readonly string[] {
    return Object.entries(files).map(([name, bytes]) => {
      writeFileSync(join(folder, name), bytes ?? '');
      return join(folder, name);
    });
  }

  test('from plain files', async () => {
    const found = await documentsOf((folder) =>
      written(folder, { 'mail.log': MAIL, 'dovecot.log': DOVECOT, 'query.log': QUERY }),
    );

    expect(wanted.length).toBeGreaterThan(1000);
    expect(found).toEqual(wanted);
  });

  test('with the files in another order', async () => {
    const found = await documentsOf((folder) =>
      written(folder, { 'query.log': QUERY, 'dovecot.log': DOVECOT, 'mail.log': MAIL }),
    );

    expect(found).toEqual(wanted);
  });

  test('with one of them on standard input', async () => {
    const found = await documentsOf(
      (folder) => ['-', ...written(folder, { 'dovecot.log': DOVECOT, 'query.log': QUERY })],
      MAIL,
    );

    expect(found).toEqual(wanted);
  });

  test('from families of rotations, given in any order', async () => {
    const parts = (bytes: Buffer | undefined, count: number): readonly Buffer[] => {
      const whole = bytes ?? Buffer.alloc(0);
      const edges = Array.from({ length: count + 1 }, (_, i) =>
        i === 0 ? 0 : i === count ? whole.length : whole.indexOf(NEWLINE, (whole.length * i) / count) + 1,
      );
      return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
    };
    const mail = parts(MAIL, 3);
    const query = parts(QUERY, 3);
    const [oldest = Buffer.alloc(0)] = mail;

    const found = await documentsOf((folder) =>
      written(folder, {
        'mail.log': mail[2],
        'mail.log.1': mail[1],
        'mail.log.2.gz': gzipSync(oldest),
        'dovecot.log': DOVECOT,
        'query.log-20261123': query[1],
        'query.log-20261122': query[0],
        'query.log': query[2],
      }),
    );

    const anyOrigin = (document: string): string => document.replace(/"id":"LOG:\w+:\d+"/, '"id":"LOG"');
    expect(found.map(anyOrigin).sort()).toEqual(wanted.map(anyOrigin).sort());
  });
});

test('a rejection keeps its identity when its log is rotated and another one follows', async () => {
  await inFolder(async (folder) => {
    const idsOf = async (files: readonly string[]): Promise<readonly string[]> =>
      (
        await analysisOf(
          files.map((name) => join(folder, name)),
          SMALL_OPTIONS,
        )
      ).rejections.map((document) => textAt(document, 'event.id'));
    copyFileSync(join(FIXTURES, 'rejections', 'mail.log'), join(folder, 'mail.log'));
    const before = await idsOf(['mail.log']);

    copyFileSync(join(folder, 'mail.log'), join(folder, 'mail.log.1'));
    copyFileSync(join(FIXTURES, 'ipv6', 'mail.log'), join(folder, 'mail.log'));
    const after = await idsOf(['mail.log', 'mail.log.1']);

    expect(before.length).toBeGreaterThan(10);
    expect(after).toEqual(expect.arrayContaining([...before]));
    expect(new Set(after).size).toBe(after.length);
    expect(after.length).toBeGreaterThan(before.length);
  });
});

test('a line of no end costs itself only: all others are counted, and each is found where its origin says', async () => {
  await inFolder(async (folder) => {
    const log = readFileSync(join(FIXTURES, 'rejections', 'mail.log'));
    const half = log.indexOf(NEWLINE, log.length / 2) + 1;
    const bytes = Buffer.concat([
      log.subarray(0, half),
      Buffer.alloc(9_000_000, 'x'),
      Buffer.from('\n'),
      log.subarray(half),
    ]);
    writeFileSync(join(folder, 'mail.log'), bytes);
    const options = { ...SMALL_OPTIONS, year: '2026' };
    const wanted = await analysisOf([join(FIXTURES, 'rejections', 'mail.log')], options);

    const found = await analysisOf([join(folder, 'mail.log')], options);

    const counts = ({ correlations }: Analysis): readonly string[] =>
      comparable({ ...wanted, correlations, clients: [], rejections: [] });
    expect(counts(found)).toEqual(counts(wanted));
    expect(found.deadLetters).toEqual([
      {
        reason: 'too_long',
        origin: expect.stringMatching(new RegExp(`:${String(half)}$`)),
        text: `${'x'.repeat(200)}… (9000000 bytes)`,
      },
    ]);
    expect(found.rejections.length).toBe(wanted.rejections.length);
    for (const rejection of found.rejections) {
      const line = Buffer.from(textAt(rejection, 'event.original'));
      const at = Number(textAt(rejection, 'event.id').split(':').at(-1));
      expect(bytes.subarray(at, at + line.length).equals(line)).toBe(true);
    }
  });
});

describe('a damaged log costs what is damaged, and all else is counted:', () => {
  const base = readFileSync(SMALL[0] ?? '', 'latin1');
  const connects = (hour: number, count = 30): string =>
    Array.from({ length: count }, (_, i) => {
      const time = new Date(Date.UTC(2026, 10, 20, hour) + i * 1000).toISOString();
      return `${time} gpo postfix/smtpd[7]: connect from unknown[192.0.2.${String(i)}]\n`;
    }).join('');

  interface Told extends Analysis {
    readonly told: readonly string[];
  }

  /** Runs over the files of these contents; a source is the family of `mail.log`. */
  async function analysisOfFiles(files: Readonly<Record<string, string | Buffer>>): Promise<Told> {
    return inFolder(async (folder) => {
      const told: string[] = [];
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, 'latin1');
      const paths = Object.keys(files).map((name) => join(folder, name));
      const analysis = await analysisOf(
        paths,
        { server: ['gpo=127.0.0.1'], year: '2026', timezone: 'UTC' },
        {
          warn: (text) => {
            told.push(text.replace(`${folder}/`, ''));
          },
        },
      );
      return { ...analysis, told };
    });
  }

  const connectsIn = ({ correlations }: Analysis): number =>
    sumOf(
      correlations.filter((document) => textAt(document, 'mxwarden.window.size') === '5m'),
      'mxwarden.smtp.connects',
    );

  test('a rotation that is cut off, between two good ones', async () => {
    const middle = gzipSync(connects(2, 3000));
    const analysis = await analysisOfFiles({
      'mail.log.2': connects(1),
      'mail.log.1.gz': middle.subarray(0, middle.length / 2),
      'mail.log': connects(4),
    });

    const [input] = analysis.summary.inputs;
    const byte = input?.incomplete[0]?.after_byte ?? 0;
    const whole = connects(2, 3000).slice(0, byte).split('\n').length - 1;
    expect(whole).toBeGreaterThan(1000);
    expect(connectsIn(analysis)).toBe(60 + whole);
    expect(input?.incomplete).toEqual([
      { file: expect.stringMatching(/mail\.log\.1\.gz$/), after_byte: byte, reason: 'the gzip data ends too early' },
    ]);
    const text = `mail.log.1.gz is read up to byte ${byte.toLocaleString('en-US')} only: the gzip data ends too early`;
    expect(analysis.told).toEqual([text]);
    expect(analysis.printed).toContain(text);
  });

  const cases: readonly (readonly [string, string | Buffer, connects: number, lines: number, dead: object])[] = [
    ['a block of NULs in front of a good line', `${connects(1)}${'\0'.repeat(5000)}${connects(2)}`, 60, 60, {}],
    [
      'a line that is cut off by one',
      `${connects(1)}Nov 2${'\0'.repeat(5000)}${connects(2)}`,
      60,
      61,
      { no_envelope: 1 },
    ],
    ['a byte order mark', Buffer.from(`\uFEFF${connects(1)}`), 30, 30, {}],
    ['lines that end with CR and LF', connects(1).replaceAll('\n', '\r\n'), 30, 30, {}],
    ['carriage returns alone in a line', `${connects(1)}a\rb\rc\n`, 30, 31, { no_envelope: 1 }],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(connects(1)), Buffer.from([0xff, 0xc0, 0x80, 10]), Buffer.from(connects(2))]),
      60,
      61,
      { no_envelope: 1 },
    ],
    [
      'an event from 2038',
      `${connects(1)}${connects(2, 1).replace('2026', '2038')}${connects(2)}`,
      60,
      61,
      { future: 1 },
    ],
    [
      'two events of a clock that is a day ahead',
      `${connects(1)}${connects(25, 2)}${connects(1)}`,
      60,
      62,
      { future: 2 },
    ],
    ['an hour that comes before the one before it', `${connects(2)}${connects(1)}`, 60, 60, {}],
    ['a day that comes before the one before it', `${connects(26)}${connects(1)}`, 30, 60, { future: 30 }],
    ['a line of ten megabytes', `${connects(1)}${'x'.repeat(10_000_000)}\n${connects(2)}`, 60, 61, { too_long: 1 }],
  ];
  test.each(cases)('%s', async (_name, content, wanted, lines, dead) => {
    const analysis = await analysisOfFiles({ 'mail.log': content });

    const [input] = analysis.summary.inputs;
    expect([connectsIn(analysis), input?.lines]).toEqual([wanted, lines]);
    expect(input?.dead_letters).toEqual({
      no_envelope: 0,
      too_long: 0,
      future: 0,
      late: 0,
      no_schema: 0,
      unreadable: 0,
      ...dead,
    });
    expect(analysis.told).toEqual([]);
    for (const [reason, count] of Object.entries(dead))
      expect(analysis.printed).toContain(`${String(count)} dead letters (${reason}`);
  });

  test('a file that is binary, beside a good one', async () => {
    const binary = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff));
    const analysis = await analysisOfFiles({ 'mail.log': base, 'core.log': binary });

    const [mail, core] = analysis.summary.inputs;
    expect(mail?.counted).toBeGreaterThan(0);
    expect(core?.counted).toBe(0);
    expect(core?.dead_letters.no_envelope).toBe(core?.lines);
  });
});

describe('a log without any event', () => {
  const cases: readonly (readonly [string, string | Buffer, number, number])[] = [
    ['is empty', '', 0, 0],
    ['is an empty gzip file', gzipSync(''), 0, 0],
    ['has blank lines only', '\n\r\n\n', 0, 0],
    ['has lines of no log', 'a\nb\n', 2, 2],
    ['is binary', Buffer.from([0, 255, 254, 10, 200, 0]), 2, 2],
    ['has lines of other programs only', 'Nov 23 01:00:00 gpo cron[7]: (root) CMD (true)\n', 1, 0],
  ];
  test.each(cases)('that %s gives empty results and says so', async (_name, content, lines, dead) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'mail.log'), content);

      const analysis = await analysisOf([join(folder, 'mail.log')], {
        server: ['gpo'].map((id) => `${id}=127.0.0.1`),
        year: '2026',
      });

      expect([...analysis.clients, ...analysis.rejections]).toEqual([]);
      expect(sumOf(analysis.correlations, 'mxwarden.smtp.connects')).toBe(0);
      expect(analysis.summary.inputs.map((input) => input.lines)).toEqual([lines]);
      expect(analysis.deadLetters.length).toBe(dead);
      expect(analysis.printed).toContain('No events: nothing was counted.');
    });
  });
});

describe('settings that cannot be used are a ConfigError that says which,', () => {
  const cases: readonly (readonly [string, Partial<AnalyzeOptions>, RegExp])[] = [
    ['a window', { window: '7m' }, /command line: windows.*must divide 1h/],
    ['a window twice', { window: '5m,5m' }, /stands there twice/],
    ['no number of a year', { year: 'soon' }, /command line: year: must be a year from 1990 to 2200/],
    ['a zone', { timezone: 'Europe/Atlantis' }, /command line: timezone: "Europe\/Atlantis" is no time zone/],
    [
      'a server without addresses',
      { server: ['gpo'] },
      /command line: servers\.0: "gpo" must be .* ID\[@HOST\]=ADDRESS/,
    ],
    ['an address of a server', { server: ['gpo=here'] }, /command line: servers.*is no address/],
    ['a configuration that is missing', { config: 'missing.yaml' }, /Cannot read missing\.yaml/],
    ['a configuration that is no YAML', { config: join(BDAT, 'README.md') }, /README\.md/],
  ];
  test.each(cases)('%s', async (_name, options, message) => {
    await inFolder(async (folder) => {
      const out = join(folder, 'out');
      const running = runInto(out, options);

      await expect(running).rejects.toThrow(ConfigError);
      await expect(running).rejects.toThrow(message);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('all problems of the command line at once', async () => {
    const running = runInto('out', { window: '5m,7m', year: 'soon', server: ['gpo', 'mx=here'] });

    await expect(running).rejects.toThrow(/year: .*\n.*servers\.0: .*\n.*servers\.1\.addresses\.0: .*\n.*windows\.1: /);
  });

  test('all problems of a configuration at once, each with its line', async () => {
    await inFolder(async (folder) => {
      const config = join(folder, 'c.yaml');
      writeFileSync(config, 'windows: [5m, 7m]\nyeer: 2026\nservers:\n  - id: a b\n');

      const problems = await runInto(join(folder, 'out'), { config }).then(
        () => [],
        (error: unknown) => (error instanceof ConfigError ? error.problems : []),
      );

      expect(problems.toSorted()).toEqual([
        expect.stringMatching(/c\.yaml:1: windows\.1: /),
        expect.stringMatching(/c\.yaml:2: yeer: /),
        expect.stringMatching(/c\.yaml:4: servers\.0\.id: /),
      ]);
    });
  });
});

describe('a run that fails leaves what an earlier run wrote and no file of its own:', () => {
  async function expectFailure(
    make: (folder: string, out: string) => { files?: readonly string[]; deps?: Parameters<typeof surroundings>[0] },
    wanted: { kind: typeof SourceError | typeof SinkError; message: RegExp },
  ): Promise<void> {
    await inFolder(async (folder) => {
      const out = join(folder, 'out');
      await runInto(out);
      const before = readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]);
      const { files = SMALL, deps = {} } = make(folder, out);

      const running = runAnalyze(files, { ...SMALL_OPTIONS, out }, surroundings(deps));

      await expect(running).rejects.toThrow(wanted.kind);
      await expect(running).rejects.toThrow(wanted.message);
      expect(readdirSync(out).sort()).toEqual([...RESULTS]);
      expect(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')])).toEqual(before);
    });
  }

  test('an input is missing', () =>
    expectFailure((folder) => ({ files: [...SMALL, join(folder, 'gone.log')] }), {
      kind: SourceError,
      message: /gone\.log.*ENOENT/,
    }));

  test('an input is a folder', () =>
    expectFailure((folder) => ({ files: [...SMALL, folder] }), { kind: SourceError, message: /EISDIR/ }));

  test('standard input breaks off', () =>
    expectFailure(
      () => ({
        files: ['-'],
        deps: {
          stdin: Readable.from(
            (function* () {
              yield MAIL?.subarray(0, 9_000_000);
              throw new Error('read error');
            })(),
          ),
        },
      }),
      { kind: SourceError, message: /Cannot read - after byte \d+: .*read error/ },
    ));

  test('the disk is full when the results are written', () =>
    expectFailure(
      (_folder, out) => {
        symlinkSync('/dev/full', join(out, 'summary.json.part'));
        return {};
      },
      { kind: SinkError, message: /summary\.json\.part: .*ENOSPC.*Make room/ },
    ));

  test('a file of the results cannot be opened', async () => {
    await inFolder(async (folder) => {
      const out = join(folder, 'out');
      await runInto(out);
      mkdirSync(join(out, 'rejections.ndjson.part'));

      await expect(runInto(out)).rejects.toThrow(SinkError);
      expect(readdirSync(out).sort()).toEqual([...RESULTS, 'rejections.ndjson.part'].sort());
    });
  });
});

describe('a run that is interrupted leaves no file', () => {
  /** Standard input that gives the recording's mail log and then falls silent, and calls back once that is read. */
  function silentAfter(bytes: Buffer, whenRead: () => void): Readable {
    let isGiven = false;
    return new Readable({
      read() {
        if (isGiven) whenRead();
        else this.push(bytes);
        isGiven = true;
      },
    });
  }

  test.each([
    ['while it waits for its first lines', Buffer.from('Nov 23 01:00:00 gpo cron[7]: x\n')],
    ['while it waits for more', Buffer.concat([MAIL ?? Buffer.alloc(0), MAIL ?? Buffer.alloc(0)])],
  ])('%s', async (_name, bytes) => {
    await inFolder(async (folder) => {
      const abort = new AbortController();
      const stdin = silentAfter(bytes, () => {
        abort.abort();
      });

      const running = runAnalyze(['-'], { out: folder, config: CONFIG }, surroundings({ stdin, signal: abort.signal }));

      await expect(running).rejects.toThrow();
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('while it reads', async () => {
    await inFolder(async (folder) => {
      const abort = new AbortController();
      const seen: string[][] = [];
      const onProgress = (): void => {
        seen.push(readdirSync(folder));
        abort.abort();
      };

      const running = runAnalyze(
        [join(RECORDING, 'mail.log.gz')],
        { out: folder, config: CONFIG },
        surroundings({ signal: abort.signal, onProgress }),
      );

      await expect(running).rejects.toThrow('aborted');
      expect(seen.map((names) => names.every((name) => name.endsWith('.part')))).toEqual([true]);
      expect(readdirSync(folder)).toEqual([]);
    });
  });
});

test('in a central log the stamps of each server are of its own zone', async () => {
  await inFolder(async (folder) => {
    const log = join(folder, 'mail.log');
    const config = join(folder, 'config.yaml');
    const connects = ['10:00:00 mx-berlin', '18:00:00 mx-tokyo'].map(
      (start) => `2026 Nov 23 ${start} postfix/smtpd[1]: connect from unknown[192.0.2.9]\n`,
    );
    writeFileSync(log, connects.join(''));
    writeFileSync(
      config,
      'timezone: Europe/Berlin\nwindows: [5m]\nservers: [{id: mx-berlin}, {id: mx-tokyo, timezone: Asia/Tokyo}]\n',
    );
    const { correlations } = await analysisOf([log], { config });

    const starts = correlations.map((document) => [
      textAt(document, 'mxwarden.subject'),
      textAt(document, '@timestamp'),
    ]);
    expect(starts.sort()).toEqual([
      ['mail:mx-berlin', '2026-11-23T09:00:00.000Z'],
      ['mail:mx-tokyo', '2026-11-23T09:00:00.000Z'],
    ]);
  });
});

test('a configuration says what is known, which days are holidays, and how recipients are named', async () => {
  await inFolder(async (folder) => {
    const config = join(folder, 'config.yaml');
    const settings = [
      'country: AT',
      'holidays: [11-23]',
      'known:',
      '  - { kind: auth_flood, client: 127.0.2.0/24, server: gpo, until: 2026-11-23, reason: audit }',
      '  - { kind: address_harvest, until: 2026-11-22, reason: over }',
    ];
    const base = readFileSync(CONFIG, 'utf8').replace('recipients: address', 'recipients: domain');
    writeFileSync(config, [base, ...settings, ''].join('\n'));
    const logs = NAMES.map((name) => join(RECORDING, `${name}.log.gz`));
    const { alerts, correlations, summary, printed } = await analysisOf(logs, { config });
    const known = (kind: string): readonly unknown[] =>
      alerts.filter((alert) => textAt(alert, 'rule.id') === kind).map((alert) => valueAt(alert, 'mxwarden.known'));
    const removed = alerts.find((alert) => textAt(alert, 'rule.id') === 'removed_accounts');

    expect(known('auth_flood')).toHaveLength(3);
    expect(new Set(known('auth_flood').map((value) => JSON.stringify(value)))).toEqual(
      new Set(['{"reason":"audit","until":"2026-11-24T00:00:00.000Z"}']),
    );
    expect(new Set(known('address_harvest'))).toEqual(new Set([undefined]));
    expect(summary.incidents.filter((incident) => incident.known !== undefined).map(({ kind }) => kind)).toEqual([
      'auth_flood',
    ]);
    expect(printed).toContain(' (known until 2026-11-24 00:00:00: audit)\n');
    expect(printed).toContain('\nAddress harvest: ');
    expect(printed).not.toContain('\nPassword guessing: ');
    expect(new Set(correlations.map((document) => valueAt(document, 'mxwarden.anomaly.day_type')))).toEqual(
      new Set(['holiday', undefined]),
    );
    expect(removed === undefined ? undefined : valueAt(removed, 'mxwarden.incident.recipients')).toEqual(['kuma.test']);
  });
});

test('the summary is printed as text or, on demand, as JSON', async () => {
  const asText = await analysisOf(SMALL, SMALL_OPTIONS);
  const asJson = await analysisOf(SMALL, { ...SMALL_OPTIONS, json: true });

  expect(asText.printed).toContain('mail:gpo');
  expect(summaryOf(asJson.printed)).toEqual(asJson.summary);
  expect(asJson.printed.endsWith('}\n')).toBe(true);
  expect(() => jsonObject(asText.printed)).toThrow();
  expect(asJson.summary).toEqual(asText.summary);
});

test('what a terminal would obey is escaped in the JSON that is printed', async () => {
  const hostile = 'Nov 23 01:00:00 stranger cron[7]: \u009b2J\u202egpj.exe\u001b[2J';
  const options = { ...SMALL_OPTIONS, json: true };
  const { printed, summary } = await analysisOf(['-'], options, { stdin: Readable.from([Buffer.from(hostile)]) });

  expect(printed).toMatch(/^[ -~]+\n$/);
  expect(summaryOf(printed)).toEqual(summary);
  expect(summary.inputs[0]?.unmapped[0]?.sample).toBe(hostile);
});

test('progress adds up to the bytes read', async () => {
  let bytes = 0;
  const onProgress = (count: number): void => {
    bytes += count;
  };
  await analysisOf(SMALL, SMALL_OPTIONS, { onProgress });

  expect(bytes).toBe(SMALL.reduce((sum, path) => sum + readFileSync(path).length, 0));
});
