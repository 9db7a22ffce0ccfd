// `npm run bench:formats`: what parsing costs for each format, next to Postfix's lines.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createZone } from '../../src/core/time.js';
import { createLineParser } from '../../src/parse/line.js';
import { eachLine } from '../../src/stages/fold-chunk.js';
import { createRandom } from '../support/random.js';
import { FOREIGN, SEEDS } from '../support/seeds.js';

const ROUNDS = 5;
const BYTES = 20 * 2 ** 20;
const LINES_A_SECOND = 20;
const CLIENTS = 500;
/** What the example lines show. */
const CLOCK = '01:57:14';
const REFERENCE_MS = Date.UTC(2026, 10, 23, 3);
/** What a format may cost per byte, in terms of the first. */
const LIMIT = 1.5;

const ROOT = join(import.meta.dirname, '..', '..');

/** A format's example lines, each as often as any other; the recording shows them as often as they come. */
const LOGS: Readonly<Record<string, () => Buffer>> = {
  ...Object.fromEntries(Object.entries(SEEDS).map(([name, lines]) => [name, () => logOf(lines)])),
  foreign: () => logOf(FOREIGN),
  'Postfix, recorded': recordedLog,
};

interface Cost {
  readonly lines: number;
  readonly bytes: number;
  readonly cpuSeconds: number;
}

/** A log of these lines, at random but one envelope after the other: a file has one. Time goes on, of many clients. */
function logOf(lines: readonly string[]): Buffer {
  const random = createRandom(1);
  const byEnvelope = new Map<string, string[]>();
  for (const line of lines) {
    const envelope = line.slice(0, line.indexOf(CLOCK) + CLOCK.length + 1);
    byEnvelope.set(envelope, [...(byEnvelope.get(envelope) ?? []), line]);
  }
  const written: string[] = [];
  for (const group of byEnvelope.values()) {
    const share = (BYTES * group.length) / lines.length;
    for (let length = 0; length < share; length += (written.at(-1)?.length ?? 0) + 1) {
      const clock = new Date(Math.floor(written.length / LINES_A_SECOND) * 1000).toISOString().slice(11, 19);
      const client = random(CLIENTS);
      written.push(
        (group[random(group.length)] ?? '')
          .replace(CLOCK, clock)
          .replaceAll(/\b192\.0\.2\.[15]\b/g, `198.18.${String(client >> 8)}.${String(client & 255)}`)
          .replaceAll('mx.example.com', `mx${String(client)}.example.com`),
      );
    }
  }
  return Buffer.from(`${written.join('\n')}\n`, 'latin1');
}

function recordedLog(): Buffer {
  const log = gunzipSync(readFileSync(join(ROOT, 'test', 'fixtures', 'dept', 'mail.log.gz')));
  return Buffer.concat(new Array<Buffer>(Math.ceil(BYTES / log.length)).fill(log));
}

/** What parsing a format costs in this process, which should parse no other one before: the code is compiled for it. */
function measure(log: Buffer): Cost {
  const parseLine = createLineParser({ zone: createZone('UTC') });
  let parsed = 0;
  const parseAll = (): void => {
    eachLine(log, {
      take: (block, start, end) => {
        if (parseLine(block, start, end, REFERENCE_MS).kind !== 'dead') parsed += 1;
      },
    });
  };
  // Once before the clock is started: what is measured is the compiled code.
  parseAll();
  parsed = 0;
  const before = process.cpuUsage();
  parseAll();
  const { user, system } = process.cpuUsage(before);
  return { lines: parsed, bytes: log.length, cpuSeconds: (user + system) / 1e6 };
}

function isCost(value: unknown): value is Cost {
  return typeof value === 'object' && value !== null && 'cpuSeconds' in value;
}

function measureInOwnProcess(name: string): Cost {
  const loader = join(ROOT, 'test', 'support', 'typescript.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', loader, import.meta.filename, name], {
    encoding: 'utf8',
  });
  const cost: unknown = status === 0 ? JSON.parse(stdout) : undefined;
  if (!isCost(cost)) throw new Error(`${name} failed: ${stderr}`);
  return cost;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function main(): void {
  const rows = Object.keys(LOGS).map((name) => ({ name, costs: new Array<Cost>() }));
  for (let round = 1; round <= ROUNDS; round++)
    for (const { name, costs } of rows) {
      costs.push(measureInOwnProcess(name));
      process.stderr.write(`Round ${String(round)} of ${String(ROUNDS)}: ${name}\n`);
    }
  const perMegabyte = (costs: readonly Cost[]): number =>
    median(costs.map(({ cpuSeconds, bytes }) => (cpuSeconds * 1000) / (bytes / 1e6)));
  const unit = perMegabyte(rows[0]?.costs ?? []);
  process.stdout.write(
    '| | bytes per line | CPU ms per MB | CPU µs per line | per byte, ratio |\n|---|---:|---:|---:|---:|\n',
  );
  for (const { name, costs } of rows) {
    const [first] = costs;
    const bytes = first === undefined ? NaN : first.bytes / first.lines;
    const cost = perMegabyte(costs);
    const cells = [bytes.toFixed(0), cost.toFixed(1), ((cost * bytes) / 1000).toFixed(2), (cost / unit).toFixed(2)];
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
  }
  const tooDear = rows.filter(({ costs }) => perMegabyte(costs) > LIMIT * unit).map(({ name }) => name);
  const [processor] = cpus();
  process.stdout.write(
    `\nMedians of ${String(ROUNDS)} rounds; Node.js ${process.version}, ${processor?.model ?? 'unknown processor'}.\n`,
  );
  process.stdout.write(
    tooDear.length === 0 ? `None is above ${String(LIMIT)}.\n` : `Above ${String(LIMIT)}: ${tooDear.join(', ')}.\n`,
  );
}

const [format] = process.argv.slice(2);
if (format === undefined) main();
else process.stdout.write(JSON.stringify(measure(LOGS[format]?.() ?? Buffer.alloc(0))));
