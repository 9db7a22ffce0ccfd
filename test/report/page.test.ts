import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readPageAssets } from '../../src/report/page-assets.js';
import { pagePieces } from '../../src/report/page.js';
import { ReportBuilder } from '../../src/report/report-data.js';
import { EMPTY_SUMMARY } from '../support/empty-summary.js';

const HOSTILE = '</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>';
const ASSETS = { script: 'start();', style: 'body { margin: 0 }' };

function pageOf(name: string): string {
  const builder = new ReportBuilder([{ name: '5m', lengthMs: 300_000 }], () => 'UTC');
  builder.add(
    {
      event: { start: '2026-07-05T10:00:00.000Z' },
      mxwarden: {
        subject: `mail:${name}`,
        window: { size: '5m', final: true },
        smtp: { connects: 1 },
        top_clients: [{ address: name, name, connects: 1, mee_without: 0.5 }],
      },
    },
    [],
  );
  return [...pagePieces(builder.finish(EMPTY_SUMMARY), ASSETS)].join('');
}

/** The elements of the page that hold data, by identity. */
function dataOf(page: string): Readonly<Record<string, unknown>> {
  const elements = page.matchAll(/<script type="application\/json" id="([\w-]+)">(.*?)<\/script>/gs);
  return Object.fromEntries([...elements].map(([, id = '', json = '']): [string, unknown] => [id, JSON.parse(json)]));
}

describe('what a log says', () => {
  test('cannot end its element or begin another', () => {
    const page = pageOf(HOSTILE);

    expect(page.match(/<script/g)).toHaveLength(pageOf('mx1').match(/<script/g)?.length ?? 0);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<!--');
  });

  test('is in the data as it was', () => {
    const data = dataOf(pageOf(HOSTILE));

    expect(data['report-data']).toMatchObject({ subjects: [{ subject: `mail:${HOSTILE}` }] });
    expect(data['windows-0']).toMatchObject({ names: [HOSTILE.slice(0, 80)] });
  });
});

describe('the policy', () => {
  const page = pageOf('mx1');
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';

  test('lets in this style and this script, and nothing else', () => {
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(ASSETS.script)}`,
      `style-src ${hash(ASSETS.style)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).toContain(`<script>${ASSETS.script}</script>`);
    expect(page).toContain(`<style>${ASSETS.style}</style>`);
  });

  test('stands before all that it is about', () => {
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style'));
  });

  test('is not evaded: no element has a handler or a style of its own, and nothing is loaded', () => {
    expect(page).not.toMatch(/<[^>]* (on\w+|style|src|href)=/);
  });
});

test('the bundled script and style cannot end their elements, write no HTML, and name the licence of the charts', async () => {
  const { script, style } = await readPageAssets();

  expect(script).not.toMatch(/<\/script|<!--/i);
  expect(style).not.toMatch(/<\/style|@import|url\(/i);
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
  expect(script).toContain('The MIT License');
  expect(script.length + style.length).toBeLessThan(160_000);
});
