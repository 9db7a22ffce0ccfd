import { createHash } from 'node:crypto';
import type { PageAssets } from './page-assets.js';
import { REPORT_ELEMENT, windowsElement } from './page-data.js';
import type { Report } from './report-data.js';

/**
 * The page in pieces, since a year of windows is long. It is text, style, script and data in one; the policy lets only
 * this very style and script in and nothing out, and what logs say is data that no browser reads as HTML.
 */
export function* pagePieces({ page, windows }: Report, { script, style }: PageAssets): Generator<string> {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>mxwarden report</title>
<style>${style}</style>
</head>
<body>
<div id="page"><noscript>This report draws its pictures with JavaScript, which is switched off. summary.json beside it has the same numbers.</noscript></div>
<script type="application/json" id="${REPORT_ELEMENT}">${inert(JSON.stringify(page))}</script>
`;
  for (const [index, some] of windows.entries()) {
    yield `<script type="application/json" id="${windowsElement(index)}">`;
    for (const piece of some.pieces()) yield inert(piece);
    yield '</script>\n';
  }
  yield `<script>${script}</script>\n</body>\n</html>\n`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** JSON of the same value, in which nothing can end the element that it is in, or begin another. */
function inert(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
