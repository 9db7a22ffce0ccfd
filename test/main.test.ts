import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, jest, test } from '@jest/globals';
import { FIXTURES, RESULTS, inFolder, jsonLines, linesOf, summaryOf } from './support/analysis.js';
import { COMMAND, endOf, runProgram, startProgram } from './support/program.js';
import type { Program } from './support/program.js';

/** Runs of the whole program take their time on a busy machine. */
jest.setTimeout(60_000);

const BDAT = join(FIXTURES, 'bdat');
const SMALL = [join(BDAT, 'mail.log'), join(BDAT, 'query.log'), '--config', join(BDAT, 'mxwarden.yaml')];
const RECORDING = join(FIXTURES, 'dept');
const PACKED = join(import.meta.dirname, 'files', 'unpack', 'packed');
/** So much of a log that a program does not wait for the rest before it begins. */
const MORE_THAN_A_CHUNK = gunzipSync(Buffer.concat(Array(2).fill(readFileSync(join(RECORDING, 'mail.log.gz')))));

test('threads change no byte of the results', async () => {
  await inFolder(async (folder) => {
    const resultsWith = async (threads: string): Promise<readonly string[]> => {
      const { stdout, stderr } = await runProgram(['analyze', '--threads', threads, '--out', folder]);
      const files = RESULTS.map((name) => readFileSync(join(folder, name), 'utf8'));
      return [stdout, stderr, ...files];
    };
    const alone = await resultsWith('1');

    expect((await resultsWith('2')).map(digestOf)).toEqual(alone.map(digestOf));
    expect((await resultsWith('4')).map(digestOf)).toEqual(alone.map(digestOf));
  });
});

/** What a difference is seen by, of texts that are too long to be shown. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the exit code', () => {
  test('is 0 and the results are there when all went well', async () => {
    await inFolder(async (folder) => {
      const { code, stdout, stderr } = await runProgram(['analyze', ...SMALL, '--out', folder]);

      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('mail:gpo');
      expect(stdout.endsWith(`Results are in ${folder}; look at ${join(folder, 'report.html')}\n`)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual([...RESULTS]);
    });
  });

  const wrongUsage: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a command that does not exist', ['analyse'], /unknown command 'analyse'/],
    ['an option that does not exist', ['analyze', '--windows', '5m'], /unknown option '--windows'/],
    ['an option without its value', ['analyze', '--out'], /argument missing/],
    [
      'a number of threads that is none',
      ['analyze', ...SMALL, '--threads', '0'],
      /line: threads: 0 must be a number of/,
    ],
    ['a window that cannot be', ['analyze', ...SMALL, '--window', '7m'], /^mxwarden: command line: windows/],
    [
      'a configuration that is missing',
      ['analyze', '--config', 'missing.yaml'],
      /^mxwarden: Cannot read missing\.yaml/,
    ],
    ...['parse', 'analyze'].flatMap((command): (typeof wrongUsage)[number][] => [
      [
        `a year that is none, of ${command}`,
        [command, '--year', 'soon'],
        /line: year: must be a year from 1990 to 2200\n$/,
      ],
      [`a year out of bounds, of ${command}`, [command, '--year', '1989'], /line: year: 1989 must be a year from/],
      [
        `a zone that is none, of ${command}`,
        [command, '--timezone', 'Mars'],
        /line: timezone: "Mars" is no time zone such as/,
      ],
    ]),
  ];
  test.each(wrongUsage)('is 2 for %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await runProgram(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('is 2 where the zone of the machine does not fit the windows', () => {
    const [program = '', ...args]: readonly string[] = [
      ...COMMAND,
      'analyze',
      ...SMALL.slice(0, 2),
      '--window',
      '1h,1d',
    ];
    const { status, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'Asia/Kolkata' },
    });

    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^mxwarden: this machine .*: timezone: Asia\/Calcutta's /),
    ]);
  });

  test('is 3, with one line that names the input, when it cannot be read', async () => {
    await inFolder(async (folder) => {
      symlinkSync('loop', join(folder, 'loop'));
      for (const name of ['missing', 'loop', '.']) {
        const path = join(folder, name);
        const { code, stderr } = await runProgram(['analyze', path, '--out', join(folder, 'out')]);

        expect([name, code]).toEqual([name, 3]);
        expect(stderr).toMatch(/^mxwarden: Cannot read [^\n]*(ENOENT|ELOOP|EISDIR): [^\n]*\n$/);
        expect((await runProgram(['parse', path])).code).toBe(3);
      }
      expect(existsSync(join(folder, 'out'))).toBe(false);
    });
  });

  test('is 3 for a file that the user may not read', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'mail.log');
      writeFileSync(path, 'a line\n', { mode: 0 });
      const { status, stderr } = runAsUser(['parse', path]);

      expect(stderr).toMatch(
        /^mxwarden: Cannot read .*mail\.log: EACCES: [^\n]* Run mxwarden as a user who may read it\.\n$/,
      );
      expect(status).toBe(3);
    });
  });

  test('is 3, and nothing is written, when one of several files may not be read', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'secret.log');
      writeFileSync(path, 'a line\n', { mode: 0 });
      const { status, stderr } = runAsUser(['analyze', ...SMALL, path, '--out', join(folder, 'out')]);

      expect(stderr).toMatch(/^mxwarden: Cannot read .*secret\.log: EACCES: [^\n]*\n$/);
      expect(status).toBe(3);
      expect(existsSync(join(folder, 'out'))).toBe(false);
    });
  });

  test.each([
    ['gz', 'gzip'],
    ['xz', 'xz'],
    ['zst', 'zstd'],
    ['bz2', 'bzip2'],
  ])('is 5, and the results are there, when a .%s is cut off: all before that is counted', async (ending, name) => {
    await inFolder(async (folder) => {
      const log = gunzipSync(readFileSync(join(RECORDING, 'mail.log.gz'))).subarray(0, 300_000);
      const whole = ending === 'gz' ? gzipSync(log) : readFileSync(join(PACKED, `long.${ending}`));
      const path = join(folder, `mail.log.1.${ending}`);
      writeFileSync(path, whole.subarray(0, whole.length - 2000));
      const out = join(folder, 'out');
      const analyzed = await runProgram(['analyze', path, '--out', out, '--year', '2026', '--timezone', 'UTC']);
      const parsed = await runProgram(['parse', path, '--year', '2026', '--timezone', 'UTC']);

      const [input] = summaryOf(readFileSync(join(out, 'summary.json'), 'utf8')).inputs;
      expect([analyzed.code, parsed.code]).toEqual([5, 5]);
      const message = new RegExp(
        `^mxwarden: \\S*mail\\.log\\.1\\.${ending} is read up to byte [\\d,]+ only: the ${name} data .*ends too early\\n$`,
      );
      for (const { stderr } of [analyzed, parsed]) expect(stderr).toMatch(message);
      expect(readdirSync(out).sort()).toEqual([...RESULTS]);
      const byte = input?.incomplete[0]?.after_byte ?? 0;
      expect(byte).toBeGreaterThan(150_000);
      const lines = log
        .subarray(0, byte)
        .toString('latin1')
        .split('\n')
        .filter((line) => line !== '').length;
      expect([input?.lines, jsonLines(parsed.stdout).length]).toEqual([lines, lines]);
    });
  });

  test('is 4, with one line that says what to do, when the folder cannot be made', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'out'), '');
      const { code, stderr } = await runProgram(['analyze', ...SMALL, '--out', join(folder, 'out')]);

      expect(code).toBe(4);
      expect(stderr).toMatch(/^mxwarden: Cannot make the folder [^\n]* Choose another --out\.\n$/);
    });
  });

  test('is 4, and no result is new, when one of an earlier run is protected or a folder has its name', async () => {
    await inFolder(async (folder) => {
      await runProgram(['analyze', ...SMALL, '--out', folder]);
      const summary = join(folder, 'summary.json');
      for (const name of RESULTS) writeFileSync(join(folder, name), 'earlier\n');
      chmodSync(summary, 0o444);
      const outcomes = [runAsUser(['analyze', ...SMALL, '--out', folder])];
      rmSync(summary);
      mkdirSync(summary);
      outcomes.push(runAsUser(['analyze', ...SMALL, '--out', folder]));

      for (const { status, stderr } of outcomes) {
        expect(status).toBe(4);
        expect(stderr).toMatch(
          /^mxwarden: Cannot write [^\n]*summary\.json: [^\n]* Remove it, or choose another --out\.\n$/,
        );
      }
      for (const name of RESULTS.filter((other) => other !== 'summary.json'))
        expect(readFileSync(join(folder, name), 'utf8')).toBe('earlier\n');
      expect(readdirSync(folder).sort()).toEqual([...RESULTS]);
    });
  });

  test('is 0 for help, which says what the codes mean', async () => {
    const { code, stdout } = await runProgram(['--help']);

    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes:');
    for (const line of ['0  done', '2  the command line', '3  an input', '4  an output', '5  done, but', '130, 143'])
      expect(stdout).toContain(line);
  });
});

/** Runs the program without the rights of the superuser, who may read and write everything. */
function runAsUser(args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const command = [...COMMAND, ...args];
  return process.geteuid?.() === 0
    ? spawnSync('setpriv', ['--bounding-set', '-all', '--inh-caps', '-all', ...command], { encoding: 'utf8' })
    : spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' });
}

/**
 * Runs the program over the recording with its results on a disk of 64 KB, made in a name space of its own; where that
 * is not allowed, with a file of the results that is `/dev/full`.
 */
function runOnFullDisk(out: string): { readonly code: number | null; readonly stderr: string; readonly left: string } {
  mkdirSync(out, { recursive: true });
  const command = [...COMMAND, 'analyze', '--out', out];
  const script = 'mount -t tmpfs -o size=64k none "$0" || exit 99; "$@"; code=$?; ls -A "$0"; exit $code';
  for (const unshare of [['-m'], ['-rm']]) {
    const { status, stdout, stderr } = spawnSync('unshare', [...unshare, 'sh', '-c', script, out, ...command], {
      encoding: 'utf8',
    });
    // `unshare` says 1 where it is not allowed, as a bug of ours would: then there is no sentence of ours either.
    if (status !== null && status !== 99 && stderr.includes('mxwarden')) return { code: status, stderr, left: stdout };
  }
  if (!existsSync('/dev/full'))
    throw new Error(
      'This test needs a full disk: run it where unshare may mount a tmpfs, or where there is /dev/full.',
    );
  symlinkSync('/dev/full', join(out, 'rejections.ndjson.part'));
  const { status, stderr } = spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' });
  return { code: status, stderr, left: readdirSync(out).join('\n') };
}

test('a full disk ends the program with 4 and a sentence, and leaves no file', async () => {
  await inFolder(async (folder) => {
    const { code, stderr, left } = runOnFullDisk(join(folder, 'out'));

    expect([code, left]).toEqual([4, '']);
    expect(stderr).toMatch(/^mxwarden: Cannot write [^\n]*ENOSPC: [^\n]* Make room, or choose another --out\.\n$/);
  });
});

describe('a signal', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;

  async function expectNothingLeft(program: Program, folder: string, code: number): Promise<void> {
    const ended = await endOf(program);

    expect(ended).toEqual({ code, signal: null, stdout: '', stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  }

  test.each(signals)('%s in the midst of a run ends it with %i and leaves no file', async (signal, code) => {
    await inFolder(async (folder) => {
      const program = startProgram(['analyze', '-', '--out', folder]);
      // Results are begun once the first pass is over; the input stays open, so the run cannot be over by itself.
      const begun = new Promise<void>((resolve) => {
        const watcher = watch(folder, (_event, name) => {
          if (name?.endsWith('.part') !== true) return;
          watcher.close();
          resolve();
        });
      });
      program.stdin.write(MORE_THAN_A_CHUNK);
      await begun;
      expect(readdirSync(folder).every((name) => name.endsWith('.part'))).toBe(true);
      // npm passes on what its program has got from the terminal already.
      program.kill(signal);
      program.kill(signal);

      await expectNothingLeft(program, folder, code);
      program.stdin.destroy();
    });
  });

  test.each(signals)('%s ends a program that waits for its input with %i', async (signal, code) => {
    const program = startProgram(['parse']);
    // The first line that comes back says that it is reading.
    program.stdin.write('a line\n'.repeat(1_000_000));
    await once(program.stdout, 'readable');
    program.kill(signal);
    const { code: found } = await endOf(program);

    expect(found).toBe(code);
    program.stdin.destroy();
  });
});

describe('a signal while a pipe is silent', () => {
  /** Starts the program and waits until it has opened the pipe to read it. */
  async function startAtPipe(pipe: string, args: readonly string[]): Promise<readonly [Program, FileHandle]> {
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    const program = startProgram(args);
    return [program, await open(pipe, 'w')];
  }

  test.each(['parse', 'analyze'])('ends %s', async (command) => {
    await inFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      const out = command === 'analyze' ? ['--out', join(folder, 'out')] : [];
      const [program, writer] = await startAtPipe(pipe, [command, pipe, ...out]);
      program.kill('SIGINT');

      expect(await endOf(program)).toEqual({ code: 130, signal: null, stdout: '', stderr: '' });
      expect(readdirSync(folder)).toEqual(['pipe']);
      await writer.close();
      program.stdin.destroy();
    });
  });

  test('that nothing else would end ends the program when it comes again', async () => {
    await inFolder(async (folder) => {
      const pipe = join(folder, 'mxwarden.yaml');
      const [program, writer] = await startAtPipe(pipe, ['analyze', '--config', pipe]);
      const ended = endOf(program);
      while (program.exitCode === null && program.signalCode === null) {
        program.kill('SIGINT');
        await setImmediate();
      }

      expect((await ended).signal).toBe('SIGINT');
      await writer.close();
      program.stdin.destroy();
    });
  });
});

test('a missing input ends the program also while standard input is open', async () => {
  await inFolder(async (folder) => {
    const program = startProgram(['analyze', '-', join(folder, 'missing.log'), '--out', join(folder, 'out')]);
    program.stdin.write(MORE_THAN_A_CHUNK);
    const { code, stderr } = await endOf(program);

    expect([code, stderr]).toEqual([3, expect.stringMatching(/missing\.log: ENOENT/)]);
    program.stdin.destroy();
  });
});

test('--server may be given several times, and what follows is a file', async () => {
  await inFolder(async (folder) => {
    const [mail = '', query = ''] = SMALL;
    const { code, stderr } = await runProgram([
      ...['analyze', '--out', folder, '--year', '2026', '--timezone', 'UTC'],
      ...['--server', 'gpo=127.0.0.1', '--server', 'mx2=192.0.2.1', mail, query],
    ]);

    expect([code, stderr]).toEqual([0, '']);
    const { servers, inputs } = summaryOf(readFileSync(join(folder, 'summary.json'), 'utf8'));
    expect(servers.map(({ subject, addresses }) => [subject, addresses])).toEqual([['mail:gpo', ['127.0.0.1']]]);
    expect(inputs.map(({ source }) => source)).toEqual([mail, query]);
  });
});

describe('standard output', () => {
  test('may be closed early, as head does', async () => {
    const program = startProgram(['parse', join(RECORDING, 'mail.log.gz')]);
    await once(program.stdout, 'readable');
    program.stdout.destroy();
    const { code, stderr } = await endOf(program);

    expect([code, stderr]).toEqual([0, '']);
  });

  test('of parse has one object a line, in order, from files and from standard input', async () => {
    const path = join(BDAT, 'mail.log');
    const count = linesOf(path).length;
    const fromFile = await runProgram(['parse', path, '--timezone', 'UTC', '--year', '2026']);
    const fromPipe = await runProgram(['parse', '--timezone', 'UTC', '--year', '2026'], readFileSync(path, 'utf8'));

    expect(jsonLines(fromFile.stdout).map((object) => object.line)).toEqual(
      Array.from({ length: count }, (_, i) => i + 1),
    );
    expect(fromPipe.stdout).toBe(fromFile.stdout);
  });

  test('of analyze --json is the summary alone', async () => {
    await inFolder(async (folder) => {
      const { stdout } = await runProgram(['analyze', ...SMALL, '--out', folder, '--json']);

      expect(summaryOf(stdout)).toEqual(summaryOf(readFileSync(join(folder, 'summary.json'), 'utf8')));
    });
  });
});

test('without files the bundled recording is analysed', async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await runProgram(['analyze', '--out', folder]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^2026-11-23 01:57:00 to 2026-11-23 02:25:00 UTC, windows of 30s$/m);
  });
});

test('an earlier run stays when a later one fails', async () => {
  await inFolder(async (folder) => {
    await runProgram(['analyze', ...SMALL, '--out', folder]);
    const before = RESULTS.map((name) => readFileSync(join(folder, name), 'utf8'));
    const { code } = await runProgram(['analyze', ...SMALL, join(folder, 'missing.log'), '--out', folder]);

    expect(code).toBe(3);
    expect(readdirSync(folder).sort()).toEqual([...RESULTS]);
    expect(RESULTS.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(before);
    rmSync(folder, { recursive: true });
  });
});
