import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { HOSTILE_HOST, HOSTILE_TEXTS, MARK, writeHostileRecording } from '../support/hostile.js';
import { runProgram } from '../support/program.js';
import { drawAll, inPage, sidewaysPixels } from '../support/report-page.js';
import type { OpenPage } from '../support/report-page.js';
import { suiteBrowser } from '../support/suite-browser.js';

jest.setTimeout(120_000);

const browser = suiteBrowser();
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-hostile-'));

beforeAll(async () => {
  const logs = writeHostileRecording(folder);
  const options = ['--year', '2026', '--timezone', 'UTC', '--window', '30s,1h,1d', '--dns-host', HOSTILE_HOST];
  const { code, stderr } = await runProgram(['analyze', ...logs, ...options, '--out', folder]);
  expect([code, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the report of the recording with hostile names, with every server, table and picture looked at. */
async function inHostileReport(width: number, use: (open: OpenPage, text: string) => Promise<void>): Promise<void> {
  await inPage(
    browser(),
    join(folder, 'report.html'),
    async (open) => {
      const text: string[] = [];
      for (const choice of await open.page.getByRole('navigation', { name: 'Servers' }).getByRole('button').all()) {
        await choice.click();
        await drawAll(open.page);
        await lookAtAll(open.page);
        text.push(await open.page.locator('body').innerText());
      }
      await use(open, text.join('\n'));
    },
    { viewport: { width, height: 844 } },
  );
}

async function lookAtAll(page: Page): Promise<void> {
  for (const table of await page.locator('.picture summary').all()) await table.click();
  for (const area of await page.locator('.u-over').all()) await area.hover();
}

test('hostile texts stay texts', async () => {
  await inHostileReport(1280, async ({ page, complaints }, text) => {
    expect(await page.evaluate(`globalThis.${MARK}`)).toBeUndefined();
    expect(complaints).toEqual([]);
    expect(await page.locator('img, svg, iframe, object, embed, a, form, link, base').count()).toBe(0);
    expect(await page.locator('[onerror], [onload], [onfocus], [onmouseover], [autofocus]').count()).toBe(0);
    // They are there, each to its end or to where it is cut.
    expect(text).toContain(HOSTILE_HOST);
    expect(HOSTILE_TEXTS.filter((hostile) => !text.includes(hostile.slice(0, 20)))).toEqual([]);
  });
});

test('long names do not make the page wider than a telephone', async () => {
  await inHostileReport(390, async ({ page }, text) => {
    expect(text).toContain('longlong');
    expect(await sidewaysPixels(page)).toBe(0);
  });
});

test('what would turn the text around is shown, not obeyed', async () => {
  await inHostileReport(1280, async (_open, text) => {
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });
});
