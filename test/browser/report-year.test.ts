import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { barriersIn } from '../support/accessibility.js';
import { colouredPixels, drawAll, inPage, sidewaysPixels } from '../support/report-page.js';
import type { OpenPage } from '../support/report-page.js';
import { suiteBrowser } from '../support/suite-browser.js';
import { WINDOWS_OF_A_YEAR, writeYearReport } from '../support/year-report.js';

jest.setTimeout(180_000);

/** What a browser lays out at once without effort. */
const FEW_ELEMENTS = 4000;
const WHOLE = '2025-01-01 00:00 to 2026-01-01 00:00 UTC';

const browser = suiteBrowser();
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-year-'));
const path = join(folder, 'report.html');

beforeAll(() => writeYearReport(path));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inYear(use: (open: OpenPage) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  return inPage(browser(), path, use, options);
}

async function elementsOf(page: Page): Promise<number> {
  return page.locator('*').count();
}

test('a year of 5-minute windows is drawn, in few elements', async () => {
  await inYear(async ({ page, complaints }) => {
    await drawAll(page);

    expect(await page.locator('.facts').textContent()).toContain(
      `${WINDOWS_OF_A_YEAR.toLocaleString('en-US')} windows of 5m`,
    );
    expect(await page.locator('.range').textContent()).toBe(WHOLE);
    expect(Object.entries(await colouredPixels(page)).filter(([, count]) => count === 0)).toEqual([]);
    expect(await elementsOf(page)).toBeLessThan(FEW_ELEMENTS);
    expect(complaints).toEqual([]);
  });
});

test('a year is zoomed to a single incident, and back', async () => {
  await inYear(async ({ page }) => {
    await page
      .getByRole('button', { name: /^Show .*Deferral storm/ })
      .first()
      .click();
    expect(await page.locator('.range').textContent()).toMatch(/^2025-12-31 0[12]:\d\d to 02:1\d UTC$/);

    await page.locator('.chart').first().focus();
    await page.keyboard.press('Home');
    expect(await page.locator('.range').textContent()).toBe(WHOLE);
  });
});

test('the table of a year shows a page of it at a time', async () => {
  await inYear(async ({ page }) => {
    await page.locator('.picture summary').first().click();
    const pager = page.locator('.picture .pager');
    await pager.waitFor();

    expect(await pager.textContent()).toContain(`1 to 25 of ${WINDOWS_OF_A_YEAR.toLocaleString('en-US')}`);
    expect(await elementsOf(page)).toBeLessThan(FEW_ELEMENTS);
  });
});

test('of very many incidents a few are shown at a time, and what is left out is said', async () => {
  await inYear(async ({ page }) => {
    const shown = await page.locator('.incident').count();
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(50);
    expect(await page.locator('main').textContent()).toMatch(/1,555 earlier incidents are in alerts\.ndjson only/);

    const first = await page.locator('.incident h3').first().textContent();
    await page.locator('.pager').first().getByRole('button', { name: 'Next' }).click();
    expect(await page.locator('.incident h3').first().textContent()).not.toBe(first);
  });
});

test('a year of incidents is counted by month', async () => {
  await inYear(async ({ page }) => {
    const months = page.getByRole('region', { name: /Incidents by the month/ });

    // A header, and twelve months with seven incidents a day.
    expect(await months.getByRole('row').count()).toBe(13);
    expect(await months.getByRole('row').nth(1).textContent()).toMatch(/^2025-01.*217$/);
  });
});

test('a year fits a telephone, and nothing keeps anyone from reading it', async () => {
  await inYear(
    async ({ page }) => {
      await drawAll(page);

      expect(await sidewaysPixels(page)).toBe(0);
      expect(await barriersIn(page)).toEqual([]);
    },
    { viewport: { width: 390, height: 844 } },
  );
});

test('the bar that stays in view leaves room for the pictures', async () => {
  await inYear(async ({ page }) => {
    const bar = await page.locator('.toolbar').boundingBox();

    expect(bar?.height).toBeLessThan(120);
  });
});
