import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { installedPaths, isExecutable } from './installed.js';
import { unpackChromium } from './packed-chromium.js';
import type { ChromiumProgram } from './packed-chromium.js';

/** Debian's first. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const ELSEWHERE = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Besides those of playwright-core, which also gives each browser a new profile and removes it. */
const FLAGS = ['--disable-gpu', '--disable-quic', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND'];
const START_TIMEOUT_MS = 60_000;
const REASON_LENGTH = 300;

/** A browser that runs, and where its program is. */
export interface RunningChromium {
  readonly browser: Browser;
  readonly path: string;
}

/**
 * A headless Chromium: the one of the npm package, else Debian's, else another of the machine, else the one that
 * `CHROMIUM_PATH` names; the first that starts.
 * @throws that none starts, with what to install and what was tried
 */
export async function startChromium(): Promise<RunningChromium> {
  const failures: string[] = [];
  for (const find of [packed, installed, named]) {
    for (const program of await find(failures)) {
      try {
        return { browser: await launch(program), path: program.path };
      } catch (error) {
        failures.push(`${program.path}: ${reasonOf(error)}`);
      }
    }
  }
  throw new Error(
    'No Chromium starts here. Install one (Debian: apt-get install chromium), or name one in CHROMIUM_PATH.' +
      failures.map((failure) => `\n  ${failure}`).join(''),
  );
}

async function packed(failures: string[]): Promise<readonly ChromiumProgram[]> {
  try {
    const program = await unpackChromium();
    if (program !== undefined) return [program];
    failures.push(`@sparticuz/chromium: has none for ${process.platform} ${process.arch}`);
  } catch (error) {
    failures.push(`@sparticuz/chromium: ${reasonOf(error)}`);
  }
  return [];
}

async function installed(): Promise<readonly ChromiumProgram[]> {
  const paths = [...NAMES.flatMap(installedPaths), ...ELSEWHERE.filter(isExecutable)];
  return paths.map((path) => ({ path, env: {} }));
}

async function named(): Promise<readonly ChromiumProgram[]> {
  const path = process.env.CHROMIUM_PATH ?? '';
  return path === '' ? [] : [{ path, env: {} }];
}

/** With its sandbox where it can have one: root has none, nor has anyone in many containers. */
async function launch(program: ChromiumProgram): Promise<Browser> {
  if (process.getuid?.() === 0) return launchWith(program, false);
  return launchWith(program, true).catch(() => launchWith(program, false));
}

async function launchWith({ path, env }: ChromiumProgram, chromiumSandbox: boolean): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env },
    args: FLAGS,
    chromiumSandbox,
    timeout: START_TIMEOUT_MS,
  });
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, REASON_LENGTH);
}
