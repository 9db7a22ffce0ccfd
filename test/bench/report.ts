// `npm run bench:report`: what the page of a year of 5-minute windows costs a browser.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { WINDOWS_OF_A_YEAR, writeYearReport } from '../support/year-report.js';

const ROUNDS = 7;
const WIDTH = 1280;
const HEIGHT = 960;
const PHONE_SLOWDOWN = 4;

/** Milliseconds until the first picture is drawn and the page answers, and from a zoom to its pictures. */
interface Round {
  readonly pictureMs: number;
  readonly zoomMs: number;
  readonly otherServerMs: number;
}

/** The frame after the next: what was asked for is on the screen by then. */
const DRAWN = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))';

const folder = mkdtempSync(join(tmpdir(), 'mxwarden-bench-'));
const path = join(folder, 'report.html');
const { browser } = await startChromium();
try {
  await writeYearReport(path);
  console.log(
    `${(statSync(path).size / 2 ** 20).toFixed(1)} MiB, ${WINDOWS_OF_A_YEAR} windows of each of two servers\n`,
  );
  console.log('| | first picture, ms | zoom, ms | other server, ms |\n|---|---:|---:|---:|');
  for (const slowdown of [1, PHONE_SLOWDOWN]) {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(browser, slowdown));
    const name = slowdown === 1 ? 'this machine' : `a processor of a ${slowdown}th of its speed`;
    const cells = (['pictureMs', 'zoomMs', 'otherServerMs'] as const).map((field) =>
      rangeOf(rounds.map((round) => round[field])),
    );
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
  console.log(`\nMedians of ${ROUNDS} rounds, and ranges; Chromium ${browser.version()}, ${cpus()[0]?.model ?? ''}.`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** Opens the page in a new window, as slow as asked for, and uses it. */
async function measure(chromium: Browser, slowdown: number): Promise<Round> {
  const context = await chromium.newContext({
    viewport: { width: WIDTH, height: HEIGHT },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    await page.goto(pathToFileURL(path).href);
    await page.locator('.chart').first().waitFor();
    await page.evaluate(`document.querySelector('.chart').scrollIntoView()`);
    await page.locator('.chart canvas').first().waitFor();
    const pictureMs = await page.evaluate<number>(`${DRAWN}.then(() => performance.now())`);
    const zoomMs = await timeOf(
      page,
      `document.querySelector('.chart').dispatchEvent(new KeyboardEvent('keydown', { key: '+' }))`,
    );
    const otherServerMs = await timeOf(page, `document.querySelectorAll('.overview button')[1].click()`);
    return { pictureMs, zoomMs, otherServerMs };
  } finally {
    await context.close();
  }
}

/** How long the page takes until it has drawn what an action asks for. */
async function timeOf(page: Page, action: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const start = performance.now();
    ${action};
    return ${DRAWN}.then(() => performance.now() - start);
  })()`);
}

function rangeOf(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): string => String(Math.round(sorted.at(index) ?? 0));
  return `${at(Math.floor(sorted.length / 2))} (${at(0)}-${at(-1)})`;
}
