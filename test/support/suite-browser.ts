import { afterAll, beforeAll } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startChromium } from './chromium.js';

const START_TIMEOUT_MS = 180_000;

/** Has a browser open for the tests of a file; all of them fail where there is none. */
export function suiteBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    ({ browser } = await startChromium());
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
  });
  return () => {
    if (browser === undefined) throw new Error('The browser did not start.');
    return browser;
  };
}
