// Parses the lines of the files given and does nothing with them: `node test/bench/parse-alone.js FILE...`, after a build.
import { eachLineOf } from './lines.js';

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

/** @type {(path: string) => Promise<unknown>} */
const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const line = await built('parse/line.js');
const time = await built('core/time.js');
if (!hasParser(line) || !hasZones(time)) throw new Error('The build has no parser: run npm run build.');

const parse = line.createLineParser({ zone: time.createZone('UTC') });
const referenceMs = Date.UTC(2026, 10, 23);
let events = 0;
eachLineOf(process.argv.slice(2), (text) => {
  if (parse(text, referenceMs).kind !== 'dead') events += 1;
});
if (events === 0) throw new Error('No line was understood.');
process.stdout.write(`${events} lines understood\n`);
