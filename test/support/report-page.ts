import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** What a page takes for one step on a busy machine. */
const STEP_TIMEOUT_MS = 20_000;

/** A page in a browser, and all that it did but should not have: a complaint each. */
export interface OpenPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/**
 * Opens a file in a browser without a network, and uses it.
 * @returns what `use` returned
 */
export async function inPage<T>(
  browser: Browser,
  path: string,
  use: (open: OpenPage) => Promise<T>,
  options: BrowserContextOptions = {},
): Promise<T> {
  const context = await browser.newContext({
    offline: true,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    const url = pathToFileURL(path).href;
    const complaints = complaintsOf(page, url);
    await page.goto(url);
    return await use({ page, complaints });
  } finally {
    await context.close();
  }
}

/** Scrolls to each picture, which is drawn when it comes near, and back to the top. */
export async function drawAll(page: Page): Promise<void> {
  for (const chart of await page.locator('.chart').all()) {
    await chart.scrollIntoViewIfNeeded();
    await chart.locator('canvas').waitFor();
  }
  await page.evaluate('scrollTo(0, 0)');
}

/** Of each picture, by its title, how many pixels have a colour of its legend. */
export async function colouredPixels(page: Page): Promise<Readonly<Record<string, number>>> {
  return page.evaluate<Record<string, number>>(`(() => {
    const near = (a, b) => Math.abs(a - b) < 40;
    const count = (picture) => {
      const canvas = picture.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const colours = [...picture.querySelectorAll('.swatch:not(.shade, .band)')]
        .map((swatch) => getComputedStyle(swatch).borderTopColor.match(/\\d+/g).map(Number));
      let pixels = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 127 && colours.some(([r, g, b]) => near(r, data[i]) && near(g, data[i + 1]) && near(b, data[i + 2])))
          pixels += 1;
      return pixels;
    };
    return Object.fromEntries([...document.querySelectorAll('.picture')]
      .map((picture) => [picture.querySelector('h3').textContent, count(picture)]));
  })()`);
}

/** By how many pixels the page is wider than the window. */
export async function sidewaysPixels(page: Page): Promise<number> {
  const { width } = page.viewportSize() ?? { width: 0 };
  // A telephone shows all of a page that is too wide, smaller: what counts is the width that it was given.
  return (await page.evaluate<number>('document.documentElement.scrollWidth')) - width;
}

function complaintsOf(page: Page, url: string): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const asked = request.url().split('#')[0];
    if (asked !== url) complaints.push(`request: ${request.url()}`);
  });
  page.on('websocket', (socket) => complaints.push(`socket: ${socket.url()}`));
  page.on('popup', (popup) => complaints.push(`window: ${popup.url()}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return complaints;
}
