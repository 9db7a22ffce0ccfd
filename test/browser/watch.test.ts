import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { barriersIn } from '../support/accessibility.js';
import { inFolder } from '../support/analysis.js';
import { startChromium } from '../support/chromium.js';
import { inPage } from '../support/report-page.js';

let browser: Browser;
beforeAll(async () => {
  ({ browser } = await startChromium());
}, 120_000);
afterAll(() => browser.close());

/** What the watch over a page with this body complains about. */
async function complaintsAbout(body: string): Promise<readonly string[]> {
  return inFolder(async (folder) => {
    const path = join(folder, 'page.html');
    writeFileSync(path, `<!doctype html><html lang="en"><title>Page</title><body>${body}`);
    return inPage(browser, path, async ({ page, complaints }) => {
      await page.waitForFunction('document.readyState === "complete"');
      return complaints;
    });
  });
}

test('a page that does nothing gives no reason to complain', async () => {
  expect(await complaintsAbout('<h1>Page</h1>')).toEqual([]);
});

test.each([
  ['an error on the console', `<script>console.error('broken')</script>`, ['console: broken']],
  ['an error that nothing catches', `<script>throw new Error('broken')</script>`, ['error: broken']],
  ['a dialog', `<script>alert('hello')</script>`, ['dialog: hello']],
])('%s is seen', async (_name, body, complaints) => {
  expect(await complaintsAbout(body)).toEqual(complaints);
});

test.each([
  ['a picture from elsewhere', `<img src="http://mxwarden.test/a.png">`, 'request: http://mxwarden.test/a.png'],
  ['a picture beside the page', `<img src="a.png">`, expect.stringMatching(/^request: file:.*a\.png$/)],
  [
    'a script from elsewhere',
    `<script src="http://mxwarden.test/a.js"></script>`,
    'request: http://mxwarden.test/a.js',
  ],
  ['a question to a server', `<script>fetch('http://mxwarden.test/a')</script>`, 'request: http://mxwarden.test/a'],
  ['a socket', `<script>new WebSocket('ws://mxwarden.test/')</script>`, 'socket: ws://mxwarden.test/'],
])('%s is seen', async (_name, body, complaint) => {
  expect(await complaintsAbout(body)).toContainEqual(complaint);
});

test('text that is hard to read is a barrier', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'page.html');
    writeFileSync(
      path,
      '<!doctype html><html lang="en"><title>Page</title><main><h1 style="color:#ddd">Page</h1></main>',
    );

    expect(await inPage(browser, path, ({ page }) => barriersIn(page))).toEqual(['color-contrast: h1']);
  });
});
