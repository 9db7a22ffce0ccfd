import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROOT, deployed } from '../support/deploy.js';
import { execForm, onlyOf, stagesIn } from '../support/dockerfile.js';
import type { BuildStage } from '../support/dockerfile.js';

const run = promisify(execFile);

const BUILD_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 60_000;

/** Packages come from the cache of npm where they are there. */
const ENVIRONMENT = { ...process.env, NODE_OPTIONS: '', npm_config_prefer_offline: 'true', npm_config_audit: 'false' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mxwarden-image-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  'what the Dockerfile does, done in folders, makes a program that works',
  async () => {
    const stages = stagesIn(deployed('Dockerfile'));
    for (const [index, stage] of stages.entries()) await carryOut(stage, rootOf(stage, index));

    const [final] = stages.slice(-1);
    if (final === undefined) throw new Error('There is no stage.');
    const root = rootOf(final, stages.length - 1);
    const app = join(root, onlyOf(final, 'WORKDIR') ?? '');
    const [, ...words] = execForm(onlyOf(final, 'ENTRYPOINT') ?? '');
    const out = join(folder, 'out');
    const { stdout } = await run(process.execPath, [...words, 'analyze', '--out', out], {
      cwd: app,
      env: ENVIRONMENT,
      timeout: RUN_TIMEOUT_MS,
    });
    expect(stdout).toContain('Address harvest');
    // What only the build needs is not in the image.
    const packages = await readdir(join(app, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['kafkajs', 'lz4-napi']));
    for (const name of ['typescript', 'esbuild', 'jest', 'testcontainers']) expect(packages).not.toContain(name);
  },
  BUILD_TIMEOUT_MS + RUN_TIMEOUT_MS,
);

function rootOf({ name }: BuildStage, index: number): string {
  return join(folder, name ?? `stage-${String(index)}`);
}

/** Carries out a stage in a folder that stands for its file system. */
async function carryOut({ instructions }: BuildStage, root: string): Promise<void> {
  let place = root;
  for (const { word, rest } of instructions) {
    if (word === 'WORKDIR') place = join(root, rest);
    await mkdir(place, { recursive: true });
    if (word === 'COPY') await copy(rest, root, place);
    if (word === 'RUN') await run('sh', ['-ec', rest], { cwd: place, env: ENVIRONMENT, timeout: BUILD_TIMEOUT_MS });
  }
}

/** As COPY does: into a folder where the last name ends with a slash, else as a file or folder of that name. */
async function copy(rest: string, root: string, place: string): Promise<void> {
  const words = rest.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const [target = '', ...sources] = words.filter((word) => !word.startsWith('--')).reverse();
  const into = isAbsolute(target) ? join(root, target) : join(place, target);
  for (const source of sources) {
    const path = from === undefined ? join(ROOT, source) : join(folder, from, source);
    await cp(path, target.endsWith('/') ? join(into, basename(source)) : into, { recursive: true });
  }
}
