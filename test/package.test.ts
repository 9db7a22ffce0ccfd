import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as v from 'valibot';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '..');
const INSTALL_TIMEOUT_MS = 180_000;

const packReport = v.array(v.object({ filename: v.string(), files: v.array(v.object({ path: v.string() })) }));

const LINES =
  'Jul  5 10:00:01 mx1 postfix/smtpd[2101]: connect from client.example[192.0.2.7]\n' +
  'Jul  5 10:00:02 mx1 postfix/smtpd[2101]: disconnect from client.example[192.0.2.7]\n';

let folder = '';
let packedPaths: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-package-'));
  if (await isStale()) await run('npm', ['run', 'compile'], { cwd: ROOT });

  // Without its scripts, since packing would build a second time.
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [report] = v.parse(packReport, JSON.parse(packed.stdout));
  packedPaths = report?.files.map(({ path }) => path) ?? [];

  // A package file of its own, or npm would look for one in the folders above.
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const tarball = join(folder, report?.filename ?? '');
  await run('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder], {
    cwd: folder,
  });
}, INSTALL_TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds the program, its licence and the bundled recording, but no sources or tests', () => {
  expect(packedPaths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/main.js', 'package.json']));
  expect(packedPaths.filter((path) => path.startsWith('test/fixtures/dept/'))).not.toEqual([]);
  expect(packedPaths.filter((path) => /^(src|test)\//.test(path) && !path.startsWith('test/fixtures/dept/'))).toEqual(
    [],
  );
});

test('an installed mxwarden explains itself', () => {
  const { status, stdout } = mxwarden(['--help']);

  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('analyze') });
});

test('an installed mxwarden parses lines from standard input', () => {
  const { status, stdout } = mxwarden(['parse'], LINES);

  const lines = stdout.trimEnd().split('\n');
  expect(status).toBe(0);
  expect(lines.map((line) => v.parse(v.unknown(), JSON.parse(line)))).toEqual([
    expect.objectContaining({ line: 1, recognised: true, kind: 'connect' }),
    expect.objectContaining({ line: 2, recognised: true, kind: 'disconnect' }),
  ]);
});

test('an installed mxwarden writes a report with all that it needs', () => {
  const out = join(folder, 'out');
  const { status } = mxwarden(['analyze', '-', '--timezone', 'UTC', '--year', '2026', '--out', out], LINES);

  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(status).toBe(0);
  expect(page).toContain('uPlot');
  expect(page).toContain('mail:mx1');
});

function mxwarden(args: readonly string[], input = ''): { status: number | null; stdout: string } {
  return spawnSync(join(folder, 'node_modules', '.bin', 'mxwarden'), args, { encoding: 'utf8', input });
}

/** True if the build is absent or older than a source. */
async function isStale(): Promise<boolean> {
  const src = join(ROOT, 'src');
  const builtMs = await modifiedMs(join(ROOT, 'dist', 'main.js'));
  const sources = await readdir(src, { recursive: true });
  const sourceMs = await Promise.all(sources.map((path) => modifiedMs(join(src, path))));
  return sourceMs.some((timeMs) => timeMs > builtMs);
}

async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
