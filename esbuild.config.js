// Bundles the browser's part of report.html, with the plotting library and its licence, into dist.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const licence = await readFile(path('node_modules/uplot/LICENSE'), 'utf8');

const { outputFiles } = await build({
  entryPoints: [path('src/report/page/main.ts'), path('src/report/page/style.css')],
  outdir: path('dist/report/page'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
  legalComments: 'none',
  banner: { js: `/*! uPlot: ${licence.replaceAll('*/', '').trim()} */` },
  write: false,
});
await mkdir(path('dist/report/page'), { recursive: true });
for (const { path: file, contents } of outputFiles) {
  // A test run may read the one while another writes it.
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, contents);
  await rename(temporary, path(`dist/report/page/${basename(file)}`));
}
