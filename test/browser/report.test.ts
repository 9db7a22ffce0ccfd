import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Summary } from '../../src/core/documents/summary.js';
import { barriersIn } from '../support/accessibility.js';
import { summaryOf } from '../support/analysis.js';
import { runProgram } from '../support/program.js';
import { colouredPixels, drawAll, inPage, sidewaysPixels } from '../support/report-page.js';
import type { OpenPage } from '../support/report-page.js';
import { suiteBrowser } from '../support/suite-browser.js';

jest.setTimeout(120_000);

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const LOOKS: readonly (readonly [string, BrowserContextOptions])[] = [
  ['in the light', { colorScheme: 'light' }],
  ['in the dark', { colorScheme: 'dark' }],
  ['on a telephone', PHONE],
];
/** Less than that is no line. */
const DRAWN_PIXELS = 100;

const browser = suiteBrowser();
const folder = mkdtempSync(join(tmpdir(), 'mxwarden-report-'));
let summary: Summary;

beforeAll(async () => {
  const { code, stderr } = await runProgram(['analyze', '--out', folder]);
  expect([code, stderr]).toEqual([0, '']);
  summary = summaryOf(readFileSync(join(folder, 'summary.json'), 'utf8'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the report of the bundled recording. */
function inReport<T>(use: (open: OpenPage) => Promise<T>, options: BrowserContextOptions = {}): Promise<T> {
  return inPage(browser(), join(folder, 'report.html'), use, options);
}

const range = (page: Page): Locator => page.locator('.range');
const picture = (page: Page, title: string): Locator =>
  page.locator('.picture').filter({ has: page.getByRole('heading', { name: title }) });
const MEE = 'Mail exchanging efficiency';
const QUERIES = 'DNS queries follow connections';
const WHOLE = '2026-11-23 01:57:00 to 02:25:00 UTC';

test('the page complains of nothing and asks for nothing while it is read', async () => {
  await inReport(async ({ page, complaints }) => {
    await drawAll(page);
    for (const table of await page.locator('.picture summary').all()) await table.click();

    expect(complaints).toEqual([]);
  });
});

describe.each(LOOKS)('%s', (_look, options) => {
  test('every picture shows what its legend says', async () => {
    await inReport(async ({ page }) => {
      await drawAll(page);

      const pixels = Object.entries(await colouredPixels(page));
      expect(pixels.length).toBeGreaterThan(8);
      expect(pixels.filter(([, count]) => count < DRAWN_PIXELS)).toEqual([]);
    }, options);
  });

  test('nothing keeps anyone from reading and using it', async () => {
    await inReport(async ({ page }) => {
      await drawAll(page);
      await picture(page, MEE).locator('summary').click();

      expect(await barriersIn(page)).toEqual([]);
      await page.getByRole('button', { name: 'dns:gpo' }).click();
      await drawAll(page);
      expect(await barriersIn(page)).toEqual([]);
    }, options);
  });
});

test('on a telephone nothing is wider than the screen', async () => {
  await inReport(async ({ page }) => {
    await drawAll(page);
    for (const table of await page.locator('.picture summary').all()) await table.click();
    expect(await sidewaysPixels(page)).toBe(0);

    await page.getByRole('button', { name: 'dns:gpo' }).click();
    await drawAll(page);
    expect(await sidewaysPixels(page)).toBe(0);
  }, PHONE);
});

test('the first screen says how the server is, with the numbers of the summary', async () => {
  await inReport(async ({ page }) => {
    const [server] = summary.servers;
    const figure = (name: string): Locator =>
      page.locator('.figures > div').filter({ hasText: name }).locator('dd').first();

    expect(await page.locator('.sentence').textContent()).toContain(server?.subject);
    expect(await page.locator('.sentence').boundingBox()).toMatchObject({ y: expect.any(Number) });
    expect(await figure('Dq').textContent()).toBe(server?.dns_queries.toLocaleString('en-US'));
    expect(await figure('Nc').textContent()).toBe(server?.connects.toLocaleString('en-US'));
    expect(await figure('Accepted').textContent()).toBe(server?.accepted.toLocaleString('en-US'));
  });
});

test('each incident is told of with who, when and what to do', async () => {
  await inReport(async ({ page }) => {
    const told: string[] = [];
    for (const { subject } of [...summary.servers, ...summary.resolvers]) {
      await page.getByRole('button', { name: subject }).click();
      told.push(...(await page.locator('.incident').allTextContents()));
    }

    expect(told).toHaveLength(summary.incidents.length);
    for (const { name, who = '', evidence, started } of summary.incidents)
      expect(
        told.filter((text) => [name, who, evidence, started.slice(11, 19)].every((part) => text.includes(part))),
      ).toHaveLength(1);
  });
});

describe('the picker', () => {
  test('shows another server by mouse', async () => {
    await inReport(async ({ page, complaints }) => {
      await page.getByRole('button', { name: 'dns:gpo' }).click();

      expect(await page.locator('.sentence').textContent()).toContain('dns:gpo');
      expect(await page.getByRole('button', { name: 'dns:gpo' }).getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByRole('button', { name: 'mail:gpo' }).getAttribute('aria-pressed')).toBe('false');
      await drawAll(page);
      expect(Object.keys(await colouredPixels(page))).toContain('Queries by type');
      expect(complaints).toEqual([]);
    });
  });

  test('shows another server by keyboard', async () => {
    await inReport(async ({ page }) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');

      expect(await page.locator('.sentence').textContent()).toContain('dns:gpo');
    });
  });

  test('beside the pictures keeps the keyboard where it was', async () => {
    await inReport(async ({ page }) => {
      const select = page.getByRole('combobox', { name: 'Server' });
      await select.focus();
      await page.keyboard.press('ArrowDown');

      expect(await page.locator('.sentence').textContent()).toContain('dns:gpo');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SELECT');
      await page.keyboard.press('ArrowUp');
      expect(await page.locator('.sentence').textContent()).toContain('mail:gpo');
    });
  });
});

describe('the zoom', () => {
  test('takes the time over which the mouse is drawn, in all pictures', async () => {
    await inReport(async ({ page, complaints }) => {
      const before = await picture(page, MEE).locator('.chart').getAttribute('aria-label');
      await drag(page, await drawn(page, QUERIES), 0.25, 0.5);

      // From about 02:04 to 02:11.
      expect(await range(page).textContent()).toMatch(/^2026-11-23 02:0[3-5]:\d\d to 02:1[0-2]:\d\d UTC$/);
      expect(await picture(page, MEE).locator('.chart').getAttribute('aria-label')).not.toBe(before);
      expect(complaints).toEqual([]);
    });
  });

  test('takes the time over which a finger is drawn', async () => {
    await inReport(async ({ page, complaints }) => {
      await swipe(page, await drawn(page, QUERIES), 0.25, 0.5);

      expect(await range(page).textContent()).toMatch(/^2026-11-23 02:0[3-5]:\d\d to 02:1[0-2]:\d\d UTC$/);
      expect(complaints).toEqual([]);
    }, PHONE);
  });

  test('is left alone by a finger that only touches', async () => {
    await inReport(async ({ page }) => {
      await swipe(page, await drawn(page, QUERIES), 0.25, 0.25);

      expect(await range(page).textContent()).toBe(WHOLE);
    }, PHONE);
  });

  test('is undone by a double click', async () => {
    await inReport(async ({ page }) => {
      await drag(page, await drawn(page, QUERIES), 0.25, 0.5);
      await picture(page, QUERIES).locator('.chart').dblclick();

      expect(await range(page).textContent()).toBe(WHOLE);
    });
  });

  test('draws the picture anew', async () => {
    await inReport(async ({ page }) => {
      await drawn(page, QUERIES);
      const image = async (): Promise<string> => {
        await settled(page);
        return page.evaluate<string>(`document.querySelector('canvas').toDataURL()`);
      };
      const whole = await image();
      await page.getByRole('button', { name: 'Zoom in' }).click();

      expect(await image()).not.toBe(whole);
      await page.getByRole('button', { name: 'All', exact: true }).click();
      expect(await image()).toBe(whole);
    });
  });

  test.each([
    ['+', '02:04:00 to 02:18:00'],
    ['=', '02:04:00 to 02:18:00'],
    ['-', '01:57:00 to 02:25:00'],
  ])('by the key %s', async (key, shown) => {
    await inReport(async ({ page }) => {
      await picture(page, QUERIES).locator('.chart').focus();
      await page.keyboard.press(key);

      expect(await range(page).textContent()).toBe(`2026-11-23 ${shown} UTC`);
    });
  });

  test('by keys moves, and returns to the whole', async () => {
    await inReport(async ({ page }) => {
      await picture(page, QUERIES).locator('.chart').focus();
      const shown: (string | null)[] = [];
      for (const key of ['+', 'ArrowRight', 'ArrowLeft', 'ArrowLeft', 'Home']) {
        await page.keyboard.press(key);
        shown.push(await range(page).textContent());
      }

      expect(shown).toEqual([
        '2026-11-23 02:04:00 to 02:18:00 UTC',
        '2026-11-23 02:07:30 to 02:21:30 UTC',
        '2026-11-23 02:04:00 to 02:18:00 UTC',
        '2026-11-23 02:00:30 to 02:14:30 UTC',
        WHOLE,
      ]);
    });
  });

  test('by buttons does what the keys do', async () => {
    await inReport(async ({ page }) => {
      const shown: (string | null)[] = [];
      for (const name of ['Zoom in', 'Later', 'Earlier', 'Zoom out']) {
        await page.getByRole('button', { name, exact: true }).click();
        shown.push(await range(page).textContent());
      }

      expect(shown).toEqual([
        '2026-11-23 02:04:00 to 02:18:00 UTC',
        '2026-11-23 02:07:30 to 02:21:30 UTC',
        '2026-11-23 02:04:00 to 02:18:00 UTC',
        WHOLE,
      ]);
    });
  });

  test('goes to an incident, and the pictures come into view', async () => {
    await inReport(async ({ page }) => {
      await page.getByRole('button', { name: /^Show .*Deferral storm/ }).click();

      expect(await range(page).textContent()).toBe('2026-11-23 02:05:00 to 02:14:00 UTC');
      expect(await page.getByRole('heading', { name: 'Pictures' }).isVisible()).toBe(true);
      expect(await page.evaluate('scrollY')).toBeGreaterThan(0);
    });
  });

  test('is what rejections are counted in', async () => {
    await inReport(async ({ page }) => {
      const rejections = page.getByRole('region', { name: 'Rejections in the time shown' });
      const all = await rejections.textContent();
      await page.getByRole('button', { name: /^Show .*Mail to removed accounts/ }).click();

      expect(all).toContain('5,558');
      expect(await rejections.textContent()).not.toContain('5,558');
    });
  });
});

describe('a picture', () => {
  test('tells the numbers under the mouse', async () => {
    await inReport(async ({ page }) => {
      const shown = await drawn(page, QUERIES);
      await shown.locator('.u-over').hover();

      expect(await shown.locator('.legend').textContent()).toMatch(
        /Dq [\d,]+Nc [\d,]+Nf [\d,]+Np [\d,]+.*2026-11-23 02:1/,
      );
    });
  });

  test('tells the numbers of one window after another by keyboard', async () => {
    await inReport(async ({ page }) => {
      const shown = await drawn(page, QUERIES);
      await shown.locator('.chart').focus();
      const told: (string | null)[] = [];
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) {
        await page.keyboard.press(`Shift+${key}`);
        told.push(await shown.locator('p[role=status]').textContent());
      }

      expect(told[0]).toMatch(/^2026-11-23 01:57:00: Dq [\d,]+, Nc [\d,]+, Nf [\d,]+, Np [\d,]+$/);
      expect(told[1]).toMatch(/^2026-11-23 01:57:30: /);
      expect(told[2]).toBe(told[0]);
    });
  });

  test('has a table of its numbers, which the keyboard opens', async () => {
    await inReport(async ({ page }) => {
      const shown = await drawn(page, QUERIES);
      await shown.locator('summary').focus();
      await page.keyboard.press('Enter');
      const table = shown.getByRole('region');
      await table.waitFor();

      expect(await table.getByRole('row').count()).toBe(26);
      await shown.getByRole('button', { name: 'Next' }).click();
      expect(await shown.locator('.pager').textContent()).toContain('26 to 50 of 56');
      expect(await table.getByRole('rowheader').first().textContent()).toBe('2026-11-23 02:09:30');
    });
  });

  test('of MEE has the scale of what verdicts use, and that of MEE where it stands alone', async () => {
    await inReport(async ({ page }) => {
      const shown = await drawn(page, MEE);
      const withOthers = await highestGrey(page, MEE);
      for (const name of [/^adjusted/, /^expected/]) await shown.getByRole('button', { name }).click();

      expect(await highestGrey(page, MEE)).toBeGreaterThan(withOthers);
    });
  });

  test('leaves out the lines that are switched off', async () => {
    await inReport(async ({ page }) => {
      await drawAll(page);
      const lines = picture(page, QUERIES).locator('.legend').getByRole('button');
      for (const line of await lines.all()) {
        await line.focus();
        await page.keyboard.press('Space');
        expect(await line.getAttribute('aria-pressed')).toBe('false');
      }
      await settled(page);

      expect(Object.values(await colouredPixels(page))[0]).toBe(0);
    });
  });
});

test('a browser in the POSIX locale shows it too', async () => {
  const context = await browser().newContext();
  try {
    // What headless Chromium says there is no tag of a language.
    await context.addInitScript(
      `Object.defineProperty(navigator, 'language', { value: 'en-US@posix', configurable: true })`,
    );
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);

    expect(await page.locator('.picture').count()).toBeGreaterThan(0);
  } finally {
    await context.close();
  }
});

test('on paper all pictures are there', async () => {
  await inReport(
    async ({ page, complaints }) => {
      await page.pdf({ format: 'A4' });

      const pixels = Object.entries(await colouredPixels(page));
      expect(pixels.filter(([, count]) => count < DRAWN_PIXELS)).toEqual([]);
      expect(complaints).toEqual([]);
    },
    { colorScheme: 'dark' },
  );
});

/** Scrolls to a picture and waits until it is drawn. */
async function drawn(page: Page, title: string): Promise<Locator> {
  const shown = picture(page, title);
  await shown.locator('.chart').scrollIntoViewIfNeeded();
  await shown.locator('canvas').waitFor();
  return shown;
}

/** Draws the mouse over a part of a picture's time. */
async function drag(page: Page, shown: Locator, from: number, to: number): Promise<void> {
  const box = await shown.locator('.u-over').boundingBox();
  if (box === null) throw new Error('The picture is not drawn.');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 5 });
  await page.mouse.up();
}

/** How far below the top of a picture its grey line comes at its highest, in pixels. */
async function highestGrey(page: Page, title: string): Promise<number> {
  await settled(page);
  return page.evaluate<number>(`(() => {
    const heads = [...document.querySelectorAll('.picture h3')];
    const picture = heads.find((head) => head.textContent.startsWith('${title}')).closest('.picture');
    const canvas = picture.querySelector('canvas');
    const { width, height, data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const grey = getComputedStyle(picture.querySelector('.swatch.grey')).borderTopColor.match(/\\d+/g).map(Number);
    // The names of values stand to the left of the lines.
    for (let y = 0; y < height; y += 1)
      for (let x = Math.round(width / 5); x < width; x += 1)
        if (grey.every((part, i) => Math.abs(part - data[4 * (y * width + x) + i]) < 40) && data[4 * (y * width + x) + 3] > 127)
          return y;
    return height;
  })()`);
}

/** Draws a finger over a part of a picture's time. */
async function swipe(page: Page, shown: Locator, from: number, to: number): Promise<void> {
  const box = await shown.locator('.u-over').boundingBox();
  if (box === null) throw new Error('The picture is not drawn.');
  const { x, y, width, height } = box;
  const client = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', share?: number): Promise<unknown> =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: share === undefined ? [] : [{ x: x + width * share, y: y + height / 2 }],
    });
  await touch('touchStart', from);
  for (let step = 1; step <= 5; step += 1) await touch('touchMove', from + ((to - from) * step) / 5);
  await touch('touchEnd');
}

/** Waits for the frame after the next, by which what was asked for is drawn. */
async function settled(page: Page): Promise<void> {
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
}
