// `npm run screenshots -- DIR`: pictures of the bundled recording's report: its first screen and its charts, and all of it
// on a screen, in the dark, on a telephone and on paper. The README shows report.png and pictures.png, kept
// beside this file.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { runProgram } from '../support/program.js';
import { drawAll, inPage } from '../support/report-page.js';

interface Look {
  readonly options: BrowserContextOptions;
  readonly media: 'screen' | 'print';
  readonly fullPage: boolean;
  /** The heading at the top; that of the page if absent. */
  readonly from?: string;
}

const SCREEN = { width: 1280, height: 960 };
const LOOKS: Readonly<Record<string, Look>> = {
  report: { options: { viewport: SCREEN }, media: 'screen', fullPage: false },
  pictures: { options: { viewport: SCREEN }, media: 'screen', fullPage: false, from: 'Pictures' },
  full: { options: { viewport: SCREEN }, media: 'screen', fullPage: true },
  dark: { options: { viewport: SCREEN, colorScheme: 'dark' }, media: 'screen', fullPage: true },
  phone: { options: { viewport: { width: 390, height: 844 }, isMobile: true }, media: 'screen', fullPage: true },
  // A4 at 96 pixels an inch, less its margins.
  print: { options: { viewport: { width: 718, height: 1047 } }, media: 'print', fullPage: true },
};

const [out = '.', ...logs] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-screenshots-'));
const { browser } = await startChromium();
try {
  const { code, stderr } = await runProgram(['analyze', ...logs, '--out', folder]);
  if (code !== 0) throw new Error(stderr);
  mkdirSync(out, { recursive: true });
  for (const [name, { options, media, fullPage, from }] of Object.entries(LOOKS)) {
    await inPage(
      browser,
      join(folder, 'report.html'),
      async ({ page }) => {
        await drawAll(page);
        await page.emulateMedia({ media });
        if (from !== undefined)
          await page.evaluate(
            `[...document.querySelectorAll('h2')].find((head) => head.textContent === '${from}')?.scrollIntoView()`,
          );
        await page.screenshot({ path: join(out, `${name}.png`), fullPage });
      },
      options,
    );
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
