// Parses the lines of the files given and does nothing with them: `node test/bench/parse-alone.js FILE...`, after a build.
import { readFileSync } from 'node:fs';

/**
 * @param {unknown} value
 * @returns {value is typeof import('../../src/parse/line.js')}
 */
function hasParser(value) {
  return typeof value === 'object' && value !== null && 'createLineParser' in value;
}

/**
 * @param {unknown} value
 * @returns {value is typeof import('../../src/core/time.js')}
 */
function hasZones(value) {
  return typeof value === 'object' && value !== null && 'createZone' in value;
}

/**
 * @param {unknown} value
 * @returns {value is typeof import('../../src/stages/fold-chunk.js')}
 */
function hasLines(value) {
  return typeof value === 'object' && value !== null && 'eachLine' in value;
}

/** @type {(path: string) => Promise<unknown>} */
const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const line = await built('parse/line.js');
const time = await built('core/time.js');
const chunks = await built('stages/fold-chunk.js');
if (!hasParser(line) || !hasZones(time) || !hasLines(chunks))
  throw new Error('The build has no parser: run npm run build.');

const parse = line.createLineParser({ zone: time.createZone('UTC') });
const referenceMs = Date.UTC(2026, 10, 23);
let events = 0;
for (const path of process.argv.slice(2)) {
  chunks.eachLine(readFileSync(path), {
    take: (block, start, end) => {
      if (parse(block, start, end, referenceMs).kind !== 'dead') events += 1;
    },
  });
}
if (events === 0) throw new Error('No line was understood.');
process.stdout.write(`${events} lines understood\n`);
