import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Incomplete } from '../core/documents/summary.js';
import type { Ms } from '../core/event.js';
import type { Chunk, ShipSource, Waiting } from '../stages/ports.js';
import { SourceError, codeOf, inputAdvice, reasonOf } from './errors.js';
import { familiesOf } from './family.js';
import type { Family } from './family.js';
import { PackedLog, PlainLog, goOnDifferently, recognise } from './log-file.js';
import type { LogFile, Recognised } from './log-file.js';
import { isDamage } from './open.js';

/** How long a file that was rotated is still looked at: programs write to it until they are told. */
const ROTATED_MS = 60_000;
/** How long a log must not have been written to for its unfinished last line to be one, where nobody waits for more. */
const SETTLED_MS = 60_000;
/** Files of a log whose positions are kept. */
const POSITIONS_KEPT = 1000;

/** How far a file is out. */
export interface Position {
  /** Hash of its first line. */
  readonly firstLine: string;
  /** All lines that begin before it are out. */
  readonly byte: number;
  /** Whether nothing will come behind it. */
  readonly isComplete: boolean;
}

export interface TailDeps {
  /** Whether to go on when all is read. */
  readonly isFollowing: boolean;
  readonly chunkBytes: number;
  readonly nowMs: () => Ms;
  /** Resolves after a while, in which a log may have grown. */
  readonly pause: () => Promise<void>;
  /** Told what an operator may want to know. */
  readonly tell: (text: string) => void;
}

/**
 * A log with its rotations, from where it was left on. A file is known by its first line, whatever its name: one that was
 * renamed, copied or packed is read on where it was, and those that came since then follow.
 */
export class Tail implements ShipSource {
  readonly name: string;
  readonly incomplete: Incomplete[] = [];
  /** What is read, the oldest first. */
  private reading: (PlainLog | PackedLog)[] = [];
  /** By hash of the first line, the latest last. */
  private readonly known: Map<string, { byte: number; isComplete: boolean }>;
  /** Where files end that were read to their end for good. */
  private readonly ends = new Map<string, number>();
  private readonly told = new Set<string>();
  private waiting: Promise<void> | undefined;
  private isStarted = false;

  constructor(
    private readonly family: Family,
    positions: readonly Position[],
    private readonly deps: TailDeps,
  ) {
    this.name = family.path;
    this.known = new Map(positions.map(({ firstLine, byte, isComplete }) => [firstLine, { byte, isComplete }]));
  }

  async next(): Promise<Chunk | Waiting | undefined> {
    if (!this.isStarted) await this.start();
    if (this.waiting !== undefined) return { wait: this.waiting };
    for (;;) {
      for (const log of [...this.reading]) {
        const chunk = await this.nextOf(log);
        if (chunk !== undefined) return chunk;
      }
      if (!this.deps.isFollowing) {
        if (this.reading.length === 0) return undefined;
        continue;
      }
      if (await this.hasNewFile()) {
        if ((await this.discover(false)) > 0) continue;
      }
      this.waiting ??= this.deps.pause().finally(() => {
        this.waiting = undefined;
      });
      return { wait: this.waiting };
    }
  }

  acknowledge(origin: string, byte: number): void {
    const firstLine = origin.slice(origin.lastIndexOf(':') + 1);
    this.setPosition(firstLine, byte);
  }

  positions(): readonly Position[] {
    return [...this.known].slice(-POSITIONS_KEPT).map(([firstLine, position]) => ({ firstLine, ...position }));
  }

  async close(): Promise<void> {
    for (const log of this.reading.splice(0)) await log.close();
  }

  private setPosition(firstLine: string, byte: number): void {
    this.known.set(firstLine, { byte, isComplete: this.ends.get(firstLine) === byte });
  }

  /** Finds the files at the start. @throws SourceError if one that was named cannot be read */
  private async start(): Promise<void> {
    this.isStarted = true;
    for (const path of this.family.files) {
      const error: unknown = await stat(path).then(
        (stats) => (stats.isFile() ? undefined : new SourceError('it is no file')),
        (cause: unknown) => cause,
      );
      const mayCome = this.deps.isFollowing && path === this.family.path && codeOf(error) === 'ENOENT';
      if (mayCome) this.deps.tell(`${path} is not there yet: it is waited for.`);
      else if (error !== undefined) throw cannotRead(path, error);
    }
    await this.discover(true);
    const open = new Set(this.reading.map(({ firstLine }) => firstLine));
    for (const [firstLine, position] of this.known) {
      if (position.isComplete || open.has(firstLine)) continue;
      position.isComplete = true;
      this.deps.tell(
        `A file of ${this.name} is gone that was read up to byte ${position.byte}: if it was longer, its rest is lost. ` +
          'Keep rotated logs until they are shipped.',
      );
    }
  }

  private async nextOf(log: PlainLog | PackedLog): Promise<Chunk | undefined> {
    if (log instanceof PlainLog) return this.nextOfPlain(log);
    const chunk = await log.next().catch((error: unknown) => {
      throw cannotRead(log.path, error);
    });
    if (chunk !== undefined) return chunk;
    if (log.damage !== undefined)
      this.incomplete.push({ file: log.path, after_byte: log.byte, reason: reasonOf(log.damage) });
    await this.end(log, log.damage === undefined);
    return undefined;
  }

  private async nextOfPlain(log: PlainLog): Promise<Chunk | undefined> {
    const { nowMs, isFollowing, tell } = this.deps;
    try {
      const growth = await log.look(nowMs());
      if (growth === 'cut') {
        tell(`${log.path} was emptied after byte ${log.byte}: it is read from its start.`);
        await this.end(log, false);
        await this.discover(false);
        return undefined;
      }
      const chunk = growth === 'grown' ? await log.next() : undefined;
      if (chunk !== undefined) return chunk;
      const isLive = await log.isAt(this.family.path);
      if (isFollowing && (isLive || nowMs() - log.grewAtMs < ROTATED_MS)) return undefined;
      const staysAsItIs = !isLive || nowMs() - log.grewAtMs >= SETTLED_MS;
      if (staysAsItIs) {
        log.settle();
        const last = await log.next();
        if (last !== undefined) return last;
      }
      const left = await log.unfinishedBytes();
      if (left > 0) tell(`${log.path}: its last line is not finished; these ${left} bytes are left for the next run.`);
      await this.end(log, !isLive);
      return undefined;
    } catch (error) {
      throw cannotRead(log.path, error);
    }
  }

  private async end(log: LogFile, isComplete: boolean): Promise<void> {
    this.reading = this.reading.filter((other) => other !== log);
    await log.close();
    if (!isComplete) return;
    this.ends.set(log.firstLine, log.byte);
    const known = this.known.get(log.firstLine);
    if (known?.byte === log.byte) this.setPosition(log.firstLine, log.byte);
  }

  /** Whether the path of the log leads to a file that is not read. */
  private async hasNewFile(): Promise<boolean> {
    const stats = await stat(this.family.path).catch(() => undefined);
    if (stats === undefined || !stats.isFile() || stats.size === 0) return false;
    for (const log of this.reading) if (log instanceof PlainLog && (await log.isAt(this.family.path))) return false;
    return true;
  }

  /** Opens the files that are to be read from here on; returns how many. */
  private async discover(isStart: boolean): Promise<number> {
    const files = await this.filesThere(isStart);
    const lastKnown = files.findLastIndex(({ firstLine }) => this.known.has(firstLine) || this.isRead(firstLine));
    const opened: (PlainLog | PackedLog)[] = [];
    for (const [index, file] of files.entries()) {
      const { path, firstLine } = file;
      if (this.isRead(firstLine)) continue;
      const position = this.known.get(firstLine);
      const isNew = path === this.family.path || (index > lastKnown && !isStart) || this.isNamed(path);
      if (position === undefined ? !isNew && (lastKnown < 0 || index < lastKnown) : position.isComplete) continue;
      const log = await this.open(file, position?.byte ?? 0);
      if (log !== undefined) opened.push(log);
    }
    this.reading.push(...opened);
    return opened.length;
  }

  private isNamed(path: string): boolean {
    return this.family.files.includes(path);
  }

  private isRead(firstLine: string): boolean {
    return this.reading.some((log) => log.firstLine === firstLine);
  }

  private async open(file: Recognised, byte: number): Promise<PlainLog | PackedLog | undefined> {
    const {
      family: { name: family },
      deps: { chunkBytes, tell },
    } = this;
    try {
      if (!file.isPacked && byte > file.stats.size) {
        // A copy that was made before the last lines came; or the log itself, emptied, which begins as it did before.
        if (file.path !== this.family.path) return undefined;
        this.known.delete(file.firstLine);
        return await this.open(file, 0);
      }
      const log = file.isPacked
        ? await PackedLog.open(file, byte, { family, chunkBytes })
        : await PlainLog.open(file, byte, { family, chunkBytes });
      if (log !== undefined) tell(`${file.path} is read from byte ${byte} on.`);
      return log;
    } catch (error) {
      this.complain(file.path, error);
      return undefined;
    }
  }

  /** The files of the log that there are, the oldest first; of several that begin alike the one that is furthest. */
  private async filesThere(isStart: boolean): Promise<readonly Recognised[]> {
    const folder = dirname(this.family.path);
    const names = await readdir(folder).catch(() => []);
    const named = isStart ? this.family.files : [];
    const paths = [...named, ...names.map((name) => join(folder, name))];
    const family = familiesOf(paths).find(({ path }) => path === this.family.path);
    const files = new Map<string, Recognised>();
    for (const path of family?.files ?? []) {
      const file = await this.recognise(path);
      if (file === undefined) continue;
      const other = files.get(file.firstLine);
      // A log that is copied, or being packed, is there twice.
      if (other !== undefined && (await goOnDifferently(other, file))) this.tellOfDoubles(other, file);
      if (other !== undefined && isFurther(other, file)) continue;
      files.delete(file.firstLine);
      files.set(file.firstLine, file);
    }
    return [...files.values()];
  }

  /** One of them is not sent. */
  private tellOfDoubles(one: Recognised, other: Recognised): void {
    const left = isFurther(one, other) ? other : one;
    const text =
      `${one.path} and ${other.path} begin with the same line and are taken for one log: ` +
      `${left.path} is not sent. Send it by itself: mxwarden ship - < ${left.path}`;
    if (this.told.has(text)) return;
    this.told.add(text);
    this.deps.tell(text);
  }

  private async recognise(path: string): Promise<Recognised | undefined> {
    try {
      return await recognise(path, (_, stats) => this.staysAsItIs(path, stats));
    } catch (error) {
      this.complain(path, error);
      return undefined;
    }
  }

  private staysAsItIs(path: string, { mtimeMs }: Stats): boolean {
    return path !== this.family.path || (!this.deps.isFollowing && this.deps.nowMs() - mtimeMs >= SETTLED_MS);
  }

  /** Fails for a file that was named, at the start; else tells once what is wrong with it. */
  private complain(path: string, error: unknown): void {
    const isNamed = this.isNamed(path);
    if (isNamed && !isDamage(error) && codeOf(error) !== 'ENOENT') throw cannotRead(path, error);
    const text = `Cannot read ${path}: ${reasonOf(error)}.`;
    if (codeOf(error) === 'ENOENT' || this.told.has(text)) return;
    this.told.add(text);
    if (isNamed) this.incomplete.push({ file: path, after_byte: 0, reason: reasonOf(error) });
    else this.deps.tell(text);
  }
}

/** Whether a file is to be read, and not the other one, which begins with the same line. */
function isFurther(file: Recognised, other: Recognised): boolean {
  if (file.isPacked !== other.isPacked) return other.isPacked;
  return file.stats.size > other.stats.size;
}

function cannotRead(path: string, error: unknown): SourceError {
  if (error instanceof SourceError && error.message.startsWith('Cannot read')) return error;
  return new SourceError(`Cannot read ${path}: ${reasonOf(error)}. ${inputAdvice(error)}`, { cause: error });
}
