import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The recording is 28 minutes long: so far apart its repetitions do not overlap. */
const SHIFT_MS = 30 * 60_000;
/** Of the stamps, which have none. */
export const YEAR = 2026;

const RECORDING = join(import.meta.dirname, '..', 'fixtures', 'dept');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Log {
  readonly name: string;
  readonly lines: readonly string[];
  /** Its time stamp: where it ends in a line, what it says, and how another time is written in its place. */
  readonly stampLength: number;
  readonly read: (stamp: string) => number;
  readonly write: (timeMs: number) => string;
}

/** A log that was made. */
export interface Input {
  readonly path: string;
  readonly lines: number;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function clockOf(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

function monthOf(name: string): number {
  const month = MONTHS.indexOf(name);
  if (month < 0) throw new Error(`${name} is no month.`);
  return month;
}

/** `Nov 23 01:57:14`. */
function readSyslogStamp(stamp: string): number {
  const [hour = 0, minute = 0, second = 0] = stamp.slice(7).split(':').map(Number);
  return Date.UTC(YEAR, monthOf(stamp.slice(0, 3)), Number(stamp.slice(4, 6)), hour, minute, second);
}

function writeSyslogStamp(timeMs: number): string {
  const date = new Date(timeMs);
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)} ${clockOf(date)}`;
}

/** `23-Nov-2026 01:57:14.864`. */
function readBindStamp(stamp: string): number {
  const [hour = 0, minute = 0, second = 0] = stamp.slice(12).split(':').map(Number);
  return Date.UTC(
    Number(stamp.slice(7, 11)),
    monthOf(stamp.slice(3, 6)),
    Number(stamp.slice(0, 2)),
    hour,
    minute,
    0,
    second * 1000,
  );
}

function writeBindStamp(timeMs: number): string {
  const date = new Date(timeMs);
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()] ?? ''}-${String(date.getUTCFullYear())}`;
  return `${day} ${clockOf(date)}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
}

function recording(): readonly Log[] {
  const syslog = { stampLength: 15, read: readSyslogStamp, write: writeSyslogStamp };
  const bind = { stampLength: 24, read: readBindStamp, write: writeBindStamp };
  return [
    { name: 'mail.log', lines: linesOf('mail.log.gz'), ...syslog },
    { name: 'dovecot.log', lines: linesOf('dovecot.log.gz'), ...syslog },
    { name: 'query.log', lines: linesOf('query.log.gz'), ...bind },
  ];
}

function linesOf(name: string): readonly string[] {
  return gunzipSync(readFileSync(join(RECORDING, name)))
    .toString('latin1')
    .trimEnd()
    .split('\n');
}

/** The recording over and over, each time half an hour earlier, the earliest first; kept between runs. */
export function prepare(minimumLines: number): readonly Input[] {
  const logs = recording();
  const once = logs.reduce((sum, log) => sum + log.lines.length, 0);
  const repetitions = Math.ceil(minimumLines / once);
  const hash = createHash('sha256').update(readFileSync(import.meta.filename));
  for (const log of logs) hash.update(log.lines.join('\n'));
  hash.update(String(repetitions));
  const folder = join(tmpdir(), `mxwarden-bench-${hash.digest('hex').slice(0, 12)}`);
  const inputs = logs.map((log) => ({ path: join(folder, log.name), lines: log.lines.length * repetitions }));
  if (existsSync(folder)) return inputs;
  process.stderr.write(`Writing ${count(once * repetitions)} lines into ${folder}\n`);
  const unfinished = mkdtempSync(`${folder}-`);
  for (const log of logs) repeat(log, repetitions, join(unfinished, log.name));
  renameSync(unfinished, folder);
  return inputs;
}

function repeat(log: Log, repetitions: number, path: string): void {
  const parts = log.lines.map((line) => ({
    timeMs: log.read(line.slice(0, log.stampLength)),
    rest: line.slice(log.stampLength),
  }));
  const file = openSync(path, 'w');
  for (let repetition = repetitions - 1; repetition >= 0; repetition -= 1) {
    const shiftMs = repetition * SHIFT_MS;
    const text = parts.map(({ timeMs, rest }) => `${log.write(timeMs - shiftMs)}${rest}\n`).join('');
    writeSync(file, Buffer.from(text, 'latin1'));
  }
  closeSync(file);
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
