import { readFile } from 'node:fs/promises';

/** The browser's part of the page: `npm run build` bundles it from `page/`. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Reads what the build made; seen from this file it is at the same place in `src` and in `dist`. */
export async function readPageAssets(): Promise<PageAssets> {
  const read = (name: string): Promise<string> =>
    readFile(new URL(`../../dist/report/page/${name}`, import.meta.url), 'utf8');
  const [script, style] = await Promise.all([read('main.js'), read('style.css')]);
  return { script, style };
}
