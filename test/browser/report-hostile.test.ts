import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { escapeControls } from '../../src/report/escape-controls.js';
import { writeHostileReport } from '../support/hostile-report.js';
import { HOSTILE_HOST, HOSTILE_TEXTS, LONG_NAME, MARK, writeHostileRecording } from '../support/hostile.js';
import { runProgram } from '../support/program.js';
import { drawAll, inPage, sidewaysPixels } from '../support/report-page.js';
import type { OpenPage } from '../support/report-page.js';
import { suiteBrowser } from '../support/suite-browser.js';

jest.setTimeout(180_000);

const browser = suiteBrowser();
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-hostile-'));
const OF_LOGS = join(folder, 'report.html');
const OF_DOCUMENTS = join(folder, 'of-documents.html');

beforeAll(async () => {
  const logs = writeHostileRecording(folder);
  const options = ['--year', '2026', '--timezone', 'UTC', '--window', '30s,1h,1d', '--dns-host', HOSTILE_HOST];
  const { code, stderr } = await runProgram(['analyze', ...logs, ...options, '--out', folder]);
  expect([code, stderr]).toEqual([0, '']);
  await writeHostileReport(OF_DOCUMENTS, [...HOSTILE_TEXTS, LONG_NAME]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a report and picks each server, the first with all it has to see; `use` is told all text that there was. */
async function inReport(
  path: string,
  width: number,
  use: (open: OpenPage, text: string) => Promise<void>,
): Promise<void> {
  await inPage(
    browser(),
    path,
    async (open) => {
      const texts: (string | null)[] = [];
      for (const [index, choice] of (await choices(open.page).all()).entries()) {
        await choice.click();
        if (index === 0) await lookAtAll(open.page);
        texts.push(await open.page.locator('#page').textContent());
      }
      await use(open, texts.join('\n'));
    },
    { viewport: { width, height: 844 } },
  );
}

function choices(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Servers' }).getByRole('button');
}

async function lookAtAll(page: Page): Promise<void> {
  await drawAll(page);
  for (const table of await page.locator('.picture summary').all()) await table.click();
  await page.locator('.u-over').first().hover();
}

describe.each([
  ['logs', OF_LOGS],
  ['documents', OF_DOCUMENTS],
])('hostile texts in %s', (_of, path) => {
  test('stay texts', async () => {
    await inReport(path, 1280, async ({ page, complaints }) => {
      expect(await page.evaluate(`globalThis.${MARK}`)).toBeUndefined();
      expect(complaints).toEqual([]);
      expect(await page.locator('body :is(img, svg, iframe, object, embed, a, form, link, style, base)').count()).toBe(
        0,
      );
      expect(await page.locator('body :is([onerror], [onload], [onfocus], [onmouseover], [autofocus])').count()).toBe(
        0,
      );
    });
  });

  test('do not make the page wider than a telephone', async () => {
    await inReport(path, 390, async ({ page }, text) => {
      expect(text).toContain(LONG_NAME.slice(0, 50));
      expect(await sidewaysPixels(page)).toBe(0);
    });
  });
});

test('names of hosts, which become those of servers, are shown as they are', async () => {
  await inPage(browser(), OF_LOGS, async ({ page }) => {
    expect(await choices(page).locator('.name').allTextContents()).toEqual([
      `mail:${HOSTILE_HOST}`,
      `dns:${HOSTILE_HOST}`,
    ]);
  });
});

test('each hostile text is there to be read, and what would reorder it is shown instead of obeyed', async () => {
  await inReport(OF_DOCUMENTS, 1280, async (_open, text) => {
    expect(HOSTILE_TEXTS.filter((hostile) => !text.includes(escapeControls(hostile)))).toEqual([]);
    expect(/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/.exec(text)).toBeNull();
  });
});
