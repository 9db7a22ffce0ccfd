import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

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
  const context = await browser.newContext({ offline: true, locale: 'en-GB', timezoneId: 'UTC', ...options });
  try {
    const page = await context.newPage();
    const url = pathToFileURL(path).href;
    const complaints = complaintsOf(page, url);
    await page.goto(url);
    return await use({ page, complaints });
  } finally {
    await context.close();
  }
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
